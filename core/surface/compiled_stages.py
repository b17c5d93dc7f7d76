"""A network at the codes of one head, evaluated by compiled kernels on the CPU's cores."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import torch

from facewright.core.model.window import Window
from facewright.core.parts import CODES
from facewright.core.surface import kernels
from facewright.core.surface.kernels import packed, window_numbers, with_first

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from facewright.core.model.network import ConditionedStage, Network, Stage
    from facewright.core.parts import CodeName
    from facewright.core.surface.kernels import Packed
    from facewright.core.surface.template_table import Table

CHUNK = 4096
"""Most points evaluated at a time: some milliseconds, during which the GIL is not held."""


def allowed_cores() -> int:
    """How many cores this process may use: under Slurm, taskset and in containers fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):  # Windows and macOS lack it
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_CORES = allowed_cores()
_WORKERS = ThreadPoolExecutor(_CORES, "field", torch.set_num_threads, (1,))
"""Chunks run side by side, each in one thread; the HyperNets run there as well, with one of torch's threads: more
would wait for each other in every product, which beside a busy program takes far longer than the work."""


class CompiledStages:
    """The stages of `core.model.network` at fixed codes; states are (N, 3) float32, network frame."""

    def __init__(
        self,
        network: Network,
        codes: Mapping[CodeName, torch.Tensor],
        like: CompiledStages | None = None,
        changed: Collection[CodeName] = CODES,
    ) -> None:
        """Condition `network`, which has all stages, on codes (1, d).

        like : the same network at codes of which those `changed` alone are others: no HyperNet runs but theirs.
        """
        _WORKERS.submit(self._condition, network, codes, like, changed).result()

    @torch.inference_mode()
    def _condition(
        self,
        network: Network,
        codes: Mapping[CodeName, torch.Tensor],
        like: CompiledStages | None,
        changed: Collection[CodeName],
    ) -> None:
        self._numbers: dict[CodeName, tuple[torch.Tensor, torch.Tensor]] = dict(like._numbers) if like else {}
        self._fields: dict[CodeName, Packed] = dict(like._fields) if like else {}
        self._blends: dict[CodeName, Packed] = dict(like._blends) if like else {}
        self._windows: dict[CodeName, np.ndarray] = dict(like._windows) if like else {}
        self._sdf: Packed = like._sdf if like else packed(network.sdf.condition(codes))
        grafts = network.grafts(codes[CODES[-1]]) if network.grafts is not None else {}
        for code in CODES if CODES[-1] in changed else changed:  # which places every stage
            stage = network.stage(code)
            if code in changed:
                self._numbers[code] = stage.hypernet.all_heads(codes[code])
            fixed = stage.placed(self._numbers[code], network.landmarks.of_stage(code, codes), grafts.get(code))
            is_known = like is not None and code not in changed
            self._fields[code] = with_first(self._fields[code], fixed.fields) if is_known else packed(fixed.fields)
            self._blends[code] = packed(fixed.blend)
            self._windows[code] = _windows(stage, fixed)

    def move(self, states: np.ndarray, codes: Sequence[CodeName]) -> tuple[np.ndarray, dict[CodeName, np.ndarray]]:
        """States after the stages of `codes`, the last not among them, and which states (N,) each window held."""
        moved, inside = states.copy(), self._unknown(codes, len(states))
        if codes:
            _in_chunks(lambda chunk: self._move(moved, inside, chunk), len(states))
        return moved, self._windowed(inside)

    def trace(
        self, states: np.ndarray, codes: Sequence[CodeName], table: Table | None = None
    ) -> tuple[np.ndarray, dict[CodeName, np.ndarray]]:
        """Φ (N,) float32, network units, of states that go through the stages of `codes` and the last, as in `move`.

        SDFNet is read from a table, where one is given.
        """
        moved, inside = states.copy(), self._unknown(codes, len(states))
        distance = np.empty(len(states), np.float32)

        def trace(chunk: slice) -> None:
            self._move(moved, inside, chunk)
            self._measure(moved, table, distance, chunk)

        _in_chunks(trace, len(states))
        return distance, self._windowed(inside)

    def weight(self, code: CodeName, states: np.ndarray) -> np.ndarray:
        """The window (N,) float32 of a stage at states that it reads; 1 where it has none."""
        weight = np.ones(len(states), np.float32)
        if len(self._windows[code]):
            kernels.weights(self._windows[code], states, weight)
        return weight

    def distance(self, states: np.ndarray) -> np.ndarray:
        """Φ (N,) float32, network units, at states that the last stage reads."""
        return self.trace(states, ())[0]

    def template_distance(self, points: np.ndarray) -> np.ndarray:
        """SDFNet (N,) float32 at points (N, 3) of the template's space, network units."""
        distance = np.empty(len(points), np.float32)
        _in_chunks(lambda chunk: kernels.template_distance(self._sdf, points[chunk], distance[chunk]), len(points))
        return distance

    def _move(self, states: np.ndarray, inside: Mapping[CodeName, np.ndarray], chunk: slice) -> None:
        """Carry a chunk of states, in place, through the stages of `inside`, which notes what their windows held."""
        for code, within in inside.items():
            kernels.move(self._fields[code], self._blends[code], self._windows[code], states[chunk], within[chunk])

    def _measure(self, states: np.ndarray, table: Table | None, distance: np.ndarray, chunk: slice) -> None:
        """Φ of a chunk of states that the last stage reads."""
        last = self._fields[CODES[-1]], self._blends[CODES[-1]], self._sdf
        if table is None:
            kernels.distance(*last, states[chunk], distance[chunk])
        else:
            kernels.distance_by_table(*last, table, states[chunk], distance[chunk])

    @staticmethod
    def _unknown(codes: Sequence[CodeName], count: int) -> dict[CodeName, np.ndarray]:
        return {code: np.empty(count, dtype=bool) for code in codes}

    def _windowed(self, inside: Mapping[CodeName, np.ndarray]) -> dict[CodeName, np.ndarray]:
        """Of the stages that have a window alone."""
        return {code: within for code, within in inside.items() if len(self._windows[code])}


def _windows(stage: Stage, fixed: ConditionedStage) -> np.ndarray:
    """A stage's windows for the kernels, none where it reaches everywhere."""
    windows = [window for window in stage.windows if isinstance(window, Window)]
    return window_numbers(windows, torch.empty(0) if fixed.graft is None else fixed.graft[0])


def _in_chunks(work: Callable[[slice], None], count: int) -> None:
    """Do work on all of `count` points, in chunks of whole tiles shared evenly among the cores."""
    share = -(-count // _CORES)
    size = min(CHUNK, -(-share // -(-share // CHUNK or 1))) if share else 0
    size = -(-size // kernels.TILE) * kernels.TILE
    starts = range(0, count, size) if size else ()
    for _ in _WORKERS.map(lambda start: work(slice(start, min(start + size, count))), starts):
        pass
