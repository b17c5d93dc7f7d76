"""A slider about zero, and the field beside it: the two ways to set a coefficient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import QDoubleSpinBox, QSizePolicy, QSlider

from core.parameters import LIMIT

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

SLIDER_LIMIT = 3.0
"""Reach of a slider in σ: 99.7 % of the training heads."""
_STEPS_PER_SIGMA = 10
_HANDLE_RADIUS = 7.0
_GROOVE_HEIGHT = 4.0
_STEP_KEYS = frozenset({
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
})


class CoefficientSlider(QSlider):
    """±3 σ in steps of 0.1 σ, filled from the mean outwards.

    A press off the handle brings it there; a double click, or the key 0, brings it back to the mean; the wheel
    is left to the panel, so that scrolling never changes a face.
    """

    gesture_began = Signal()
    gesture_ended = Signal()
    coefficient_changed = Signal(float)
    """The new coefficient in σ, when a person moves the slider."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        limit = round(SLIDER_LIMIT * _STEPS_PER_SIGMA)
        self.setRange(-limit, limit)
        self.setSingleStep(1)
        self.setPageStep(_STEPS_PER_SIGMA)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._grip: float | None = None
        self.valueChanged.connect(lambda value: self.coefficient_changed.emit(value / _STEPS_PER_SIGMA))

    def set_coefficient(self, value: float) -> None:
        """Show a coefficient (σ) without reporting it as a change; one beyond the reach rests at the end."""
        blocked = self.blockSignals(True)
        self.setValue(round(value * _STEPS_PER_SIGMA))
        self.blockSignals(blocked)

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
        offset = x - self._x(self.value())
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
        if self._grip is not None and event.button() == Qt.MouseButton.LeftButton:
            self._grip = None
            self.gesture_ended.emit()
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the mean."""
        self.setValue(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """0 is the mean; the rest as in any slider."""
        if event.key() == Qt.Key.Key_0:
            self.setValue(0)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A groove, what lies between the mean and the handle, and the handle."""
        palette = self.palette()
        accent = palette.color(QPalette.ColorRole.Highlight)
        faint, outline = palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.WindowText)
        faint.setAlphaF(0.18)
        outline.setAlphaF(0.45)
        middle, zero, x = self.height() / 2, self._x(0), self._x(self.value())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faint)
        radius = _GROOVE_HEIGHT / 2
        groove = QRectF(self._x(self.minimum()) - radius, middle - radius, 0, _GROOVE_HEIGHT)
        groove.setRight(self._x(self.maximum()) + radius)
        painter.drawRoundedRect(groove, radius, radius)
        painter.drawRect(QRectF(zero - 0.75, middle - 6, 1.5, 12))
        painter.setBrush(accent)
        painter.drawRect(QRectF(min(zero, x), middle - radius, abs(x - zero), _GROOVE_HEIGHT))
        if self.hasFocus():
            halo = palette.color(QPalette.ColorRole.Highlight)
            halo.setAlphaF(0.35)
            painter.setBrush(halo)
            painter.drawEllipse(QPointF(x, middle), _HANDLE_RADIUS + 3, _HANDLE_RADIUS + 3)
        moved = self._grip is not None or self.value() != 0
        painter.setPen(QPen(accent if moved else outline, 1.5))
        painter.setBrush(palette.color(QPalette.ColorRole.Button).lighter(108))
        painter.drawEllipse(QPointF(x, middle), _HANDLE_RADIUS - 0.75, _HANDLE_RADIUS - 0.75)

    def _x(self, value: int) -> float:
        """Centre of the handle at a value, in widget pixels."""
        margin = _HANDLE_RADIUS + 3
        share = (value - self.minimum()) / (self.maximum() - self.minimum())
        return margin + share * (self.width() - 2 * margin)

    def _drag_to(self, x: float) -> None:
        """Move the handle under the pointer at `x` (widget pixels)."""
        left, right = self._x(self.minimum()), self._x(self.maximum())
        share = (x - (self._grip or 0.0) - left) / max(right - left, 1.0)
        self.setValue(round(self.minimum() + share * (self.maximum() - self.minimum())))


class CoefficientField(QDoubleSpinBox):
    """A coefficient as a number in σ; Enter or leaving the field sets it."""

    coefficient_changed = Signal(float)
    """The new coefficient in σ, when a person sets it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(-LIMIT, LIMIT)
        self.setDecimals(2)
        self.setSingleStep(1 / _STEPS_PER_SIGMA)
        self.setSuffix(" σ")
        self.setKeyboardTracking(False)
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self.coefficient_changed)

    def set_coefficient(self, value: float) -> None:
        """Show a coefficient (σ) without reporting it as a change."""
        blocked = self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(blocked)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel."""
        event.ignore()


class HeldKeys(QObject):
    """Reports a held arrow or page key on a widget as one gesture, however often it repeats."""

    gesture_began = Signal()
    gesture_ended = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._held: int | None = None
        widget.installEventFilter(self)

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
