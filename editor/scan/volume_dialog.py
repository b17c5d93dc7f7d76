"""CT or MR on its way to a scan: which series, and what in it is skin, seen before it is taken."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QProgressBar,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from facewright.core.volume.skin import Levels, find_levels
from facewright.editor.background import Relay
from facewright.editor.live.newest import Newest, Task, stop_if
from facewright.editor.scan.slice_picture import slice_picture
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.small_screen import room

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from facewright.core.volume.volume import Volume
    from facewright.core.volume.volume_file import Source

_SIDE, _BESIDE = 260, 50
"""Pixels of a picture where there is room, and beside all of them."""
_STEPS = 1000
"""Of the slider, from air to soft tissue."""
_ABOUT = (
    "Choose the series that shows the skin of the face best. No name, date or number of the patient is read or kept."
)
_SKIN = "Orange is the edge of what is taken for the head. Tables, pillows and tubes are removed in the next step."


class VolumeDialog(QDialog):
    """Asks for a series and a threshold; all reading is done off the GUI thread."""

    chosen = Signal(object, float)
    """The `Volume`, and the threshold."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open CT or MR")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._worker = Newest("volume", self)
        self._worker.failed.connect(self._tell)
        self._read_so_far = Relay(self._show_progress, self)
        self._sources: tuple[Source, ...] = ()
        self._volume: Volume | None = None
        self._levels = Levels(0.0, 1.0)
        self.series, self.state, self.progress = QListWidget(), Label(), QProgressBar()
        self.pictures = [Label() for _ in range(3)]
        self.threshold, self.value, self.reset = QSlider(Qt.Orientation.Horizontal), Label(), QPushButton("As Found")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self.open_button = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        self._assemble()
        self.finished.connect(lambda code: self._worker.close())

    def look_into(self, path: Path) -> None:
        """Find what a folder or file holds, and show the first of it."""

        def work(cancelled: threading.Event) -> tuple[Source, ...]:
            from facewright.core.volume.volume_file import find_volumes  # SimpleITK takes a while

            return find_volumes(path, partial(stop_if, cancelled))

        def done(sources: tuple[Source, ...]) -> None:
            self._sources = sources
            with QSignalBlocker(self.series):
                self.series.addItems([source.told for source in sources])
            self.series.setCurrentRow(0)

        self._begin("Looking for series…")
        self._worker.want(Task(work, done))

    def show_volume(self, volume: Volume, threshold: float) -> None:
        """Show a volume that was read, so that its threshold can be moved."""
        self.series.hide()
        self._take((volume, find_levels(volume)), threshold)

    @property
    def level(self) -> float:
        """The threshold that is chosen, in the volume's values."""
        share = self.threshold.value() / _STEPS
        return self._levels.air + share * (self._levels.tissue - self._levels.air)

    def _assemble(self) -> None:
        self.series.setAccessibleName("Series")
        self.series.setMaximumHeight(5 * self.fontMetrics().lineSpacing())
        self.series.currentRowChanged.connect(self._read)
        self.threshold.setAccessibleName("Threshold of the skin")
        self.threshold.setToolTip(
            "From air, at the left, to soft tissue. Move it where the orange line leaves the skin."
        )
        self.threshold.setRange(1, _STEPS - 1)
        self.threshold.valueChanged.connect(self._show_slices)
        self.reset.setToolTip("Halfway between air and soft tissue.")
        self.reset.clicked.connect(lambda: self.threshold.setValue(_STEPS // 2))
        self.open_button.clicked.connect(self._choose)
        self.buttons.rejected.connect(self.reject)
        self.state.setWordWrap(True)
        about, row, line = Label(_ABOUT), QHBoxLayout(), QHBoxLayout()
        about.setWordWrap(True)
        self._side = min(_SIDE, (room(self).width() - _BESIDE) // len(self.pictures))
        for picture, name in zip(self.pictures, ("first", "second", "third"), strict=True):
            picture.setFixedSize(self._side, self._side)
            picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
            picture.setAccessibleName(f"Middle slice across the {name} axis")
            row.addWidget(picture)
        self.value.setMinimumWidth(9 * self.fontMetrics().averageCharWidth())
        for widget in (Label("Threshold"), self.threshold, self.value, self.reset):
            line.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.addWidget(about)
        layout.addWidget(self.series)
        layout.addLayout(row)
        layout.addLayout(line)
        for last in (self.progress, self.state, self.buttons):
            layout.addWidget(last)

    def _read(self, row: int) -> None:
        """Read the series of a row, off the GUI thread."""
        source = self._sources[row]

        def work(cancelled: threading.Event) -> tuple[Volume, Levels]:
            from facewright.core.volume.volume_file import read_volume

            volume = read_volume(source, partial(stop_if, cancelled), self._read_so_far.tell)
            return volume, find_levels(volume)

        self._worker.drop()  # its answer would be another series'
        self._begin("Reading the slices…")
        self._worker.want(Task(work, self._take))

    def _begin(self, text: str) -> None:
        self._volume = None
        self.state.setText(text)
        self.progress.setRange(0, 0)
        self.progress.show()
        for picture in self.pictures:
            picture.clear()
        self._enable()

    def _take(self, read: tuple[Volume, Levels], threshold: float | None = None) -> None:
        self._volume, self._levels = read
        self.progress.hide()
        self.state.setText(" ".join([*self._volume.notes, _SKIN]))
        level = self._levels.threshold if threshold is None else threshold
        share = (level - self._levels.air) / (self._levels.tissue - self._levels.air)
        with QSignalBlocker(self.threshold):
            self.threshold.setValue(round(share * _STEPS))
        self._show_slices()
        self._enable()

    def _tell(self, message: str) -> None:
        """Say what cannot be read; another series can be chosen."""
        self._volume = None
        self.progress.hide()
        self.state.setText(message)
        self._enable()

    def _show_progress(self, done: int, of: int) -> None:
        self.progress.setRange(0, of)
        self.progress.setValue(done)

    def _show_slices(self) -> None:
        if self._volume:
            unit = " HU" if self._volume.modality == "CT" else ""
            self.value.setText(f"{self.level:.0f}{unit}")
            for axis, picture in enumerate(self.pictures):
                picture.setPixmap(slice_picture(self._volume, axis, self._levels, self.level, self._side))

    def _enable(self) -> None:
        for widget in (self.threshold, self.reset, self.open_button):
            widget.setEnabled(self._volume is not None)

    def _choose(self) -> None:
        if self._volume:
            volume, level = self._volume, self.level
            self.accept()
            self.chosen.emit(volume, level)
