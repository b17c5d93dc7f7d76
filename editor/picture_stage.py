"""The window with a head in it, put into the scenes of the pages' pictures."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QDialog, QDockWidget
from scipy.spatial.transform import Rotation

from facewright.core.anatomy import bundled_anatomy
from facewright.core.errors import FacewrightError
from facewright.core.exchange.ply import to_ply
from facewright.core.exchange.shape import Shape
from facewright.core.expressions import Expressions
from facewright.core.parameters import random_head
from facewright.core.sculpt.brush import Brush
from facewright.core.surgery.fields import plan_warp
from facewright.core.surgery.operations import BY_KEY
from facewright.core.surgery.plan import Operation
from facewright.editor import commands
from facewright.editor.anatomy.dialog import AnatomyDialog
from facewright.editor.anatomy.draft import NEEDED
from facewright.editor.desktop.settings import SCHEME, SMOOTHNESS
from facewright.editor.live.natural import AsExported
from facewright.editor.report.achieved_dialog import AchievedDialog
from facewright.editor.report.dialog import ReportDialog
from facewright.editor.report.paper import HEIGHT, WIDTH
from facewright.editor.report.sheet_dialog import SheetDialog
from facewright.editor.viewport.pose import Pose, View
from facewright.editor.viewport.tool import Touch
from facewright.train.data.ict_facekit import NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from facewright.editor.main_window import MainWindow

_SIZE = (1152, 720)
_PATIENCE_S = 600.0
_HEAD = 4
"""Seed of the head in the pictures."""

_PLAN = (Operation("dorsum", -2.5), Operation("tip_rotation", 5.0))
"""What is planned for the patient of the scan."""

_SWELLING = ((44.0, -22.0), (46.0, -26.0), (42.0, -28.0), (46.0, -22.0), (44.0, -25.0))
_SCAR = tuple((52.0 - 0.28 * step, 12.0 - 1.4 * step) for step in range(24))
"""What the brush goes over on a cheek, (x, y) mm."""

_ACHIEVED, _LATER_NOISE_MM = 0.8, 0.1
"""How much of the plan the later scan has, and its noise along each axis."""

_LATER_POSE = Rotation.from_rotvec([0.3, -0.4, 0.1]).as_matrix()

_PAGE_SCALE, _PAGE_GAP = 0.385, 12
"""Pixels a tenth of a millimetre of a page, and between pages."""


def _wait(condition: Callable[[], object], what: str) -> None:
    """Let the window live until a condition holds. Raises FacewrightError if it never does."""
    end = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise FacewrightError(f"Waited in vain for {what}.")
        QApplication.processEvents()
        time.sleep(0.01)


def _image(picture: QPixmap) -> Image.Image:
    stream = QBuffer()
    stream.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(stream, "PNG")
    return Image.open(io.BytesIO(stream.data().data())).convert("RGB")


def _paper(pages: Sequence[Callable[[QPainter], None]]) -> QImage:
    """Pages side by side."""
    width, height = round(_PAGE_SCALE * WIDTH), round(_PAGE_SCALE * HEIGHT)
    image = QImage(len(pages) * (width + _PAGE_GAP) - _PAGE_GAP, height, QImage.Format.Format_RGB32)
    image.fill(QColor("silver"))
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    for number, page in enumerate(pages):
        painter.resetTransform()
        painter.translate(number * (width + _PAGE_GAP), 0.0)
        painter.scale(_PAGE_SCALE, _PAGE_SCALE)
        page(painter)
    painter.end()
    return image


class PictureStage:
    """The window with one head in it, put into different scenes one after the other."""

    def __init__(self, window: MainWindow) -> None:
        """Show the window, and wait until its sliders have names."""
        self._window, self._document = window, window.document
        self._dialog: QDialog | None = None
        window.settings[SMOOTHNESS] = "always"
        window.resize(*_SIZE)
        window.show()
        self._settle()
        self._wait_for_words()

    def editor(self) -> None:
        """The whole window, light, as it opens: a head somewhere near the mean."""
        document, window = self._document, self._window
        window.settings[SCHEME] = "light"
        window.viewport.set_display(replace(window.viewport.display, colouring="natural"))
        commands.rename(document, 0, "Ada")
        commands.set_parameters(document, random_head(document.model.components, _HEAD, 0.8), "Random Head")
        self._wait_for_skin()

    def _wait_for_skin(self) -> None:
        """Wait until eyes and skin are seen, from where they are seen best."""
        pipeline, document = self._window.pipeline, self._document

        def is_seen() -> bool:
            seen = pipeline.on_screen
            if seen is None or not isinstance(seen.painting.head, AsExported):
                return False
            return seen.request.evaluation.job.parameters == document.parameters

        _wait(is_seen, "eyes and skin")
        self._window.viewport.set_view("three-quarter")

    def natural(self) -> None:
        """The same head, laughing."""
        document = self._document
        laughing = Expressions(document.model).with_strength(document.parameters, "laugh", 0.8)
        commands.set_parameters(document, laughing, "Laugh")
        self._wait_for_skin()

    def compare(self) -> None:
        """Two variants side by side with the map of their distance, dark."""
        document, window = self._document, self._window
        commands.set_parameters(document, document.parameters.with_code("expression", ()), "Reset")
        before = document.state.variant
        window.settings[SCHEME] = "dark"
        commands.branch(document, "Grace")
        for part in ("nose", "mouth"):
            commands.set_parameters(document, document.parameters.with_value(part, 0, 2.5), "Change")
        window.view.comparison.compare_with(before)
        display = replace(window.viewport.display, comparison="split", colouring="displacement")
        window.viewport.set_display(display)
        window.viewport.set_view("three-quarter")
        _wait(lambda: window.viewport.snapshot() and len(window.viewport.panes.other.points) > 50_000, "the other head")

    def drag(self) -> None:
        """The nose tip held by the hand, halfway through a drag, with the landmarks shown."""
        window = self._window
        display = replace(window.viewport.display, comparison="off", colouring="parts", landmarks=True)
        window.viewport.set_display(display)
        self._settle()
        tip = self._tip()
        window.viewport.stand(Pose(View(55.0, 3.0), (0.0, float(tip[1]), float(tip[2]) - 40.0), 560.0))
        window.actions_.edit.drag.trigger()
        window.grab_tool.grab(tip)
        window.grab_tool.drag(np.array([0.0, 2.0, 6.0]))
        before = self._document.parameters
        _wait(lambda: self._document.parameters != before, "the surface to follow the hand")

    def export(self) -> None:
        """The export dialog over the window."""
        window = self._window
        window.grab_tool.release()
        _wait(lambda: self._document.gesture is None, "the hand to let go")
        window.actions_.edit.drag.trigger()
        window.status.advise("")
        window.viewport.set_display(replace(window.viewport.display, colouring="plain", landmarks=False))
        window.viewport.reset_view()
        window.exporter.ask()
        self._dialog = next(dialog for dialog in window.findChildren(QDialog) if dialog.isVisible())

    def brush(self) -> None:
        """A scar and a swelling on a cheek, by the brush, in natural colours."""
        window = self._window
        self._close_dialog()
        commands.branch(self._document, "Scar")
        window.viewport.set_display(replace(window.viewport.display, colouring="natural"))
        self._settle()
        window.actions_.edit.brush.trigger()
        self._stroke(Brush(radius=14.0, strength=1.0), _SWELLING)
        self._stroke(Brush(radius=6.0, strength=0.8, inward=True), _SCAR)
        window.viewport.stand(Pose(View(40.0, 2.0), (0.0, -10.0, 40.0), 620.0))

    def _stroke(self, brush: Brush, places: Sequence[tuple[float, float]]) -> None:
        """A stroke along places (x, y) mm of the face."""
        window, points = self._window, self._window.viewport.panes.head.points
        front = points[points[:, 2] > 0.0]
        way = [front[np.linalg.norm(front[:, :2] - place, axis=1).argmin()].astype(np.float64) for place in places]
        window.brush_tool.set_brush(brush)
        work = self._document.parameters.dabs
        window.brush_tool.grab(way[0])
        for point in way:
            window.brush_tool.drag(point - way[0], Touch(point, np.array([0.0, 0.0, 1.0])))
            _wait(lambda: not window.brush_tool.is_behind, "the brush")
        window.brush_tool.release()
        _wait(lambda: self._document.gesture is None and self._document.parameters.dabs != work, "the stroke")
        self._settle()

    def scan(self, path: Path) -> None:
        """A patient's scan with the model fitted to it: the map of the residual and the verdict, light."""
        window = self._window
        self._close_dialog()
        window.actions_.edit.brush.setChecked(False)
        window.settings[SCHEME] = "light"
        self._dock("parts").hide()
        window.scan_panel.open(path)
        scans = window.scans
        _wait(lambda: scans.placement and scans.placement.is_placed and not scans.doing, "the scan to be placed")
        scans.fit()
        _wait(lambda: self._document.state.variant.scan, "the fit")
        window.viewport.set_view("three-quarter")

    def operations(self) -> None:
        """A plan for the patient of the scan: a hump taken down and a tip turned up, before and after."""
        window, document = self._window, self._document
        self._dock("scan").hide()
        commands.branch(document, "Plan")
        self._dock("operations").show()
        self._settle()
        for operation in _PLAN:
            self._operate(operation)
        display = replace(window.viewport.display, comparison="split", colouring="plain", own_surface=True)
        window.viewport.set_display(display)
        tip = self._tip()
        window.viewport.stand(Pose(View(90.0, 0.0), (0.0, float(tip[1]) - 8.0, float(tip[2]) - 42.0), 640.0))

    def _operate(self, operation: Operation) -> None:
        """Add an operation to the plan, and wait until it is carried out."""
        operator, document = self._window.operator, self._document
        operator.ask(document.parameters.plan.with_operation(operation), BY_KEY[operation.key].title)
        _wait(lambda: operation in document.parameters.plan.operations, "the operation")
        _wait(lambda: not operator.busy, "the hand to let go")

    def report(self) -> None:
        """Both sides of the sheet of before and after."""
        self._window.reports.show()
        self._open_sheet(ReportDialog)

    def achieved(self, folder: Path) -> None:
        """The page of planned and achieved, for a later scan that has four fifths of the plan; written to a folder."""
        self._close_dialog()
        window, planned = self._window, self._document.state.variant
        assert planned.scan is not None
        plan, scan = planned.parameters.plan, planned.scan
        done = replace(plan, strengths=tuple((key, _ACHIEVED * strength) for key, strength in plan.strengths))
        points = plan_warp(done).moved(scan.points.astype(np.float64)) @ _LATER_POSE.T
        points += np.random.default_rng(0).normal(0.0, _LATER_NOISE_MM, points.shape)
        path = folder / "later.ply"
        path.write_bytes(to_ply(Shape("later", points.astype(np.float32), scan.scan.faces.astype(np.int32)), "mm"))
        window.follow_ups.open(planned, path)
        self._open_sheet(AchievedDialog)

    def _open_sheet(self, kind: type[SheetDialog]) -> None:
        """Wait for a page, and fill in what a clinic would."""
        _wait(lambda: any(each.sheet for each in self._window.findChildren(kind)), "the page")
        dialog = next(each for each in self._window.findChildren(kind) if each.sheet)
        dialog.patient.setText("Erika Muster")
        dialog.clinician.setText("Dr. M. Example")
        self._dialog = dialog

    def measure(self) -> None:
        """A nasolabial angle that was typed, drawn on the face; the nose keeps its width and its length."""
        window, panel = self._window, self._window.measurement.panel
        self._close_dialog()
        window.actions_.edit.brush.setChecked(False)
        window.settings[SCHEME] = "light"
        window.viewport.set_display(replace(window.viewport.display, own_surface=False, colouring="plain"))
        for name in ("scan", "operations", "parts"):
            self._dock(name).hide()
        commands.activate(self._document, 0)
        self._dock("measurements").show()
        self._settle()
        panel.cohort.setCurrentText("Women, 25")
        panel.keep.click()
        _wait(lambda: panel.table.rowCount(), "the measurements")
        rows = {panel.table.cell(row, 0).text(): row for row in range(panel.table.rowCount())}
        for name in ("Nasal width", "Nasal bridge length"):
            panel.table.cell(rows[name], 0).setCheckState(Qt.CheckState.Checked)
        angle = rows["Nasolabial angle"]
        now = panel.table.cell(angle, 2)
        now.setText(f"{float(now.text().rstrip('°')) + 8.0:.0f}")
        _wait(lambda: panel.message.text().startswith("Reached"), "the nose that was asked for")
        panel.table.selectRow(angle)
        tip = self._tip()
        window.viewport.stand(Pose(View(78.0, 0.0), (0.0, float(tip[1]) - 8.0, float(tip[2]) - 25.0), 330.0))

    def training(self, run: Path) -> None:
        """A run: its curves, and its newest checkpoint under the head, dark."""
        window = self._window
        self._dock("measurements").hide()
        self._dock("parts").show()
        window.settings[SCHEME] = "dark"
        self._document.start_anew()  # a small run may have too few components for the heads so far
        bundled = self._document.model
        window.training.open(run)
        _wait(window.training.panel.newest.isEnabled, "the run")
        window.training.show_newest()
        _wait(lambda: self._document.model is not bundled, "the newest checkpoint")
        window.viewport.set_view("three-quarter")
        self._wait_for_words()

    def make_anatomy(self, heads: Path) -> None:
        """The dialog in which an anatomy is made, of ICT-FaceKit's neutral head, its parts found, dark."""
        self._close_dialog()
        self._window.settings[SCHEME] = "dark"
        self._window.training.anatomies.open(heads / NEUTRAL)
        _wait(lambda: self._window.findChildren(AnatomyDialog), "the neutral head")
        self._dialog = dialog = self._window.findChildren(AnatomyDialog)[0]
        points = bundled_anatomy("ict_facekit").points
        for name in NEEDED:
            dialog.session.pick(name, points[name])
            dialog.session.keep(f"Pick {name}")
        dialog.actions_.find.trigger()
        _wait(lambda: dialog.session.is_current, "the parts")
        dialog.session.undo_stack.setClean()
        dialog.viewport.stand(dialog.viewport.pose.orbited(20.0, 0.0).zoomed(1.5, 0.0, 0.1))

    def picture(self) -> Image.Image:
        """What the window shows, with the dialog over its middle if one is open; a larger dialog, or a page, alone."""
        self._settle()
        if isinstance(self._dialog, SheetDialog) and self._dialog.sheet:
            return _image(QPixmap.fromImage(_paper(self._dialog.sheet.pages)))
        pixmap = self._window.grab()
        inner = self._dialog.grab() if self._dialog else None
        if inner and inner.width() > pixmap.width():
            pixmap = inner
        elif self._dialog and inner:
            painter = QPainter(pixmap)
            left, top = (pixmap.width() - inner.width()) // 3, (pixmap.height() - inner.height()) // 2
            painter.fillRect(left - 1, top - 1, inner.width() + 2, inner.height() + 2, self._dialog.palette().light())
            painter.drawPixmap(left, top, inner)
            painter.end()
        return _image(pixmap)

    def _settle(self) -> None:
        """Wait until everything that is shown is finished."""
        window, document = self._window, self._document
        _wait(lambda: document.gesture or window.pipeline.full_mesh(document.model, document.parameters), "the head")
        rested = time.monotonic() + 2.0  # the painter, the words and what Qt still has to do
        _wait(lambda: time.monotonic() > rested and window.status.state.text() == "Ready", "rest")

    def _close_dialog(self) -> None:
        if self._dialog:
            self._dialog.reject()
            self._dialog = None

    def _wait_for_words(self) -> None:
        window = self._window
        _wait(lambda: window.words.told == set(window.panels.panels), "the sliders' names")

    def _dock(self, name: str) -> QDockWidget:
        dock = self._window.findChild(QDockWidget, name)
        assert isinstance(dock, QDockWidget)
        return dock

    def _tip(self) -> np.ndarray:
        """The foremost point near the middle plane, (3,) mm."""
        points = self._window.viewport.panes.head.points
        return points[np.argmax(np.where(np.abs(points[:, 0]) < 4.0, points[:, 2], -np.inf))]
