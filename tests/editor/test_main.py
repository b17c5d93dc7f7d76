"""The command line: one sentence and exit 1 for whatever is wrong, a dialog where there is a window."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.production.complexion import TONES
from facewright.core.project import EditState, Project, Step, Variant
from facewright.core.project_file import save as save_project
from facewright.editor.__main__ import main
from facewright.editor.live.detail import FINEST
from facewright.editor.live.evaluation import HeadEvaluation, Job, evaluate
from facewright.editor.viewport.painting import Drawable
from facewright.editor.viewport.shading import SKIN_NEUTRAL

if TYPE_CHECKING:
    from pathlib import Path

    from facewright.core.model.head_model import HeadModel


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, model: HeadModel) -> None:
    """Whatever model is asked for is the ellipsoid."""
    monkeypatch.setattr("facewright.core.model.model_file.load", lambda path: model)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["facewright", *map(str, arguments)])
    return main()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--set", "nose.1=nan"), ("nose.1",)),
        (("--set", "nose.1=7"), ("nose.1", "σ")),
        (("--set", "nose.13=1"), ("nose.13", "12")),
        (("--set", "ear.1=1"), ("ear.1=1", "nose")),
        (("--render", "picture.jpg"), (".png",)),
    ],
)
def test_bad_arguments(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    load: None,
    arguments: tuple[str, str],
    words: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "--render", "out.png", *arguments) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert all(word in printed.err for word in words)
    assert list(tmp_path.iterdir()) == []


def test_no_word_of_a_library_that_has_no_home(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.touch()
    program = (
        "import sys; sys.argv = ['facewright', '--render', 'picture.jpg']\n"
        "from facewright.editor.__main__ import main; main(); import pyvista.plotting"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MPL", "XDG"))}
    environment |= {"HOME": str(nowhere / "home"), "USERPROFILE": str(nowhere / "home")}
    child = subprocess.run(
        [sys.executable, "-P", "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert child.stderr.splitlines() == ["error: picture.jpg does not end in .png: --render writes PNG pictures."]


def test_a_missing_model_without_a_window(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "--model", tmp_path / "none.safetensors", "--render", tmp_path / "out.png") == 1
    assert "none.safetensors" in capsys.readouterr().err


def test_a_missing_model_is_told_in_a_dialog_where_there_is_a_window(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            if "none.safetensors" in box.text():  # and no box that another test has left
                told.append(box.text())
            box.accept()

    timer = QTimer(interval=10)
    timer.timeout.connect(answer)
    timer.start()
    assert run(monkeypatch, "--model", tmp_path / "none.safetensors") == 1
    timer.stop()
    assert len(told) == 1
    assert "none.safetensors" in told[0]
    assert told[0] in capsys.readouterr().err


def test_settings_and_view_reach_the_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, load: None, model: HeadModel
) -> None:
    drawn: list[tuple[object, ...]] = []
    jobs: list[Job] = []

    def evaluated(job: Job) -> HeadEvaluation:
        jobs.append(job)
        return evaluate(job)

    monkeypatch.setattr("facewright.editor.live.evaluation.evaluate", evaluated)

    def natural(*_: object) -> None:
        raise FacewrightError("The ellipsoid has no production mesh: it is seen in its tone.")

    monkeypatch.setattr("facewright.editor.live.painting.natural", natural)
    monkeypatch.setattr("facewright.editor.viewport.render_png", lambda *arguments: drawn.append(arguments))
    out = tmp_path / "out.png"
    assert run(monkeypatch, "--render", out, "--set", "nose.1=3", "--set", "eyes.2=-2", "--view", "left") == 0
    [(head, view, path)] = drawn
    assert isinstance(head, Drawable)
    assert run(monkeypatch, "--render", out, "--look", "clay") == 0
    lightest = [each.colours.max(axis=0).tolist() for each, *_ in drawn]  # type: ignore[attr-defined]
    assert lightest == [np.rint(255 * np.array(colour)).tolist() for colour in (TONES["light"].skin, SKIN_NEUTRAL)]
    assert [(job.parameters, job.level) for job in jobs[:1]] == [(Parameters(nose=(3,), eyes=(0, -2)), FINEST)]
    assert (view, path) == ("left", out)

    project = tmp_path / "mine.facewright"
    made_with = Project(
        "tiny", model.fingerprint, (Step("", EditState((Variant("Head 1", Parameters(nose=(1,))),))),), 0
    )
    save_project(made_with, project)
    assert run(monkeypatch, project, "--render", out, "--set", "eyes.2=-2") == 0
    assert jobs[-1].parameters == Parameters(nose=(1,), eyes=(0, -2))
    save_project(replace(made_with, fingerprint="another"), project)
    assert run(monkeypatch, project, "--render", out) == 1
    assert run(monkeypatch, tmp_path / "none.facewright", "--render", out) == 1
    assert len(jobs) == 3
