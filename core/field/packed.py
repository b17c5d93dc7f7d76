"""A head's network as the kernels read it: layers in one array, windows as rows of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from facewright.core.network.window_weight import HARMONICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.network.hypernet import HyperNet
    from facewright.core.network.layers import Layer
    from facewright.core.network.stage import Stage
    from facewright.core.network.window import Window

    Matrices = Sequence[tuple[np.ndarray, np.ndarray]]
    """Weight (C, D) and bias (D,) of each layer, float32."""

OUTPUTS = 4
"""Outputs of a layer that are computed at a time."""

_WINDOW = 17 + 2 * HARMONICS
"""Numbers of a window."""

_ROUNDING = 1.001
"""The reach of a window is taken so much longer: what lies beyond it must have the weight 0 for certain."""

_HALF_TURN = np.float32(1.0 / np.pi)
"""Of radians: the sines' arguments are in half turns."""


def matrices(layers: Sequence[Layer]) -> Matrices:
    """The layers of one head."""
    detached = ((layer.weight.detach(), layer.bias.detach()) for layer in layers)
    return [(weight.reshape(weight.shape[-2:]).numpy(), bias.reshape(-1).numpy()) for weight, bias in detached]


class Packed(NamedTuple):
    """A sine MLP as the kernels read it, ω₀ folded in and the sines' arguments in half turns.

    numbers : each layer's weights, packed by `OUTPUTS` outputs, then its bias, float32; table : (layers, 3) int64,
    each layer's inputs and outputs, rounded up to whole packs, and where its numbers begin.
    """

    numbers: np.ndarray
    table: np.ndarray


def packed(layers: Matrices) -> Packed:
    """The layers as they are, in the kernels' order; what fills a pack is 0."""
    numbers: list[np.ndarray] = []
    table: list[tuple[int, int, int]] = []
    for weight, bias in layers:
        inputs = table[-1][1] if table else len(weight)
        outputs = -(-len(bias) // OUTPUTS) * OUTPUTS
        whole = np.zeros((inputs, outputs), np.float32)
        whole[: len(weight), : len(bias)] = weight
        table.append((inputs, outputs, sum(map(len, numbers))))
        numbers += [
            whole.reshape(inputs, -1, OUTPUTS).transpose(1, 0, 2).ravel(),
            np.pad(bias, (0, outputs - len(bias))),
        ]
    return Packed(np.concatenate(numbers).astype(np.float32), np.array(table, dtype=np.int64))


def with_half_turns(layers: Matrices) -> Matrices:
    """Layers whose sines take half turns in place of radians."""
    return [*((weight * _HALF_TURN, bias * _HALF_TURN) for weight, bias in layers[:-1]), layers[-1]]


class Unplaced(NamedTuple):
    """A packed MLP that reads offsets from landmarks, which are not known yet.

    mlp : on points, with whatever for the first layer's bias; first, bias : (offsets, D) and (D,) of that layer.
    """

    mlp: Packed
    first: np.ndarray
    bias: np.ndarray

    @classmethod
    def of(cls, layers: Matrices) -> Unplaced:
        """Of layers of which the first is on offsets."""
        first, bias = layers[0]
        return cls(packed([(_on_points(first), bias), *layers[1:]]), first, bias)

    def placed(self, landmarks: np.ndarray) -> Packed:
        """At landmarks (L, 3): Σₗ Wₗ (p − landmarkₗ) = (Σₗ Wₗ) p − Σₗ Wₗ landmarkₗ."""
        numbers = self.mlp.numbers.copy()
        inputs, outputs, start = self.mlp.table[0].tolist()
        at = start + inputs * outputs
        numbers[at : at + len(self.bias)] = self.bias - landmarks.reshape(-1) @ self.first
        return Packed(numbers, self.mlp.table)


def _on_points(first: np.ndarray) -> np.ndarray:
    """A layer (offsets, D) on offsets from landmarks as one (3, D) on points."""
    on_points: np.ndarray = first.reshape(-1, 3, first.shape[1]).sum(axis=0)
    return on_points


class FieldPacker:
    """Puts what a stage's HyperNet gives into the kernels' order, without a look at its layers."""

    def __init__(self, hypernet: HyperNet, omega: float) -> None:
        """Find out where each number goes, by packing numbers that count."""
        count = hypernet.heads.out_features
        _, width = hypernet.shapes[0]
        counted = torch.arange(1, count + 1, dtype=torch.float32)[None]
        inner, last = counted.tensor_split([hypernet.inner_count], dim=1)
        layers = matrices([*hypernet.inner_layers(inner), hypernet.outer_layer(last)])
        self._first, self._bias = (each.astype(np.int64) - 1 for each in layers[0])
        on_points = count + np.arange(1.0, 3 * width + 1).reshape(3, width)
        order = packed([(on_points, layers[0][1]), *layers[1:]])
        self._order, self._table = order.numbers.astype(np.int64), order.table
        scale = np.float32(omega) * _HALF_TURN  # of what a sine follows
        self._scale = np.where(np.arange(len(self._order)) < self._table[-1, 2], scale, np.float32(1.0))
        self._inner_scale = scale

    def __call__(self, numbers: np.ndarray) -> Unplaced:
        """The stage's local fields of numbers (n,) float32 as `HyperNet.all_heads` gives them, one after another."""
        first, bias = numbers[self._first], numbers[self._bias]
        padded = np.concatenate([np.zeros(1, np.float32), numbers, _on_points(first).ravel()])
        mlp = Packed(padded[self._order] * self._scale, self._table)
        return Unplaced(mlp, first * self._inner_scale, bias * self._inner_scale)


_packers: dict[tuple[object, ...], FieldPacker] = {}


def field_packer(stage: Stage) -> FieldPacker:
    """The packer of a stage: one for all whose layers have the same sizes."""
    sizes = (*stage.hypernet.shapes, stage.omega)
    if sizes not in _packers:
        _packers[sizes] = FieldPacker(stage.hypernet, stage.omega)
    return _packers[sizes]


def window_numbers(windows: Sequence[Window], grafts: torch.Tensor) -> np.ndarray:
    """The windows of a stage and their maps (components, 3, 4) as the kernels read them, (components, 29) float32.

    A row holds the map into the window's own frame (12), the inverse of its fade, the middle and half of its depth,
    its outline (13), and the square of how far its end is from its axis, at most.
    """
    rows = []
    for window, graft in zip(windows, grafts.numpy().astype(float), strict=True):
        rotation, shift = np.split(window.to_plane.numpy().astype(float), [3], axis=1)
        fade, back, front = window.extent.tolist()
        local = np.column_stack([rotation @ graft[:, :3], rotation @ graft[:, 3:] + shift])
        reach = _ROUNDING * window.cylinder()[0]
        depth = (back + front) / 2, (front - back) / 2
        rows.append([*local.ravel(), 1.0 / fade, *depth, *window.outline.tolist(), reach**2])
    return np.array(rows, dtype=np.float32).reshape(-1, _WINDOW)
