"""A slider about the mean, and the field beside it: the two ways to set a coefficient, also as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QSignalBlocker, Signal
from PySide6.QtGui import QPalette, QPolygonF

from facewright.core.model.latent_space import SPREAD_EDGES
from facewright.core.parameters import LIMIT
from facewright.editor.widgets.drag_slider import DragSlider, SliderAndField
from facewright.editor.widgets.number_field import PanelField

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QWidget

SLIDER_LIMIT = 3.0
"""Reach of a slider in σ: 99.7 % of the training heads."""
_STEPS_PER_SIGMA = 10
_HILL_HEIGHT = 10.0
"""Pixels above the groove's middle at the place where most training heads are."""


class CoefficientSlider(DragSlider):
    """±3 σ in steps of 0.1 σ about the mean; behind it, where the training heads lie."""

    coefficient_changed = Signal(float)
    """The new coefficient in σ, when a person moves the slider."""

    def __init__(self, parent: QWidget | None = None) -> None:
        limit = round(SLIDER_LIMIT * _STEPS_PER_SIGMA)
        super().__init__(-limit, limit, 0, _STEPS_PER_SIGMA, parent)
        self._spread = np.empty(0)
        self.valueChanged.connect(lambda value: self.coefficient_changed.emit(value / _STEPS_PER_SIGMA))

    def set_coefficient(self, value: float) -> None:
        """Show a coefficient (σ) without reporting it as a change; one beyond the reach rests at the end."""
        with QSignalBlocker(self):
            self.setValue(round(value * _STEPS_PER_SIGMA))

    @property
    def spread(self) -> np.ndarray:
        """The shares that the hill shows, evened out; empty where none are known."""
        return self._spread

    def set_spread(self, shares: np.ndarray | None) -> None:
        """Show how many training heads, (24,) as shares, lie between one of `SPREAD_EDGES` and the next, if known."""
        weights = np.array([1.0, 2.0, 1.0]) / 4.0  # neighbours even out what a few hundred heads leave to chance
        self._spread = np.empty(0) if shares is None else np.convolve(shares, weights, mode="same")
        self.update()

    def paint_background(self, painter: QPainter) -> None:
        """Draw the training heads as a hill."""
        if not len(self._spread):
            return
        middles = (SPREAD_EDGES[1:] + SPREAD_EDGES[:-1]) / 2
        ground, height = self.height() / 2, _HILL_HEIGHT / max(float(self._spread.max()), 1e-9)
        top = [
            QPointF(self.x_of(sigma * _STEPS_PER_SIGMA), ground - height * share)
            for sigma, share in zip(middles.tolist(), self._spread.tolist(), strict=True)
        ]
        ends = [QPointF(self.x_of(limit), ground) for limit in (self.minimum(), self.maximum())]
        colour = self.palette().color(QPalette.ColorRole.WindowText)
        colour.setAlphaF(0.10)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([ends[0], *top, ends[1]]))


class CoefficientField(PanelField):
    """A coefficient as a number in σ."""

    coefficient_changed = Signal(float)
    """The new coefficient in σ, when a person sets it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(-LIMIT, LIMIT)
        self.setDecimals(2)
        self.setSingleStep(1 / _STEPS_PER_SIGMA)
        self.setSuffix(" σ")
        self.valueChanged.connect(self.coefficient_changed)

    def set_coefficient(self, value: float) -> None:
        """Show a coefficient (σ) without reporting it as a change."""
        with QSignalBlocker(self):
            self.setValue(value)


class Coefficient(SliderAndField):
    """A slider and a field for one coefficient."""

    coefficient_changed = Signal(float)
    """The new coefficient in σ, when a person moves the slider or sets the field."""

    def __init__(self, name: str) -> None:
        """name : what screen readers call it."""
        self.slider, self.field = CoefficientSlider(), CoefficientField()
        super().__init__(name, self.slider, self.field)
        for control in (self.slider, self.field):
            control.coefficient_changed.connect(self.coefficient_changed)

    def set_coefficient(self, value: float) -> None:
        """Show a coefficient (σ) without reporting it as a change."""
        self.slider.set_coefficient(value)
        self.field.set_coefficient(value)
