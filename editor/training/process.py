"""A training run as the editor sees it: a process of its own, or of an editor that was closed since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from facewright.core.errors import FacewrightError
from facewright.core.isolated import module_command
from facewright.editor.training.child import Child
from facewright.editor.training.ending import LOG, explain
from facewright.editor.training.record import Record, parse
from facewright.train.config import CONFIG
from facewright.train.run import control
from facewright.train.run.checkpoint import EVENTS

if TYPE_CHECKING:
    from pathlib import Path

    from facewright.train.run.control import Request

_HISTORY_BYTES = 8 << 20
"""Of a run's events that are read when it is opened: some hours of steps."""

_LOOK_MS = 1000
"""Between two looks at a run that another program started. It has no signals for us, and the notifications of file
systems are not to be relied on for a file that is held open."""


class TrainingProcess(QObject):
    """One run at a time: started, gone on with, or watched."""

    advanced = Signal()
    """The `record` has grown."""
    running_changed = Signal(bool)
    """Whether a process trains in the run's folder."""
    ended = Signal(object)
    """The `Ending` of a run that was running."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Path | None = None
        self.record = Record()
        self._child: Child | None = None
        self._read = 0
        self._half = b""
        self._watch = QTimer(self)
        self._watch.setInterval(_LOOK_MS)
        self._watch.timeout.connect(self._display)

    @property
    def running(self) -> bool:
        """Whether a process trains in the run's folder."""
        return self._child is not None or self._watch.isActive()

    @property
    def owned(self) -> bool:
        """Whether the run goes on and would end with this object."""
        return self._child is not None

    @property
    def paused(self) -> bool:
        """Whether the run was asked to pause."""
        return self.run is not None and self.running and control.asked(self.run) == "pause"

    def open(self, run: Path) -> None:
        """Read what a run has told so far, and hear what it tells if a process trains there.

        Raises FacewrightError if the folder is no run's.
        """
        if not (run / CONFIG).is_file():
            raise FacewrightError(f"{run} is not the folder of a training run: choose one with a config.json.")
        self.run, self.record, self._read, self._half = run, Record(), 0, b""
        self._read_events()
        if control.is_running(run):
            self._watch.start()
        self.advanced.emit()
        self.running_changed.emit(self.running)

    def start(self, run: Path) -> None:
        """Begin the run that a folder's config.json describes, or go on with it from its last checkpoint.

        Raises FacewrightError as `open` does.
        """
        self.open(run)
        if self.running:
            return
        control.ask(run, None)
        child = Child(self)
        flags = QProcess.UnixProcessFlag  # a session of its own: the end of a terminal is not the end of the training
        child.setUnixProcessParameters(flags.CreateNewSession | flags.ResetSignalHandlers)
        child.setStandardInputFile(QProcess.nullDevice())
        child.setStandardErrorFile(str(run / LOG), QProcess.OpenModeFlag.Truncate)
        child.readyReadStandardOutput.connect(self._hear)
        child.over.connect(self._finish)
        self._child, self._half, self.record.ended = child, b"", False
        program, *arguments = module_command("facewright.train", "run", "--resume", str(run), "--json")
        child.start(program, arguments)
        self.running_changed.emit(self.running)

    def ask(self, request: Request | None) -> None:
        """Ask the run to pause, to go on (None), or to save and end.

        Raises FacewrightError if its folder cannot be written to.
        """
        if self.run:
            control.ask(self.run, request)

    def forget(self) -> None:
        """Look at no run any more; for one that is over."""
        self.run = None
        self.running_changed.emit(False)

    def let_go(self) -> None:
        """Hear no more of the run, and leave it running."""
        self._watch.stop()
        if self._child:
            self._child.let_go()
            self._child = None

    def close(self) -> None:
        """End a run of our own that does not end by itself, as the last resort; its last checkpoint stays."""
        self._watch.stop()
        if child := self._child:
            self._child = None
            child.end()

    def _hear(self) -> None:
        if self._child:
            self._take(bytes(self._child.readAllStandardOutput().data()))

    def _display(self) -> None:
        """Read on in the events of another program's run; see whether it is over."""
        assert self.run
        running = control.is_running(self.run)
        self._read_events()  # after the look, so that the last ones are among them
        if not running:
            self._watch.stop()
            self._tell_end(None)

    def _read_events(self) -> None:
        assert self.run
        try:
            with (self.run / EVENTS).open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(self._read, size - _HISTORY_BYTES))
                data = file.read()
                self._read = file.tell()
        except OSError:
            return
        self._take(data)

    def _take(self, data: bytes) -> None:
        """Take note of the whole lines that there are."""
        *lines, self._half = (self._half + data).split(b"\n")
        events = [event for line in lines if (event := parse(line))]
        if events:
            self.record.take(events)
            self.advanced.emit()

    def _finish(self, status: int | None) -> None:
        self._hear()
        if self._child:
            self._child.deleteLater()
            self._child = None
        self._tell_end(status)

    def _tell_end(self, status: int | None) -> None:
        assert self.run
        self.running_changed.emit(False)
        self.ended.emit(explain(self.run, self.record, status))
