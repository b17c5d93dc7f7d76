"""The road to the screen, end to end: what is chosen is seen, and an error is told and passed by."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.project import Variant
from facewright.editor import commands
from facewright.editor.comparison import MEAN_HEAD
from facewright.editor.live import evaluation, painting
from facewright.editor.live.detail import FINEST
from facewright.editor.live.evaluation import Job, evaluate
from facewright.editor.live.painting import Painter, PaintRequest, PaintResult
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.painting import Drawable, Painting
from tests.core.tiny_model import tiny_model
from tests.editor.patience import pause

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.live.evaluation import HeadEvaluation, LiveSurfaces
    from facewright.editor.main_window import MainWindow
    from facewright.editor.viewport.skin import Look


def seen(window: MainWindow) -> Parameters | None:
    painted = window.pipeline.on_screen
    return painted.request.evaluation.job.parameters if painted else None


def compared(window: MainWindow) -> Parameters | None:
    return window.pipeline.other.job.parameters if window.pipeline.other else None


def test_a_painting_that_fails_is_told_and_the_next_one_is_shown(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def paint(request: PaintRequest, _: object = None) -> Painting:
        if request.evaluation.job.parameters == Parameters():
            raise FacewrightError("This cannot be coloured.")
        return Painting(painting.drawable(request.evaluation))

    monkeypatch.setattr(painting, "paint", paint)
    window.viewport.set_display(replace(window.viewport.display, landmarks=True))
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
    assert [box.text() for box in window.findChildren(QMessageBox)] == ["This cannot be coloured."]
    commands.set_coefficient(window.document, "nose", 0, 1.0)
    qtbot.waitUntil(lambda: seen(window) == window.document.parameters)


def test_colours_that_are_out_of_date_give_way_to_a_plain_surface(qtbot: QtBot) -> None:
    model, painter, painted = tiny_model(), Painter(), list[PaintResult]()
    surface = evaluate(Job(1, model, Parameters(), 0))
    painter.painted.connect(painted.append)
    painter.want(PaintRequest(surface, DisplayOptions(colouring="parts")))
    painter.want(PaintRequest(surface, DisplayOptions()))
    assert [each.request.display.colouring for each in painted] == ["plain"]
    painter.want(PaintRequest(surface, DisplayOptions(colouring="parts", landmarks=True)))
    qtbot.waitUntil(lambda: len(painted) == 2)
    painter.close()
    assert painted[1].request.display.landmarks  # the first was dropped
    assert painted[1].painting.head.colours is not None


def test_eyes_and_skin_of_a_head_that_has_moved_on_are_given_up(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, given_up = threading.Event(), threading.Event()

    def natural(model: HeadModel, parameters: Parameters, look: Look, cancelled: Callable[[], bool]) -> Drawable:
        begun.set()
        while not cancelled():
            given_up.wait(0.01)
        given_up.set()
        raise Cancelled

    monkeypatch.setattr(painting, "natural", natural)
    model, painter, painted = tiny_model(), Painter(), list[PaintResult]()
    display = DisplayOptions(colouring="natural")
    rest, moving = (evaluate(Job(1, model, Parameters(), level)) for level in (FINEST, 0))
    painter.painted.connect(painted.append)
    painter.want(PaintRequest(rest, display))
    assert begun.wait(10.0)
    painter.want(PaintRequest(moving, display))
    assert given_up.wait(10.0)
    painter.close()
    assert [each.request.evaluation for each in painted] == [moving]


def test_the_same_head_may_be_chosen_again_to_compare_with(qtbot: QtBot, window: MainWindow) -> None:
    window.viewport.set_display(replace(window.viewport.display, comparison="split"))
    qtbot.waitUntil(lambda: window.pipeline.other is not None)
    for _ in range(2):
        window.view.comparison.compare_with(MEAN_HEAD)
    qtbot.waitUntil(lambda: window.pipeline.other is not None and window.status.state.text() == "Ready")
    other = Variant("Plan", Parameters(nose=(2.0,)))
    window.view.comparison.compare_with(other)
    assert compared(window) is None
    qtbot.waitUntil(lambda: compared(window) == other.parameters)


def test_a_head_that_others_were_chosen_after_is_computed_again_to_compare_with(
    qtbot: QtBot, window: MainWindow
) -> None:
    split = replace(window.viewport.display, comparison="split")
    window.viewport.set_display(split)
    qtbot.waitUntil(lambda: window.pipeline.other is not None and window.pipeline.other.job.level == FINEST)
    window.viewport.set_display(replace(split, comparison="off"))
    for variant in (Variant("Plan", Parameters(nose=(2.0,))), MEAN_HEAD):
        window.view.comparison.compare_with(variant)
    window.viewport.set_display(split)
    qtbot.waitUntil(lambda: compared(window) == Parameters())


def test_a_look_that_is_given_up_and_taken_again_computes_nothing_twice(qtbot: QtBot, window: MainWindow) -> None:
    split = replace(window.viewport.display, comparison="split")
    window.viewport.set_display(split)
    qtbot.waitUntil(lambda: window.pipeline.other is not None and window.status.state.text() == "Ready")
    other = window.pipeline.other
    window.viewport.set_display(replace(split, comparison="off"))
    window.viewport.set_display(split)
    assert window.pipeline.other is other
    assert window.status.state.text() == "Ready"


def test_the_same_shape_by_another_name_is_shown_as_it_is(qtbot: QtBot, window: MainWindow) -> None:
    window.viewport.set_display(replace(window.viewport.display, comparison="split"))
    qtbot.waitUntil(lambda: window.pipeline.other is not None and window.status.state.text() == "Ready")
    other = window.pipeline.other
    window.view.comparison.compare_with(Variant("Plan"))  # the mean, too
    assert window.pipeline.other is other
    assert window.status.state.text() == "Ready"


class Stopped:
    """Surfaces of heads are computed once `go` is set, and not before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        monkeypatch.setattr(evaluation, "evaluate", self._evaluate)

    def _evaluate(self, job: Job, surfaces: LiveSurfaces, cancelled: Callable[[], bool]) -> HeadEvaluation:
        while not self.go.wait(0.01):
            if cancelled():
                raise Cancelled
        return evaluate(job, surfaces, cancelled)


def is_at_rest(window: MainWindow) -> bool:
    return window.status.state.text() == "Ready" and seen(window) == window.document.parameters


def test_nothing_of_one_project_is_seen_in_the_next(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewport, document = window.viewport, window.document
    viewport.set_display(replace(viewport.display, comparison="split"))
    commands.set_coefficient(document, "nose", 0, 1.0)
    window.view.comparison.compare_with(Variant("Patient 1", Parameters(nose=(2.0,))))
    qtbot.waitUntil(lambda: is_at_rest(window) and len(viewport.panes.other.points) > 0)
    project = document.project()
    document.start_anew()
    commands.set_coefficient(document, "nose", 0, -1.0)
    qtbot.waitUntil(lambda: is_at_rest(window))
    stopped = Stopped(monkeypatch)
    commands.set_coefficient(document, "nose", 0, -2.0)  # under way as the other project comes
    document.restore(project, None)
    for _ in range(3):
        assert len(viewport.panes.head.points) == len(viewport.panes.other.points) == 0
        assert viewport.snapshot() is None
        assert window.status.state.text() != "Ready"
        assert viewport.panes.head.name == "Head 1: updating…"
        pause(30)
    shown: list[Parameters | None] = []
    window.pipeline.screen_changed.connect(lambda _: shown.append(seen(window)))
    stopped.go.set()
    qtbot.waitUntil(lambda: is_at_rest(window) and len(viewport.panes.other.points) > 0)
    assert set(shown) == {document.parameters}
    assert viewport.panes.head.name == "Head 1"
    assert viewport.snapshot() is not None


def test_a_painting_under_way_is_not_taken_into_another_project(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, go = window.document, threading.Event()
    begun: list[Parameters] = []

    def paint(request: PaintRequest, _: object = None) -> Painting:
        begun.append(request.evaluation.job.parameters)
        assert go.wait(30.0)
        return Painting(painting.drawable(request.evaluation))

    monkeypatch.setattr(painting, "paint", paint)
    window.viewport.set_display(replace(window.viewport.display, landmarks=True))
    commands.set_coefficient(document, "nose", 0, 1.0)
    qtbot.waitUntil(lambda: bool(begun))
    assert window.status.state.text() == "Updating…"
    first = document.parameters
    document.start_anew()
    shown: list[Parameters | None] = []
    window.pipeline.screen_changed.connect(lambda _: shown.append(seen(window)))
    go.set()
    qtbot.waitUntil(lambda: is_at_rest(window))
    assert shown
    assert first not in shown


def test_another_variants_surface_does_not_stay_under_its_name(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, viewport = window.document, window.viewport
    commands.branch(document)
    commands.set_coefficient(document, "nose", 0, 1.0)
    qtbot.waitUntil(lambda: is_at_rest(window))
    stopped = Stopped(monkeypatch)
    commands.activate(document, 0)
    assert not window.pipeline.is_current
    assert viewport.panes.head.name == "Head 1: updating…"
    assert len(viewport.panes.head.points) > 0  # a moment is no harm; a long one is
    qtbot.waitUntil(lambda: len(viewport.panes.head.points) == 0)
    stopped.go.set()
    qtbot.waitUntil(lambda: is_at_rest(window) and window.pipeline.is_current)
    assert len(viewport.panes.head.points) > 0
    assert viewport.panes.head.name == "Head 1"


def test_a_head_that_cannot_be_shown_says_so_in_the_last_ones_place(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise FacewrightError("There is no surface.")

    commands.set_coefficient(window.document, "nose", 0, 1.0)
    qtbot.waitUntil(lambda: is_at_rest(window))
    monkeypatch.setattr(evaluation, "evaluate", fail)
    window.document.start_anew()
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
    assert window.viewport.panes.head.name == "Head 1: cannot be shown"
    assert len(window.viewport.panes.head.points) == 0
