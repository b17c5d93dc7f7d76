"""From a signed distance to the mesh of its surface: marching cubes, brick by brick."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from skimage.measure import marching_cubes

from facewright.core.errors import FacewrightError
from facewright.core.mesh import Mesh
from facewright.core.sculpt.warp import head_warp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.surface.sampling import Distance, Grid, Samples

BRICK = 32
"""Voxels along a brick's edge. scikit-image holds the GIL while it marches one: about a millisecond."""


class Patch(NamedTuple):
    """Some of a grid's surface.

    keys : (V,) int64, the grid edge that each vertex lies on, the same in every patch that shares the edge;
    vertices : (V, 3) float64, voxels from the grid's first sample; faces : (F, 3) int32.
    """

    keys: np.ndarray
    vertices: np.ndarray
    faces: np.ndarray

    def mm(self, grid: Grid) -> np.ndarray:
        """The vertices (V, 3) float32 in mm, head frame."""
        return ((self.vertices + np.asarray(grid.low)) * grid.voxel_mm).astype(np.float32)


def head_mesh(
    model: HeadModel, parameters: Parameters, voxel_mm: float, cancelled: Callable[[], bool] | None = None
) -> Mesh:
    """The head as one connected closed surface, in mm and head frame: specks that float beside it are left out.

    Raises what `extract` raises.
    """
    mesh = extract(model.field(parameters).distance, model.bounds_mm, voxel_mm, cancelled).largest_component()
    return head_warp(model, parameters).of_mesh(mesh)


def extract(
    distance: Distance, bounds_mm: np.ndarray, voxel_mm: float, cancelled: Callable[[], bool] | None = None
) -> Mesh:
    """The zero set of a signed distance within a box (2, 3), in mm and head frame, as closed surfaces.

    It equals what marching cubes makes of the same grid evaluated everywhere, but for specks smaller than a
    few voxels, which no lattice may have met. What the box cuts is closed there.
    Raises Cancelled once `cancelled` answers true, NoSurface if there is none, and FacewrightError if the
    voxel is not a length or if memory runs out.
    """
    from facewright.core.surface.sampling import Grid, sample  # compiled by numba, which takes a second to import

    with memory_for(voxel_mm):
        return march(sample(distance, Grid.covering(bounds_mm, voxel_mm), cancelled))


@contextmanager
def memory_for(voxel_mm: float) -> Iterator[None]:
    """Raise FacewrightError if memory runs out on the way to a surface of this voxel."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise FacewrightError(f"Not enough memory for voxels of {voxel_mm:g} mm: choose a larger voxel.") from error


def march(samples: Samples) -> Mesh:
    """The mesh of sampled distances: the patches of all bricks, joined.

    Raises FacewrightError if no surface passes between the samples.
    """
    patches = (patch(samples.values, brick) for brick in bricks(samples.grid.shape))
    return join([piece for piece in patches if piece], samples.grid)


def bricks(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The first sample of each brick of a grid of that shape."""
    return itertools.product(*(range(0, n - 1, BRICK) for n in shape))


def patch(values: np.ndarray, brick: tuple[int, ...], without: tuple[slice, ...] | None = None) -> Patch | None:
    """Marching cubes of the brick that starts at sample `brick`, as `box_patch` does it."""
    return box_patch(values, tuple(slice(start, start + BRICK) for start in brick), without)


def box_patch(values: np.ndarray, cells: tuple[slice, ...], without: tuple[slice, ...] | None = None) -> Patch | None:
    """Marching cubes of a box of a grid's cells, but for those in a second box; None if there is no surface.

    values : (X, Y, Z) float32, as `core.surface.sampling.Samples` holds them.
    """
    block = values[tuple(slice(along.start, along.stop + 1) for along in cells)]
    wanted = np.isfinite(block)  # a cell goes by its last corner; those with a surface have eight that are known
    if without is not None:
        inner = (range(*one.indices(end)) for one, end in zip(without, values.shape, strict=True))
        first = (along.start - 1 for along in cells)
        wanted[tuple(slice(max(r.start - f, 0), max(r.stop - f, 0)) for r, f in zip(inner, first, strict=True))] = False
    negative = block < 0.0
    if not wanted.any() or not negative.any() or negative.all():
        return None
    try:
        local, faces, _, _ = marching_cubes(block, 0.0, mask=wanted)
    except RuntimeError:  # all that the mask leaves is on one side
        return None
    # A vertex lies within an edge, so one coordinate is a fraction and says the edge's axis. In a few ambiguous
    # cells there is one in the middle as well, all fractions; it gets a key of its own.
    cell = np.floor(local).astype(np.int64)
    fraction = local != cell
    kind = np.where(fraction.all(axis=1), 3, fraction.argmax(axis=1))
    vertices, on_edge, axis = local.astype(np.float64), kind < 3, kind[kind < 3]
    # The same again in double precision: the last bits are not to depend on where the box begins.
    near, far = cell[on_edge], cell[on_edge]
    far[np.arange(len(far)), axis] += 1
    here, there = (np.abs(block[tuple(end.T)].astype(np.float64)) for end in (near, far))
    vertices[on_edge, axis] = near[np.arange(len(near)), axis] + here / (here + there)
    start = np.array([along.start for along in cells])
    flat = np.ravel_multi_index(tuple((cell + start).T), values.shape)
    return Patch(4 * flat + kind, vertices + start, faces)


class NoSurface(FacewrightError):
    """The signed distance has one sign everywhere."""


def nothing_found() -> NoSurface:
    """What to raise where there is no surface."""
    return NoSurface("No surface was found: choose settings nearer to 0, or a smaller voxel.")


def joined(patches: list[Patch]) -> Patch:
    """All patches as one: vertices on the same grid edge become one, in the order of their keys."""
    if not patches:
        return Patch(np.empty(0, np.int64), np.empty((0, 3)), np.empty((0, 3), np.int32))
    keys, first, index = np.unique(np.concatenate([p.keys for p in patches]), return_index=True, return_inverse=True)
    vertices = np.concatenate([p.vertices for p in patches])[first]
    offsets = itertools.accumulate((len(p.keys) for p in patches), initial=0)
    faces = np.concatenate([p.faces + offset for p, offset in zip(patches, offsets, strict=False)])
    return Patch(keys, vertices, index[faces].astype(np.int32))


def join(patches: list[Patch], grid: Grid) -> Mesh:
    """One mesh of all patches.

    Raises FacewrightError if there is none.
    """
    if not patches:
        raise nothing_found()
    whole = joined(patches)
    return Mesh(whole.mm(grid), whole.faces)
