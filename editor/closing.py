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


class Work(Protocol):
    """What takes long while the window is worked in."""

    @property
    def busy(self) -> bool:
        """Whether it is not finished."""


class Closing:
    """Settles training, then what is not saved, then what is not finished; then closes the window.

    Training comes first: what is edited while it saves is asked about, too.
    """

    def __init__(
        self,
        document: Document,
        training: Training,
        projects: Projects,
        works: Mapping[str, Work],
        window: QWidget,
    ) -> None:
        """works : by their names, as the subject of a sentence."""
        self._document, self._training, self._projects = document, training, projects
        self._works, self._window = works, window
        self._settled = False

    def may_close(self) -> bool:
        """Whether the window can close now; if not, it is closed once all questions are answered."""
        settled, self._settled = self._settled, False
        if settled or not (self._document.modified or not self._training.settled or self._unfinished):
            return True
        self._training.settle(partial(self._projects.settle, self._settle_work))
        return False

    @property
    def _unfinished(self) -> str:
        """What is not finished, if anything is."""
        return next((name for name, work in self._works.items() if work.busy), "")

    def _settle_work(self) -> None:
        if not self._unfinished:
            self._close()
            return
        buttons = QMessageBox.StandardButton
        question, lost = f"{self._unfinished} is not finished.", "What it makes is lost if Facewright closes now."
        box = ask(self._window, question, lost, buttons.Discard | buttons.Cancel, buttons.Cancel)
        box.finished.connect(lambda code: self._close() if code == buttons.Discard else None)

    def _close(self) -> None:
        """Close without a question: each was answered just now."""
        self._settled = True
        self._window.close()
