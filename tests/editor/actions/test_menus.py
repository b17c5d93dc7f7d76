"""Every menu's actions do what they say, and are offered when they can be."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from facewright.core.parameters import Parameters
from facewright.core.sculpt.dabs import dab
from facewright.core.surgery.plan import Operation, SurgicalPlan, to_record
from facewright.editor import commands
from facewright.editor.actions.edit import EditActions
from facewright.editor.actions.file import FileActions
from facewright.editor.actions.head import HeadActions
from facewright.editor.actions.help import HelpActions
from facewright.editor.actions.measure import MeasureActions
from facewright.editor.actions.train import TrainActions
from facewright.editor.actions.variants import VariantActions
from facewright.editor.actions.view import ViewActions
from facewright.editor.candidates.sheet import CandidateSheet
from facewright.editor.change import Change
from facewright.editor.clipboard import copy_head, paste_head
from facewright.editor.document import Tools
from facewright.editor.storage.projects import Projects
from tests.core.surgery.faces import PLAN

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.editor.main_window import MainWindow


UNPLACED = {"plan": to_record(replace(PLAN, landmarks=())), "brush_work": []}


def texts(menu: QMenu) -> list[str]:
    menu.aboutToShow.emit()
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def submenu(window: MainWindow, title: str) -> QMenu:
    return next(menu for menu in window.menuBar().findChildren(QMenu) if menu.title().replace("&", "") == title)


def test_every_action_says_what_it_does(window: MainWindow) -> None:
    actions = window.actions_
    kinds = (
        FileActions,
        EditActions,
        HeadActions,
        VariantActions,
        MeasureActions,
        TrainActions,
        ViewActions,
        HelpActions,
    )
    groups = [actions.file, actions.edit, actions.head, actions.variants, actions.measure, actions.train]
    groups += [actions.view, actions.help]
    for group, kind in zip(groups, kinds, strict=True):
        assert type(group) is kind
        for action in (each for each in group.findChildren(QAction) if each.shortcut().toString()):
            assert action.toolTip() != action.text(), action.text()


def test_files_landmarks_and_runs_are_offered_when_there_are_any(window: MainWindow) -> None:
    assert isinstance(window.projects, Projects)
    assert texts(submenu(window, "Open Recent"))[0] == "No recent projects"
    reset = submenu(window, "Reset Landmark")
    assert texts(reset) == ["No landmark was corrected"]
    commands.correct_landmark(window.document, "prn", (0.0, 0.0, 90.0))
    assert len(texts(reset)) == 1
    train = window.actions_.train
    assert not (train.pause.isEnabled())
    assert not (train.stop.isEnabled())
    assert not (train.resume.isEnabled())
    window.training.state_changed.emit(True, True, False)
    assert (train.stop.isEnabled(), train.pause.isChecked()) == (True, True)


def test_ct_and_mr_are_opened_from_the_file_menu(window: MainWindow) -> None:
    action = window.actions_.file.open_volume
    assert action in submenu(window, "File").actions()
    action.trigger()
    [dialog] = window.findChildren(QFileDialog)
    assert (dialog.windowTitle(), dialog.fileMode()) == ("Open CT or MR", QFileDialog.FileMode.Directory)
    dialog.close()


def test_variants_are_walked_through_and_flipped(window: MainWindow) -> None:
    document, actions = window.document, window.actions_.variants
    assert not actions.flip.isEnabled()
    for name in ("Long", "Wide"):
        commands.branch(document, name)
    actions.next.trigger()
    assert document.state.variant.name == "Head 1"
    actions.flip.trigger()
    assert document.state.variant.name == "Wide"
    actions.previous.trigger()
    assert document.state.variant.name == "Long"
    actions.delete.trigger()
    assert [variant.name for variant in document.state.variants] == ["Head 1", "Wide"]


def test_a_part_that_is_locked_is_not_offered_to_be_changed(window: MainWindow) -> None:
    part = window.actions_.head.parts["nose"]
    part.lock.trigger()
    assert window.document.state.locked == {"nose"}
    assert not (part.reset.isEnabled())
    assert not (part.random.isEnabled())
    assert not (part.take.menuAction().isEnabled())
    part.lock.trigger()
    assert part.random.isEnabled()


@pytest.mark.parametrize("damaged", [b'{"plan": 3}', json.dumps(UNPLACED).encode()])
def test_a_copied_head_has_its_operations_and_its_brush_work_and_says_when_they_are_damaged(
    window: MainWindow, damaged: bytes
) -> None:
    document = window.document
    plan = SurgicalPlan((Operation("tip_deviation", 3.0),))  # the stand-in has no nose to carry it out on
    head = Parameters(nose=(1.0,), plan=plan, dabs=(dab((1.0, 2.0, 40.0), (0.0, 0.1, 0.5), 9.0),))
    commands.set_parameters(document, head, "Operated")
    copy_head(document)
    commands.reset_head(document)
    paste_head(document, window)
    assert document.parameters == head
    data = QMimeData()
    data.setText("nose.1=2")
    data.setData("application/x-facewright-head+json", damaged)
    QGuiApplication.clipboard().setMimeData(data)
    paste_head(document, window)
    box = window.findChild(QMessageBox)
    assert box
    assert "damaged" in box.text()
    box.close()
    assert document.parameters == head
    QGuiApplication.clipboard().setText("nose.1=2")  # what the command line, or another person, wrote
    paste_head(document, window)
    assert document.parameters == Parameters(nose=(2.0,))


@pytest.mark.parametrize("name", ["shade", "colouring", "comparison"])
def test_what_is_chosen_in_the_view_menu_is_shown_and_ticked(window: MainWindow, name: str) -> None:
    view, viewport = window.actions_.view, window.viewport
    index = ["shade", "colouring", "comparison"].index(name)
    for value, action in view._choices[index].items():
        if action.isEnabled() and value != "landmarks":
            action.trigger()
            assert getattr(viewport.display, name) == value
            assert action.isChecked()


def test_a_head_goes_to_the_clipboard_and_back_as_one_step(window: MainWindow) -> None:
    document = window.document
    commands.set_parameters(document, Parameters(nose=(1.0,)), "Longer")
    copy_head(document)
    assert QGuiApplication.clipboard().text() == "nose.1=1.0"
    commands.reset_head(document)
    paste_head(document, window)
    assert document.parameters == Parameters(nose=(1.0,))
    change = document.undo_stack.command(document.undo_stack.count() - 1)
    assert isinstance(change, Change)
    assert (change.before.parameters, change.after.parameters) == (Parameters(), document.parameters)


def test_hills_are_of_all_heads_or_of_one_source(window: MainWindow, model: HeadModel) -> None:
    menu = submenu(window, "Sliders' Hills")
    assert texts(menu) == ["All Training Heads"]
    object.__setattr__(model, "sources", ("Here & there", "Elsewhere"))
    assert texts(menu) == ["All Training Heads", "Here && there", "Elsewhere"]
    menu.actions()[1].trigger()
    assert window.document.tools.hills == "Here & there"
    texts(menu)
    assert [action.isChecked() for action in menu.actions()] == [False, True, False]
    assert Tools.of_record(asdict(window.document.tools)) == window.document.tools


def test_bundled_models_are_opened_and_heads_are_carried_over_to_them(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(window.projects, "open", lambda path: asked.append(("open", path.name)))
    monkeypatch.setattr(window.projects, "carry_over", lambda path: asked.append(("carry", path.name)))
    for title in ("Bundled Models", "Carry Heads Over"):
        menu = submenu(window, title)
        assert texts(menu)[:2] == ["&People of All Ages", "&Adults"]
        menu.actions()[1].trigger()
    assert asked == [("open", "facewright.safetensors"), ("carry", "facewright.safetensors")]
    assert texts(submenu(window, "Carry Heads Over"))[-1] == "&Other Model…"


def test_there_is_one_sheet_of_candidates(window: MainWindow) -> None:
    for _ in range(2):
        window.actions_.head.candidates.trigger()
    [sheet] = window.findChildren(CandidateSheet)
    sheet.close()
