"""The other head: the one that the head on the screen is compared with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from facewright.core.project import Variant

if TYPE_CHECKING:
    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document

MEAN_HEAD = Variant("Mean Head")


class Comparison(QObject):
    """Which head is compared with, as the document keeps it. It stays as it was when it was chosen."""

    named = Signal(str)
    """What the other head is called."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        document.before_changed.connect(lambda variant: self.named.emit(variant.name))

    @property
    def name(self) -> str:
        """What the other head is called."""
        return self.variant.name

    @property
    def parameters(self) -> Parameters:
        """The other head (σ)."""
        return self.variant.parameters

    @property
    def variant(self) -> Variant:
        """The other head with its name and its scan."""
        return self._document.before

    def compare_with(self, variant: Variant) -> None:
        """Compare with that head from now on; it stays as it is now."""
        self._document.set_before(variant)

    def keep(self, variant: Variant) -> None:
        """Compare with a variant as it is now, to see what comes of it."""
        self.compare_with(replace(variant, name=f"{variant.name}, before"))
