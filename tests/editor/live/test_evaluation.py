"""The newest head wins; what is stale is never shown; errors are told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from facewright.core.device import CPU
from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.editor.live.detail import FINEST, FULL, LIVE_S, LevelPace
from facewright.editor.live.evaluation import HeadEvaluation, HeadEvaluator, Job, evaluate
from tests.core.tiny_model import tiny_model
from tests.editor.ellipsoid_head import SEMI_AXES_MM, EllipsoidHead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel


@pytest.fixture
def evaluator(qapp: object) -> Iterator[HeadEvaluator]:
    evaluator = HeadEvaluator()
    yield evaluator
    evaluator.close()


@pytest.fixture
def shown(evaluator: HeadEvaluator) -> list[HeadEvaluation]:
    """Every evaluation shown, in order."""
    shown: list[HeadEvaluation] = []
    evaluator.evaluated.connect(shown.append)
    return shown


def nose(value: float) -> Parameters:
    return Parameters(nose=(value,))


def test_the_first_level_is_the_finest_that_keeps_up() -> None:
    pace, nothing = LevelPace(), frozenset[int]()
    assert pace.first_level(nothing) == 0
    assert pace.first_level(frozenset({0, FULL, FINEST})) == FULL  # one part at full detail, whatever that takes
    for level, seconds in ((0, 0.05), (1, 0.2), (FULL, 0.4), (FINEST, 1.0)):
        pace.note(level, False, seconds)
    assert pace.first_level(nothing) == 0
    for _ in range(3):  # a faster machine, from now on
        pace.note(FULL, False, 0.02)
    assert pace.first_level(nothing) == FULL
    pace.note(FINEST, True, 0.01)
    assert pace.first_level(nothing) == FULL
    assert pace.first_level(frozenset({FULL, FINEST})) == FINEST


def test_a_head_is_shown_coarse_then_full(
    qtbot: QtBot, evaluator: HeadEvaluator, shown: list[HeadEvaluation], model: HeadModel
) -> None:
    evaluator.want(model, nose(2))
    qtbot.waitUntil(lambda: bool(shown) and shown[-1].job.level == FINEST)
    assert [evaluation.job.level for evaluation in shown] == [0, FULL, FINEST]
    assert evaluator.full_mesh(model, nose(1)) is None


def test_the_newest_waits_and_those_between_are_never_computed(
    qtbot: QtBot, evaluator: HeadEvaluator, shown: list[HeadEvaluation], head: EllipsoidHead, model: HeadModel
) -> None:
    head.gate.clear()
    evaluator.set_in_gesture(True)
    for value in (1, 2, 3, 4):
        evaluator.want(model, nose(value))
    head.gate.set()
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert [evaluation.job.parameters for evaluation in shown] == [nose(1), nose(4)]


def test_a_held_slider_stays_coarse_and_is_refined_on_release(
    qtbot: QtBot, evaluator: HeadEvaluator, shown: list[HeadEvaluation], model: HeadModel
) -> None:
    evaluator.set_in_gesture(True)
    evaluator.want(model, nose(1))
    with qtbot.waitSignal(evaluator.busy_changed, check_params_cb=lambda busy: not busy):
        pass
    assert [evaluation.job.level for evaluation in shown] == [0]
    evaluator.set_in_gesture(False)
    qtbot.waitUntil(lambda: len(shown) == 3)
    assert shown[-1].job.level == FINEST


def test_a_part_of_a_full_surface_is_dragged_at_full_detail(qtbot: QtBot, evaluator: HeadEvaluator) -> None:
    model, shown = tiny_model(), list[HeadEvaluation]()
    evaluator.evaluated.connect(shown.append)
    evaluator.want(model, nose(0))
    qtbot.waitUntil(lambda: evaluator.full_mesh(model, nose(0)) is not None)
    shown.clear()
    evaluator.set_in_gesture(True)
    evaluator.want(model, nose(1))
    qtbot.waitUntil(lambda: len(shown) == 1)
    assert shown[0].job.draft
    assert evaluator.full_mesh(model, nose(1)) is None
    evaluator.want(model, nose(1).with_value("remainder", 0, 1.0))
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert shown[0].job.level == FULL
    assert shown[1].job.level < FULL or shown[1].seconds < LIVE_S
    assert all(evaluation.latency >= evaluation.seconds > 0 for evaluation in shown)


def test_other_parts_stay_refined_while_one_is_dragged(
    qtbot: QtBot, evaluator: HeadEvaluator, shown: list[HeadEvaluation]
) -> None:
    model = tiny_model()
    evaluator.want(model, Parameters())
    qtbot.waitUntil(lambda: bool(shown) and shown[-1].job.level == FINEST and not evaluator.busy, timeout=60_000)
    rested = {*map(bytes, shown[-1].mesh.vertices)}
    evaluator.set_in_gesture(True)
    evaluator.want(model, nose(0.5))
    qtbot.waitUntil(lambda: shown[-1].job.parameters == nose(0.5), timeout=60_000)
    assert shown[-1].job.draft
    assert len(rested & {*map(bytes, shown[-1].mesh.vertices)}) > 0.5 * len(rested)
    evaluator.set_in_gesture(False)
    qtbot.waitUntil(lambda: shown[-1].job.level == FINEST and not evaluator.busy, timeout=60_000)


def test_a_finer_job_gives_way_to_a_newer_head(
    qtbot: QtBot, evaluator: HeadEvaluator, shown: list[HeadEvaluation], head: EllipsoidHead, model: HeadModel
) -> None:
    coarse = evaluator.evaluated.connect(head.gate.clear)  # so that the finer job of nose 1 is held back
    evaluator.want(model, nose(1))
    qtbot.waitUntil(lambda: len(shown) == 1)
    evaluator.evaluated.disconnect(coarse)
    evaluator.want(model, nose(2))
    head.gate.set()
    qtbot.waitUntil(lambda: evaluator.full_mesh(model, nose(2)) is not None)
    steps = [(evaluation.job.generation, evaluation.job.level) for evaluation in shown]
    assert steps == sorted(set(steps))
    assert (1, FULL) not in steps


def test_a_drag_shows_ever_newer_heads_and_ends_on_the_last(
    qtbot: QtBot, evaluator: HeadEvaluator, shown: list[HeadEvaluation], model: HeadModel
) -> None:
    rng = np.random.default_rng(0)
    evaluator.set_in_gesture(True)
    for value in rng.uniform(-3, 3, 40):
        evaluator.want(model, nose(float(value)))
        qtbot.wait(int(rng.integers(0, 4)))
    evaluator.set_in_gesture(False)
    qtbot.waitUntil(lambda: evaluator.full_mesh(model, nose(float(value))) is not None)
    steps = [(evaluation.job.generation, evaluation.job.level) for evaluation in shown]
    assert steps == sorted(set(steps))
    assert steps[-1] == (40, FULL) or steps[-1] == (40, FINEST)


def test_a_result_of_another_model_is_not_shown(
    qtbot: QtBot, evaluator: HeadEvaluator, shown: list[HeadEvaluation], head: EllipsoidHead, model: HeadModel
) -> None:
    head.gate.clear()
    evaluator.want(model, nose(1))
    other = cast("HeadModel", EllipsoidHead())
    evaluator.want(other, nose(1))
    head.gate.set()
    qtbot.waitUntil(lambda: evaluator.full_mesh(other, nose(1)) is not None)
    assert all(evaluation.job.model is other for evaluation in shown)


class NoSurface:
    """Everything is outside."""

    bounds_mm = EllipsoidHead().bounds_mm
    device = CPU

    def __init__(self, message: str) -> None:
        self.message = message

    def field(self, parameters: Parameters, like: object = None) -> object:
        raise FacewrightError(self.message)


def test_an_error_is_told_once_until_a_surface_succeeds(
    qtbot: QtBot, evaluator: HeadEvaluator, shown: list[HeadEvaluation], model: HeadModel
) -> None:
    broken = cast("HeadModel", NoSurface("No surface."))
    messages: list[str] = []
    evaluator.failed.connect(messages.append)

    def fail(value: float) -> None:
        with qtbot.waitSignal(evaluator.busy_changed, check_params_cb=lambda busy: not busy):
            evaluator.want(broken, nose(value))

    fail(1)
    fail(2)
    assert messages == ["No surface."]
    evaluator.want(model, nose(1))
    qtbot.waitUntil(lambda: evaluator.full_mesh(model, nose(1)) is not None)
    fail(3)
    assert messages == ["No surface."] * 2


class Mistaken:
    """What lacks all but a place."""

    device = CPU


def test_a_mistake_in_the_program_is_reported_and_not_repeated(
    qtbot: QtBot, evaluator: HeadEvaluator, shown: list[HeadEvaluation], model: HeadModel
) -> None:
    with qtbot.capture_exceptions() as exceptions:
        evaluator.want(cast("HeadModel", Mistaken()), nose(1))
        qtbot.waitUntil(lambda: bool(exceptions))
        evaluator.want(model, nose(2))
        qtbot.waitUntil(lambda: evaluator.full_mesh(model, nose(2)) is not None)
    assert len(exceptions) == 1


def test_closing_cancels_what_runs(qtbot: QtBot, head: EllipsoidHead, model: HeadModel) -> None:
    evaluator = HeadEvaluator()
    shown: list[HeadEvaluation] = []
    evaluator.evaluated.connect(shown.append)
    head.gate.clear()
    evaluator.want(model, nose(1))
    assert evaluator._running
    evaluator._worker.drop()
    head.gate.set()
    evaluator.close()
    qtbot.wait(1)  # an answer on its way would arrive now
    assert not shown


def test_evaluate_gives_the_surface_asked_for(model: HeadModel) -> None:
    evaluation = evaluate(Job(1, model, nose(3), level=0))
    tip = evaluation.mesh.vertices[:, 2].max()
    assert tip == pytest.approx(SEMI_AXES_MM[2] + 9, abs=2)
    assert evaluation.voxel_mm == 5.0
    assert evaluation.seconds > 0
