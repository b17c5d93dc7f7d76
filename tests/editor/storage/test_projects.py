"""Projects as files: saved, opened, dropped, and the question about unsaved changes."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, QSettings, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QMessageBox, QProgressDialog, QPushButton

from facewright.core import project_file
from facewright.core.errors import Cancelled
from facewright.core.model import model_file
from facewright.core.model.head_model import EARLIER
from facewright.core.parameters import Parameters
from facewright.core.project import EditState, Project, Step, Variant
from facewright.editor import commands
from facewright.editor.desktop.settings import REMEMBER
from facewright.editor.document import Document, Tools
from facewright.editor.storage import saved_file
from tests.core.surgery.faces import PLAN
from tests.core.tiny_model import tiny_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.main_window import MainWindow


def save(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    with qtbot.waitSignal(window.projects.saved):
        window.projects.save_as(path)


def box_of(qtbot: QtBot, window: MainWindow) -> QMessageBox:
    """The message box that is open."""
    qtbot.waitUntil(lambda: any(box.isVisible() for box in window.findChildren(QMessageBox)))
    return next(box for box in window.findChildren(QMessageBox) if box.isVisible())


def test_save_and_open_bring_back_history_tools_and_title(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    document, path = window.document, tmp_path / "mine.facewright"
    commands.set_coefficient(document, "nose", 0, 1.0)
    commands.branch(document, "Second")
    document.set_tools(Tools(symmetric=True, strength=0.5, seed=9))
    assert window.isWindowModified()
    window.viewport.set_view("left")
    state, pose = document.state, window.viewport.pose
    save(qtbot, window, path)
    assert not window.isWindowModified()
    assert window.windowTitle().startswith("mine.facewright")
    window.projects.new()
    document.set_tools(Tools())
    window.viewport.set_view("front")
    assert window.windowTitle().startswith("Untitled")
    window.projects.open(path)
    qtbot.waitUntil(lambda: document.path == path)
    assert document.state == state
    assert document.tools == Tools(symmetric=True, strength=0.5, seed=9)
    assert window.viewport.pose == pose
    assert document.undo_stack.count() == 2
    assert not window.isWindowModified()
    assert window.projects.recent.paths() == [path]


def test_saves_that_follow_one_another_quickly_are_no_other_programs(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path, document = tmp_path / "mine.facewright", window.document
    with qtbot.waitSignal(window.projects.saved):
        window.projects.save_as(path)
    for value in (1.0, 2.0, 3.0):  # as long as Ctrl+S is held down
        commands.set_coefficient(document, "nose", 0, value)
        window.actions_.file.save.trigger()
    qtbot.waitUntil(lambda: not document.modified or bool(window.findChildren(QMessageBox)))
    assert not window.findChildren(QMessageBox)
    assert project_file.load(path).state.parameters == Parameters(nose=(3.0,))
    path.write_bytes(b"theirs")
    commands.set_coefficient(document, "nose", 0, 1.0)
    window.projects.save()
    assert "changed by another program" in box_of(qtbot, window).text()


def test_save_asks_for_a_file_once(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    commands.set_coefficient(window.document, "nose", 0, 1.0)
    window.actions_.file.save.trigger()
    dialog = window.findChildren(QFileDialog)[0]
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile("first")
    with qtbot.waitSignal(window.projects.saved):
        dialog.accept()
    commands.set_coefficient(window.document, "nose", 0, 2.0)
    with qtbot.waitSignal(window.projects.saved):
        window.actions_.file.save.trigger()
    assert project_file.load(tmp_path / "first.facewright").state.parameters == Parameters(nose=(2.0,))


@pytest.mark.parametrize("answer", ["Save", "Discard", "Cancel"])
def test_closing_asks_about_unsaved_changes(qtbot: QtBot, window: MainWindow, tmp_path: Path, answer: str) -> None:
    path = tmp_path / "mine.facewright"
    save(qtbot, window, path)
    commands.set_coefficient(window.document, "nose", 0, 1.0)
    window.close()
    assert window.isVisible()
    box_of(qtbot, window).button(QMessageBox.StandardButton[answer]).click()
    if answer == "Cancel":
        assert window.isVisible()
    else:
        qtbot.waitUntil(lambda: not window.isVisible())
    saved = project_file.load(path).state.parameters
    assert saved == (Parameters(nose=(1.0,)) if answer == "Save" else Parameters())


def test_an_unsaved_project_is_asked_about_before_another_is_opened(qtbot: QtBot, window: MainWindow) -> None:
    commands.set_coefficient(window.document, "nose", 0, 1.0)
    window.projects.new()
    assert window.document.parameters == Parameters(nose=(1.0,))
    box_of(qtbot, window).button(QMessageBox.StandardButton.Discard).click()
    assert window.document.parameters == Parameters()


def test_a_project_is_read_before_unsaved_changes_are_asked_about(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "mine.facewright"
    save(qtbot, window, path)
    commands.set_coefficient(window.document, "nose", 0, 1.0)
    window.projects.open(path)
    box = box_of(qtbot, window)
    assert box.text() == "Save the changes to mine.facewright?"
    box.button(QMessageBox.StandardButton.Discard).click()
    assert window.document.parameters == Parameters()
    assert not window.isWindowModified()


def test_bad_and_foreign_projects_are_refused_and_unsaved_changes_stay(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    commands.set_coefficient(window.document, "nose", 0, 1.0)
    bad, foreign = tmp_path / "bad.facewright", tmp_path / "foreign.facewright"
    bad.write_bytes(b"PK nothing")
    project_file.save(Project("Other model", "0000", (Step("Start", EditState()),), 0), foreign)
    for path, word in ((bad, "bad.facewright"), (foreign, "the model Other model, and its file is not where it was")):
        window.projects.open(path)
        box = box_of(qtbot, window)
        assert word in box.text()
        box.close()
        qtbot.waitUntil(lambda: not window.findChildren(QMessageBox))
    assert window.document.path is None
    assert window.document.parameters == Parameters(nose=(1.0,))


def test_a_project_whose_operations_are_damaged_opens_without_them_and_says_so(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    document, path = window.document, tmp_path / "planned.facewright"
    heads = (Parameters(nose=(1.0,), plan=replace(PLAN, landmarks=())), Parameters(mouth=(-1.0,)))
    state = EditState(tuple(Variant(f"Head {number}", head) for number, head in enumerate(heads)))
    project_file.save(Project(document.model.name, document.model.fingerprint, (Step("Start", state),), 0), path)
    window.projects.open(path)
    assert "Operations in planned.facewright are damaged" in box_of(qtbot, window).text()
    assert [variant.parameters for variant in document.state.variants] == [Parameters(nose=(1.0,)), heads[1]]
    assert document.path == path


def test_a_project_of_a_model_that_this_one_replaces_is_its_own(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    document, path = window.document, tmp_path / "earlier.facewright"
    state = EditState((Variant("Head 1", Parameters(nose=(1.5,))),))
    project_file.save(Project("Before", "0000", (Step("Start", state),), 0), path)
    model = document.model
    document.set_model(replace(model, metadata={**model.metadata, EARLIER: ["ffff", "0000"]}))
    window.projects.open(path)
    qtbot.waitUntil(lambda: document.path == path)
    assert document.parameters == Parameters(nose=(1.5,))
    assert document.project().fingerprint == model.fingerprint


def test_a_dropped_project_is_opened_and_other_files_are_not_taken(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "mine.facewright"
    save(qtbot, window, path)
    window.projects.new()
    for name, opened in (("picture.png", False), ("mine.facewright", True)):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        window.drops.eventFilter(window, QDropEvent(QPoint(5, 5), copy, data, left, none))
        if opened:
            qtbot.waitUntil(lambda: window.document.path == path)
        else:
            assert window.document.path is None


def test_a_part_is_taken_from_a_head_of_a_file(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    heads = (Variant("A", Parameters(nose=(1.0,))), Variant("B", Parameters(nose=(2.0,), eyes=(3.0,))))
    project = Project("Ellipsoid", "ellipsoid", (Step("Start", EditState(heads)),), 0)
    project_file.save(project, tmp_path / "heads.facewright")
    commands.set_coefficient(window.document, "mouth", 0, 1.0)
    window.projects.ask_to_take(("nose",))
    window.findChildren(QFileDialog)[0].fileSelected.emit(str(tmp_path / "heads.facewright"))
    qtbot.waitUntil(lambda: bool(window.findChildren(QInputDialog)))
    dialog = window.findChildren(QInputDialog)[0]
    dialog.setTextValue("B")
    dialog.accept()
    assert window.document.parameters == Parameters(nose=(2.0,), mouth=(1.0,))
    assert window.document.undo_stack.undoText() == "Nose of B"


def test_the_menu_lists_recent_projects(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    for name in ("a", "b"):
        save(qtbot, window, tmp_path / f"{name}.facewright")
    (tmp_path / "a.facewright").unlink()
    menu = next(m for m in window.findChildren(QMenu) if m.title() == "Open &Recent")
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["b.facewright", "a.facewright", "", "Clear Recent"]
    menu.actions()[1].trigger()
    assert "moved, renamed or deleted" in box_of(qtbot, window).text()
    box_of(qtbot, window).close()
    menu.actions()[-1].trigger()
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions() if action.isEnabled() and action.text()] == []


def test_a_setting_keeps_no_recent_projects(qtbot: QtBot, window: MainWindow, tmp_path: Path, home: Path) -> None:
    save(qtbot, window, tmp_path / "secret.facewright")
    window.settings[REMEMBER] = "off"
    assert window.projects.recent.paths() == []
    save(qtbot, window, tmp_path / "secret2.facewright")
    QSettings().sync()
    assert not any("secret" in path.read_text() for path in home.rglob("*.ini"))
    window.settings[REMEMBER] = "on"
    save(qtbot, window, tmp_path / "open.facewright")
    assert window.projects.recent.paths() == [tmp_path / "open.facewright"]


def answer(qtbot: QtBot, window: MainWindow, text: str) -> str:
    """Press a button of the open box; what the box had asked."""
    box = box_of(qtbot, window)
    said = box.text()
    next(button for button in box.buttons() if button.text() == text).click()
    return said


def edited_twice(qtbot: QtBot, window: MainWindow, path: Path) -> Parameters:
    """Edited here, and saved by another editor meanwhile; what that one has saved."""
    commands.set_coefficient(window.document, "nose", 0, 1.0)
    save(qtbot, window, path)
    other = Document(window.document.model)
    other.restore(*saved_file.load(path))
    commands.set_coefficient(other, "mouth", 0, 2.0)
    saved_file.save(other.project(), path, other.file)
    commands.set_coefficient(window.document, "eyes", 0, 3.0)
    window.projects.save()
    return other.parameters


def test_heads_are_carried_over_to_another_model_as_a_new_project(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there is saved or given up first; its file stays as it is."""
    document, path, other = window.document, tmp_path / "mine.facewright", tmp_path / "other.safetensors"
    model_file.save(tiny_model(), other)
    commands.set_coefficient(document, "nose", 0, 1.0)
    save(qtbot, window, path)
    content, before = path.read_bytes(), document.model

    def transferred(
        project: Project, source: HeadModel, target: HeadModel, *, cancelled: Callable[[], bool]
    ) -> Project:
        assert source is before
        assert project.state.parameters == Parameters(nose=(1.0,))
        step = Step("Start", EditState((Variant("Ada", Parameters(nose=(-2.0,))),)))
        return Project(target.name, target.fingerprint, (step,), 0)

    monkeypatch.setattr("facewright.editor.storage.projects.transfer_project", transferred)
    window.projects.carry_over(other)
    qtbot.waitUntil(lambda: document.model is not before and document.parameters == Parameters(nose=(-2.0,)))
    assert document.path is None
    assert document.modified
    assert path.read_bytes() == content


def test_heads_that_are_no_longer_to_be_carried_over_hold_up_no_save(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, other = window.document.model, tmp_path / "other.safetensors"
    model_file.save(tiny_model(), other)
    begun, ended = threading.Event(), threading.Event()

    def transferred(*arguments: object, cancelled: Callable[[], bool]) -> Project:
        begun.set()
        while not cancelled():
            ended.wait(0.01)
        ended.set()
        raise Cancelled

    monkeypatch.setattr("facewright.editor.storage.projects.transfer_project", transferred)
    window.projects.carry_over(other)
    qtbot.waitUntil(begun.is_set)
    window.findChildren(QProgressDialog)[0].findChildren(QPushButton)[0].click()
    save(qtbot, window, tmp_path / "mine.facewright")
    assert ended.is_set()
    assert window.document.model is model
    begun.clear()
    window.projects.carry_over(other)
    qtbot.waitUntil(begun.is_set)
    window.close()  # and no close
    assert not window.isVisible()


MINE = Parameters(nose=(1.0,), eyes=(3.0,))


def test_another_editors_save_is_overwritten_only_when_asked(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "mine.facewright"
    theirs = edited_twice(qtbot, window, path)
    assert "changed by another program" in box_of(qtbot, window).text()
    assert project_file.load(path).state.parameters == theirs
    assert window.isWindowModified()
    with qtbot.waitSignal(window.projects.saved):
        answer(qtbot, window, "Overwrite")
    assert project_file.load(path).state.parameters == MINE
    assert not window.isWindowModified()


def test_mine_is_kept_as_a_copy(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "mine.facewright"
    theirs = edited_twice(qtbot, window, path)
    answer(qtbot, window, "Keep Mine as a Copy…")
    dialog = window.findChildren(QFileDialog)[0]
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile("mine copy.facewright")
    with qtbot.waitSignal(window.projects.saved):
        dialog.accept()
    assert project_file.load(path).state.parameters == theirs
    assert project_file.load(tmp_path / "mine copy.facewright").state.parameters == MINE
    assert window.document.path == tmp_path / "mine copy.facewright"


def test_theirs_is_taken(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    theirs = edited_twice(qtbot, window, tmp_path / "mine.facewright")
    answer(qtbot, window, "Take Theirs")
    qtbot.waitUntil(lambda: window.document.parameters == theirs)
    assert not window.isWindowModified()
    commands.set_coefficient(window.document, "eyes", 0, 1.0)
    with qtbot.waitSignal(window.projects.saved):
        window.projects.save()  # it is known now


def test_a_project_that_was_renamed_meanwhile_is_asked_about(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "mine.facewright"
    save(qtbot, window, path)
    path.rename(tmp_path / "yours.facewright")
    commands.set_coefficient(window.document, "nose", 0, 1.0)
    window.projects.save()
    assert "no longer where it was" in box_of(qtbot, window).text()
    with qtbot.waitSignal(window.projects.saved):
        answer(qtbot, window, "Save There Again")
    assert path.exists()


def test_closing_after_another_editors_save_asks_once_more(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "mine.facewright"
    theirs = edited_twice(qtbot, window, path)
    box_of(qtbot, window).close()
    qtbot.waitUntil(lambda: not window.findChildren(QMessageBox))
    window.close()
    box_of(qtbot, window).button(QMessageBox.StandardButton.Save).click()
    qtbot.waitUntil(lambda: any("another program" in box.text() for box in window.findChildren(QMessageBox)))
    assert window.isVisible()
    assert project_file.load(path).state.parameters == theirs
