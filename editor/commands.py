"""Every change to a document, each undoable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from core.parameters import Parameters
from core.parts import CODES
from editor.wording import TITLES

if TYPE_CHECKING:
    import numpy as np

    from core.parts import CodeName
    from editor.document import Document

SHOWN_COMPONENTS = 10
"""Components of a code that have a slider; Random draws these, so that the sliders tell the whole change."""

_GESTURE_ID = 1
_NEVER_MERGED = -1


class SetParameters(QUndoCommand):
    """Replace a document's parameters; changes within one gesture merge into one step."""

    def __init__(self, document: Document, after: Parameters, text: str) -> None:
        super().__init__(text)
        self._document = document
        self._before = document.parameters
        self._after = after
        self._gesture = document.gesture

    def redo(self) -> None:
        """Make the change."""
        self._document.set_parameters(self._after)

    def undo(self) -> None:
        """Take the change back."""
        self._document.set_parameters(self._before)

    def id(self) -> int:
        """Which commands may be offered to `mergeWith` (Qt's protocol)."""
        return _NEVER_MERGED if self._gesture is None else _GESTURE_ID

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over a later change of the same gesture and slider; a gesture that ends where it began vanishes."""
        if not isinstance(other, SetParameters) or other._gesture != self._gesture or other.text() != self.text():
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True


def component_count(document: Document, code: CodeName) -> int:
    """How many components of a code have a slider."""
    return min(SHOWN_COMPONENTS, document.model.components[code])


def set_coefficient(document: Document, code: CodeName, index: int, value: float) -> None:
    """Set one coefficient (component `index` from 0, σ)."""
    after = document.parameters.with_value(code, index, value)
    _push(document, after, f"{TITLES[code]} {index + 1}")


def set_parameters(document: Document, parameters: Parameters, text: str) -> None:
    """Replace the head by another one; `text` names the step."""
    _push(document, parameters, text)


def set_mean(document: Document, code: CodeName) -> None:
    """Set one part (or the expression) to the mean of the training heads."""
    _push(document, document.parameters.with_code(code, ()), f"Mean {TITLES[code]}")


def set_random(document: Document, code: CodeName, rng: np.random.Generator) -> None:
    """Draw one part (or the expression) as it varies over the training heads."""
    after = document.parameters.with_random(code, component_count(document, code), rng)
    _push(document, after, f"Random {TITLES[code]}")


def set_mean_head(document: Document) -> None:
    """Set everything to the mean of the training heads."""
    _push(document, Parameters(), "Mean Head")


def set_random_head(document: Document, rng: np.random.Generator) -> None:
    """Draw every part of a neutral head; the expression stays."""
    after = document.parameters
    for code in CODES:
        if code != "expression":
            after = after.with_random(code, component_count(document, code), rng)
    _push(document, after, "Random Head")


def _push(document: Document, after: Parameters, text: str) -> None:
    if after != document.parameters:
        document.undo_stack.push(SetParameters(document, after, text))
