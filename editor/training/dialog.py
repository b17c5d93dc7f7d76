"""What to train, in plain terms; everything else under Advanced."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import torch
from PySide6.QtCore import QSize, QStandardPaths, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from facewright.core.atomic_file import require_folder
from facewright.core.errors import FacewrightError
from facewright.core.model.model_file import bundled_model
from facewright.core.parts import CODES, PARTS
from facewright.editor.desktop.mnemonics import lettered, underline_dialog
from facewright.editor.training.check import PreflightCheck, in_words
from facewright.editor.training.config_form import ConfigForm, grouped
from facewright.editor.training.sources import SourceChooser, choose_folder
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.number_field import NumberField
from facewright.editor.widgets.small_screen import fit
from facewright.editor.wording import TITLES
from facewright.train.config import CONFIG, TrainConfig

_TIMES = (
    (5.0, "Quick look: a rough head, to see that all is well"),
    (60.0, "Normal: good enough for most uses"),
    (480.0, "Long: overnight, the finest"),
)

_CUSTOM = "As long as I say"
_LONGEST_MINUTES = 60.0 * 24 * 30
_CHECKPOINTS, _SHORTEST_S, _LONGEST_S = 30, 10.0, 120.0
"""So many checkpoints a run, but neither more nor less often than these seconds."""
_ELSEWHERE = frozenset({"data", "start_from", "minutes", "device", "checkpoint_seconds"})
_REMAINDER = PARTS[-1]
_SIZE = QSize(640, 560)


class TrainingDialog(QDialog):
    """Accepts once the heads were read and nothing stands in the way; `config` and `run` say what to train where."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Train Model")
        fit(self, _SIZE)
        self.source = SourceChooser()
        self.parts = {code: QCheckBox(TITLES[code]) for code in CODES if code != _REMAINDER}
        self.beginning = QComboBox()
        self.time, self.minutes, self.device = QComboBox(), NumberField(), QComboBox()
        self.folder, browse = QLineEdit(str(_new_folder())), QPushButton("Choose…")
        defaults = TrainConfig(data="")
        self.run_form = ConfigForm("Training", defaults, _ELSEWHERE)
        self.people_form = ConfigForm("People", defaults.people)
        self.network_form = ConfigForm("Network", defaults.network)
        self.weights_form = ConfigForm("Weights of the loss terms (λ)", defaults.weights)
        self.message = Label()
        self.check = PreflightCheck(self)
        self._fill_choices()
        self._assemble(browse)
        self._connect(browse)
        self._refresh()

    @property
    def config(self) -> TrainConfig:
        """What is chosen; FacewrightError if it cannot be trained with."""
        minutes = self.minutes.value()
        stages = tuple(code for code in CODES if code == _REMAINDER or self.parts[code].isChecked())
        defaults = TrainConfig(data=self.source.source)
        return replace(
            defaults,
            minutes=minutes,
            device=self.device.currentData(),
            start_from=self.beginning.currentData(),
            checkpoint_seconds=min(max(60.0 * minutes / _CHECKPOINTS, _SHORTEST_S), _LONGEST_S),
            people=replace(defaults.people, **self.people_form.values()),
            network=replace(defaults.network, **self.network_form.values(), stages=stages),
            weights=replace(defaults.weights, **self.weights_form.values()),
            **self.run_form.values(),
        )

    @property
    def run(self) -> Path:
        """The folder of the run."""
        return Path(self.folder.text().strip()).expanduser()

    def accept(self) -> None:
        """Look at the heads first; the dialog closes once nothing stands in the way."""
        try:
            require_folder(self.run)
            if (self.run / CONFIG).exists():
                raise FacewrightError(
                    f"{self.run} holds a training run: choose another folder, or open that run to go on with it."
                )
            config = self.config
        except FacewrightError as error:
            self._tell(str(error), wrong=True)
            return
        self.start.setEnabled(False)
        self._tell("Reading the heads…")
        self.check.display(config, self.run)

    def refuse(self, message: str, minutes: float | None = None) -> None:
        """Say what stands in the way, all else as it was filled in; minutes : to train for instead."""
        if minutes is not None:
            self.minutes.setValue(minutes)
        self.start.setEnabled(True)
        self._tell(message, wrong=True)

    def done(self, result: int) -> None:
        """Drop the look at the heads that may be under way."""
        self.check.cancel()
        super().done(result)

    def _fill_choices(self) -> None:
        for code, box in self.parts.items():
            box.setChecked(True)
            box.setToolTip(f"{TITLES[code]} can be changed apart from the rest; else it goes with the head's shape.")
        self.beginning.addItem("Nothing: a model of its own", None)
        for name, about in (("people", "people of all ages"), ("adults", "adults")):
            self.beginning.addItem(f"The bundled model of {about}, tuned to these heads", str(bundled_model(name)))
        self.beginning.setAccessibleName("Begin with")
        self.beginning.setToolTip("A tuned model keeps what its sliders mean, its parts and its sizes.")
        for minutes, title in _TIMES:
            self.time.addItem(f"{title} ({minutes:g} min)", minutes)
        self.time.addItem(_CUSTOM, None)
        self.time.setCurrentIndex(1)
        self.time.setAccessibleName("Time wanted")
        self.minutes.setRange(0.1, _LONGEST_MINUTES)
        self.minutes.setDecimals(1)
        self.minutes.setSuffix(" min")
        self.minutes.setValue(_TIMES[1][0])
        self.minutes.setAccessibleName("Minutes")
        gpus = [(f"cuda:{i}", f"GPU {torch.cuda.get_device_name(i)}") for i in range(torch.cuda.device_count())]
        best = gpus[0][1] if gpus else "CPU"
        for device, title in ((None, f"The fastest there is: {best}"), *gpus, ("cpu", "CPU")):
            self.device.addItem(title, device)
        self.device.setAccessibleName("Device")
        self.folder.setAccessibleName("Folder to keep it in")
        self.folder.setToolTip("A new folder: checkpoints, the model, the log and all events are kept there.")

    def _assemble(self, browse: QPushButton) -> None:
        plain = QWidget()
        form = QFormLayout(plain)
        form.addRow("Heads", self.source)
        always = QCheckBox(TITLES[_REMAINDER])
        always.setChecked(True)
        always.setEnabled(False)
        always.setToolTip("What carries the other parts is always learnt.")
        form.addRow("Parts to learn", _row(*self.parts.values(), always))
        form.addRow("Begin with", self.beginning)
        form.addRow("Time", _row(self.time, self.minutes))
        form.addRow("Device", self.device)
        form.addRow("Keep it in", _row(self.folder, browse))
        advanced = QScrollArea()
        advanced.setWidgetResizable(True)
        advanced.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields scroll it
        advanced.setWidget(grouped(self.run_form, self.people_form, self.network_form, self.weights_form))
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        tabs.tabBar().setAccessibleName("Pages")
        tabs.addTab(plain, "Training")
        tabs.addTab(advanced, "Advanced")
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setAccessibleName("What was found")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.start = buttons.addButton("Start Training", QDialogButtonBox.ButtonRole.AcceptRole)
        self.start.setToolTip("Reads the heads, says if something stands in the way, and starts.")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(tabs)
        layout.addWidget(self.message)
        layout.addWidget(buttons)
        underline_dialog(self)
        groups = (self.run_form, self.people_form, self.network_form, self.weights_form)
        there = [*map(tabs.tabText, range(tabs.count())), *(button.text() for button in buttons.buttons())]
        titles = lettered([*there, *(group.title() for group in groups)])[len(there) :]
        for group, title in zip(groups, titles, strict=True):  # the page has more fields than there are letters
            group.setTitle(title)

    def _connect(self, browse: QPushButton) -> None:
        self.beginning.currentIndexChanged.connect(self._choose_beginning)
        self.time.currentIndexChanged.connect(self._choose_time)
        self.minutes.valueChanged.connect(self._choose_minutes)
        self.source.changed.connect(self._refresh)
        self.folder.textChanged.connect(self._refresh)
        browse.setAccessibleName("Choose the folder to keep it in")
        browse.clicked.connect(lambda: choose_folder(self, "Keep it in", self.folder))
        self.check.reported.connect(self._show_found)
        self.check.failed.connect(self.refuse)

    def _choose_beginning(self) -> None:
        """A model that is tuned has its parts already."""
        for box in self.parts.values():
            box.setEnabled(self.beginning.currentData() is None)

    def _choose_time(self) -> None:
        if (minutes := self.time.currentData()) is not None:
            self.minutes.setValue(minutes)

    def _choose_minutes(self, minutes: float) -> None:
        index = self.time.findData(minutes)
        self.time.setCurrentIndex(index if index >= 0 else self.time.count() - 1)

    def _refresh(self) -> None:
        """Start needs a source and a place."""
        self.check.cancel()
        self.start.setEnabled(self.source.complete and bool(self.folder.text().strip()))
        self._tell("" if self.source.complete else "Choose the heads to learn from.")

    def _show_found(self, report: dict[str, Any]) -> None:
        if report["problems"]:
            self.refuse("\n".join([in_words(report), *report["problems"]]))
            return
        self._tell(in_words(report))
        self.source.remember()
        super().accept()

    def _tell(self, message: str, *, wrong: bool = False) -> None:
        self.message.setText(f"⚠ {message}" if wrong else message)


def _new_folder() -> Path:
    """Where a run is kept unless another place is chosen: a folder that is not there yet."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(documents) / "Facewright" / f"run {datetime.now().astimezone():%Y-%m-%d %H.%M.%S}"


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    row.setFocusProxy(widgets[0])
    for widget in widgets:
        layout.addWidget(widget)
    return row
