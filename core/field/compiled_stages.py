"""A network at the codes of one head, evaluated by compiled kernels on the CPU's cores."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from facewright.core.field import kernels
from facewright.core.field.packed import Unplaced, field_packer, matrices, packed, window_numbers, with_half_turns
from facewright.core.field.workers import WORKERS, in_chunks
from facewright.core.network.window import Window
from facewright.core.parts import CODES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from facewright.core.field.packed import Packed
    from facewright.core.field.template_table import TemplateTable
    from facewright.core.network.hypernet import HyperNet
    from facewright.core.network.network import Network
    from facewright.core.parts import CodeName

_NONE = np.empty(0, np.float32)


class _Steered(NamedTuple):
    """What torch gives for a stage at some codes.

    read : (c,) float32 what the HyperNet's heads read; landmarks : (L, 3) float32; windows : (components, 29) float32,
    None where the last code has not moved them.
    """

    read: np.ndarray
    landmarks: np.ndarray
    windows: np.ndarray | None


class Approached(NamedTuple):
    """Points at the end of the cascade, network units, of which not all have been measured.

    distance : (N,) float32, Φ where `exact` (N,) bool, elsewhere what a table says, which has its sign; template :
    (N, 3) float32, p₅; correction : (N,) float32, ε.
    """

    distance: np.ndarray
    exact: np.ndarray
    template: np.ndarray
    correction: np.ndarray


class CompiledStages:
    """The stages of `core.network.network` at fixed codes; states are (N, 3) float32, network frame."""

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
        self._unplaced: dict[CodeName, Unplaced] = dict(like._unplaced) if like else {}
        self._unplaced_blends: dict[CodeName, Unplaced] = like._unplaced_blends if like else _blends(network)
        self._fields: dict[CodeName, Packed] = dict(like._fields) if like else {}
        self._blends: dict[CodeName, Packed] = dict(like._blends) if like else {}
        self._windows: dict[CodeName, np.ndarray] = dict(like._windows) if like else {}
        self._sdf: Packed = like._sdf if like else packed(with_half_turns(matrices(network.sdf.condition(codes))))
        all_placed = CODES[-1] in changed  # the last code places every stage
        # In a thread of which torch takes one: more would wait for each other in every product, which beside a busy
        # program takes far longer than the work.
        steered = WORKERS.submit(_steered, network, codes, CODES if all_placed else changed, all_placed).result()
        for code, stage in steered.items():
            if code in changed:
                hypernet = network.stage(code).hypernet
                self._unplaced[code] = field_packer(network.stage(code))(_heads(hypernet, stage.read))
            self._fields[code] = self._unplaced[code].placed(stage.landmarks)
            self._blends[code] = self._unplaced_blends[code].placed(stage.landmarks)
            if stage.windows is not None:
                self._windows[code] = stage.windows

    def move(self, states: np.ndarray, codes: Sequence[CodeName]) -> tuple[np.ndarray, dict[CodeName, np.ndarray]]:
        """States after the stages of `codes`, the last not among them, and which states (N,) each window held."""
        moved, inside = states.copy(), self._unknown(codes, len(states))
        if codes:
            in_chunks(lambda chunk: self._move(moved, inside, chunk), len(states), kernels.TILE)
        return moved, self._windowed(inside)

    def trace(
        self, states: np.ndarray, codes: Sequence[CodeName], table: TemplateTable | None = None
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

    def approach(
        self, states: np.ndarray, codes: Sequence[CodeName], table: TemplateTable, certain: float
    ) -> tuple[Approached, dict[CodeName, np.ndarray]]:
        """As `trace`, but SDFNet itself is asked only where Φ by the table is less than `certain` from 0.

        All in the calling thread, as `settled`.
        """
        from facewright.core.field.table_kernels import interpolate  # compiled where there is a table

        moved, inside = states.copy(), self._unknown(codes, len(states))
        distance, correction = np.empty(len(states), np.float32), np.empty(len(states), np.float32)
        self._move(moved, inside, slice(None))
        self._correct(moved, correction)
        interpolate(table, moved, distance)
        exact = ~(np.abs(distance + correction) >= certain)  # NaN is not certain
        kernels.template_distance(self._sdf, moved, np.flatnonzero(exact), distance)
        return Approached(distance + correction, exact, moved, correction), self._windowed(inside)

    def settled(self, template: np.ndarray, correction: np.ndarray) -> np.ndarray:
        """Φ (N,) float32 of points that `approach` carried to the template (N, 3), with their ε (N,)."""
        distance = np.empty(len(template), np.float32)
        kernels.template_distance(self._sdf, template, np.arange(len(template)), distance)
        return distance + correction

    def to_template(self, states: np.ndarray) -> np.ndarray:
        """Where all stages carry states that the first one reads: (N, 3) float32, p₅."""
        moved, correction = self.move(states, CODES[:-1])[0], np.empty(len(states), np.float32)
        in_chunks(lambda chunk: self._correct(moved[chunk], correction[chunk]), len(states), kernels.TILE)
        return moved

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

    def _measure(self, states: np.ndarray, table: TemplateTable | None, distance: np.ndarray) -> None:
        """Φ of states that the last stage reads, which are carried through it in place."""
        correction = np.empty(len(states), np.float32)
        self._correct(states, correction)
        if table is None:
            asked = np.arange(len(states))
        else:
            from facewright.core.field.table_kernels import interpolate  # compiled for drafts alone

            asked = interpolate(table, states, distance)
        kernels.template_distance(self._sdf, states, asked, distance)
        distance += correction

    def _correct(self, states: np.ndarray, correction: np.ndarray) -> None:
        """Carry states in place through the last stage; its ε (N,)."""
        code, reached = CODES[-1], np.empty(len(states), bool)
        kernels.move(self._fields[code], self._blends[code], self._windows[code], states, reached, correction)

    @staticmethod
    def _unknown(codes: Sequence[CodeName], count: int) -> dict[CodeName, np.ndarray]:
        return {code: np.empty(count, dtype=bool) for code in codes}

    def _windowed(self, inside: Mapping[CodeName, np.ndarray]) -> dict[CodeName, np.ndarray]:
        """Of the stages that have a window alone."""
        return {code: within for code, within in inside.items() if len(self._windows[code])}


@torch.inference_mode()
def _steered(
    network: Network, codes: Mapping[CodeName, torch.Tensor], stages: Collection[CodeName], windowed: bool
) -> dict[CodeName, _Steered]:
    """What some stages' HyperNets read, and where codes (1, d) put their landmarks and, if asked, windows."""
    grafts = network.grafts(codes[CODES[-1]]) if windowed and network.grafts is not None else {}
    steered = {}
    for code in stages:
        stage = network.stage(code)
        landmarks = network.landmarks.of_stage(code, codes)[0].numpy()
        windows = [window for window in stage.windows if isinstance(window, Window)]
        numbers = window_numbers(windows, grafts[code][0] if windows else torch.empty(0)) if windowed else None
        steered[code] = _Steered(stage.hypernet.read(codes[code])[0].numpy(), landmarks, numbers)
    return steered


@torch.inference_mode()
def _blends(network: Network) -> dict[CodeName, Unplaced]:
    """The blend weights of all stages, which are the same for all codes."""
    layers = {code: matrices(network.stage(code).blend_layers()) for code in CODES}
    return {code: Unplaced.of(with_half_turns(own)) for code, own in layers.items()}


def _heads(hypernet: HyperNet, read: np.ndarray) -> np.ndarray:
    """What a HyperNet's heads give for what they read (c,): (n,) float32. Every core fetches some from memory."""
    weight, bias = hypernet.heads.weight.detach().numpy(), hypernet.heads.bias.detach().numpy()
    numbers = np.empty(len(bias), np.float32)
    in_chunks(lambda rows: kernels.heads(weight[rows], bias[rows], read, numbers[rows]), len(bias), 1, len(bias))
    return numbers
