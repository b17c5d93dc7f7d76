"""A network at the codes of one head, evaluated by compiled kernels on the CPU's cores."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from facewright.core.field import kernels
from facewright.core.field.packed import FieldPacker, Unplaced, matrices, packed, window_numbers, with_half_turns
from facewright.core.field.workers import in_chunks
from facewright.core.network.window import Window
from facewright.core.parts import CODES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from facewright.core.field.packed import Packed
    from facewright.core.field.template_table import Table
    from facewright.core.network.hypernet import HyperNet
    from facewright.core.network.network import Network
    from facewright.core.network.stage import Stage
    from facewright.core.parts import CodeName

_NONE = np.empty(0, np.float32)


class _Kept(NamedTuple):
    """What of a stage is the same for all codes: how its fields are packed, and its blend weights."""

    packer: FieldPacker
    blend: Unplaced


class CompiledStages:
    """The stages of `core.network.network` at fixed codes; states are (N, 3) float32, network frame."""

    @torch.inference_mode()
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
        self._kept: dict[CodeName, _Kept] = like._kept if like else {code: _kept(network.stage(code)) for code in CODES}
        self._unplaced: dict[CodeName, Unplaced] = dict(like._unplaced) if like else {}
        self._fields: dict[CodeName, Packed] = dict(like._fields) if like else {}
        self._blends: dict[CodeName, Packed] = dict(like._blends) if like else {}
        self._windows: dict[CodeName, np.ndarray] = dict(like._windows) if like else {}
        self._sdf: Packed = like._sdf if like else packed(with_half_turns(matrices(network.sdf.condition(codes))))
        grafts = network.grafts(codes[CODES[-1]]) if network.grafts is not None else {}
        for code in CODES if CODES[-1] in changed else changed:  # which places every stage
            stage = network.stage(code)
            if code in changed:
                self._unplaced[code] = self._kept[code].packer(_numbers(stage.hypernet, codes[code]))
            landmarks = network.landmarks.of_stage(code, codes)[0].numpy()
            self._fields[code] = self._unplaced[code].placed(landmarks)
            self._blends[code] = self._kept[code].blend.placed(landmarks)
            if code not in self._windows or CODES[-1] in changed:
                self._windows[code] = _windows(stage, grafts.get(code))

    def move(self, states: np.ndarray, codes: Sequence[CodeName]) -> tuple[np.ndarray, dict[CodeName, np.ndarray]]:
        """States after the stages of `codes`, the last not among them, and which states (N,) each window held."""
        moved, inside = states.copy(), self._unknown(codes, len(states))
        if codes:
            in_chunks(lambda chunk: self._move(moved, inside, chunk), len(states), kernels.TILE)
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
            self._measure(moved[chunk], table, distance[chunk])

        in_chunks(trace, len(states), kernels.TILE)
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
        distance, all_points = np.empty(len(points), np.float32), np.arange(len(points))
        in_chunks(
            lambda chunk: kernels.template_distance(self._sdf, points, all_points[chunk], distance),
            len(points),
            kernels.TILE,
        )
        return distance

    def _move(self, states: np.ndarray, inside: Mapping[CodeName, np.ndarray], chunk: slice) -> None:
        """Carry a chunk of states, in place, through the stages of `inside`, which notes what their windows held."""
        for code, within in inside.items():
            stage = self._fields[code], self._blends[code], self._windows[code]
            kernels.move(*stage, states[chunk], within[chunk], _NONE)

    def _measure(self, states: np.ndarray, table: Table | None, distance: np.ndarray) -> None:
        """Φ of states that the last stage reads, which are carried through it in place."""
        code, reached, correction = CODES[-1], np.empty(len(states), bool), np.empty(len(states), np.float32)
        kernels.move(self._fields[code], self._blends[code], self._windows[code], states, reached, correction)
        if table is None:
            asked = np.arange(len(states))
        else:
            from facewright.core.field.table_kernels import interpolate  # compiled for drafts alone

            asked = interpolate(table, states, distance)
        kernels.template_distance(self._sdf, states, asked, distance)
        distance += correction

    @staticmethod
    def _unknown(codes: Sequence[CodeName], count: int) -> dict[CodeName, np.ndarray]:
        return {code: np.empty(count, dtype=bool) for code in codes}

    def _windowed(self, inside: Mapping[CodeName, np.ndarray]) -> dict[CodeName, np.ndarray]:
        """Of the stages that have a window alone."""
        return {code: within for code, within in inside.items() if len(self._windows[code])}


def _kept(stage: Stage) -> _Kept:
    return _Kept(FieldPacker(stage), Unplaced.of(with_half_turns(matrices(stage.blend_layers()))))


def _numbers(hypernet: HyperNet, code: torch.Tensor) -> np.ndarray:
    """What a HyperNet's heads give for a code (1, d), (n,) float32: they are read from memory, by every core."""
    weight, bias = hypernet.heads.weight.numpy(), hypernet.heads.bias.numpy()
    read, numbers = hypernet.read(code)[0].numpy(), np.empty(len(bias), np.float32)
    in_chunks(lambda rows: kernels.heads(weight[rows], bias[rows], read, numbers[rows]), len(bias), 1, len(bias))
    return numbers


def _windows(stage: Stage, grafts: torch.Tensor | None) -> np.ndarray:
    """A stage's windows for the kernels, none where it reaches everywhere."""
    windows = [window for window in stage.windows if isinstance(window, Window)]
    return window_numbers(windows, torch.empty(0) if grafts is None else grafts[0])
