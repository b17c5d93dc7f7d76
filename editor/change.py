"""One step of the history, in Qt's terms."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from facewright.editor.wording import literal

if TYPE_CHECKING:
    from PySide6.QtGui import QUndoStack

    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.project import EditState
    from facewright.editor.document import Document

_GESTURE_ID = 1
_NEVER_MERGED = -1
_serials = itertools.count(1)


@dataclass(frozen=True)
class RandomDraw:
    """A random draw: of which codes, with which seed, and of which head it replaced the codes."""

    codes: tuple[CodeName, ...]
    seed: int
    base: Parameters


class Change(QUndoCommand):
    """Replace a document's state; changes within one gesture merge into one step.

    serial : the step's number, which no other step of this process has; gesture : that of the gesture that it is of.
    """

    def __init__(
        self, document: Document, after: EditState, text: str, draw: RandomDraw | None = None, kind: str = ""
    ) -> None:
        """kind : what changes of one gesture must share to merge; by default the text, which may tell an amount."""
        super().__init__(_spoken(text))
        self._kind = kind or text
        self._document = document
        self.serial = next(_serials)
        self.before = document.state
        self.after = after
        self.draw = draw
        self.gesture = document.gesture

    def redo(self) -> None:
        """Make the change."""
        self._document.set_state(self.after)

    def undo(self) -> None:
        """Take the change back."""
        self._document.set_state(self.before)

    def id(self) -> int:
        """Which commands may be offered to `mergeWith` (Qt's protocol)."""
        return _NEVER_MERGED if self.gesture is None else _GESTURE_ID

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over a later change of the same gesture and kind; a gesture that ends where it began vanishes."""
        if not isinstance(other, Change) or other.gesture != self.gesture or other._kind != self._kind:
            return False
        self.after = other.after
        self.setText(f"{other.text()}\n{other.actionText()}")
        self.setObsolete(self.after == self.before)
        return True


def take_back(history: QUndoStack) -> None:
    """Undo the last step of a history, and leave no trace of it to be done again."""
    last = history.command(history.index() - 1)
    last.undo()
    last.setObsolete(True)  # which Qt does not undo, but takes away
    history.undo()


def _spoken(text: str) -> str:
    """A step's text for the history, and for the menu."""
    return f"{text}\n{literal(text)}"
