"""What each component does, measured on the model while nothing else is computed, and then remembered."""

from __future__ import annotations

import json
import logging
from collections import deque
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QStandardPaths, Signal

from facewright.core.atomic_file import write_atomically
from facewright.core.device import DeviceLost
from facewright.core.errors import FacewrightError
from facewright.core.input_file import read_json
from facewright.core.traits import TRAITS, can_measure, describe, measure_component
from facewright.editor import commands
from facewright.editor.live.newest import Newest, Task
from facewright.editor.wording import PANEL_ORDER, TITLES

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName
    from facewright.editor.document import Document

_log = logging.getLogger(__name__)


class ComponentWords(QObject):
    """Descriptions of a model's components, one code after the other, from a thread of their own.

    One component is measured at a time, and none while the surface is being computed. What was measured lies in the
    user's cache folder under the model's fingerprint, so that a model is measured once on a machine.
    """

    described = Signal(str, list)
    """A code, and words for each of its first components."""
    failed = Signal(str)
    """Why a code is not described."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Newest("component words", self, self._next)
        self._model: HeadModel | None = None
        self._wanted: deque[tuple[CodeName, int]] = deque()
        self._effects: dict[CodeName, list[list[float]]] = {}
        self._held = True
        self.told: frozenset[CodeName] = frozenset()
        """The codes of the model that are described by now."""

    def follow(self, document: Document) -> None:
        """Describe the components that a document's sliders show first, whatever model it has."""
        for signal in (document.model_changed, document.model_moved):
            signal.connect(lambda model: self.measure(model, commands.SHOWN_COMPONENTS))
        self.measure(document.model, commands.SHOWN_COMPONENTS)

    def measure(self, model: HeadModel, count: int) -> None:
        """Describe the first `count` components of each code of a model."""
        self._model, self._wanted, self._effects, self.told = model, deque(), {}, frozenset()
        if not can_measure(model):
            return
        remembered = _remembered(model)
        for code in PANEL_ORDER:
            shown = min(count, model.components[code])
            self._effects[code] = remembered.get(code, [])[:shown]
            self._wanted += [(code, index) for index in range(len(self._effects[code]), shown)]
            if len(self._effects[code]) == shown:
                self._tell(code)
        self._worker.advance()

    def hold(self, held: bool) -> None:
        """Measure nothing more while something else needs the machine."""
        self._held = held
        self._worker.advance()

    def close(self) -> None:
        """Drop what has not begun and end the thread."""
        self._worker.close()

    def _next(self) -> Task[np.ndarray] | None:
        """The next component to measure, unless the machine is needed."""
        model = self._model
        if model is None or not self._wanted or self._held:
            return None
        code, index = self._wanted.popleft()
        return Task(
            lambda cancelled: measure_component(model, code, index),
            partial(self._take, model, code),
            partial(self._fail, model, code),
        )

    def _take(self, model: HeadModel, code: CodeName, effects: np.ndarray) -> None:
        if model is not self._model:
            return
        self._effects[code].append(effects.tolist())
        if not any(waiting == code for waiting, _ in self._wanted):
            record = dict(self._effects)
            self._worker.want(Task(lambda cancelled: _remember(model, record), partial(self._kept, model, code)))

    def _kept(self, model: HeadModel, code: CodeName, _: None) -> None:
        if model is self._model:
            self._tell(code)

    def _fail(self, model: HeadModel, code: CodeName, error: Exception) -> None:
        """Leave the rest of a code without words; where the device is lost, of all codes until the model has moved."""
        if model is not self._model:
            return
        lost = isinstance(error, DeviceLost)  # told by whoever evaluates the head
        self._wanted = deque(waiting for waiting in self._wanted if waiting[0] != code and not lost)
        self._effects.pop(code)
        if isinstance(error, FacewrightError) and not lost:
            self.failed.emit(
                f"{TITLES[code]}: what its sliders do could not be measured, so they are numbered. {error}"
            )

    def _tell(self, code: CodeName) -> None:
        self.told |= {code}
        self.described.emit(code, describe(code, np.array(self._effects[code]).reshape(-1, len(TRAITS[code]))))


def _cache(model: HeadModel) -> Path:
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)
    return Path(folder) / f"traits-{model.fingerprint[:16]}.json"


def _remembered(model: HeadModel) -> dict[CodeName, list[list[float]]]:
    """Effects measured before, by code; those of other traits than today's do not count."""
    try:
        record = read_json(_cache(model))
        arrays = {code: np.array(record[code], dtype=np.float64) for code in PANEL_ORDER if record.get(code)}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    return {code: a.tolist() for code, a in arrays.items() if a.ndim == 2 and a.shape[1] == len(TRAITS[code])}


def _remember(model: HeadModel, effects: dict[CodeName, list[list[float]]]) -> None:
    path = _cache(model)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(effects).encode())
    except (OSError, FacewrightError) as error:
        _log.warning("what the components do is not remembered: %s", error)
