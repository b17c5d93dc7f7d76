"""Evaluating a model: the dialog, and `facewright-train evaluate` in its own process; its report opens at the end."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QProgressDialog,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from facewright.core.atomic_file import require_folder
from facewright.core.device import current
from facewright.core.errors import FacewrightError
from facewright.core.isolated import module_command
from facewright.core.model.model_file import bundled_model
from facewright.editor.desktop.file_dialog import FileDialog
from facewright.editor.desktop.messages import show_error
from facewright.editor.desktop.mnemonics import underline_dialog
from facewright.editor.training.child import Child
from facewright.editor.training.record import parse
from facewright.editor.training.sources import SourceChooser
from facewright.editor.widgets.label import Label
from facewright.train.run.checkpoint import MODEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.editor.training.record import Event

_PERMILLE = 1000
_OTHER = "A file…"
_EFFORTS = {
    "Quick: a sixth of the expressions; an hour and more without a GPU": ["--quick"],
    "First look: three subjects alone; half an hour or so without a GPU": ["--subjects", "3", "--quick"],
    "Full: as in the paper; many hours without a GPU": [],
}
_LONG = "To fit the model to each head takes longest. You can work on meanwhile."
_WIDTH_PX = 420
_SETTLED_S, _SETTLED = 10.0, 0.01
"""Once a step has gone on for so long, and for such a share, it is told how long it will take."""


_AFTERWARDS = {"Fitting codes": 0.35, "Comparing surfaces": 0.15}
"""What all steps after one of these take, over the time of that one: 30 heads that were fitted, compared and drawn."""


def time_left(seconds: float, share: float, step: str) -> str:
    """How long a step will still take that did a share of its work in so many seconds; empty if it is too early.

    Of one of the long steps, by what its name begins with, also how long the whole will.
    """
    if seconds < _SETTLED_S or share < _SETTLED:
        return ""
    whole = seconds / share
    left = whole * (1.0 - share)
    told = f"about {_duration(left)} left"
    after = next((after for name, after in _AFTERWARDS.items() if step.startswith(name)), 0.0)
    return f"{told}, {_duration(left + after * whole)} to the report" if after else told


def _duration(seconds: float) -> str:
    return f"{seconds / 60.0:.0f} min" if seconds >= 90.0 else f"{max(seconds, 1.0):.0f} s"


class EvaluateDialog(QDialog):
    """Which model, on which heads, how thoroughly."""

    def __init__(self, run: Path | None, parent: QWidget | None = None) -> None:
        """run : the folder of the run that is open, whose model is offered first."""
        super().__init__(parent)
        self.setWindowTitle("Evaluate Model")
        self.model, self.source, self.effort = QComboBox(), SourceChooser(), QComboBox()
        self.message = Label()
        self.message.setWordWrap(True)
        self.message.setAccessibleName("What was found")
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = f"evaluation {datetime.now().astimezone():%Y-%m-%d %H.%M.%S}"
        self.folder = QLineEdit(str(Path(documents) / "Facewright" / name))
        if run and (run / MODEL).is_file():
            self.model.addItem(f"{run.name}: newest checkpoint", run / MODEL)
        self.model.addItem("The bundled model of people of all ages", bundled_model("people"))
        self.model.addItem("The bundled model of adults", bundled_model("adults"))
        self.model.addItem(_OTHER, None)
        self.model.setAccessibleName("Model")
        for title, options in _EFFORTS.items():
            self.effort.addItem(title, options)
        self.effort.setAccessibleName("Effort")
        about = Label(_LONG)
        about.setWordWrap(True)
        self.folder.setAccessibleName("Folder of the report")
        form = QFormLayout()
        for label, field in (
            ("Model", self.model),
            ("Heads", self.source),
            ("Effort", self.effort),
            ("Report in", self.folder),
        ):
            form.addRow(label, field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.start: QPushButton = buttons.addButton("Evaluate", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(about)
        layout.addWidget(self.message)
        layout.addWidget(buttons)
        underline_dialog(self)
        self.model.activated.connect(self._choose_model)
        for signal in (self.source.changed, self.folder.textChanged, self.model.currentIndexChanged):
            signal.connect(lambda *_: self._refresh())
        self._refresh()

    @property
    def report(self) -> Path:
        """Folder of the report."""
        return Path(self.folder.text().strip()).expanduser()

    @property
    def arguments(self) -> list[str]:
        """The command's arguments, on the device that the editor evaluates on."""
        options: list[str] = self.effort.currentData()
        model, report = str(self.model.currentData()), str(self.report)
        where = ["--report", report, "--device", str(current())]
        return ["--data", self.source.source, "--model", model, *where, *options]

    def accept(self) -> None:
        """Close, unless the report cannot be kept where it is to be."""
        try:
            require_folder(self.report)
        except FacewrightError as error:
            self.message.setText(f"⚠ {error}")
            return
        super().accept()

    def _choose_model(self, index: int) -> None:
        if self.model.itemText(index) != _OTHER:
            return
        dialog = FileDialog(self, "Model", str(Path.home()), "Facewright models (*.safetensors)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._offer_model)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _offer_model(self, name: str) -> None:
        self.model.insertItem(0, Path(name).name, Path(name))
        self.model.setCurrentIndex(0)

    def _refresh(self) -> None:
        chosen = self.model.currentData() is not None and self.source.complete and bool(self.folder.text().strip())
        self.start.setEnabled(chosen)
        self.message.setText("")


class ModelEvaluation(QObject):
    """One evaluation at a time, while the editor stays live."""

    reported = Signal(Path)
    """The report's page; it has been opened."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._process: Child | None = None
        self._progress: QProgressDialog | None = None
        self._report, self._half = Path(), b""
        self._step, self._since = "", 0.0

    @property
    def busy(self) -> bool:
        """Whether an evaluation is under way."""
        return self._process is not None

    def ask(self, run: Path | None) -> None:
        """Let the user choose, then evaluate."""
        dialog = EvaluateDialog(run, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.start(dialog.arguments, dialog.report))
        dialog.open()

    def start(self, arguments: Sequence[str], report: Path) -> None:
        """Evaluate in a process of its own; nothing while one is under way."""
        if self._process:
            show_error(self._window, "An evaluation is under way: wait for its end, or cancel it.")
            return
        process = Child(self)
        process.readyReadStandardOutput.connect(self._hear)
        process.over.connect(self._finish)
        progress = QProgressDialog("Reading heads…", "Cancel", 0, _PERMILLE, self._window)
        progress.setLabel(Label("Reading heads…"))
        progress.setWindowTitle("Evaluate Model")
        progress.setMinimumWidth(_WIDTH_PX)  # its title fits
        progress.setAutoClose(False)
        progress.setAutoReset(False)
        progress.setMinimumDuration(0)
        progress.canceled.connect(self.close)
        self._process, self._progress, self._report, self._half = process, progress, report, b""
        self._step = ""
        progress.show()
        program, *command = module_command("facewright.train", "evaluate", "--events", *arguments)
        process.start(program, command)

    def close(self) -> None:
        """Drop the evaluation under way: it changes nothing."""
        process, self._process = self._process, None
        self._end_progress()
        if process:
            process.end()

    def _hear(self) -> None:
        if self._process is None or self._progress is None:
            return
        *lines, self._half = (self._half + bytes(self._process.readAllStandardOutput().data())).split(b"\n")
        events = [event for line in lines if (event := parse(line))]
        for event in events:
            self._show(event, self._progress)

    def _show(self, event: Event, progress: QProgressDialog) -> None:
        """Show how far the step is that goes on, and how long it will take."""
        step, share, done, of = (event.get(name) for name in ("message", "progress", "done", "of"))
        if not isinstance(share, float):
            return
        now = time.monotonic()
        if step != self._step:
            self._step, self._since = str(step), now
        count = f"{done} of {of} done, {share:.1%}" if isinstance(of, int) and of > 1 else f"{share:.1%}"
        left = time_left(now - self._since, share, self._step)
        progress.setLabelText(f"{step}\n{' · '.join(filter(None, (count, left)))}")
        progress.setValue(round(_PERMILLE * share))

    def _finish(self, status: int | None) -> None:
        process, self._process = self._process, None
        self._end_progress()
        if process is None:
            return
        process.deleteLater()
        page = self._report / "index.html"
        if status == 0 and page.is_file():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(page)))
            self.reported.emit(page)
            return
        why = process.reason("it was ended from outside, perhaps for memory")
        show_error(self._window, f"The model was not evaluated: {why}")

    def _end_progress(self) -> None:
        if progress := self._progress:
            self._progress = None
            progress.canceled.disconnect(self.close)
            progress.close()
            progress.deleteLater()
