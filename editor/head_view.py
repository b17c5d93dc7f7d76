"""What the head is looked at with: viewport, the road to it, the head compared with, pictures; all put together."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QBuffer, QIODevice, QObject, QSize, Qt
from PySide6.QtGui import QImageWriter

from facewright.core.anthropometry.measure import RELATIVE, has_true_scale
from facewright.editor.comparison import Comparison
from facewright.editor.desktop.messages import show_error
from facewright.editor.desktop.settings import (
    GAZE_NEAR,
    GAZE_SIDE,
    GAZE_UP,
    IRIS,
    IRIS_SIZE,
    NAVIGATION,
    RANGE,
    SMOOTHNESS,
    TONE,
)
from facewright.editor.document import Tools
from facewright.editor.live.pipeline import Pipeline
from facewright.editor.pictures import Pictures
from facewright.editor.viewport import Viewport
from facewright.editor.viewport.display_options import ReferenceLook, Smoothness
from facewright.editor.viewport.navigation import STYLES
from facewright.editor.viewport.pose import Pose
from facewright.editor.viewport.skin import Look

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QWidget

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.desktop.settings import Setting, Settings
    from facewright.editor.document import Document


_NUMBERS = (IRIS_SIZE, GAZE_UP, GAZE_SIDE, GAZE_NEAR)
"""Of a `Look`, in its order."""

_THUMBNAIL = QSize(288, 216)


class HeadView(QObject):
    """The viewport with all that belongs to it; settings reach it here."""

    def __init__(self, document: Document, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._settings = document, settings
        self.viewport = Viewport(window)
        self.comparison = Comparison(document, self)
        self.pipeline = Pipeline(document, self.comparison, self.viewport, self)
        self.pictures = Pictures(self.viewport, self.pipeline, self.comparison, settings, window)
        self.pipeline.failed.connect(lambda message: show_error(window, message))
        document.model_changed.connect(self._show_unit)
        self._show_unit(document.model)
        settings.changed.connect(self._apply)
        for setting in (NAVIGATION, SMOOTHNESS, RANGE, TONE):
            self._apply(setting)

    @property
    def natural_look(self) -> Look | None:
        """How heads look, where they are seen in natural colours."""
        display = self.viewport.display
        return display.look if display.colouring == "natural" else None

    def thumbnail(self) -> bytes:
        """What is seen but a reference picture, small, as a PNG file's content; empty if that is nothing yet."""
        content = QBuffer()
        if not self.viewport.isVisible() or not content.open(QIODevice.OpenModeFlag.WriteOnly):
            return b""
        ways = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        QImageWriter(content, b"PNG").write(self._grab().scaled(_THUMBNAIL, *ways))
        return bytes(content.data().data())

    def _grab(self) -> QImage:
        """What is seen but a reference picture, which may be of somebody and goes into no file."""
        viewport = self.viewport
        if not viewport.has_reference:
            return viewport.canvas.grabFramebuffer()
        viewport.panes.set_display(replace(viewport.display, reference=ReferenceLook(opacity=0.0)))
        seen = viewport.canvas.grabFramebuffer()
        viewport.panes.set_display(viewport.display)
        viewport.refresh()
        return seen

    def view_record(self) -> dict[str, object]:
        """How the project is looked at and worked on, for its file."""
        return {
            "tools": asdict(self._document.tools),
            "camera": asdict(self.viewport.pose),
            "own_surface": self.viewport.display.own_surface,
            "reference": asdict(self.viewport.display.reference),
        }

    def show_view_record(self, record: Mapping[str, object]) -> None:
        """Go on looking and working as a project's file says."""
        tools = record.get("tools")
        if isinstance(tools, dict):
            self._document.set_tools(Tools.of_record(tools))
        own_surface, display = record.get("own_surface") is True, self.viewport.display
        reference = ReferenceLook.of_record(record["reference"]) if "reference" in record else display.reference
        self.viewport.set_display(replace(display, own_surface=own_surface, reference=reference))
        if pose := Pose.of_record(record.get("camera")):
            self.viewport.stand(pose)

    def close(self) -> None:
        """End what runs and release the graphics, while the window still has its context."""
        self.pictures.close()
        self.pipeline.close()
        self.viewport.close_graphics()

    def _show_unit(self, model: HeadModel) -> None:
        unit = "mm" if has_true_scale(model) else RELATIVE
        self.viewport.set_display(replace(self.viewport.display, unit=unit))

    def _apply(self, setting: Setting) -> None:
        value = self._settings[setting]
        if setting is NAVIGATION:
            self.viewport.set_style(next(style for style in STYLES if style == value))
        elif setting is SMOOTHNESS:
            self.viewport.set_smoothness(next(way for way in get_args(Smoothness) if way == value))
        elif setting in (TONE, IRIS, *_NUMBERS):
            numbers = [float(self._settings[each]) for each in _NUMBERS]
            look = Look(self._settings[TONE], self._settings[IRIS], *numbers)
            self.viewport.set_display(replace(self.viewport.display, look=look))
        elif setting is RANGE:
            self.viewport.set_display(replace(self.viewport.display, range_mm=float(value)))
