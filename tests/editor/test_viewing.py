"""From a computed surface to the screen: painting, comparing, moving the camera, files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QProgressDialog

from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.editor.desktop.settings import NAVIGATION, PICTURE_SCALE, VIDEO_SECONDS
from facewright.editor.live.detail import FULL
from facewright.editor.live.evaluation import Job, evaluate
from facewright.editor.live.painting import PaintRequest, paint
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.pose import VIEWS

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.live.painting import PaintResult
    from facewright.editor.main_window import MainWindow
    from tests.editor.ellipsoid_head import EllipsoidHead

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton


def drag(window: MainWindow, button: Qt.MouseButton, by: QPoint) -> None:
    canvas = window.viewport.canvas
    middle = canvas.rect().center()
    QTest.mousePress(canvas, button, pos=middle)
    QTest.mouseMove(canvas, middle + by)
    QTest.mouseRelease(canvas, button, pos=middle + by)


def test_a_map_tells_how_far_the_nose_has_moved_and_that_nothing_else_has(model: HeadModel) -> None:
    mean = evaluate(Job(1, model, Parameters(), FULL))
    longer = evaluate(Job(2, model, Parameters(nose=(1.0,)), FULL))
    painting = paint(PaintRequest(longer, DisplayOptions(colouring="displacement", range_mm=3.0), mean))
    assert painting.head.colours is not None
    neutral = np.abs(
        painting.head.colours.astype(int) - painting.head.colours[longer.mesh.vertices[:, 2].argmin()]
    ).sum(axis=1)
    nose = np.linalg.norm(longer.mesh.vertices - [0.0, 0.0, 49.0], axis=1) < 2.0
    assert (neutral[nose] > 150).all()
    assert (neutral[longer.mesh.vertices[:, 2] < 0] <= 3).all()


def test_orders_without_anything_to_work_out_are_plain(model: HeadModel) -> None:
    mean = evaluate(Job(1, model, Parameters(), 0))
    assert PaintRequest(mean, DisplayOptions()).is_plain
    assert PaintRequest(mean, DisplayOptions(colouring="displacement")).is_plain
    assert not PaintRequest(mean, DisplayOptions(colouring="displacement"), mean).is_plain
    assert not PaintRequest(mean, DisplayOptions(landmarks=True)).is_plain


def test_the_other_head_is_said_to_be_computed_until_it_is_there(
    qtbot: QtBot, window: MainWindow, head: EllipsoidHead, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles: list[str] = []
    monkeypatch.setattr(window.viewport.panes.other, "title", titles.append)
    qtbot.waitUntil(lambda: window.status.state.text() == "Ready")
    head.gate.clear()
    window.viewport.set_display(replace(window.viewport.display, comparison="split"))
    assert titles[-1] == "Mean Head: being computed…"
    assert window.status.state.text() == "Computing Mean Head…"
    head.gate.set()
    qtbot.waitUntil(lambda: window.status.state.text() == "Ready")
    assert titles[-1] == "Mean Head"
    assert window.pipeline.other


def test_the_map_follows_the_head_and_the_newest_surface_is_shown_last(qtbot: QtBot, window: MainWindow) -> None:
    shown: list[PaintResult] = []
    window.pipeline.screen_changed.connect(shown.append)
    window.viewport.set_display(replace(window.viewport.display, colouring="displacement"))
    qtbot.waitUntil(lambda: bool(shown) and shown[-1].painting.head.colours is not None)
    for value in (0.5, 1.0, 1.5):
        commands.set_coefficient(window.document, "nose", 0, value)
    wanted = window.document.parameters

    def is_last_shown() -> bool:
        job = shown[-1].request.evaluation.job
        return job.parameters == wanted and job.level >= FULL and shown[-1].painting.head.colours is not None

    qtbot.waitUntil(is_last_shown)
    generations = [painted.request.evaluation.job.generation for painted in shown]
    assert generations == sorted(generations)


def test_a_comparison_is_evaluated_once_it_is_seen(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_.view.compare_this.trigger()
    commands.set_coefficient(window.document, "nose", 0, 2.0)
    with qtbot.waitSignal(window.pipeline.other_changed, check_params_cb=lambda other: other is not None):
        window.actions_.view.split.trigger()
    assert window.viewport.display.comparison == "split"
    assert window.view.comparison.parameters == Parameters()
    assert len(window.viewport.panes.other.points)


def test_buttons_move_the_camera_as_the_settings_say(window: MainWindow) -> None:
    start = window.viewport.panes.pose
    drag(window, MIDDLE, QPoint(40, 0))
    orbited = window.viewport.panes.pose
    assert orbited.view != start.view
    window.settings[NAVIGATION] = "cad"
    drag(window, MIDDLE, QPoint(40, 0))
    panned = window.viewport.panes.pose
    assert panned.view == orbited.view
    assert panned.focus != orbited.focus
    drag(window, RIGHT, QPoint(0, 30))
    assert window.viewport.panes.pose.view != panned.view


def test_the_wheel_zooms_and_a_view_shows_the_whole_head_again(window: MainWindow) -> None:
    window.actions_.view.views[1].trigger()
    whole = window.viewport.panes.pose
    assert whole.view == VIEWS["left"]
    canvas, none = window.viewport.canvas, Qt.KeyboardModifier.NoModifier
    at = QPointF(canvas.rect().center())
    button, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    wheel = QWheelEvent(at, canvas.mapToGlobal(at), QPoint(), QPoint(0, 240), button, none, phase, False)
    QApplication.sendEvent(canvas, wheel)
    assert window.viewport.panes.pose.distance < whole.distance
    QTest.keyClick(window.viewport, Qt.Key.Key_Home)
    assert window.viewport.panes.pose == whole
    QTest.keyClick(window.viewport, Qt.Key.Key_1, Qt.KeyboardModifier.KeypadModifier)
    assert window.viewport.panes.pose.view == VIEWS["front"]


def test_a_picture_is_as_large_as_set_and_clear_behind_the_head(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.settings[PICTURE_SCALE] = "1"
    with qtbot.waitSignal(window.view.pictures.saved):
        window.view.pictures.save_picture(tmp_path / "head.png")
    with Image.open(tmp_path / "head.png") as picture:
        assert picture.size == (window.viewport.width(), window.viewport.height())
        assert picture.mode == "RGBA"
        assert picture.getchannel("A").getextrema() == (0, 255)


def test_a_video_from_before_to_after_moves(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facewright.editor.pictures.FRAMES_PER_SECOND", 3)
    monkeypatch.setattr("facewright.editor.pictures._LONGEST_SIDE", 120)
    window.settings[VIDEO_SECONDS] = "2"
    commands.set_coefficient(window.document, "nose", 0, 3.0)
    qtbot.waitUntil(lambda: window.pipeline.full_mesh(window.document.model, window.document.parameters) is not None)
    window.viewport.set_view("left")
    with qtbot.waitSignal(window.view.pictures.saved):
        window.view.pictures.save_before_after(tmp_path / "nose.webp")
    with Image.open(tmp_path / "nose.webp") as film:
        assert film.n_frames > 2  # type: ignore[attr-defined]
        first = np.asarray(film.convert("RGB"), dtype=int)
        film.seek(film.n_frames // 2)  # type: ignore[attr-defined]
        assert np.abs(np.asarray(film.convert("RGB"), dtype=int) - first).max() > 60


def test_a_picture_of_a_head_that_is_not_there_yet_is_refused(window: MainWindow, tmp_path: Path) -> None:
    window.viewport.clear_head()
    for save in (window.view.pictures.save_picture, window.view.pictures.save_before_after):
        save(tmp_path / "head.png")
        box = window.findChildren(QMessageBox)[-1]
        assert "not on the screen yet" in box.text()
        box.close()
    assert not list(tmp_path.iterdir())


def test_a_video_that_cannot_be_written_is_refused_before_it_is_drawn(window: MainWindow, tmp_path: Path) -> None:
    pictures = window.view.pictures
    for path, why in ((tmp_path / "head.avi", "is no film"), (tmp_path / "gone" / "head.webp", "there is no folder")):
        for save in (pictures.save_turntable, pictures.save_before_after):
            save(path)
            box = window.findChildren(QMessageBox)[-1]
            assert why in box.text()
            assert not window.findChildren(QProgressDialog)
            box.close()


def test_a_video_is_named_by_the_format_that_is_chosen(window: MainWindow, tmp_path: Path) -> None:
    window.view.pictures.ask_for_turntable()
    [dialog] = window.findChildren(QFileDialog)
    first, *others = dialog.nameFilters()
    assert dialog.selectedNameFilter() == first
    assert Path(dialog.selectedFiles()[0]).suffix in first
    gif = next(words for words in others if "*.gif" in words)
    dialog.filterSelected.emit(gif)
    assert dialog.defaultSuffix() == "gif"
    dialog.reject()
