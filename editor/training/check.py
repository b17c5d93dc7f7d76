"""What a run would need, found out by a process of its own while the dialog waits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTemporaryDir, Signal

from facewright.core.isolated import module_command
from facewright.editor.training.child import Child
from facewright.editor.training.plain_words import device_in_words, too_short
from facewright.editor.training.record import TooShort
from facewright.editor.wording import counted
from facewright.train.config import CONFIG

if TYPE_CHECKING:
    from facewright.train.config import TrainConfig


class PreflightCheck(QObject):
    """One look at a time; a new one replaces it."""

    reported = Signal(dict)
    """The fields of a `train.run.preflight.Preflight`."""
    failed = Signal(str, object)
    """Why the heads cannot be trained on; and, where the minutes are too few, how many are enough, else None."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = QTemporaryDir()
        self._process: Child | None = None

    def display(self, config: TrainConfig, run: Path) -> None:
        """Look at what a run in the folder `run` would need."""
        self.cancel()
        path = Path(self._folder.filePath(CONFIG))
        config.save(path)
        process = Child(self)
        process.over.connect(self._finish)
        self._process = process
        program, *arguments = module_command("facewright.train", "check", str(path), "--out", str(run))
        process.start(program, arguments)

    def cancel(self) -> None:
        """Drop the check under way: it reads and changes nothing."""
        if process := self._process:
            self._process = None
            process.end()

    def _finish(self, status: int | None) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.deleteLater()
        report = _report(bytes(process.readAllStandardOutput().data()))
        if report is None or status != 0:
            short = TooShort.of(report or {})
            why = too_short(short) if short else process.reason("The heads could not be looked at.")
            self.failed.emit(why, short.enough if short else None)
            return
        self.reported.emit(report)


def _report(text: bytes) -> dict[str, Any] | None:
    try:
        report = json.loads(text)
    except ValueError:
        return None
    return report if isinstance(report, dict) else None


_UNITS = {"mm": "millimetres", "cm": "centimetres", "dm": "decimetres", "m": "metres", "in": "inches"}


def in_words(report: dict[str, Any]) -> str:
    """What was found, in sentences."""
    scale = "true scale" if report["true_scale"] else "scale unknown, so that lengths are relative"
    minutes = report["minutes"]
    length = "1 minute" if minutes == 1 else f"{minutes:g} minutes" if minutes else ""
    time = f"{length} of training" if length else "As long as its steps take"
    reading = 2 * report["reading_s"]  # to prepare them takes as long again
    moving = f"× {report['expressions']} expressions" if report["expressions"] > 1 else "in neutral alone"
    unit, device = _UNITS.get(report["unit"], report["unit"]), device_in_words(report["device"])
    return (
        f"{report['data']}: {counted(report['subjects'], 'subject')} {moving}, "
        f"{report['vertices']:,} vertices, files in {unit}, {scale}. {report['licence']}.\n"
        f"{time} on {device}, and about {reading:.0f} s before to read and prepare the heads; "
        f"about {report['memory_mb'] / 1024:.1f} GB of memory and {report['disk_mb']} MB of disk."
    )
