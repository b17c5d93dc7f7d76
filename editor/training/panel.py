"""A run on the screen: where it is, its curves, what can be asked of it, and its checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QPalette, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from facewright.editor.training.plain_words import in_window
from facewright.editor.training.plot import LossPlot, colour
from facewright.editor.training.record import PHASES, Record
from facewright.editor.training.terms import explanation, plain_name
from facewright.editor.widgets.label import Label
from facewright.editor.wording import plain_tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.editor.training.ending import Ending

_PERMILLE = 1000
_SWATCH_PX = 10
_NAME, _PATH = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_SHOWN_ROWS = 5
_NO_RUN = "No run is open: Train Model… starts one."
_NO_HEADS = {"template": "No heads yet: only the shape that all heads are made of is learnt."}
"""By the phase, what is not to be expected of its checkpoints."""


class TrainingPanel(QWidget):
    """Shows a run's record; what is clicked is told by signals."""

    pause_asked = Signal(bool)
    stop_asked = Signal()
    resume_asked = Signal()
    newest_asked = Signal()
    checkpoint_asked = Signal(Path)
    first_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._record = Record()
        self._paused = False
        self.place, self.state, self.detail = Label(), Label(_NO_RUN), Label()
        self.progress = QProgressBar()
        self.plot = LossPlot()
        self.terms = _list("Loss terms", "Untick a term to hide its curve.")
        self.terms.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # long names end in …
        self.pause = _button("Pause", "Hold training after the current step; memory stays taken.")
        self.stop = _button("Stop and Keep", "Save what is learnt and end; Resume goes on from there.")
        self.resume = _button("Resume", "Go on from the last checkpoint.")
        self.newest = _button(
            "Show Newest", "Put the newest checkpoint under the head that is edited; every slider stays where it is."
        )
        self.follow = QCheckBox("Follow")
        self.follow.setToolTip("Show every new checkpoint in the viewport as soon as it is written.")
        self.checkpoints = _list("Checkpoints", "Click one: the same head as this state of the training has it.")
        self._assemble()
        self._connect()
        self.show_running(False, False, can_resume=False)

    def show_record(self, record: Record, remaining: str) -> None:
        """Show where a run is; `remaining` says how long it will take."""
        self._record = record
        self._show_state()
        where = f"Step {record.step:,}{f' · {remaining}' if remaining else ''}" if record.step else ""
        hint = _NO_HEADS.get(record.phase, "")
        self.detail.setText("\n".join(filter(None, (where, hint, in_window(record.notice)))))
        self.progress.setValue(round(_PERMILLE * record.progress))
        self._show_terms(record)
        self.plot.show_record(record, self._hidden())

    def show_running(self, running: bool, paused: bool, *, can_resume: bool) -> None:
        """Offer what can be asked of a run now."""
        self.pause.setEnabled(running)
        self.stop.setEnabled(running)
        self.resume.setEnabled(can_resume and not running)
        with QSignalBlocker(self.pause):
            self.pause.setChecked(paused)
        self.pause.setText("Continue" if paused else "Pause")
        changed, self._paused = paused != self._paused, paused
        if changed:
            self._show_state()

    def show_none(self) -> None:
        """Show no run any more."""
        self.show_record(Record(), "")
        self.place.setText("")
        self.place.setToolTip("")
        self.newest.setEnabled(False)
        self.show_checkpoints([], "", "")
        self.state.setText(_NO_RUN)

    def _show_state(self) -> None:
        """What the run does; a paused one does it to its end before it begins to learn."""
        doing = in_window(self._record.doing) or PHASES.get(self._record.phase, "Starting…")
        if self._paused:
            doing = "Paused" if self._record.ready else f"{doing.rstrip('…')}; paused as soon as that is done"
        self.state.setText(doing)

    def show_ending(self, ending: Ending) -> None:
        """Say how the run ended."""
        self.state.setText(ending.message)
        self.detail.setText(f"Step {self._record.step:,}" if self._record.step else "")

    def show_run(self, run: Path, can_load: bool) -> None:
        """Show which run it is, and whether it has a checkpoint."""
        self.place.setText(run.name)
        self.place.setToolTip(plain_tip(str(run)))
        self.newest.setEnabled(can_load)

    def show_checkpoints(self, paths: Sequence[Path], first: str, current: str) -> None:
        """List the checkpoints that are kept, after the model that was there before; mark the one that is shown."""
        with QSignalBlocker(self.checkpoints):
            self.checkpoints.clear()
            if first:
                self._add_checkpoint(f"Before: {first}", None, "")
            for path in paths:
                step = path.stem.removeprefix("step-")  # a file that somebody put there has a name of its own
                self._add_checkpoint(f"Step {int(step):,}" if step.isdecimal() else path.stem, path, str(path))
        self.mark(current)

    def mark(self, current: str) -> None:
        """Mark the row of the model that is shown: a path, or nothing for the one that was there before."""
        with QSignalBlocker(self.checkpoints):
            for row in range(self.checkpoints.count()):
                item = self.checkpoints.item(row)
                if str(item.data(_PATH) or "") == current:
                    self.checkpoints.setCurrentItem(item)

    def _add_checkpoint(self, text: str, path: Path | None, tip: str) -> None:
        item = QListWidgetItem(text, self.checkpoints)
        item.setData(_PATH, str(path) if path else None)
        item.setToolTip(plain_tip(tip))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the window when it turns dark or light."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            with QSignalBlocker(self.terms):
                for row in range(self.terms.count()):
                    self._dress(row)

    def _assemble(self) -> None:
        self.progress.setRange(0, _PERMILLE)
        self.progress.setFormat("%p %")
        self.progress.setAccessibleName("Progress of training")
        self.pause.setCheckable(True)
        self.newest.setEnabled(False)
        font = self.place.font()
        font.setBold(True)
        self.place.setFont(font)
        for label in (self.state, self.detail):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        layout = QVBoxLayout(self)
        for widget in (self.place, self.state, self.progress, self.detail):
            layout.addWidget(widget)
        layout.addLayout(_row(self.pause, self.stop, self.resume))
        layout.addWidget(self.plot, 3)
        layout.addWidget(self.terms, 2)
        layout.addLayout(_row(self.newest, self.follow))
        layout.addWidget(self.checkpoints)
        self.checkpoints.setMaximumHeight((_SHOWN_ROWS + 1) * self.fontMetrics().lineSpacing())

    def _connect(self) -> None:
        self.pause.clicked.connect(lambda on: self.pause_asked.emit(on))
        self.stop.clicked.connect(lambda: self.stop_asked.emit())
        self.resume.clicked.connect(lambda: self.resume_asked.emit())
        self.newest.clicked.connect(lambda: self.newest_asked.emit())
        self.terms.itemChanged.connect(lambda _: self.plot.show_record(self._record, self._hidden()))
        self.checkpoints.currentItemChanged.connect(self._choose)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        path = item.data(_PATH)
        if path:
            self.checkpoint_asked.emit(Path(path))
        else:
            self.first_asked.emit()

    def _show_terms(self, record: Record) -> None:
        """A row for each term, with its newest value."""
        names = list(record.curves)
        listed = [self.terms.item(row).data(_NAME) for row in range(self.terms.count())]
        with QSignalBlocker(self.terms):
            if listed != names[: len(listed)]:  # another run's, or none
                self.terms.clear()
                listed = []
            for name in names[len(listed) :]:
                self._add_term(name)
            for row, curve in enumerate(record.curves.values()):
                self.terms.item(row).setText(f"{curve.values[-1]:.3g}   {plain_name(names[row])}")

    def _add_term(self, name: str) -> None:
        item = QListWidgetItem(self.terms)
        item.setData(_NAME, name)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked)
        item.setToolTip(explanation(name))
        self._dress(self.terms.count() - 1)

    def _dress(self, row: int) -> None:
        """Give a term the colour of its curve."""
        self.terms.item(row).setIcon(_swatch(colour(row, self.palette().color(QPalette.ColorRole.Base))))

    def _hidden(self) -> frozenset[str]:
        rows = (self.terms.item(row) for row in range(self.terms.count()))
        return frozenset(row.data(_NAME) for row in rows if row.checkState() == Qt.CheckState.Unchecked)


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    return button


def _list(name: str, tip: str) -> QListWidget:
    rows = QListWidget()
    rows.setAccessibleName(name)
    rows.setToolTip(tip)
    return rows


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    return row


def _swatch(colour_: QColor) -> QPixmap:
    pixmap = QPixmap(_SWATCH_PX, _SWATCH_PX)
    pixmap.fill(colour_)
    return pixmap
