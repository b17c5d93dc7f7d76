"""The nose in millimetres and degrees: a slider for each measurement that its code can move."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from facewright.core.anthropometry.handles import HANDLES
from facewright.core.anthropometry.measure import BY_KEY, RELATIVE, difference, shown
from facewright.editor.panels.coefficient_row import grid_of_rows
from facewright.editor.widgets.amount_row import STEPS, AmountField, AmountRow
from facewright.editor.widgets.drag_slider import DragSlider
from facewright.editor.widgets.label import Label

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from PySide6.QtGui import QHideEvent, QShowEvent
    from PySide6.QtWidgets import QGridLayout

    from facewright.core.anthropometry.handles import Handles
    from facewright.core.anthropometry.measure import Measure, Value
    from facewright.core.project import EditState
    from facewright.editor.document import Document
    from facewright.editor.measurement.nose_handles import NoseHandles

_WAITING = "Measuring how the nose answers…"
_ENDS = (
    "A slider ends where noses along its way are further than ±3 σ from the mean of the training heads: what this "
    "model can show, not what surgery can do. Measurements that are ticked in the table stay."
)
_UNMEASURED = "This head does not show it, so there is nothing to move."
_NOWHERE = "The measurements that are ticked in the table leave it no room, or this model's noses do not change it."


class MeasureRow(AmountRow):
    """One measurement; beside its value is the difference from the head compared with."""

    def __init__(self, measure: Measure, handles: NoseHandles, held: Callable[[], Collection[str]], grid: QGridLayout):
        """held : the keys of the measurements that are to stay."""
        super().__init__(measure.name, DragSlider(0, 1, 0, STEPS), AmountField(), grid)
        self.measure, self._handles, self._held = measure, handles, held
        self._measured, self._definition, self._tip = 0.0, measure.definition, ""
        self.set_limits(None)

    def set_limits(self, limits: tuple[float, float] | None) -> None:
        """Let it be moved between a least and a greatest value; None for not at all."""
        measured = math.isfinite(self._measured)
        room = measured and limits is not None and limits[1] - limits[0] > 2 / STEPS
        self.slider.setEnabled(room)
        self.field.setEnabled(room)
        if limits is None:
            tip = _WAITING
        elif not measured:
            tip = _UNMEASURED
        elif not room:
            tip = _NOWHERE
        else:
            low, high = (shown(limit, self.measure.unit, "") for limit in limits)
            tip = f"{low} to {high}. {_ENDS}<br><br>Arrow keys: 0.1. Page keys: 1. Double-click: as before."
            if not self._in_hand:
                with QSignalBlocker(self.slider):
                    self.slider.setRange(*(round(STEPS * limit) for limit in limits))
                    self.slider.setValue(round(STEPS * self._measured))  # the old range may have cut it
        self._tip = tip
        self._show_tip()

    def show_values(self, before: Value, now: Value) -> None:
        """Show what is measured; a slider that a hand holds stays under it, and one of nothing does not move."""
        self._definition = now.definition
        self._show_tip()
        self._measured = now.value if math.isfinite(before.value) else before.value
        measured = math.isfinite(self._measured)
        for widget in (self.slider, self.field):
            widget.setEnabled(measured and widget.isEnabled())
        if measured and not self._in_hand:
            with QSignalBlocker(self.slider):
                self.slider.rest_at(round(STEPS * before.value))
                self.slider.setValue(round(STEPS * now.value))
        if measured and not (self.field.hasFocus() and self._in_hand):
            with QSignalBlocker(self.field):
                self.field.setSuffix("°" if now.measure.unit == "°" else " mm" if now.unit != RELATIVE else "")
                self.field.setValue(now.value)
        unit = "mm" if now.unit != RELATIVE else ""
        more = difference(now.value, before.value, self.measure.unit)
        self.note.setText(shown(more, self.measure.unit, unit, "+"))

    def _show_tip(self) -> None:
        for widget in self.controls:
            widget.setToolTip(f"<b>{self.measure.name}</b>: {self._definition}<br>{self._tip}")

    def grab(self) -> bool:
        """Take hold of the measurement, while those that are held stay."""
        self._handles.grab(self.measure.key, [key for key in self._held() if key != self.measure.key])
        return True

    def pull(self, amount: float) -> None:
        """Let the nose follow to another value."""
        self._handles.pull(amount)

    def release(self, amount: float | None) -> None:
        """Let the nose follow to the last value that was asked for."""
        if amount is not None:
            self._handles.pull(amount)
        self._handles.release()

    def refuse(self) -> None:
        """Nothing: a measurement can be taken hold of whenever its row is enabled."""


class NoseSliders(QScrollArea):
    """All rows, and beneath them where they end and why."""

    def __init__(self, document: Document, handles: NoseHandles, held: Callable[[], Collection[str]]) -> None:
        """held : the keys of the measurements that are to stay."""
        super().__init__()
        self._document, self._handles, self._held = document, handles, held
        self._known: Handles | None = None
        body = QWidget()
        rows = QWidget()
        grid = grid_of_rows(rows)
        self.rows = {key: MeasureRow(BY_KEY[key], handles, held, grid) for key in HANDLES}
        self.message = Label(_WAITING)
        self.message.setWordWrap(True)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 6, 8, 4)
        layout.addWidget(rows)
        layout.addWidget(self.message)
        layout.addStretch()
        self._rows = rows
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        handles.changed.connect(self._show_handles)
        handles.failed.connect(self.message.setText)
        document.state_changed.connect(self._show_state)
        self._show_state(document.state)

    def showEvent(self, event: QShowEvent) -> None:
        """Measure how the nose answers from now on."""
        super().showEvent(event)
        self._handles.need(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is measured for sliders that are hidden."""
        super().hideEvent(event)
        self._handles.need(False)

    def show_values(self, before: Sequence[Value], now: Sequence[Value]) -> None:
        """Show what is measured."""
        pairs: Mapping[str, tuple[Value, Value]] = {
            new.measure.key: (old, new) for old, new in zip(before, now, strict=True)
        }
        for key, row in self.rows.items():
            if key in pairs:
                row.show_values(*pairs[key])

    def show_limits(self) -> None:
        """Let the sliders go as far as the locked measurements leave room."""
        for key, row in self.rows.items():
            if self._known is None:
                row.set_limits(None)
            elif key in self._known.keys:
                row.set_limits(self._known.limits(key, self._held()))
            row.set_visible(self._known is None or key in self._known.keys)

    def _show_handles(self, handles: Handles | None) -> None:
        self._known = handles
        self.message.setText(_WAITING if handles is None else _ENDS)
        self.show_limits()

    def _show_state(self, state: EditState) -> None:
        """A locked nose shows its measurements, but lets nobody move them."""
        self._rows.setEnabled("nose" not in state.locked)
