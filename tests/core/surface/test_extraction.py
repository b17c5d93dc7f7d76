"""Sparse extraction: closed forms, and equality with marching cubes of the whole grid."""

import numpy as np
import pytest
import trimesh

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.surface import sampling
from facewright.core.surface.extraction import extract, march
from facewright.core.surface.sampling import Grid, sample
from tests.core.dense import assert_same, dense

BOUNDS = np.array([[-60.0, -70.0, -55.0], [60.0, 70.0, 65.0]])


def sphere(points, centre=(0.0, 0.0, 0.0), radius=40.0):
    return np.linalg.norm(points - np.asarray(centre, dtype=np.float32), axis=1) - np.float32(radius)


def torus(points):
    ring = np.hypot(points[:, 0], points[:, 1]) - 40.0
    return np.hypot(ring, points[:, 2]) - 9.0


def union(points):
    return np.minimum(sphere(points, (10.0, 20.0, -5.0), 35.0), sphere(points, (-15.0, -20.0, 5.0), 30.0))


def lollipop(points):
    """A ball with a stick so thin that only following it along can find it."""
    stick = np.linalg.norm(points - np.clip(points, [0, 0, 0], [0, 65, 0]), axis=1) - 1.6
    return np.minimum(sphere(points, (0.0, -30.0, 0.0), 35.0), stick)


def network(points):
    """A small random sine network added to a ball: like a learnt distance, only roughly one."""
    rng = np.random.default_rng(3)
    hidden = np.sin(points @ rng.normal(0.0, 0.05, (3, 32)).astype(np.float32) + rng.uniform(-3, 3, 32))
    return 1.3 * sphere(points) + hidden @ rng.normal(0.0, 1.2, 32)


SURFACES = [sphere, torus, union, lollipop, network]


@pytest.mark.parametrize("voxel_mm", [1.6, 2.3])
@pytest.mark.parametrize("distance", SURFACES)
def test_equals_dense_extraction(distance, voxel_mm):
    grid = Grid.covering(BOUNDS, voxel_mm)
    samples = sample(distance, grid)
    mesh = march(samples)
    assert_same(mesh, dense(distance, grid))
    assert mesh.watertight
    assert samples.evaluated < 0.25 * samples.values.size


@pytest.mark.parametrize(
    ("distance", "volume", "euler"),
    [(sphere, 4.0 / 3.0 * np.pi * 40.0**3, 2), (torus, 2.0 * np.pi**2 * 40.0 * 9.0**2, 0)],
)
def test_closed_forms(distance, volume, euler):
    mesh = extract(distance, BOUNDS, 1.0)
    surface = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert np.abs(distance(mesh.vertices)).max() < 0.02
    assert surface.volume == pytest.approx(volume, rel=5e-3)  # positive: faces look outward
    assert surface.euler_number == euler
    assert mesh.vertices.dtype == np.float32
    assert mesh.faces.dtype == np.int32


def test_samples_that_are_exactly_zero_make_no_degenerate_face():
    def cube(points):
        return np.abs(points - [2.0, 0.0, 4.0]).max(axis=1) - 30.0

    mesh = extract(cube, BOUNDS, 2.0)
    assert mesh.watertight
    assert trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).area_faces.min() > 0.0
    np.testing.assert_allclose(np.ptp(mesh.vertices, axis=0), 60.0, atol=0.01)


def test_every_point_is_asked_for_once_and_on_the_shared_grid():
    asked = []

    def distance(points):
        asked.append(points)
        return torus(points)

    extract(distance, BOUNDS, 1.5)
    points = np.concatenate(asked)
    assert points.dtype == np.float32
    np.testing.assert_allclose(points / 1.5, np.round(points / 1.5), atol=1e-4)
    assert len(np.unique(np.round(points / 1.5), axis=0)) == len(points)


def test_a_local_change_leaves_every_other_vertex_identical():
    def dented(points):
        return sphere(points) + 4.0 * np.clip(1.0 - sphere(points, (40.0, 0.0, 0.0), 0.0) / 15.0, 0.0, None)

    before, after = extract(sphere, BOUNDS, 1.5), extract(dented, BOUNDS, 1.5)
    outside = [m.vertices[sphere(m.vertices, (40.0, 0.0, 0.0), 20.0) > 0.0] for m in (before, after)]
    np.testing.assert_array_equal(*outside)
    assert len(outside[0]) < len(before.vertices)


def test_what_the_bounds_cut_is_closed_there():
    mesh = extract(lambda points: sphere(points, (60.0, 0.0, 0.0)), BOUNDS, 1.5)
    assert mesh.watertight
    assert mesh.vertices[:, 0].max() <= 60.0 + 1e-3


def test_separate_bodies_are_all_found():
    def pair(points):
        return np.minimum(sphere(points, (-30.0, 0.0, 0.0), 20.0), sphere(points, (35.0, 0.0, 0.0), 10.0))

    mesh = extract(pair, BOUNDS, 1.0)
    assert mesh.component_count == 2
    assert mesh.largest_component().vertices[:, 0].max() < 0.0


@pytest.mark.parametrize("voxel_mm", [0.0, -1.0, np.nan, np.inf, 0.001])
def test_a_voxel_that_cannot_be_is_refused(voxel_mm):
    with pytest.raises(FacewrightError, match="voxel"):
        extract(sphere, BOUNDS, voxel_mm)


@pytest.mark.parametrize(
    ("distance", "message"),
    [
        (lambda points: np.ones(len(points)), "No surface"),
        (lambda points: -np.full(len(points), np.nan), "not numbers"),
    ],
)
def test_a_distance_without_a_surface_is_refused(distance, message):
    with pytest.raises(FacewrightError, match=message):
        extract(distance, BOUNDS, 2.0)


def test_memory_running_out_is_explained():
    def greedy(_points):
        raise MemoryError

    with pytest.raises(FacewrightError, match="larger voxel"):
        extract(greedy, BOUNDS, 2.0)


def test_it_stops_when_cancelled(monkeypatch):
    monkeypatch.setattr(sampling, "CHUNK", 500)
    calls = []

    def distance(points):
        calls.append(len(points))
        return sphere(points)

    with pytest.raises(Cancelled):
        extract(distance, BOUNDS, 1.5, lambda: len(calls) >= 3)
    assert calls == [343, 500, 500]  # the coarse lattice, then chunks of the next
