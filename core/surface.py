"""From a signed distance to the mesh of its surface: marching cubes, brick by brick."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from skimage.measure import marching_cubes

from core.errors import FacewrightError
from core.mesh import Mesh
from core.sampling import Cancelled, Grid, Samples, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.head_model import HeadModel
    from core.parameters import Parameters
    from core.sampling import Distance

__all__ = ["Cancelled", "Patch", "bricks", "extract", "head_mesh", "join", "march", "memory_for", "patch"]

BRICK = 32
"""Voxels along a brick's edge. scikit-image holds the GIL while it marches one: about a millisecond."""


class Patch(NamedTuple):
    """The surface within one brick.

    keys : (V,) int64, the grid edge that each vertex lies on, the same in every brick that shares the edge;
    vertices : (V, 3) float64, voxels from the grid's first sample; faces : (F, 3) int32.
    """

    keys: np.ndarray
    vertices: np.ndarray
    faces: np.ndarray


def head_mesh(
    model: HeadModel, parameters: Parameters, voxel_mm: float, cancelled: Callable[[], bool] | None = None
) -> Mesh:
    """The head as one connected closed surface, in mm and head frame: specks that float beside it are left out.

    Raises what `extract` raises.
    """
    return extract(model.field(parameters).distance, model.bounds_mm, voxel_mm, cancelled).largest_component()


def extract(
    distance: Distance, bounds_mm: np.ndarray, voxel_mm: float, cancelled: Callable[[], bool] | None = None
) -> Mesh:
    """The zero set of a signed distance within a box (2, 3), in mm and head frame, as closed surfaces.

    It equals what marching cubes makes of the same grid evaluated everywhere, but for specks smaller than a
    few voxels, which no lattice may have met. What the box cuts is closed there.
    Raises Cancelled once `cancelled` answers true, and FacewrightError if there is no surface, if the voxel
    is not a length or if memory runs out.
    """
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
    return join([found for found in patches if found], samples.grid)


def bricks(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The first sample of each brick of a grid of that shape."""
    return itertools.product(*(range(0, n - 1, BRICK) for n in shape))


def patch(values: np.ndarray, brick: tuple[int, ...]) -> Patch | None:
    """Marching cubes of the brick that starts at sample `brick`; None if no surface passes through it."""
    block = values[tuple(slice(start, start + BRICK + 1) for start in brick)]
    negative = block < 0.0
    if not negative.any() or negative.all():
        return None
    local, faces, _, _ = marching_cubes(block, 0.0)
    # A vertex lies within an edge, so one coordinate is a fraction and says the edge's axis. In a few ambiguous
    # cells there is one in the middle as well, all fractions; it gets a key of its own.
    cell = np.floor(local)
    fraction = local != cell
    kind = np.where(fraction.all(axis=1), 3, fraction.argmax(axis=1))
    start = np.asarray(brick)
    flat = np.ravel_multi_index(tuple((cell.astype(np.int64) + start).T), values.shape)
    return Patch(4 * flat + kind, local.astype(np.float64) + start, faces)


def join(patches: list[Patch], grid: Grid) -> Mesh:
    """One mesh of all patches: vertices on the same grid edge become one, in the order of their keys.

    Raises FacewrightError if there is none.
    """
    if not patches:
        raise FacewrightError("No surface was found: choose settings nearer to 0, or a smaller voxel.")
    _, first, index = np.unique(np.concatenate([p.keys for p in patches]), return_index=True, return_inverse=True)
    vertices = np.concatenate([p.vertices for p in patches])[first]
    offsets = itertools.accumulate((len(p.keys) for p in patches), initial=0)
    faces = np.concatenate([p.faces + offset for p, offset in zip(patches, offsets, strict=False)])
    mm = (vertices + np.asarray(grid.low)) * grid.voxel_mm
    return Mesh(mm.astype(np.float32), index[faces].astype(np.int32))
