"""Closing the window: what is still open is asked about first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtWidgets import QMessageBox

from facewright.editor.desktop.messages import ask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QWidget

    from facewright.editor.document import Document
    from facewright.editor.storage.projects import Projects
    from facewright.editor.training.training import Training


class Writer(Protocol):
    """What makes files while the window is worked in."""

    @property
    def busy(self) -> bool:
        """Whether files are still to be written."""


class Closing:
    """Settles training, then what is not saved, then what is not written; then closes the window.

    Training comes first: what is edited while it saves is asked about, too.
    """

    def __init__(
        self,
        document: Document,
        training: Training,
        projects: Projects,
        writers: Mapping[str, Writer],
        window: QWidget,
    ) -> None:
        """writers : by what they do, as the subject of a sentence."""
        self._document, self._training, self._projects = document, training, projects
        self._writers, self._window = writers, window
        self._settled = False

    def may_close(self) -> bool:
        """Whether the window can close now; if not, it is closed once all questions are answered."""
        settled, self._settled = self._settled, False
        if settled or not (self._document.modified or not self._training.settled or self._writing):
            return True
        self._training.settle(partial(self._projects.settle, self._settle_writing))
        return False

    @property
    def _writing(self) -> str:
        """What still makes files, if anything does."""
        return next((name for name, writer in self._writers.items() if writer.busy), "")

    def _settle_writing(self) -> None:
        if not self._writing:
            self._close()
            return
        buttons = QMessageBox.StandardButton
        question, lost = f"{self._writing} is not finished.", "Its files are not written if Facewright closes now."
        box = ask(self._window, question, lost, buttons.Discard | buttons.Cancel, buttons.Cancel)
        box.finished.connect(lambda code: self._close() if code == buttons.Discard else None)

    def _close(self) -> None:
        """Close without a question: each was answered just now."""
        self._settled = True
        self._window.close()
