"""The command measures a scan where it was fitted, as the window does."""

import json

import numpy as np
import pytest
import trimesh

from facewright.core.__main__ import main
from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import measure
from facewright.core.model.model_file import load, save
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.surface.extraction import head_mesh
from tests.core.anthropometry.test_solve import nosed

HEAD = Parameters(nose=(0.5,))
TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
SHIFT = np.array([5.0, -20.0, 300.0])


@pytest.fixture
def call(monkeypatch, capsys):
    """The command in this process: its exit status, and what it wrote on either side."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["facewright-core", "measure", *map(str, arguments)])
        status = main()
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model, a scan in cm of a head that is 2 mm larger than the fitted one, without its back, and the fit."""
    folder = tmp_path_factory.mktemp("measured")
    model = nosed()
    save(model, folder / "model.safetensors")
    mesh = head_mesh(model, HEAD, 5.0)
    points = mesh.vertices * (1.0 + 2.0 / np.linalg.norm(mesh.vertices, axis=1, keepdims=True))
    faces = mesh.faces[(points[mesh.faces][..., 2] > 0.0).all(axis=1)]
    scan = trimesh.Trimesh(0.1 * ((points - SHIFT) @ TURN), faces, process=False)
    scan.remove_unreferenced_vertices()
    scan.export(folder / "scan.ply")
    fit = {
        "parameters": {code: HEAD.code(code) for code in CODES},
        "fingerprint": load(folder / "model.safetensors").fingerprint,
        "verdict": "good",
        "unit": "cm",
        "points": len(scan.vertices),
        "rotation": TURN.tolist(),
        "translation_mm": SHIFT.tolist(),
    }
    (folder / "fit.json").write_text(json.dumps(fit), encoding="utf-8")
    return folder


def values(text):
    return {row["key"]: row["value"] for row in json.loads(text)["measurements"]}


def test_a_scan_is_measured_and_not_the_head_that_was_fitted_to_it(folder, call):
    given = ("--model", folder / "model.safetensors", "--fit", folder / "fit.json", "--json")
    status, text, told = call(*given)
    assert status == 0
    assert "--scan SCAN measures on the scan itself" in told
    of_head = values(text)
    model = load(folder / "model.safetensors")
    for value in measure(model, find_landmarks(model, HEAD), None):
        if np.isfinite(value.value):
            assert of_head[value.measure.key] == pytest.approx(value.value, abs=1e-3)
    status, text, told = call(*given, "--scan", folder / "scan.ply")
    assert (status, told) == (0, "")
    assert values(text)["nasal_width"] != pytest.approx(of_head["nasal_width"], abs=0.02)


def test_a_table_has_deviations_and_says_what_the_scan_lacks(folder, call):
    status, text, _ = call(
        "--model", folder / "model.safetensors", "--fit", folder / "fit.json", "--scan", folder / "scan.ply"
    )
    assert status == 0
    assert " relative units ± " in next(line for line in text.splitlines() if line.startswith("Nasal width"))


def test_an_unknown_cohort_is_refused_with_those_that_are_known(folder, call):
    status, _, told = call("--model", folder / "model.safetensors", "--cohort", "women")
    assert status == 1
    assert "There is no cohort women: name one of girls-5," in told
    assert "women-25" in told


def test_another_scan_is_refused(folder, call, tmp_path):
    given = ("--model", folder / "model.safetensors")
    ball = trimesh.creation.icosphere(subdivisions=4, radius=90.0)
    ball.export(tmp_path / "ball.stl")
    status, _, told = call(*given, "--fit", folder / "fit.json", "--scan", tmp_path / "ball.stl")
    assert status == 1
    assert f"ball.stl has {len(ball.vertices)} points and the scan that was fitted" in told
    assert "give its --fit" in call(*given, "--scan", folder / "scan.ply")[2]
    scan = trimesh.load_mesh(folder / "scan.ply", process=False)
    scan.vertices += 1000.0
    scan.export(tmp_path / "moved.ply")
    status, _, told = call(*given, "--fit", folder / "fit.json", "--scan", tmp_path / "moved.ply")
    assert status == 1
    assert "moved.ply does not lie where the scan was fitted" in told
    old = json.loads((folder / "fit.json").read_text("utf-8"))
    del old["rotation"]
    (tmp_path / "old.json").write_text(json.dumps(old), encoding="utf-8")
    assert "fit it again" in call(*given, "--fit", tmp_path / "old.json", "--scan", folder / "scan.ply")[2]
