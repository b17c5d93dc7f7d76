"""The other head: the one that the head on the screen is compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from facewright.core.project import Variant
from facewright.editor.evaluation import Evaluator

if TYPE_CHECKING:
    from facewright.core.parameters import Parameters
    from facewright.core.scan.fitted_scan import FittedScan
    from facewright.editor.document import Document
    from facewright.editor.evaluation import Evaluation
    from facewright.editor.viewport.look import Look

MEAN_HEAD = Variant("Mean Head")


@dataclass(frozen=True, eq=False)
class OtherHead:
    """The other head's surface; scan : the patient's own, if the head goes back to one."""

    evaluation: Evaluation
    scan: FittedScan | None = None


class Comparison(QObject):
    """Keeps the surface of another head ready while something on the screen needs it."""

    changed = Signal(object)
    """The `OtherHead`; None while there is none."""
    named = Signal(str)
    """What the other head is called."""
    awaited = Signal(str)
    """What it is called while something on the screen waits for its first surface; empty otherwise."""
    lost = Signal(object, str)
    """A model whose device has failed, and what to say of it."""
    failed = Signal(str)
    """Why the other head has no surface."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._evaluator = Evaluator(self)
        self._variant = MEAN_HEAD
        self._shown: OtherHead | None = None
        self._needed = False
        self._evaluator.evaluated.connect(self._show)
        self._evaluator.failed.connect(self.failed)
        self._evaluator.lost.connect(self.lost)
        self._evaluator.busy_changed.connect(self._tell_whether_awaited)
        document.model_changed.connect(lambda model: self.compare_with(MEAN_HEAD))
        document.model_moved.connect(self._want)

    @property
    def name(self) -> str:
        """What the other head is called."""
        return self._variant.name

    @property
    def parameters(self) -> Parameters:
        """The other head (σ)."""
        return self._variant.parameters

    @property
    def variant(self) -> Variant:
        """The other head with its name and its scan."""
        return self._variant

    @property
    def shown(self) -> OtherHead | None:
        """The other head's surface, if there is one yet."""
        return self._shown

    def compare_with(self, variant: Variant) -> None:
        """Compare with that head from now on; it stays as it is now."""
        self._variant = variant
        self._tell(None)
        self.named.emit(variant.name)
        self._want()

    def keep(self, variant: Variant) -> None:
        """Compare with a variant as it is now, to see what comes of it."""
        self.compare_with(replace(variant, name=f"{variant.name}, before"))

    def set_look(self, look: Look) -> None:
        """Evaluate the other head once a look shows it, or the way to it."""
        if look.needs_other != self._needed:
            self._needed = look.needs_other
            self._want()

    def close(self) -> None:
        """Cancel what runs and end the thread."""
        self._evaluator.close()

    def _want(self) -> None:
        if self._needed:
            self._evaluator.want(self._document.model, self.parameters)

    def _show(self, evaluation: Evaluation) -> None:
        if evaluation.job.parameters == self.parameters and evaluation.job.model is self._document.model:
            self._tell(OtherHead(evaluation, self._variant.scan))

    def _tell_whether_awaited(self, busy: bool) -> None:
        self.awaited.emit(self.name if busy and self._needed and self._shown is None else "")

    def _tell(self, other: OtherHead | None) -> None:
        self._shown = other
        self.changed.emit(other)
