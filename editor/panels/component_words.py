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
from facewright.editor.background import Background
from facewright.editor.wording import PANEL_ORDER

if TYPE_CHECKING:
    from concurrent.futures import Future

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName

_log = logging.getLogger(__name__)


class ComponentWords(QObject):
    """Descriptions of a model's components, one code after the other, from a thread of their own.

    One component is measured at a time, and none while the surface is being computed. What was measured lies in the
    user's cache folder under the model's fingerprint, so that a model is measured once on a machine.
    """

    described = Signal(str, list)
    """A code, and words for each of its first components."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background("component words", self)
        self._model: HeadModel | None = None
        self._wanted: deque[tuple[CodeName, int]] = deque()
        self._effects: dict[CodeName, list[list[float]]] = {}
        self._held = True
        self._running = False
        self.told: frozenset[CodeName] = frozenset()
        """The codes of the model that are described by now."""

    def measure(self, model: HeadModel, count: int) -> None:
        """Describe the first `count` components of each code of a model."""
        self._model, self._wanted, self._effects, self.told = model, deque(), {}, frozenset()
        if not can_measure(model):
            return
        known = _remembered(model)
        for code in PANEL_ORDER:
            shown = min(count, model.components[code])
            self._effects[code] = known.get(code, [])[:shown]
            self._wanted += [(code, index) for index in range(len(self._effects[code]), shown)]
            if len(self._effects[code]) == shown:
                self._tell(code)
        self._advance()

    def hold(self, held: bool) -> None:
        """Measure nothing more while something else needs the machine."""
        self._held = held
        self._advance()

    def close(self) -> None:
        """Drop what has not begun and end the thread."""
        self._wanted.clear()
        self._background.close()

    def _advance(self) -> None:
        if self._model and self._wanted and not self._held and not self._running:
            code, index = self._wanted.popleft()
            self._running = True
            self._background.run(
                partial(measure_component, self._model, code, index), partial(self._finish, self._model, code)
            )

    def _finish(self, model: HeadModel, code: CodeName, future: Future[np.ndarray]) -> None:
        self._running = False
        try:
            effects = future.result()
        except DeviceLost:  # whoever evaluates the head deals with it, and then asks for the words again
            return
        if model is self._model:
            self._effects[code].append(effects.tolist())
            if not any(waiting == code for waiting, _ in self._wanted):
                self._background.run(partial(_remember, model, dict(self._effects)), partial(self._kept, model, code))
        self._advance()

    def _kept(self, model: HeadModel, code: CodeName, future: Future[None]) -> None:
        future.result()
        if model is self._model:
            self._tell(code)

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
