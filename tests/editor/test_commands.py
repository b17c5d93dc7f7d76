"""Every change is undoable, one step a gesture."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from core.parameters import Parameters
from core.parts import CODES
from editor import commands
from tests.editor.ellipsoid_head import EllipsoidHead

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.head_model import HeadModel
    from editor.document import Document


def test_a_change_can_be_undone_and_redone(document: Document) -> None:
    commands.set_coefficient(document, "nose", 2, 1.5)
    assert document.parameters == Parameters(nose=(0, 0, 1.5))
    document.undo_stack.undo()
    assert document.parameters == Parameters()
    document.undo_stack.redo()
    assert document.parameters == Parameters(nose=(0, 0, 1.5))


def test_a_gesture_is_one_step(document: Document) -> None:
    for end in (1.0, -2.0):
        document.begin_gesture()
        for value in np.linspace(0.1, end, 7):
            commands.set_coefficient(document, "nose", 0, float(value))
        document.end_gesture()
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert document.parameters == Parameters(nose=(1.0,))
    document.undo_stack.undo()
    assert document.parameters == Parameters()


def test_changes_between_gestures_do_not_merge(document: Document) -> None:
    commands.set_coefficient(document, "nose", 0, 1.0)
    commands.set_coefficient(document, "nose", 0, 2.0)
    assert document.undo_stack.count() == 2


def test_a_gesture_that_ends_where_it_began_leaves_no_step(document: Document) -> None:
    document.begin_gesture()
    for value in (0.5, 1.0, 0.0):
        commands.set_coefficient(document, "eyes", 1, value)
    document.end_gesture()
    assert document.undo_stack.count() == 0


def test_setting_what_is_set_leaves_no_step(document: Document) -> None:
    commands.set_coefficient(document, "eyes", 1, 0.0)
    commands.set_mean_head(document)
    assert document.undo_stack.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda document: commands.set_mean(document, "mouth"),
        lambda document: commands.set_random(document, "mouth", np.random.default_rng(1)),
        commands.set_mean_head,
        lambda document: commands.set_random_head(document, np.random.default_rng(1)),
    ],
)
def test_mean_and_random_are_one_step(document: Document, change: Callable[[Document], None]) -> None:
    start = Parameters(mouth=(1.0, 2.0), remainder=(1.0,), expression=(0.5,))
    document.set_parameters(start)
    change(document)
    assert document.undo_stack.count() == 1
    assert document.parameters != start
    document.undo_stack.undo()
    assert document.parameters == start


def test_random_draws_the_components_that_have_a_slider_and_nothing_else(document: Document) -> None:
    start = Parameters(eyes=(1.0,), mouth=(0.0,) * 11 + (2.0,))
    document.set_parameters(start)
    commands.set_random(document, "mouth", np.random.default_rng(1))
    drawn = document.parameters.code("mouth")
    assert len(drawn) == commands.SHOWN_COMPONENTS
    assert all(drawn)
    assert document.parameters.with_code("mouth", start.mouth) == start


def test_random_head_keeps_the_expression(document: Document) -> None:
    document.set_parameters(Parameters(expression=(1.0, -1.0)))
    commands.set_random_head(document, np.random.default_rng(1))
    assert document.parameters.expression == (1.0, -1.0)
    assert all(document.parameters.code(code) for code in CODES)


def test_steps_are_named(document: Document) -> None:
    commands.set_coefficient(document, "remainder", 3, 1.0)
    assert document.undo_stack.undoText() == "Head Shape 4"


def test_another_model_starts_anew(document: Document) -> None:
    commands.set_coefficient(document, "nose", 0, 1.0)
    model = cast("HeadModel", EllipsoidHead(component_count=3))
    document.set_model(model)
    assert document.model is model
    assert document.parameters == Parameters()
    assert not document.undo_stack.canUndo()
    assert commands.component_count(document, "nose") == 3
