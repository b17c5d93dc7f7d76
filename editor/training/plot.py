"""Curves over steps, on a logarithmic scale, drawn as they grow."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from facewright.editor.training.terms import plain_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from facewright.editor.training.record import Curve, Record

_MARGIN_PX = 8
_SMALLEST = 1e-9
"""Values are drawn no lower than this; losses are not negative."""
_PIXELS_A_POINT = 2
"""A curve has one point for so many pixels: the mean of what lies there."""
_HUES, _SATURATION = 0.381966, 170
"""Golden section: any number of neighbouring colours differ."""


def colour(index: int, ground: QColor) -> QColor:
    """The colour of the curve at an index, that can be told from the ground."""
    value = 230 if ground.lightness() < 128 else 165
    return QColor.fromHsv(int(360 * (0.58 + index * _HUES) % 360), _SATURATION, value)


def thinned(curve: Curve, first: float, last: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """At most `count` points of a curve between two steps: mean steps and mean values, (n,) float64 each."""
    steps, values = np.asarray(curve.steps), np.asarray(curve.values)
    inside = np.isfinite(values) & (steps >= first) & (steps <= last)
    steps, values = steps[inside], values[inside]
    bins = ((steps - first) / max(last - first, 1.0) * (count - 1)).astype(int)
    _, place, size = np.unique(bins, return_inverse=True, return_counts=True)
    return np.bincount(place, steps) / size, np.bincount(place, values) / size


class LossPlot(QWidget):
    """The curves of a run's record. The scale follows what is shown; a pointer on it is told step and values."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._record: Record | None = None
        self._hidden: Set[str] = frozenset()
        self._shown: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAccessibleName("Loss curves")
        self.setAccessibleDescription("Every loss term over the steps of training, on a logarithmic scale.")

    def sizeHint(self) -> QSize:
        """Wide enough for axis labels."""
        return QSize(360, 260)

    def minimumSizeHint(self) -> QSize:
        """Small, but to be read."""
        return QSize(200, 140)

    def show_record(self, record: Record, hidden: Set[str] = frozenset()) -> None:
        """Draw a record's curves, but for the hidden ones; call it again when it has grown."""
        self._record, self._hidden = record, hidden
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axes, phases and curves."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area, ground = self._area(), self.palette().color(QPalette.ColorRole.Base)
        painter.fillRect(self.rect(), ground)
        record = self._record
        first, last = self._steps()
        count = max(int(area.width()) // _PIXELS_A_POINT, 2)
        curves: Mapping[str, Curve] = record.curves if record else {}
        self._shown = {
            name: thinned(curve, first, last, count) for name, curve in curves.items() if name not in self._hidden
        }
        values = [y for _, y in self._shown.values() if len(y)]
        if record is None or not values:
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "Curves appear with the first steps.")
            return
        low, high = _decades(np.concatenate(values))
        self._draw_axes(painter, area, low, high, last)
        self._draw_turns(painter, area, record.turns, first, last)
        for index, name in enumerate(curves):
            if name in self._shown:
                painter.setPen(QPen(colour(index, ground), 1.6))
                for piece in _by_phase(*self._shown[name], record.turns):
                    painter.drawPath(_path(*piece, area, (first, last), (low, high)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the values at the pointer."""
        area, (first, last) = self._area(), self._steps()
        share = (event.position().x() - area.left()) / area.width()
        lines = []
        for name, (steps, values) in self._shown.items():
            if len(steps):
                nearest = int(np.abs(steps - (first + share * (last - first))).argmin())
                lines.append(f"{plain_name(name)}   {values[nearest]:.3g}")
        if lines and 0.0 <= share <= 1.0:
            step = first + share * (last - first)
            QToolTip.showText(event.globalPosition().toPoint(), "\n".join([f"Step {step:,.0f}", *lines]), self)

    def _area(self) -> QRectF:
        """Where the curves are."""
        metrics = self.fontMetrics()
        left = metrics.horizontalAdvance("1e-00") + _MARGIN_PX
        bottom = metrics.height() + _MARGIN_PX
        return QRectF(left, _MARGIN_PX, max(self.width() - left - _MARGIN_PX, 1), max(self.height() - bottom - 12, 1))

    def _steps(self) -> tuple[float, float]:
        """The first and the last step."""
        return 0.0, float(max(self._record.step if self._record else 0, 1))

    def _draw_axes(self, painter: QPainter, area: QRectF, low: int, high: int, last: float) -> None:
        ink = self.palette().color(QPalette.ColorRole.PlaceholderText)
        line = QColor(ink)
        line.setAlpha(60)
        height = self.fontMetrics().height()
        every = -(-(high - low) // max(int(area.height() / (2 * height)), 1))
        for decade in range(low, high + 1, max(every, 1)):
            y = area.bottom() - (decade - low) / (high - low) * area.height()
            painter.setPen(line)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(ink)
            label = QRectF(0, y - height / 2, area.left() - _MARGIN_PX / 2, height)
            painter.drawText(label, Qt.AlignmentFlag.AlignRight, f"1e{decade}")
        below = QRectF(area.left(), area.bottom() + _MARGIN_PX / 2, area.width(), height)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"step {last:,.0f}")

    def _draw_turns(self, painter: QPainter, area: QRectF, turns: Mapping[str, int], first: float, last: float) -> None:
        """A dotted line where a phase begins."""
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.PlaceholderText), 1.0, Qt.PenStyle.DotLine))
        for step in list(turns.values())[1:]:
            x = area.left() + (step - first) / (last - first) * area.width()
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))


def _decades(values: np.ndarray) -> tuple[int, int]:
    """Powers of ten about values."""
    logs = np.log10(np.maximum(values, _SMALLEST))
    low = math.floor(float(logs.min()))
    return low, max(math.ceil(float(logs.max())), low + 1)


def _by_phase(
    steps: np.ndarray, values: np.ndarray, turns: Mapping[str, int]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """A curve's pieces, cut where a whole phase went by without it: no line says what was not measured."""
    phase = np.searchsorted(sorted(turns.values()), steps, side="right")
    ends = [0, *(np.flatnonzero(np.diff(phase) > 1) + 1).tolist(), len(steps)]
    for start, stop in pairwise(ends):
        yield steps[start:stop], values[start:stop]


def _path(
    steps: np.ndarray, values: np.ndarray, area: QRectF, x_range: tuple[float, float], y_range: tuple[int, int]
) -> QPainterPath:
    """A curve in pixels."""
    path = QPainterPath()
    x = area.left() + (steps - x_range[0]) / (x_range[1] - x_range[0]) * area.width()
    share = (np.log10(np.maximum(values, _SMALLEST)) - y_range[0]) / (y_range[1] - y_range[0])
    y = area.bottom() - share * area.height()
    for index, (at_x, at_y) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        (path.lineTo if index else path.moveTo)(at_x, at_y)
    return path
