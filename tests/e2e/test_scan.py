"""A head in CT, from a folder of slices to a fitted head, in a real window; and by the command line."""

from __future__ import annotations

import json
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from facewright.core.command_line import main
from facewright.core.parameters import random_head
from facewright.core.scan.scan_fit import ScanFitSettings
from tests.core.people import people
from tests.core.volume.phantom import PATIENT, Taken, blurred, write_dicom
from tests.e2e.test_editor import needs_display, run

if TYPE_CHECKING:
    from pathlib import Path

TO_SCANNER = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Head frame (left, up, front) to DICOM's (left, back, up)."""
SHIFT = np.array([12.0, 5.0, -30.0])


@lru_cache(maxsize=1)
def true_head() -> RegularGridInterpolator:
    """The signed distance of a head of the bundled model, tabulated, in the head frame."""
    model = people()
    axes = [np.arange(float(low), float(high), 4.0) for low, high in zip(*model.bounds_mm, strict=True)]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    distance = model.field(random_head(model.components, 7)).distance(places.reshape(-1, 3).astype(np.float32))
    return RegularGridInterpolator(axes, distance.reshape(places.shape[:3]), bounds_error=False, fill_value=50.0)


def density(points: np.ndarray) -> np.ndarray:
    """The head on a table, Hounsfield units, at points (J, I, 3) of the scanner."""
    flat = points.reshape(-1, 3)
    distance = true_head()((flat - SHIFT) @ TO_SCANNER)
    table = np.abs(flat[:, 1] - SHIFT[1] - 118.0) - 6.0
    return np.maximum(blurred(distance), blurred(table)).reshape(points.shape[:-1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Slices 3 mm apart, of 2.5 mm pixels, the gantry tilted, named backwards, and a scout."""
    folder = tmp_path_factory.mktemp("ct") / PATIENT.replace("^", " ")
    taken = Taken(shape=(90, 110, 84), spacing=(3.0, 2.5, 2.5), tilt=0.2, density=density)
    write_dicom(folder, taken, names=lambda number: f"IM{999 - number}")
    write_dicom(folder, Taken(shape=(2, 40, 40)), names="scout{}".format)
    return folder


def off_mm(facts: dict[str, Any]) -> float:
    """How far the pose that was found puts the face from where it is."""
    face = np.array([[0.0, 0.0, 90.0], [40.0, 30.0, 60.0], [-40.0, 30.0, 60.0], [0.0, -60.0, 75.0]])
    scanner = face @ TO_SCANNER.T + SHIFT
    found = scanner @ np.array(facts["rotation"]).T + np.array(facts["translation"])
    return float(np.linalg.norm(found - face, axis=1).mean())


@needs_display
def test_a_folder_of_slices_becomes_a_fitted_head_in_the_window(folder: Path, tmp_path: Path) -> None:
    process = run("tests.e2e.drive_scan", folder, home=tmp_path)
    assert process.returncode == 0, process.stderr
    facts = json.loads(process.stdout)
    assert facts["series"] == ["CT, 84 × 110 × 90 voxels of 2.5 × 2.5 × 3 mm"]
    assert facts["level"].endswith(" HU")
    assert facts["name"].startswith("Scan 20")
    assert facts["verdict"] in ("good", "check the nose")
    assert facts["face_mm"] < 1.0
    assert off_mm(facts) < 5.0
    for path in tmp_path.rglob("*"):  # settings, autosave, caches
        if path.is_file():
            assert b"Doe" not in path.read_bytes(), path


def test_a_folder_of_slices_is_fitted_by_the_command_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, and in fewer steps still: what is looked at is the pose."""
    monkeypatch.setattr("facewright.core.command_line.ScanFitSettings", partial(ScanFitSettings, steps=60))
    monkeypatch.setattr("sys.argv", ["facewright-core", "fit", str(folder), "--out", str(tmp_path / "fit.json")])
    assert main() in (0, 3, 4)  # whether the head follows the scan after so few steps is not the question
    facts = json.loads((tmp_path / "fit.json").read_text())
    assert facts["found"]
    assert facts["unit"] == "mm"
    assert off_mm(facts | {"translation": facts["translation_mm"]}) < 5.0
    assert "Doe" not in (tmp_path / "fit.json").read_text()
