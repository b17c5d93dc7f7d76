"""A project of a model that shipped before is opened as it was, or carried over to the present model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from facewright.core import project_file
from facewright.core.model import model_file
from facewright.core.parameters import Parameters
from facewright.core.project import EditState, Project, Step, Variant
from facewright.editor.storage import carry_over
from facewright.editor.storage.models import load_model
from tests.core.tiny_model import tiny_model
from tests.editor.storage.test_projects import answer

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.main_window import MainWindow

HEAD, CARRIED = Parameters(nose=(1.0,)), Parameters(nose=(-2.0,))


@pytest.fixture
def earlier(monkeypatch: pytest.MonkeyPatch, model: HeadModel, tmp_path: Path) -> HeadModel:
    """A model that shipped before the present one, which is the window's; fitting takes no time."""
    before = tiny_model()
    shipped = tmp_path / "shipped" / "model"
    (shipped / "earlier").mkdir(parents=True)
    file = shipped / "earlier" / f"{before.fingerprint[:16]}.safetensors"
    model_file.save(before, file)
    before = model_file.load(file)
    file.rename(file.with_name(f"{before.fingerprint[:16]}.safetensors"))
    monkeypatch.setattr(model_file, "bundled_model", lambda: shipped / "facewright.safetensors")
    monkeypatch.setattr(carry_over, "load_model", lambda path: model if path.parent == shipped else load_model(path))

    def transferred(project: Project, source: HeadModel, target: HeadModel) -> Project:
        assert source.fingerprint == before.fingerprint
        step = Step("Start", EditState((Variant("Ada", CARRIED),)))
        return Project(target.name, target.fingerprint, (step,), 0)

    monkeypatch.setattr(carry_over, "transfer_project", transferred)
    return before


@pytest.fixture
def path(tmp_path: Path, earlier: HeadModel) -> Path:
    """A project of it with a history."""
    steps = (Step("Start", EditState((Variant("Ada"),))), Step("Nose", EditState((Variant("Ada", HEAD),))))
    file = tmp_path / "old.facewright"
    project_file.save(Project(earlier.name, earlier.fingerprint, steps, 1), file)
    return file


def test_carried_over_it_is_an_unsaved_project_of_the_present_model(
    qtbot: QtBot, window: MainWindow, model: HeadModel, path: Path
) -> None:
    content = path.read_bytes()
    window.projects.open(path)
    assert "shipped before" in answer(qtbot, window, "Carry Over")
    qtbot.waitUntil(lambda: window.document.parameters == CARRIED)
    assert window.document.model is model
    assert window.document.path is None
    assert window.document.modified
    assert path.read_bytes() == content


def test_opened_as_it_was_it_has_its_model_and_its_history(
    qtbot: QtBot, window: MainWindow, earlier: HeadModel, path: Path
) -> None:
    window.projects.open(path)
    answer(qtbot, window, "Open As It Was")
    qtbot.waitUntil(lambda: window.document.path == path)
    assert window.document.model.fingerprint == earlier.fingerprint
    assert window.document.parameters == HEAD
    assert window.document.undo_stack.count() == 1
    assert not window.document.modified
