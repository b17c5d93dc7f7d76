"""The document as a project: history, saved or not, and back again."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.project import EditState, Project, Step, Variant
from facewright.editor import commands
from facewright.editor.comparison import MEAN_HEAD
from facewright.editor.document import MOST_STEPS, Document, SavedFile, Tools

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def worked_on(document: Document) -> Document:
    """A document with a history of several kinds of steps, the last of them undone."""
    commands.set_coefficient(document, "nose", 0, 1.5)
    document.begin_gesture()
    for value in (0.2, 0.4):
        commands.set_coefficient(document, "eyes", 1, value)
    document.end_gesture()
    commands.branch(document, "Second")
    commands.set_lock(document, "nose", True)
    commands.rename(document, 1, "Other")
    commands.randomise_head(document, 3)
    document.undo_stack.undo()
    return document


def test_a_project_brings_everything_back(document: Document) -> None:
    worked_on(document).set_before(Variant("Anna", Parameters(nose=(1.5,))))
    document.set_cohort("Women, 25")
    project = document.project({"a": 1})
    assert [step.text for step in project.steps] == [
        "Start", "Nose 1: 1.5 σ", "Eyes 2: 0.4 σ", "New Variant Second", "Lock Nose", "Rename to Other",
        "Random Head (seed 3)",
    ]  # fmt: skip
    other = Document(document.model)
    states: list[EditState] = []
    other.state_changed.connect(states.append)
    other.restore(project, None)
    assert other.project({"a": 1}) == project
    assert (other.before, other.cohort, other.modified) == (document.before, "Women, 25", False)
    assert states == [document.state]
    while document.undo_stack.canUndo():
        for one in (document, other):
            one.undo_stack.undo()
        assert other.state == document.state
    other.undo_stack.setIndex(other.undo_stack.count())
    assert other.state == project.steps[-1].state


def test_what_is_compared_with_belongs_to_the_project(document: Document) -> None:
    told: list[str] = []
    document.before_changed.connect(lambda variant: told.append(variant.name))
    document.cohort_changed.connect(told.append)
    document.set_before(Variant("Anna"))
    assert document.modified
    document.set_saved(None, document.mark())
    document.set_cohort("Men, 25")
    assert document.modified
    document.start_anew()
    assert told == ["Anna", "Men, 25", "Mean Head", ""]
    assert (document.before, document.cohort, document.modified) == (MEAN_HEAD, "", False)


def test_what_is_saved_is_not_modified_until_it_changes(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "a.facewright"
    told: list[bool] = []
    document.file_changed.connect(lambda: told.append(document.modified))
    worked_on(document)
    document.set_saved(SavedFile(path, ""), document.mark())
    assert document.path == path
    document.undo_stack.undo()
    document.undo_stack.redo()
    commands.reset(document, "eyes")
    assert [modified for modified, _ in itertools.groupby(told)] == [True, False, True, False, True]


def test_a_restored_crash_is_not_saved(document: Document) -> None:
    project = worked_on(document).project()
    document.restore(project, None, saved=False)
    assert document.modified
    document.undo_stack.setIndex(0)
    assert document.modified


def test_another_models_project_is_refused_and_nothing_changes(document: Document) -> None:
    state = worked_on(document).state
    with pytest.raises(FacewrightError, match="open that model first"):
        document.restore(Project("Other", "0000", (Step("Start", EditState()),), 0), None)
    assert document.state == state
    assert document.undo_stack.count() == 6


def test_a_new_project_forgets_the_old_one(document: Document) -> None:
    worked_on(document).start_anew()
    assert document.state == EditState()
    assert not document.modified
    assert document.undo_stack.count() == 0


def test_tools_of_a_file_are_taken_as_far_as_they_make_sense() -> None:
    assert Tools.of_record({"symmetric": True, "strength": 0.5, "seed": 12}) == Tools(True, 0.5, 12)
    assert Tools.of_record({"symmetric": 1, "strength": float("nan"), "seed": "x"}) == Tools()
    assert Tools.of_record({"strength": 99.0, "seed": -1}) == Tools()


def test_the_first_variant_has_the_parameters_that_were_asked_for(document: Document) -> None:
    assert Document(document.model, Parameters(nose=(1.0,))).parameters == Parameters(nose=(1.0,))


def saved_while(document: Document, path: Path, change: Callable[[], object]) -> bool:
    """Save, with a change made before the file is written; whether the document then counts as saved."""
    mark, project = document.mark(), document.project()
    change()
    document.set_saved(SavedFile(path, ""), mark)
    assert document.modified == (project.state != document.state)
    return not document.modified


def test_a_slider_that_moves_on_while_it_is_saved_is_not_saved(document: Document, tmp_path: Path) -> None:
    document.begin_gesture()
    commands.set_coefficient(document, "nose", 0, 1.8)
    assert not saved_while(document, tmp_path, lambda: commands.set_coefficient(document, "nose", 0, 3.0))
    assert document.undo_stack.count() == 1
    commands.set_coefficient(document, "nose", 0, 1.8)  # back to what the file holds
    assert not document.modified
    document.end_gesture()


def test_another_step_in_the_place_of_the_saved_one_is_not_saved(document: Document, tmp_path: Path) -> None:
    commands.set_coefficient(document, "nose", 0, 1.0)

    def change() -> None:
        document.undo_stack.undo()
        commands.set_coefficient(document, "nose", 0, 2.0)

    assert not saved_while(document, tmp_path, change)


def test_a_step_at_the_historys_limit_is_not_saved(document: Document, tmp_path: Path) -> None:
    for number in range(MOST_STEPS):
        commands.set_coefficient(document, "nose", 0, 0.001 * (number + 1))
    assert saved_while(document, tmp_path, lambda: None)
    assert not saved_while(document, tmp_path, lambda: commands.set_coefficient(document, "nose", 0, -1.0))
    assert document.undo_stack.count() == MOST_STEPS
    document.undo_stack.undo()
    assert not document.modified


def test_a_file_that_was_written_for_another_project_is_not_this_ones(document: Document, tmp_path: Path) -> None:
    commands.set_coefficient(document, "nose", 0, 1.0)
    mark = document.mark()
    document.start_anew()
    document.set_saved(SavedFile(tmp_path / "old.facewright", ""), mark)
    assert document.path is None
