"""The panel of operations: a slider for each, and beneath the list of those that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from facewright.core.surgery.operations import BY_KEY, OPERATIONS
from facewright.core.surgery.plan import NO_PLAN, Operation
from facewright.editor.panels.coefficient_row import grid_of_rows
from facewright.editor.surgery.operation_row import OperationRow
from facewright.editor.surgery.operator import LOCKED
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.small_screen import Scrolled

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from facewright.core.project import EditState
    from facewright.core.surgery.plan import SurgicalPlan
    from facewright.editor.document import Document
    from facewright.editor.surgery.operator import Operator, PlanState

_HINT = (
    "Each slider moves what it says, in mm or degrees of its own measure, and holds the rest. Operations keep their "
    "amounts when others are added. An illustration, not a prediction of a surgical result."
)
_STALE = "The face beneath the operations has changed: bold amounts no longer hold. Adjust carries them out again."
_SLIDER_WIDTH = 60
"""Added to the least that the rows need, for a hand to have room."""

_KEY = Qt.ItemDataRole.UserRole


class SurgeryPanel(QWidget):
    """Follows the document; everything goes through the operator."""

    def __init__(self, document: Document, operator: Operator) -> None:
        super().__init__()
        self._document, self._operator = document, operator
        self.rows: dict[str, OperationRow] = {}
        self.message, self.stale, self.locked = Label(), Label(_STALE), Label(LOCKED)
        self.list = QListWidget()
        self.earlier = self._button("Earlier", "Move the chosen operation up the list.", lambda: self._move(-1))
        self.later = self._button("Later", "Move the chosen operation down the list.", lambda: self._move(1))
        self.remove = self._button("Remove", "Take the chosen operation out of the list.", self._remove)
        self.clear = self._button("Remove All", "Take all operations away.", self._clear)
        self.adjust = self._button("Adjust", "Carry the operations out again, as they were asked for.", self._adjust)
        self.cancel = self._button("Cancel", "Call it off: the operations stay as they were.", operator.cancel)
        self.cancel.hide()
        self._assemble()
        self._told_of = NO_PLAN
        operator.cancellable.connect(self._show_cancellable)
        operator.told.connect(self._tell)
        operator.measured.connect(self._show_measured)
        document.state_changed.connect(self._show_state)
        self._show_state(document.state)

    def showEvent(self, event: QShowEvent) -> None:
        """Measure from now on."""
        super().showEvent(event)
        self._operator.need(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is measured for a panel that is hidden."""
        super().hideEvent(event)
        self._operator.need(False)

    def _assemble(self) -> None:
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(0, 6, 8, 4)
        self._sliders = body
        for group in dict.fromkeys(kind.group for kind in OPERATIONS):
            title = Label(group)
            font = title.font()
            font.setBold(True)
            title.setFont(font)
            inside.addWidget(title)
            rows = QWidget()
            grid = grid_of_rows(rows)
            self.rows |= {k.key: OperationRow(k, self._operator, grid) for k in OPERATIONS if k.group == group}
            inside.addWidget(rows)
        widest = max(row.label.sizeHint().width() for row in self.rows.values())
        for row in self.rows.values():  # so that the groups' sliders stand in line
            row.label.setMinimumWidth(widest)
        inside.addStretch()
        area = Scrolled(body)
        area.setMinimumWidth(area.minimumSizeHint().width() + _SLIDER_WIDTH)
        self.list.setAccessibleName("Operations asked for")
        self.list.setToolTip("Untick an operation to see the face without it; its amount is kept.")
        self.list.setMaximumHeight(self.list.fontMetrics().height() * 9)
        self.list.itemChanged.connect(self._switch)
        self.list.currentRowChanged.connect(self._show_buttons)
        hint = Label(_HINT)
        for label in (hint, self.message, self.stale, self.locked):
            label.setWordWrap(True)
        bar = QHBoxLayout()
        for button in (self.earlier, self.later, self.remove):
            bar.addWidget(button)
        bar.addStretch()
        bar.addWidget(self.clear)
        layout = QVBoxLayout(self)
        layout.addWidget(area, 1)
        layout.addWidget(self.locked)
        told = QHBoxLayout()
        told.addWidget(self.message, 1)
        told.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(told)
        layout.addWidget(self.list)
        layout.addLayout(bar)
        layout.addWidget(self.stale)
        layout.addWidget(self.adjust)
        layout.addWidget(hint)

    def _button(self, text: str, tip: str, slot: object) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(slot)
        return button

    @property
    def _plan(self) -> SurgicalPlan:
        return self._document.parameters.plan

    def _tell(self, text: str) -> None:
        """Show what became of the plan as it is now, until there is another."""
        self._told_of = self._plan
        self.message.setText(text)

    def _show_state(self, state: EditState) -> None:
        self._sliders.setEnabled("nose" not in state.locked)
        self.locked.setVisible("nose" in state.locked)
        plan, model = state.parameters.plan, self._document.model
        for row in self.rows.values():
            row.set_visible({*row.kind.landmarks} <= {*model.points, *state.landmarks})
        self._show_plan()
        if plan == NO_PLAN:
            self._set_stale(False)
        if plan != self._told_of:
            self.message.setText("")

    def _show_cancellable(self, cancellable: bool) -> None:
        self.cancel.setVisible(cancellable)
        if not cancellable:
            self._show_plan()

    def _show_plan(self) -> None:
        """What is asked for; what was typed or ticked and came to nothing is shown no longer."""
        asked = self._operator.asked
        for key, row in self.rows.items():
            row.show_amount(asked.get(key, 0.0))
        self._show_list(self._plan)

    def _show_list(self, plan: SurgicalPlan) -> None:
        chosen = self._chosen()
        blocker = QSignalBlocker(self.list)
        self.list.clear()
        for operation in plan.operations:
            kind = BY_KEY.get(operation.key)
            text = f"{kind.title}  {kind.told(operation.amount)}" if kind else operation.key
            item = QListWidgetItem(text)
            item.setData(_KEY, operation.key)
            item.setCheckState(_ticked(operation))
            self.list.addItem(item)
            if operation.key == chosen:
                self.list.setCurrentItem(item)
        blocker.unblock()
        self._show_buttons()

    def _show_buttons(self) -> None:
        row, count = self.list.currentRow(), self.list.count()
        self.earlier.setEnabled(row > 0)
        self.later.setEnabled(0 <= row < count - 1)
        self.remove.setEnabled(row >= 0)
        self.clear.setEnabled(count > 0)

    def _show_measured(self, state: PlanState) -> None:
        if state.plan != self._plan:
            return
        asked, off = state.plan.asked, False
        for key, row in self.rows.items():
            off |= row.show_measured(asked.get(key, 0.0), state.amounts.get(key) if key in asked else None)
        self._set_stale(off and not state.current)

    def _set_stale(self, stale: bool) -> None:
        self.stale.setVisible(stale)
        self.adjust.setVisible(stale)

    def _chosen(self) -> str:
        item = self.list.currentItem()
        return str(item.data(_KEY)) if item else ""

    def _switch(self, item: QListWidgetItem) -> None:
        operation, on = self._plan.operation(str(item.data(_KEY))), item.checkState() == Qt.CheckState.Checked
        if operation:
            text = f"{'Switch On' if on else 'Switch Off'} {_title(operation)}"
            plan = self._plan.with_operation(Operation(operation.key, operation.amount, on))
            if not self._operator.ask(plan, text):
                with QSignalBlocker(self.list):
                    item.setCheckState(_ticked(operation))

    def _move(self, by: int) -> None:
        key = self._chosen()
        operation = self._plan.operation(key)
        if operation:
            self._operator.ask(self._plan.moved(key, self.list.currentRow() + by), f"Move {_title(operation)}")

    def _remove(self) -> None:
        operation = self._plan.operation(self._chosen())
        if operation:
            self._operator.ask(self._plan.without(operation.key), f"Remove {_title(operation)}")

    def _clear(self) -> None:
        self._operator.ask(NO_PLAN, "Remove All Operations")

    def _adjust(self) -> None:
        self._operator.ask(self._plan, "Adjust Operations")


def _ticked(operation: Operation) -> Qt.CheckState:
    return Qt.CheckState.Checked if operation.on else Qt.CheckState.Unchecked


def _title(operation: Operation) -> str:
    kind = BY_KEY.get(operation.key)
    return kind.title if kind else operation.key
