"""Before and after is patient against patient: split, overlay, map and films show a carried scan on both sides."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from facewright.core.parameters import Parameters
from facewright.core.project import Variant
from facewright.core.scan.align import Alignment
from facewright.core.scan.fitted_scan import FittedScan
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import Residual, ScanFit
from facewright.core.surface.extraction import head_mesh
from facewright.editor import commands
from facewright.editor.desktop.settings import Settings
from facewright.editor.document import Document
from facewright.editor.head_view import HeadView
from facewright.editor.live import evaluation
from facewright.editor.live.evaluation import HeadEvaluation, Job, evaluate
from facewright.editor.live.painting import PaintRequest, paint
from facewright.editor.live.scan_surface import CarriedSurface
from facewright.editor.pictures import _paintings
from facewright.editor.scan.scan_session import ScanSession
from facewright.editor.viewport.colours import displacement_colours
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.picture import Photographer
from tests.core.tiny_model import wide_nosed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from facewright.editor.viewport.painting import Drawable

MODEL = wide_nosed()
HEAD = Parameters(nose=(0.4,), remainder=(0.5, 1.0))
EDITED = HEAD.with_value("nose", 0, -0.9)
RED = (200, 30, 30)


@pytest.fixture(scope="module")
def scan() -> FittedScan:
    """A red scan of the front of a head with bumps that the model lacks; its last points are not of the head."""
    mesh = head_mesh(MODEL, HEAD, 7.0)
    points = mesh.vertices * (1.0 + 0.01 * np.sin(mesh.vertices[:, :1] / 4.0))
    faces = mesh.faces[(mesh.vertices[mesh.faces][..., 2] > -20.0).all(axis=1)].astype(np.int64)
    residual = np.zeros(len(points), np.float32)
    residual[-40:] = np.nan
    pose = Alignment(np.eye(3), np.zeros(3), 1.0, 0.9, 1.0)
    regions = MappingProxyType({"face": Residual(0.5, 1.0, 5000)})
    fit = ScanFit(HEAD, pose, residual, regions, np.ones(1), True)
    return FittedScan("Anna", "mm", Scan(points, faces, np.tile(np.array(RED, np.uint8), (len(points), 1))), fit)


@pytest.fixture(scope="module")
def before() -> HeadEvaluation:
    return evaluate(Job(1, MODEL, HEAD, 0))


@pytest.fixture(scope="module")
def after() -> HeadEvaluation:
    return evaluate(Job(2, MODEL, EDITED, 0))


@pytest.fixture
def view(qtbot: QtBot, scan: FittedScan, monkeypatch: pytest.MonkeyPatch) -> Iterator[HeadView]:
    """The patient's head in the viewport, edited, compared with itself as it was fitted; its surfaces are coarse."""
    monkeypatch.setattr(evaluation, "FINEST", 0)
    window = QWidget()
    qtbot.addWidget(window)
    document = Document(MODEL, parent=window)
    view = HeadView(document, Settings(QSettings(), window), window)
    session = ScanSession(document, parent=window)
    view.pipeline.follow(session)
    commands.adopt_scan(document, scan)
    view.comparison.keep(document.state.variant)
    commands.set_parameters(document, EDITED, "Change")
    yield view
    session.close()
    view.close()


def shows_scan(drawable: Drawable | None) -> bool:
    return drawable is not None and drawable.live is None


def shows_head(drawable: Drawable | None) -> bool:
    return drawable is not None and drawable.live is not None


def is_edited(view: HeadView) -> bool:
    """Whether the head that was edited is on the screen, and the patient beside it."""
    seen = view.pipeline.on_screen
    return bool(seen and seen.request.evaluation.job.parameters == EDITED and shows_scan(other_of(view)))


def other_of(view: HeadView) -> Drawable | None:
    snapshot = view.viewport.snapshot()
    return snapshot.painting.other if snapshot else None


def test_the_other_side_shows_the_scan_as_it_was_before(
    qtbot: QtBot, view: HeadView, scan: FittedScan, after: HeadEvaluation
) -> None:
    viewport = view.viewport
    viewport.set_display(replace(viewport.display, comparison="split", own_surface=True))
    qtbot.waitUntil(lambda: is_edited(view))
    other, snapshot = other_of(view), viewport.snapshot()
    assert other
    assert snapshot
    np.testing.assert_array_equal(other.mesh.vertices, scan.points)
    np.testing.assert_array_equal(other.colours, scan.scan.colours)
    way = np.linalg.norm(snapshot.painting.head.mesh.vertices - other.mesh.vertices, axis=1)
    assert way.max() > 1.0
    assert (way == 0.0).mean() > 0.3
    np.testing.assert_array_equal(viewport.panes.other.points, scan.points)
    with Photographer((120, 60), snapshot.display) as photographer:
        photographer.panes.show(snapshot)
        photographer.panes.look_from("front")
        picture = np.asarray(photographer.take(), dtype=np.int64)
    for left, right in ((0, 58), (62, 120)):  # red on both sides
        red = picture[:, left:right, 0] - picture[:, left:right, 2]
        assert (red > 60).mean() > 0.1

    viewport.set_display(replace(viewport.display, own_surface=False))
    qtbot.waitUntil(lambda: shows_head(other_of(view)))
    viewport.set_display(replace(viewport.display, own_surface=True))
    qtbot.waitUntil(lambda: shows_scan(other_of(view)))
    view.comparison.compare_with(Variant("Plan", HEAD))  # a head that goes back to no scan
    qtbot.waitUntil(lambda: shows_head(other_of(view)))


def test_the_map_is_of_both_carried_surfaces(scan: FittedScan, before: HeadEvaluation, after: HeadEvaluation) -> None:
    source = CarriedSurface(MODEL, scan)
    display = DisplayOptions(comparison="overlay", colouring="displacement", own_surface=True)
    painting = paint(PaintRequest(after, display, before, source, other_source=source))
    assert painting.other
    moved = source.moved(HEAD, EDITED)
    np.testing.assert_array_equal(painting.head.colours, displacement_colours(moved, 5.0))
    way = painting.head.mesh.vertices - painting.other.mesh.vertices
    length = np.linalg.norm(way, axis=1)
    assert moved.min() < -0.5
    assert (np.abs(moved) <= length + 1e-4).all()
    straight = np.abs((way * painting.head.normals).sum(axis=1)) > 0.98 * length
    np.testing.assert_allclose(np.abs(moved)[straight], length[straight], rtol=0.1)


def test_no_neighbours_lie_at_opposite_ends_of_the_map(scan: FittedScan) -> None:
    """Skin that slides along itself has moved neither outwards nor inwards, however far."""
    source = CarriedSurface(MODEL, scan)
    moved, mesh = source.moved(HEAD, EDITED), source.at(EDITED).mesh
    first, second = np.concatenate([mesh.faces[:, pair] for pair in ([0, 1], [1, 2], [2, 0])]).T
    opposite = moved[first] * moved[second] < 0.0
    assert opposite.any()
    assert np.minimum(np.abs(moved[first]), np.abs(moved[second]))[opposite].max() < 0.5


def test_both_sides_have_the_residual_map_or_neither(
    scan: FittedScan, before: HeadEvaluation, after: HeadEvaluation
) -> None:
    source = CarriedSurface(MODEL, scan)
    for colouring in ("residual", "natural"):
        display = DisplayOptions(comparison="split", colouring=colouring, own_surface=True)
        painting = paint(PaintRequest(after, display, before, source, other_source=source))
        assert painting.other
        assert painting.other.colours is not None
        np.testing.assert_array_equal(painting.head.colours, painting.other.colours)
        assert ((painting.other.colours == RED).all(axis=1)).all() == (colouring == "natural")


def test_a_map_that_is_switched_on_is_drawn_on_the_other_side_too(qtbot: QtBot, view: HeadView) -> None:
    viewport = view.viewport

    def is_red() -> bool:
        colours = viewport.panes.other.data.point_data.get("colours")
        return colours is not None and len(colours) > 0 and bool((np.asarray(colours) == RED).all())

    viewport.set_display(replace(viewport.display, comparison="split", own_surface=True))
    qtbot.waitUntil(is_red)
    viewport.set_display(replace(viewport.display, colouring="residual"))
    qtbot.waitUntil(lambda: not is_red())
    viewport.set_display(replace(viewport.display, colouring="natural"))
    qtbot.waitUntil(is_red)


def test_against_a_head_without_a_scan_the_map_is_the_distance_to_it(scan: FittedScan, before: HeadEvaluation) -> None:
    display = DisplayOptions(colouring="displacement", own_surface=True, range_mm=1.0)
    painting = paint(PaintRequest(before, display, before, CarriedSurface(MODEL, scan)))
    assert painting.other
    assert painting.other.mesh is before.mesh
    assert painting.head.colours is not None
    assert (painting.head.colours[-40:] == 128).all()  # what is not of the head is not told
    bump = np.where(scan.points[:-40, 2] > 0.0, np.sin(scan.points[:-40, 0] / 4.0), 0.0)  # where there are faces
    orange = painting.head.colours[:-40, 0].astype(int) - painting.head.colours[:-40, 2] > 60
    assert orange[bump > 0.9].mean() > 0.9
    assert orange[bump < -0.5].mean() < 0.02


def test_a_painting_says_whether_it_has_a_map(scan: FittedScan, before: HeadEvaluation, after: HeadEvaluation) -> None:
    residual, distance = DisplayOptions(colouring="residual"), DisplayOptions(colouring="displacement")
    assert paint(PaintRequest(before, residual, source=CarriedSurface(MODEL, scan))).has_map
    assert not paint(PaintRequest(before, residual)).has_map
    assert paint(PaintRequest(after, distance, before)).has_map
    assert not paint(PaintRequest(after, distance)).has_map
    assert not paint(PaintRequest(before, DisplayOptions(colouring="parts"))).has_map


def test_every_head_shows_its_own_scan(scan: FittedScan, before: HeadEvaluation, after: HeadEvaluation) -> None:
    blue = replace(scan.scan, colours=scan.scan.colours[:, ::-1])  # type: ignore[index]
    second = CarriedSurface(MODEL, replace(scan, scan=blue))
    display = DisplayOptions(comparison="split", own_surface=True)
    painting = paint(PaintRequest(after, display, before, CarriedSurface(MODEL, scan), other_source=second))
    assert painting.other
    assert shows_scan(painting.other)
    assert painting.head.colours is not None
    assert painting.other.colours is not None
    assert (painting.head.colours[0].tolist(), painting.other.colours[0].tolist()) == ([*RED], [*RED[::-1]])


def test_a_film_goes_from_the_patient_before_to_the_patient_after(
    qtbot: QtBot, view: HeadView, scan: FittedScan, before: HeadEvaluation, after: HeadEvaluation
) -> None:
    viewport = view.viewport
    viewport.set_display(replace(viewport.display, comparison="split", own_surface=True))
    qtbot.waitUntil(lambda: is_edited(view))
    snapshot = viewport.snapshot()
    assert snapshot
    seen = view.pipeline.on_screen
    assert seen
    jobs = [before.job, after.job]
    first, last = _paintings(jobs, seen.request, threading.Event(), lambda share: None)
    for painting in (first, last):
        assert shows_scan(painting.head)
        assert painting.other
        assert shows_scan(painting.other)
        np.testing.assert_array_equal(painting.other.mesh.vertices, scan.points)
    np.testing.assert_array_equal(first.head.mesh.vertices, scan.points)
    np.testing.assert_array_equal(last.head.mesh.vertices, snapshot.painting.head.mesh.vertices)
