"""Cells at half the voxel: closed towards the others whatever the distance and whichever cells, and finer."""

from __future__ import annotations

import numpy as np
import pytest

from facewright.core.mesh import Mesh
from facewright.core.surface.half_voxels import HalfVoxels, halved_grid
from facewright.core.surface.marching import march
from facewright.core.surface.sampling import Grid

GRID = Grid(1.5, (-6, -6, -6), (14, 13, 12), np.array([[-90.0] * 3, [90.0] * 3]))


def crossed(values):
    """The cells (N,), flat, whose corners have both signs."""
    corners = [
        (values < 0.0)[x : values.shape[0] - 1 + x, y : values.shape[1] - 1 + y, z : values.shape[2] - 1 + z]
        for x in (0, 1) for y in (0, 1) for z in (0, 1)
    ]  # fmt: skip
    negative = np.sum(corners, axis=0)
    return np.ravel_multi_index(np.nonzero((negative > 0) & (negative < 8)), values.shape)


def noise(rng, shape):
    """Values of both signs, outside at the sides of the grid."""
    values = rng.uniform(0.01, 2.0, shape).astype(np.float32) * rng.choice([-1, 1], shape)
    for axis in range(3):
        edge = np.moveaxis(values, axis, 0)
        edge[[0, 1, -2, -1]] = np.abs(edge[[0, 1, -2, -1]])
    return values.astype(np.float32)


def halved(values, chosen, read, grid=GRID):
    whole = march(values, crossed(values), grid)
    piece = HalfVoxels(values, whole, chosen, grid).surface(read)
    used = np.zeros(len(piece.keys), dtype=bool)
    used[piece.faces] = True
    assert len(np.unique(piece.keys[used])) == used.sum()
    return Mesh(piece.vertices[used], (np.cumsum(used) - 1)[piece.faces].astype(np.int32))


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95, 1.0])
def test_closed_on_noise(share):
    rng = np.random.default_rng(int(100 * share))
    for _ in range(4):
        values, fine = noise(rng, GRID.shape), noise(rng, halved_grid(GRID).shape)
        cells = crossed(values)
        chosen = rng.permutation(cells)[: max(1, int(share * len(cells)))]
        mesh = halved(values, chosen, lambda s, fine=fine: fine[tuple(s.T)])
        assert mesh.watertight


def test_a_smooth_surface_is_four_times_as_fine_where_chosen():
    half = halved_grid(GRID)

    def ball(grid):
        points = grid.points(np.indices(grid.shape).reshape(3, -1).T)
        return ((np.linalg.norm(points, axis=1) - 6.1) / grid.voxel_mm).reshape(grid.shape).astype(np.float32)

    values, fine = ball(GRID), ball(half)
    cells = crossed(values)
    front = cells[cells // (GRID.shape[1] * GRID.shape[2]) >= 7]
    mesh = halved(values, front, lambda s: fine[tuple(s.T)])
    assert mesh.watertight
    assert mesh.component_count == 1
    off = np.abs(np.linalg.norm(mesh.vertices[mesh.faces].mean(axis=1), axis=1) - 6.1)
    middle = mesh.vertices[mesh.faces].mean(axis=1)[:, 0]
    assert off[middle > 2.0].mean() < 0.35 * off[middle < 0.0].mean()
