"""A process of the training package as the editor's child: how it ends, and how it is ended or left running."""

from __future__ import annotations

from PySide6.QtCore import QObject, QProcess, Signal

from facewright.editor.training.plain_words import in_window

_LAST_RESORT_MS = 5000
"""For so long a process that is to end at once may take to do so."""


class Child(QProcess):
    """A process whose every end is told, once, and which can be left running."""

    over = Signal(object)
    """It has ended: its exit status, None if it could not start, crashed or was killed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.finished.connect(self._finish)
        self.errorOccurred.connect(self._fail)

    def reason(self, silent: str) -> str:
        """Why it did not do its work: what it wrote last on standard error, `silent` if nothing."""
        if self.error() == QProcess.ProcessError.FailedToStart:
            return "Python could not be started: install Facewright again."
        lines = bytes(self.readAllStandardError().data()).decode(errors="replace").splitlines()
        return in_window(next((line for line in reversed(lines) if line.strip()), silent).removeprefix("error: "))

    def end(self) -> None:
        """End it now, and tell nothing of it."""
        self.blockSignals(True)
        self.kill()
        self.waitForFinished(_LAST_RESORT_MS)
        self.deleteLater()

    def let_go(self) -> None:
        """Forget the process, so that it outlives this object; nothing is told of it."""
        self.blockSignals(True)
        self.setProcessState(QProcess.ProcessState.NotRunning)

    def _finish(self, status: int, how: QProcess.ExitStatus) -> None:
        self.over.emit(status if how == QProcess.ExitStatus.NormalExit else None)

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:  # any other is followed by `finished`
            self.over.emit(None)
