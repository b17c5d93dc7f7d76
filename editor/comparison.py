"""The other head: the one that the head on the screen is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.parameters import Parameters
from editor.evaluation import Evaluator

if TYPE_CHECKING:
    from core.project import Variant
    from editor.document import Document
    from editor.evaluation import Evaluation
    from editor.viewport.look import Look

MEAN_HEAD = "Mean Head"


class Comparison(QObject):
    """Keeps the surface of another head ready while something on the screen needs it."""

    changed = Signal(object)
    """The `Evaluation` of the other head; None while there is none."""
    named = Signal(str)
    """What the other head is called."""
    failed = Signal(str)
    """Why the other head has no surface."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._evaluator = Evaluator(self)
        self._name = MEAN_HEAD
        self._parameters = Parameters()
        self._needed = False
        self._evaluator.evaluated.connect(self._show)
        self._evaluator.failed.connect(self.failed)
        document.model_changed.connect(lambda model: self.compare_with(MEAN_HEAD, Parameters()))

    @property
    def name(self) -> str:
        """What the other head is called."""
        return self._name

    @property
    def parameters(self) -> Parameters:
        """The other head (σ)."""
        return self._parameters

    def compare_with(self, name: str, parameters: Parameters) -> None:
        """Compare with that head from now on; it stays as it is now."""
        self._name, self._parameters = name, parameters
        self.changed.emit(None)
        self.named.emit(name)
        self._want()

    def keep(self, variant: Variant) -> None:
        """Compare with a variant as it is now, to see what comes of it."""
        self.compare_with(f"{variant.name}, before", variant.parameters)

    def set_look(self, look: Look) -> None:
        """Evaluate the other head once a look shows it, or the way to it."""
        needed = look.comparison != "off" or look.colouring == "displacement"
        if needed != self._needed:
            self._needed = needed
            self._want()

    def close(self) -> None:
        """Cancel what runs and end the thread."""
        self._evaluator.close()

    def _want(self) -> None:
        if self._needed:
            self._evaluator.want(self._document.model, self._parameters)

    def _show(self, evaluation: Evaluation) -> None:
        if evaluation.job.parameters == self._parameters and evaluation.job.model is self._document.model:
            self.changed.emit(evaluation)
