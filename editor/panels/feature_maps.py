"""The features of a model's parts, measured on a thread of their own while nothing else needs the machine."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from facewright.core.device import DeviceLost
from facewright.core.features import FeatureMap, features_of
from facewright.editor.live.newest import Newest, Task

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName
    from facewright.editor.document import Document


class FeatureMaps(QObject):
    """Measures one part after the other, for whatever model is edited."""

    measured = Signal(object)
    """A `FeatureMap` of the model."""
    failed = Signal(str)
    """Why a part has no features."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Newest("features", self, self._next)
        self._worker.failed.connect(self.failed)
        self._model: HeadModel | None = None
        self._wanted: deque[CodeName] = deque()
        self._held = True

    def follow(self, document: Document) -> None:
        """Measure a document's model, and every other that comes."""
        document.model_changed.connect(self._measure)
        document.model_moved.connect(self._go_on)
        self._measure(document.model)

    def hold(self, held: bool) -> None:
        """Measure nothing more while something else needs the machine."""
        self._held = held
        self._worker.advance()

    def close(self) -> None:
        """End the thread."""
        self._worker.close()

    def _measure(self, model: HeadModel) -> None:
        self._model = model
        self._wanted = deque(part for part, features in features_of(model).items() if features)
        self._worker.advance()

    def _go_on(self, model: HeadModel) -> None:
        """The same model on another device: measure there what is not measured yet."""
        self._model = model
        self._worker.advance()

    def _next(self) -> Task[FeatureMap] | None:
        model = self._model
        if model is None or not self._wanted or self._held:
            return None
        part = self._wanted.popleft()
        return Task(
            lambda cancelled: FeatureMap(model, part), partial(self._take, model), partial(self._fail, model, part)
        )

    def _is_edited(self, model: HeadModel) -> bool:
        """Whether a model is the one that is edited, on whichever device."""
        return self._model is not None and model.fingerprint == self._model.fingerprint

    def _take(self, model: HeadModel, features: FeatureMap) -> None:
        if self._is_edited(model):
            self.measured.emit(features)

    def _fail(self, model: HeadModel, part: CodeName, error: Exception) -> None:
        """Where the device is lost, wait until the model has moved."""
        if isinstance(error, DeviceLost) and self._is_edited(model):
            self._wanted.appendleft(part)
            self._model = None if model is self._model else self._model
