"""Every change is undoable, one step a gesture."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.project import EditState, Variant
from facewright.core.sculpt.dabs import dab
from facewright.core.surgery.plan import NO_PLAN, Operation, SurgicalPlan
from facewright.editor import commands
from facewright.editor.document import Document, Tools
from tests.core.people import people
from tests.core.scan.test_fitted_scan import some_scan
from tests.core.tiny_model import tiny_model
from tests.editor.ellipsoid_head import EllipsoidHead

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.model.head_model import HeadModel


def begin_with(document: Document, parameters: Parameters) -> None:
    """Edit another head, without a step."""
    document.set_state(EditState((Variant("Head 1", parameters),)))


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
    commands.reset_head(document)
    assert document.undo_stack.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda document: commands.reset(document, "mouth"),
        lambda document: commands.randomise(document, ("mouth",), 1),
        commands.reset_head,
        lambda document: commands.randomise_head(document, 1),
        commands.mirror,
        commands.make_symmetric,
    ],
)
def test_changes_of_a_part_or_the_head_are_one_step(document: Document, change: Callable[[Document], None]) -> None:
    start = Parameters(mouth=(1.0, 2.0), remainder=(1.0,), expression=(0.5,))
    begin_with(document, start)
    change(document)
    assert document.undo_stack.count() == 1
    assert document.parameters != start
    document.undo_stack.undo()
    assert document.parameters == start


def test_random_draws_the_components_that_have_a_slider_and_nothing_else(document: Document) -> None:
    start = Parameters(eyes=(1.0,), mouth=(0.0,) * 11 + (2.0,))
    begin_with(document, start)
    commands.randomise(document, ("mouth",), 1)
    drawn = document.parameters.code("mouth")
    assert len(drawn) == commands.SHOWN_COMPONENTS
    assert all(drawn)
    assert document.parameters.with_code("mouth", start.mouth) == start


def test_random_head_keeps_the_expression(document: Document) -> None:
    begin_with(document, Parameters(expression=(1.0, -1.0)))
    commands.randomise_head(document, 1)
    assert document.parameters.expression == (1.0, -1.0)
    assert all(document.parameters.code(code) for code in CODES)


def test_steps_are_named(document: Document) -> None:
    commands.set_coefficient(document, "remainder", 3, 1.0)
    assert document.undo_stack.undoText() == "Head Shape 4: 1.0 σ"


def test_another_model_starts_anew(document: Document) -> None:
    commands.set_coefficient(document, "nose", 0, 1.0)
    model = cast("HeadModel", EllipsoidHead(component_count=3))
    document.set_model(model)
    assert document.model is model
    assert document.parameters == Parameters()
    assert not document.undo_stack.canUndo()
    assert commands.component_count(document, "nose") == 3


def test_a_locked_part_keeps_its_code_whatever_is_done(document: Document) -> None:
    commands.set_coefficient(document, "nose", 0, 1.0)
    commands.set_lock(document, "nose", True)
    commands.set_coefficient(document, "nose", 0, 2.0)
    commands.randomise_head(document, 1)
    commands.reset_head(document)
    commands.take(document, Variant("other", Parameters(nose=(3.0,), eyes=(2.0,))), CODES)
    assert document.parameters == Parameters(nose=(1.0,), eyes=(2.0,))
    commands.set_lock(document, "nose", False)
    commands.reset(document, "nose")
    assert document.parameters.nose == ()
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.state == EditState()


def test_the_seed_gives_a_part_the_same_draw_alone_and_with_others(document: Document) -> None:
    commands.randomise_head(document, 5)
    head = document.parameters
    commands.reset_head(document)
    commands.randomise(document, ("eyes",), 5)
    assert document.parameters == Parameters(eyes=head.eyes)


def test_strength_and_seed_draw_the_last_draw_again_until_something_else_is_done(document: Document) -> None:
    begin_with(document, Parameters(mouth=(1.0,)))
    commands.randomise(document, ("eyes",), 5)
    whole = document.parameters
    document.set_tools(Tools(strength=0.5, seed=5))
    commands.draw_again(document)
    np.testing.assert_allclose(document.parameters.eyes, np.array(whole.eyes) / 2)
    assert document.parameters.mouth == (1.0,)
    commands.set_coefficient(document, "eyes", 0, 1.0)
    edited = document.parameters
    commands.draw_again(document)
    assert document.parameters == edited


def test_symmetric_editing_keeps_the_asymmetry_that_is_there(document: Document) -> None:
    begin_with(document, Parameters(nose=(0.0, 1.5)))  # the ellipsoid's second components are one-sided
    document.set_tools(Tools(symmetric=True))
    commands.set_coefficient(document, "nose", 0, 1.0)
    commands.set_coefficient(document, "nose", 1, 3.0)
    assert document.parameters == Parameters(nose=(1.0, 1.5))
    commands.randomise(document, ("nose",), 3)
    assert document.parameters.value("nose", 1) == 1.5
    assert document.parameters.value("nose", 0) != 1.0


def test_symmetric_editing_gives_both_sides_of_a_facial_unit_one_strength() -> None:
    document = Document(people())
    strengths = document.expressions.facial_units.strengths
    commands.set_expression(document, "mouthSmile_R", 0.2)
    document.set_tools(Tools(symmetric=True))
    commands.set_expression(document, "mouthSmile_L", 1.0)
    commands.set_expression(document, "jawLeft", 0.5)
    told = {name: strength for name, strength in strengths(document.parameters).items() if abs(strength) > 1e-6}
    assert told == pytest.approx({"mouthSmile_L": 1.0, "mouthSmile_R": 1.0, "jawLeft": 0.5})
    commands.set_expression(document, "mouthSmile_R", 0.0)
    assert strengths(document.parameters)["mouthSmile_L"] == pytest.approx(0.0)
    commands.set_expression(document, "wink", 1.0)
    assert document.expressions.strengths(document.parameters)["wink"] == pytest.approx(1.0)
    assert document.undo_stack.count() == 5


def test_a_blend_is_a_variant_of_its_own_and_one_step_a_drag(document: Document) -> None:
    commands.set_coefficient(document, "nose", 0, 2.0)
    commands.branch(document, "B")
    commands.reset_head(document)
    first, second = document.state.variants
    document.begin_gesture()
    for weight in (0.1, 0.2, 0.25):
        commands.blend(document, first, second, CODES, weight)
    document.end_gesture()
    assert document.parameters == Parameters(nose=(1.5,))
    commands.blend(document, first, second, ("nose",), 1.0)
    assert document.parameters == Parameters()
    assert [variant.name for variant in document.state.variants] == ["Head 1", "B", "Head 1 + B"]
    assert document.state.variants[:2] == (first, second)
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.state.variants == (first, second)


PLAN = SurgicalPlan((Operation("tip_deviation", 3.0),), (("tip_deviation", 2.9),))
ON_NOSE, ON_CHEEK = (dab(at, (0.5, 0.0, 1.0), 12.0) for at in ((1.0, 10.0, 100.0), (60.0, 10.0, 81.0)))
WORKED = Parameters(nose=(1.0,), mouth=(1.0,), plan=PLAN, dabs=(ON_NOSE, ON_CHEEK))


@pytest.fixture
def worked(qapp: object) -> Document:
    """A head with operations and brush work, of a model that knows its parts."""
    return Document(tiny_model(), WORKED)


def test_a_locked_nose_keeps_its_operations_and_its_brush_work(worked: Document) -> None:
    commands.set_lock(worked, "nose", True)
    half = dab(ON_CHEEK.at, (0.25, 0.0, 0.5), 12.0)
    for change, dabs in (
        (commands.reset_head, ()),
        (commands.clear_brush_work, ()),
        (commands.mirror, (ON_CHEEK.mirrored,)),
        (commands.make_symmetric, (half, half.mirrored)),
    ):
        change(worked)
        assert (worked.parameters.nose, worked.parameters.plan) == (WORKED.nose, PLAN)
        assert worked.parameters.dabs == (ON_NOSE, *dabs)
        worked.undo_stack.undo()


def test_a_head_is_mirrored_and_made_symmetric_with_its_operations_and_brush_work(worked: Document) -> None:
    commands.mirror(worked)
    assert worked.parameters.plan.asked == {"tip_deviation": -3.0}
    assert worked.parameters.dabs == (ON_NOSE.mirrored, ON_CHEEK.mirrored)
    commands.make_symmetric(worked)
    assert worked.parameters.plan == NO_PLAN
    assert {one.mirrored for one in worked.parameters.dabs} == set(worked.parameters.dabs)


def test_a_blend_is_made_of_its_first_head_whichever_is_active(worked: Document) -> None:
    scan = some_scan()
    patient = Variant("Patient", WORKED, scan=scan)
    other, third = Variant("B", Parameters(nose=(-1.0,))), Variant("C", Parameters(eyes=(1.0,), dabs=(ON_CHEEK,)))
    for active in (1, 2):
        worked.set_state(EditState((patient, other, third), active))
        commands.blend(worked, patient, other, CODES, 0.5)
        blended = worked.state.variant
        assert blended.parameters == Parameters(mouth=(0.5,), plan=PLAN, dabs=WORKED.dabs)
        assert blended.scan is scan
        commands.blend(worked, patient, other, ("nose",), 1.0)
        assert worked.parameters == Parameters(nose=(-1.0,), mouth=(0.5,), plan=PLAN, dabs=WORKED.dabs)
        assert worked.state.variant.scan is scan
    worked.set_state(EditState((patient, other, third)))
    commands.blend(worked, other, third, CODES, 1.0)
    assert worked.state.variant.parameters == Parameters(eyes=(1.0,))
    assert worked.state.variant.scan is None


def test_the_locked_parts_of_a_blend_are_those_of_the_active_head(worked: Document) -> None:
    first, second = Variant("B", Parameters(nose=(-1.0,), dabs=(ON_NOSE.mirrored,))), Variant("C")
    worked.set_state(EditState((Variant("Patient", WORKED), first, second), locked=frozenset({"nose"})))
    commands.blend(worked, first, second, CODES, 0.5)
    assert worked.parameters == Parameters(nose=(1.0,), plan=PLAN, dabs=(ON_NOSE,))


def test_a_blend_with_a_locked_part_goes_on_in_one_variant(document: Document) -> None:
    commands.set_coefficient(document, "nose", 0, 2.0)
    commands.set_coefficient(document, "eyes", 0, 1.0)
    commands.branch(document, "B")
    commands.reset_head(document)
    commands.set_lock(document, "nose", True)
    first, second = document.state.variants
    for weight in (0.1, 0.2, 0.5):  # each a step of its own, as arrow keys make them
        commands.blend(document, first, second, CODES, weight)
    assert [variant.name for variant in document.state.variants] == ["Head 1", "B", "Head 1 + B"]
    assert document.parameters == Parameters(eyes=(0.5,))
    commands.set_lock(document, "nose", False)
    commands.blend(document, first, second, ("eyes",), 0.0)
    assert document.parameters == Parameters(eyes=(1.0,))


def test_the_history_tells_amounts_and_a_drag_is_its_last_one(document: Document) -> None:
    document.begin_gesture()
    for value in (0.5, -1.25):
        commands.set_coefficient(document, "nose", 2, value)
    document.end_gesture()
    assert document.undo_stack.text(0) == "Nose 3: −1.25 σ"
    assert document.undo_stack.undoText() == "Nose 3: −1.25 σ"
    assert document.undo_stack.count() == 1
