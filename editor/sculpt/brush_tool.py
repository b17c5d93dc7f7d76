"""Sculpt the surface with a brush: a stroke is one undo step, and stays on its place whatever the sliders do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QCursor, QGuiApplication, QPainter, QPen, QPixmap

from facewright.core.sculpt.brush import LEAST_RADIUS_MM, Brush, Seen, Stroke
from facewright.core.sculpt.dabs import WIDEST_MM
from facewright.editor import commands
from facewright.editor.drag_session import DragSession
from facewright.editor.wording import TITLES

if TYPE_CHECKING:
    import numpy as np
    from PySide6.QtWidgets import QWidget

    from facewright.core.parameters import Parameters
    from facewright.core.sculpt.brush import BrushKind
    from facewright.editor.document import Document
    from facewright.editor.live.pipeline import Pipeline
    from facewright.editor.viewport import Viewport
    from facewright.editor.viewport.tool import Touch

_STEP = 1.25
"""From one radius to the next by a key."""
_LARGEST_CURSOR = 256
"""Pixels: Windows draws no larger one."""


class _Hand:
    """What is dragged: a stroke, told where the pointer is."""

    def __init__(self, stroke: Stroke, origin: np.ndarray, kind: BrushKind) -> None:
        self.stroke, self._origin, self._kind = stroke, origin, kind
        self._touched = False

    def pull(self, place: tuple[np.ndarray, np.ndarray | None]) -> Parameters | None:
        """The head with the pointer at a way (3,) from where it took hold, and over a point (3,) of the surface."""
        way, point = place
        if self._kind == "grab":
            return self.stroke.grabbed(self._origin, way)
        if not self._touched:  # a hand may be far away by the time that the stroke begins
            self._touched = True
            self.stroke.painted(self._origin)
        return None if point is None else self.stroke.painted(point)


class BrushTool(QObject):
    """The viewport's tool for a brush; with Shift it smooths, with Control it inflates inwards."""

    KEYS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier

    changed = Signal(object)
    """The `Brush` from now on."""
    advised = Signal(str)
    """What a press does where the pointer is, or what the stroke has done; empty where there is nothing to say."""

    def __init__(self, document: Document, viewport: Viewport, pipeline: Pipeline, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._viewport, self._pipeline = document, viewport, pipeline
        self.brush = Brush()
        self._acts = self.brush
        self._hand: _Hand | None = None
        self._drag = DragSession(document, "brush", window, self._arrived)

    @property
    def is_behind(self) -> bool:
        """Whether the stroke has not come to where the hand is."""
        return self._drag.is_behind

    def set_brush(self, brush: Brush) -> None:
        """Use another brush."""
        radius = min(max(brush.radius, LEAST_RADIUS_MM), WIDEST_MM)
        self.brush = replace(brush, radius=radius)
        self.changed.emit(self.brush)

    def widen(self) -> None:
        """A wider brush."""
        self.set_brush(replace(self.brush, radius=_STEP * self.brush.radius))

    def narrow(self) -> None:
        """A narrower brush."""
        self.set_brush(replace(self.brush, radius=self.brush.radius / _STEP))

    def clear(self) -> None:
        """Take all brush work off the head, but for locked parts."""
        commands.clear_brush_work(self._document)

    def hover(self, touch: Touch | None) -> None:
        """Show how wide the brush is there, and say what a press does."""
        if touch is None:
            self._viewport.set_tool_cursor(Qt.CursorShape.ArrowCursor)
            self.advised.emit("")
            return
        self._viewport.set_tool_cursor(_ring(self.brush.radius * self._viewport.pixels_per_mm(touch.point)))
        acts = {"grab": "pulls", "inflate": "inflates", "smooth": "smooths"}[self.brush.kind]
        self.advised.emit(
            f"Brush of {self.brush.radius:.1f} mm: {acts}. Shift smooths, Control goes inwards, [ and ] set its width."
        )

    def grab(self, point: np.ndarray) -> bool:
        """Begin a stroke at a point (3,) of the surface."""
        seen = self._pipeline.on_screen
        if seen is None:
            return False
        if self._drag.is_active:
            return True  # the last stroke has not ended yet: the camera is not to take this one
        held, brush = QGuiApplication.keyboardModifiers(), self.brush
        if held & Qt.KeyboardModifier.ShiftModifier:
            brush = replace(brush, kind="smooth")
        brush = replace(brush, inward=brush.inward != bool(held & Qt.KeyboardModifier.ControlModifier))
        self._acts = brush = replace(brush, symmetric=self._document.tools.symmetric)
        head, model, parameters = seen.painting.head, self._document.model, self._document.parameters
        surface, locked = Seen(head.mesh.vertices, head.normals), self._document.state.locked
        self._drag.grab(
            lambda: _Hand(Stroke(model, parameters, brush, surface, locked), point, brush.kind), self._taken
        )
        if brush.kind != "grab":
            self._drag.pull((0.0 * point, point))
        return True

    def drag(self, way: np.ndarray, touch: Touch | None) -> None:
        """Go on to where the hand is, (3,) mm from where it took hold, or over `touch`."""
        if self._acts.kind == "grab" or touch is not None:
            self._drag.pull((way, touch.point if touch else None))

    def release(self) -> None:
        """End the stroke once it has come to where the hand was last."""
        self._drag.release()

    def call_off(self) -> None:
        """Take the stroke back."""
        self._drag.cancel()

    def close(self) -> None:
        """Wait for what runs and end its thread."""
        self._drag.close()

    def _taken(self, hand: _Hand) -> bool:
        self._hand = hand
        return True

    def _arrived(self, after: Parameters | None) -> None:
        if after is None:
            return
        title = {"grab": "Grab", "inflate": "Deflate" if self._acts.inward else "Inflate", "smooth": "Smooth"}
        text = f"Brush: {title[self._acts.kind]}"
        commands.set_brush_work(self._document, after.dabs, text, kind=text)
        stroke = self._hand.stroke if self._hand else None
        if stroke and stroke.left_alone:
            self.advised.emit(f"{TITLES[stroke.left_alone]} is locked: the brush leaves it alone.")
        elif stroke and self._acts.kind == "grab" and stroke.is_steepest:
            self.advised.emit("As far as a brush of this width goes: let go and pull again, or use a wider one.")


def _ring(radius: float) -> QCursor:
    """A cursor that shows a brush of so many pixels; a cross where that cannot be drawn."""
    side = 2 * round(radius) + 3
    if not 5 <= side <= _LARGEST_CURSOR:
        return QCursor(Qt.CursorShape.CrossCursor)
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((QColor(0, 0, 0, 160), 3.0), (QColor(255, 255, 255, 230), 1.2)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(QPointF(side / 2, side / 2), radius, radius)
    painter.end()
    return QCursor(picture, side // 2, side // 2)
