"""SDFNet tabulated: what a moving hand needs of it in a sixth of the time.

SDFNet is one fixed shape, and two thirds of the arithmetic at a point. While a hand moves a slider, its value is
interpolated between samples of regular lattices (Catmull-Rom cubics, Keys 1981), the finest that has the point: one
about the template's parts, one about all of its surface, and one everywhere. Beyond them, and when the hand rests, the
network itself is asked.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import binary_dilation

from facewright.core.network.jet import Jet
from facewright.core.network.window import Window
from facewright.core.parts import LOCAL_PARTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.network.network import Network

    Distance = Callable[[np.ndarray], np.ndarray]
    """states (N, 3) float32 after the last stage → SDFNet there (N,) float32; network frame."""

SPACING_MM = 4.5
"""Of the lattice that is everywhere. Its cells are halved and halved again where more is needed."""

PART_STEPS, HEAD_STEPS = 6, 4
"""Into how many each side of its cells is cut about the parts, and about the rest of the surface: 0.75 and 1.125 mm."""

BAND_MM = 3.0
"""How far from the surface the finer lattices reach: samples of a grid of 1.5 mm are 2.6 mm from it at most."""

CERTAIN_MM = 0.5
"""A table that says more than this has the sign for certain: five times what any was off by near the surface.

Beyond 2.5 mm, where it is off by up to 1 mm, that turns no sign."""

_MARGIN = 1
"""Cells by which the parts' lattice is larger than their windows: later stages carry the parts' points on."""

BRICK = 8
"""Cells along a brick's edge. Its samples are one more on each side, and one more at the end."""

LAYOUT = (SPACING_MM, PART_STEPS, HEAD_STEPS, BAND_MM, _MARGIN, BRICK)
"""What a table depends on beside the network."""

_PIECE = 8192
"""Points asked for at a time: so long a head that is evaluated meanwhile waits, some milliseconds."""


class TemplateTable(NamedTuple):
    """Lattices, the finest first, in bricks of samples; network frame.

    values : (bricks, n, n, n) float32, n = `BRICK` + 3, NaN where unknown; directory : (…,) int32, all lattices one
    after another, which of the bricks each place has, −1 for none; start : (lattices,) int64, where each one's begin in
    `directory`; shape : (lattices, 3) int64, its bricks along each axis; spacing : (lattices,) float32. The first cell
    of each begins at (−1, −1, −1), a sample behind its first brick.
    """

    values: np.ndarray
    directory: np.ndarray
    start: np.ndarray
    shape: np.ndarray
    spacing: np.ndarray


class _Lattice(NamedTuple):
    """One of a table's lattices: its bricks, and which of them each place has."""

    values: np.ndarray
    directory: np.ndarray
    spacing: float


def tabulate(network: Network, distance: Distance, radius_mm: float) -> TemplateTable:
    """SDFNet in a box about the unit ball, which holds every head; `radius_mm` is the network unit's length."""
    spacing = SPACING_MM / radius_mm
    shape = (math.ceil(2.0 / spacing),) * 3
    everywhere = np.ones(shape, dtype=bool)

    def points(samples: np.ndarray, steps: int) -> np.ndarray:
        return (samples * (spacing / steps) - 1.0).astype(np.float32)

    def lattice(cells: np.ndarray, steps: int) -> _Lattice:
        return _Lattice(*_bricks(cells, steps, lambda samples: distance(points(samples, steps))), spacing / steps)

    samples = tuple(count + 1 for count in shape)
    corners = points(np.indices(samples).reshape(3, -1).T, 1)
    values = _in_pieces(distance, corners).reshape(samples)
    near = _near(values, BAND_MM / radius_mm)
    about_parts = near & _about_windows(network, corners, samples)
    lattices = [lattice(about_parts, PART_STEPS), lattice(near & ~about_parts, HEAD_STEPS), lattice(everywhere, 1)]
    return _table(lattices)


def _table(lattices: list[_Lattice]) -> TemplateTable:
    """All lattices as one."""
    before = np.cumsum([0, *(len(lattice.values) for lattice in lattices)])
    directory = [
        np.where(lattice.directory < 0, -1, lattice.directory + first)
        for lattice, first in zip(lattices, before, strict=False)
    ]
    return TemplateTable(
        np.concatenate([lattice.values for lattice in lattices]),
        np.concatenate([own.ravel() for own in directory]).astype(np.int32),
        np.cumsum([0, *(own.size for own in directory)])[:-1].astype(np.int64),
        np.array([own.shape for own in directory], np.int64),
        np.array([lattice.spacing for lattice in lattices], np.float32),
    )


def _near(values: np.ndarray, band: float) -> np.ndarray:
    """Which cells of a lattice have points within a distance of the surface; values : its samples."""
    cells = sliding_window_view(values, (2, 2, 2))
    low, high = cells.min(axis=(3, 4, 5)), cells.max(axis=(3, 4, 5))
    return (low < band) & (high > -band)


def _about_windows(network: Network, corners: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Which cells of a lattice a window of the template reaches, or nearly; corners : its samples (N, 3)."""
    reached = np.zeros(len(corners), dtype=bool)
    points, home = Jet.points(torch.from_numpy(corners)[None], derivatives=False), torch.eye(3, 4)[None]
    stages = [network.stage(part) for part in LOCAL_PARTS]
    with torch.inference_mode():
        for window in (window for stage in stages for window in stage.windows if isinstance(window, Window)):
            reached |= (window(points, home).value[0, :, 0] > 0.0).numpy()
    wider = binary_dilation(reached.reshape(shape), iterations=_MARGIN)
    about: np.ndarray = np.any(sliding_window_view(wider, (2, 2, 2)), axis=(3, 4, 5))
    return about


def _bricks(cells: np.ndarray, steps: int, distance: Distance) -> tuple[np.ndarray, np.ndarray]:
    """Values and directory of bricks that hold some cells (x, y, z) bool of a lattice, each cut into `steps` a side.

    distance : of samples (N, 3) of the finer lattice.
    """
    for axis in range(3):
        cells = cells.repeat(steps, axis)
    count = -(-np.array(cells.shape) // BRICK)
    cells = np.pad(cells, [(0, n * BRICK - m) for n, m in zip(count, cells.shape, strict=True)])
    wanted = np.pad(cells, 3)  # a cell wants its own samples and one more on each side
    for axis in range(3):
        windows = sliding_window_view(wanted, 4, axis)  # `any` over a short last axis takes twenty times as long
        wanted = windows[..., 0] | windows[..., 1] | windows[..., 2] | windows[..., 3]
    whole = np.full(wanted.shape, np.nan, np.float32)
    flat = np.flatnonzero(wanted)
    samples = np.column_stack(np.unravel_index(flat, wanted.shape)) - 1
    whole.reshape(-1)[flat] = _in_pieces(distance, samples)
    held = cells.reshape(count[0], BRICK, count[1], BRICK, count[2], BRICK).any(axis=(1, 3, 5))
    directory = np.where(held, np.cumsum(held).reshape(held.shape) - 1, -1)
    size = (BRICK + 3,) * 3
    return np.ascontiguousarray(sliding_window_view(whole, size)[::BRICK, ::BRICK, ::BRICK][held]), directory


def _in_pieces(distance: Distance, points: np.ndarray) -> np.ndarray:
    """Distances (N,) of points (N, 3), asked for piece by piece."""
    pieces = (distance(points[start : start + _PIECE]) for start in range(0, len(points), _PIECE))
    return np.concatenate([np.empty(0, np.float32), *pieces])


def samples_of(table: TemplateTable, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Some points (N, 3) of a table, network frame, and its values (N,) there; raises ValueError if it is not one."""
    kinds = ("float32", 4), ("int32", 1), ("int64", 1), ("int64", 2), ("float32", 1)
    if any((str(array.dtype), array.ndim) != kind for array, kind in zip(table, kinds, strict=True)):
        raise ValueError("not a table")
    points, values = [], []
    for lattice, (start, shape) in enumerate(zip(table.start, table.shape, strict=True)):
        numbers = table.directory[start : start + shape.prod()].reshape(shape)
        places = np.argwhere(numbers >= 0)[rng.integers(0, np.count_nonzero(numbers >= 0), count)]
        within = rng.integers(0, BRICK + 3, (count, 3))
        samples = places * BRICK + within - 1
        points.append((samples * float(table.spacing[lattice]) - 1.0).astype(np.float32))
        values.append(table.values[(numbers[tuple(places.T)], *within.T)])
    points_there, values_there = np.concatenate(points), np.concatenate(values)
    finite = np.isfinite(values_there)
    return points_there[finite], values_there[finite]
