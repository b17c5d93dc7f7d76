"""A slider that a hand can drag with precision, and that reports each drag as one gesture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QMouseEvent, QPaintEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

_HANDLE_RADIUS = 7.0
_GROOVE_HEIGHT = 4.0
_STEP_KEYS = frozenset(
    {
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    }
)


class DragSlider(QSlider):
    """A range with a rest: filled from the rest to the handle.

    A press off the handle brings it there; a double click, or the key 0, brings it back to the rest; the wheel is
    left to the panel, so that scrolling never changes a face.
    """

    gesture_began = Signal()
    gesture_ended = Signal()

    def __init__(self, minimum: int, maximum: int, rest: int, page: int, parent: QWidget | None = None) -> None:
        """A slider from `minimum` to `maximum` that rests at `rest`; page keys move it by `page`."""
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(minimum, maximum)
        self.setSingleStep(1)
        self.setPageStep(page)
        self.setValue(rest)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._rest = rest
        self._origin = rest
        self._grip: float | None = None
        HeldKeys.watch(self, self.gesture_began, self.gesture_ended)

    def fill_from(self, origin: int) -> None:
        """Fill from another value than the rest."""
        self._origin = origin

    def rest_at(self, rest: int) -> None:
        """Rest at another value, and fill from there."""
        self._rest = self._origin = rest
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the handle and its focus ring."""
        return QSize(140, round(2 * _HANDLE_RADIUS) + 8)

    def minimumSizeHint(self) -> QSize:
        """The least that can be dragged with some precision."""
        return QSize(80, self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grip the handle; anywhere else, bring it there first."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        x = event.position().x()
        offset = x - self.x_of(self.value())
        self._grip = offset if abs(offset) <= _HANDLE_RADIUS + 1 else 0.0
        self.gesture_began.emit()
        self._drag_to(x)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the handle."""
        if self._grip is not None:
            self._drag_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the handle go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._let_go()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let the handle go, too: behind a dialog, hidden or disabled, the slider hears of no release."""
        super().focusOutEvent(event)
        self._let_go()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the rest."""
        self.setValue(self._rest)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """0 is the rest; the other keys as in any slider."""
        if event.key() == Qt.Key.Key_0:
            self.setValue(self._rest)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A groove, what lies between the origin and the handle, and the handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if not self.isEnabled():
            painter.setOpacity(0.7)
        self.paint_background(painter)
        self._paint_groove(painter)
        self._paint_handle(painter)

    def paint_background(self, painter: QPainter) -> None:
        """Draw what lies behind the groove: nothing, unless a subclass knows better."""

    def x_of(self, value: float) -> float:
        """Centre of the handle at a value, in widget pixels."""
        margin = _HANDLE_RADIUS + 3
        share = (value - self.minimum()) / (self.maximum() - self.minimum())
        return margin + share * (self.width() - 2 * margin)

    def _paint_groove(self, painter: QPainter) -> None:
        faint = self.palette().color(QPalette.ColorRole.WindowText)
        faint.setAlphaF(0.18)
        middle, origin, x = self.height() / 2, self.x_of(self._origin), self.x_of(self.value())
        radius = _GROOVE_HEIGHT / 2
        groove = QRectF(self.x_of(self.minimum()) - radius, middle - radius, 0, _GROOVE_HEIGHT)
        groove.setRight(self.x_of(self.maximum()) + radius)
        painter.setBrush(faint)
        painter.drawRoundedRect(groove, radius, radius)
        painter.drawRect(QRectF(self.x_of(self._rest) - 0.75, middle - 6, 1.5, 12))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Highlight))
        painter.drawRect(QRectF(min(origin, x), middle - radius, abs(x - origin), _GROOVE_HEIGHT))

    def _paint_handle(self, painter: QPainter) -> None:
        palette = self.palette()
        accent, outline = palette.color(QPalette.ColorRole.Highlight), palette.color(QPalette.ColorRole.WindowText)
        outline.setAlphaF(0.45)
        centre = QPointF(self.x_of(self.value()), self.height() / 2)
        if self.hasFocus():
            halo = palette.color(QPalette.ColorRole.Highlight)
            halo.setAlphaF(0.35)
            painter.setBrush(halo)
            painter.drawEllipse(centre, _HANDLE_RADIUS + 3, _HANDLE_RADIUS + 3)
        moved = self._grip is not None or self.value() != self._rest
        painter.setPen(QPen(accent if moved else outline, 1.5))
        painter.setBrush(palette.color(QPalette.ColorRole.Button).lighter(108))
        painter.drawEllipse(centre, _HANDLE_RADIUS - 0.75, _HANDLE_RADIUS - 0.75)

    def _let_go(self) -> None:
        if self._grip is not None:
            self._grip = None
            self.gesture_ended.emit()
            self.update()

    def _drag_to(self, x: float) -> None:
        """Move the handle under the pointer at `x` (widget pixels)."""
        left, right = self.x_of(self.minimum()), self.x_of(self.maximum())
        share = (x - (self._grip or 0.0) - left) / max(right - left, 1.0)
        self.setValue(round(self.minimum() + share * (self.maximum() - self.minimum())))


class HeldKeys(QObject):
    """Reports a held arrow or page key on a widget as one gesture, however often it repeats."""

    gesture_began = Signal()
    gesture_ended = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._held: int | None = None
        widget.installEventFilter(self)

    @classmethod
    def watch(cls, widget: QWidget, began: object, ended: object) -> None:
        """Report a widget's held keys through signals of its own."""
        keys = cls(widget)
        keys.gesture_began.connect(began)
        keys.gesture_ended.connect(ended)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Watch key presses and releases; nothing is taken from the widget."""
        if isinstance(event, QKeyEvent) and event.key() in _STEP_KEYS and not event.isAutoRepeat():
            if event.type() == QEvent.Type.KeyPress:
                self._held = event.key()
                self.gesture_began.emit()
            elif event.type() == QEvent.Type.KeyRelease and event.key() == self._held:
                self._end()
        elif event.type() == QEvent.Type.FocusOut:
            self._end()
        return False

    def _end(self) -> None:
        if self._held is not None:
            self._held = None
            self.gesture_ended.emit()


class SliderAndField(QObject):
    """A slider and the field beside it for the same number: a gesture at either is told here."""

    gesture_began = Signal()
    gesture_ended = Signal()

    def __init__(self, name: str, slider: DragSlider, field: QWidget) -> None:
        """name : what screen readers call it."""
        super().__init__(slider)
        slider.setAccessibleName(f"{name}, slider")
        field.setAccessibleName(f"{name}, value")
        for source in (slider, HeldKeys(field)):
            source.gesture_began.connect(self.gesture_began)
            source.gesture_ended.connect(self.gesture_ended)
