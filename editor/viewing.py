"""Everything between a computed surface and the screen, put together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QBuffer, QIODevice, QObject, QSize, Qt
from PySide6.QtGui import QImageWriter

from facewright.core.anthropometry.measure import RELATIVE, has_true_scale
from facewright.editor.comparison import Comparison
from facewright.editor.desktop.messages import show_error
from facewright.editor.desktop.settings import NAVIGATION, RANGE, SMOOTHNESS
from facewright.editor.painting import Painter
from facewright.editor.pictures import Pictures
from facewright.editor.viewport import Viewport
from facewright.editor.viewport.look import Smoothness
from facewright.editor.viewport.navigation import STYLES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.desktop.settings import Setting, Settings
    from facewright.editor.document import Document


_THUMBNAIL = QSize(288, 216)


class Viewing(QObject):
    """The viewport with its painter, the head it compares with, and its pictures; settings reach it here."""

    def __init__(self, document: Document, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._settings = settings
        self.viewport = Viewport(window)
        self.painter = Painter(self.viewport.look, self)
        self.comparison = Comparison(document, self)
        self.pictures = Pictures(self.viewport, self.comparison, settings, window)
        self.painter.painted.connect(self.viewport.show_painting)
        self.comparison.changed.connect(self.painter.show_other)
        self.comparison.named.connect(self.viewport.name_other)
        self.comparison.awaited.connect(self._show_awaited)
        document.state_changed.connect(lambda state: self.viewport.name_head(state.variant.name))
        self.viewport.name_head(document.state.variant.name)
        self.viewport.name_other(self.comparison.name)
        self.comparison.failed.connect(lambda message: show_error(window, message))
        self.viewport.look_changed.connect(self.painter.set_look)
        self.viewport.look_changed.connect(self.comparison.set_look)
        document.model_changed.connect(self._show_unit)
        self._show_unit(document.model)
        settings.changed.connect(self._apply)
        for setting in (NAVIGATION, SMOOTHNESS, RANGE):
            self._apply(setting)

    def thumbnail(self) -> bytes:
        """What is seen, small, as a PNG file's content; empty if there is nothing to be seen yet."""
        content = QBuffer()
        if not self.viewport.isVisible() or not content.open(QIODevice.OpenModeFlag.WriteOnly):
            return b""
        ways = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        QImageWriter(content, b"PNG").write(self.viewport.canvas.grabFramebuffer().scaled(_THUMBNAIL, *ways))
        return bytes(content.data().data())

    def close(self) -> None:
        """End what runs and release the graphics, while the window still has its context."""
        self.pictures.close()
        self.comparison.close()
        self.painter.close()
        self.viewport.close_graphics()

    def _show_awaited(self, name: str) -> None:
        self.viewport.name_other(f"{name}: being computed…" if name else self.comparison.name)

    def _show_unit(self, model: HeadModel) -> None:
        unit = "mm" if has_true_scale(model) else RELATIVE
        self.viewport.set_look(replace(self.viewport.look, unit=unit))

    def _apply(self, setting: Setting) -> None:
        value = self._settings[setting]
        if setting is NAVIGATION:
            self.viewport.set_style(next(style for style in STYLES if style == value))
        elif setting is SMOOTHNESS:
            self.viewport.set_smoothness(next(way for way in get_args(Smoothness) if way == value))
        elif setting is RANGE:
            self.viewport.set_look(replace(self.viewport.look, range_mm=float(value)))
