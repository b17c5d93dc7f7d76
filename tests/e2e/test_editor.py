"""The real program, as a process, in a real window: what it must do and how it must fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import pyvista
import trimesh
from scipy.spatial import cKDTree

from facewright.core import project_file
from facewright.core.metrics import nearest_on_surface
from facewright.core.model import model_file
from facewright.core.parameters import Parameters
from facewright.editor.__main__ import main
from facewright.editor.desktop.display import has_display
from facewright.editor.live.detail import FINEST
from facewright.editor.live.evaluation import Job, evaluate
from tests import ROOT
from tests.core.tiny_model import tiny_model_with_template

if TYPE_CHECKING:
    from pathlib import Path

    from facewright.core.mesh import Mesh

DISPLAY_NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")

needs_display = pytest.mark.skipif(
    sys.platform.startswith("linux") and not has_display(),
    reason="there is no display to open a window on",
)


@pytest.fixture(scope="module")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    model_file.save(tiny_model_with_template(), path)
    return path


def run(*arguments: str | Path, home: Path, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """Run a Python module with a home of its own; an environment variable of None is taken away."""
    changes = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "OMP_NUM_THREADS": "1",
        **environment,
    }
    kept = {name: value for name, value in os.environ.items() if name not in changes}
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=ROOT,
        env=kept | {name: value for name, value in changes.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=420,
        check=False,
    )


def assert_one_sentence(process: subprocess.CompletedProcess[str], *words: str) -> None:
    assert process.returncode == 1
    assert process.stdout == ""
    assert len(process.stderr.splitlines()) == 1
    for word in words:
        assert word in process.stderr


@needs_display
def test_drag_undo_redo_export(model_path: Path, tmp_path: Path) -> None:
    process = run("tests.e2e.drive_editor", model_path, tmp_path / "head.obj", home=tmp_path)
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    facts = json.loads(process.stdout)
    assert facts.pop("title") == "Untitled[*] — tiny — Facewright"
    nose = facts.pop("nose")
    assert len(nose) == 1
    assert 1.0 < nose[0] < 3.0
    assert len(set(facts.pop("canvas_heights"))) == 1  # the window is not made anew beneath a dialog with a viewport
    assert facts == {
        "colouring": "natural",
        "levels_while_dragging": [2],
        "steps": 1,
        "nose_after_undo": [],
        "redone": True,
        "last_level_is_finest": True,
        "last_shown_is_the_sliders": True,
        "threads": [],
    }
    read = trimesh.load(tmp_path / "head.obj", process=False)
    assert isinstance(read, trimesh.Trimesh)
    expected = evaluate(Job(1, model_file.load(model_path), Parameters(nose=tuple(nose)), FINEST)).mesh
    assert read.faces.shape == expected.faces.shape  # a surface that follows the hand has an order of its own
    assert read.vertices.shape == expected.vertices.shape
    assert cKDTree(expected.vertices).query(read.vertices)[0].max() < 1e-3
    assert cKDTree(read.vertices).query(expected.vertices)[0].max() < 1e-3


@needs_display
def test_a_session_survives_being_killed_and_exports_what_the_screen_shows(model_path: Path, tmp_path: Path) -> None:
    killed = run("tests.e2e.drive_crash", model_path, "before", tmp_path, home=tmp_path)
    assert killed.returncode not in (0, 1, 70), killed.stderr
    before = json.loads(killed.stdout)
    assert before["nose_stayed"]
    assert before["undone"]
    assert before["redone"]
    assert before["variants"] == ["Head 1", "Head 2", "Head 1 + Head 2"]
    assert before["locked"] == ["nose"]
    project = tmp_path / "mine.facewright"
    saved = project_file.load(project).state.parameters
    assert saved.mouth != tuple(before["parameters"]["mouth"])

    process = run("tests.e2e.drive_crash", model_path, "after", tmp_path, home=tmp_path)
    assert process.returncode == 0, process.stderr
    after = json.loads(process.stdout)
    assert after.pop("modified")
    assert after.pop("path") == str(project)
    assert after == {name: before[name] for name in after}
    assert not list(tmp_path.rglob("autosave/*"))
    head = Parameters.of({code: tuple(values) for code, values in after["parameters"].items()})
    finest = evaluate(Job(1, model_file.load(model_path), head, FINEST)).mesh
    assert_exports_are_what_was_seen(tmp_path, finest)


def assert_exports_are_what_was_seen(folder: Path, head: Mesh) -> None:
    """The marching cubes are the head's and the screen's; the template's mesh lies on them, the same in both files."""
    seen, cubes = np.load(folder / "screen.npy"), trimesh.load_mesh(folder / "screen.obj", process=False)
    np.testing.assert_allclose(seen, head.vertices, atol=1e-3)
    np.testing.assert_allclose(cubes.vertices, seen, atol=1e-3)
    np.testing.assert_array_equal(cubes.faces, head.faces)
    obj, glb = (trimesh.load_mesh(folder / f"template.{suffix}", process=False) for suffix in ("obj", "glb"))
    assert cKDTree(obj.vertices).query(1000.0 * glb.vertices)[0].max() < 1e-3  # glTF is in metres
    assert len(obj.faces) == len(glb.faces)
    assert nearest_on_surface(obj.vertices, seen, cubes.faces).distance.max() < 0.05


def test_render_without_a_display(model_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "head.png"
    nowhere = dict.fromkeys(DISPLAY_NAMES)
    arguments = ("--model", model_path, "--render", out, "--view", "left", "--look", "clay")
    process = run("editor", *arguments, home=tmp_path, **nowhere)
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    assert np.asarray(pyvista.read(out).active_scalars, dtype=float).std() > 10


def test_no_display(model_path: Path, tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux can lack a display")
    process = run("editor", "--model", model_path, home=tmp_path, **dict.fromkeys(DISPLAY_NAMES))
    assert_one_sentence(process, "no display", "--render")


def test_a_truncated_model(
    model_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process: what fails before anything is drawn needs none of its own."""
    bad, out = tmp_path / "cut.safetensors", tmp_path / "out.png"
    bad.write_bytes(model_path.read_bytes()[:1000])
    monkeypatch.setattr("sys.argv", ["facewright", "--model", str(bad), "--render", str(out)])
    assert main() == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert "cut.safetensors" in printed.err
    assert not out.exists()
