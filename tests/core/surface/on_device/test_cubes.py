"""Marching cubes and meshes on a device, here torch's CPU, against those on the host."""

import numpy as np
import pytest
import torch
import trimesh

from facewright.core.errors import FacewrightError
from facewright.core.normals import vertex_normals
from facewright.core.surface.marching import march
from facewright.core.surface.on_device.cubes import Cubes, crossing
from facewright.core.surface.on_device.mesh import DeviceMesh, Vertices, numbered, shaded
from facewright.core.surface.sampling import Grid
from tests.core.tiny_model import FRAME

GRID = Grid(2.0, (-4, -6, -3), (9, 12, 10), np.array([[-7.0, -11.0, -5.0], [7.0, 9.0, 11.0]]))
VALUES = np.random.default_rng(0).standard_normal(GRID.shape).astype(np.float32)
CUBES = Cubes(GRID, FRAME, torch.device("cpu"))


def test_faces_and_crossings_are_those_of_the_host():
    values = torch.from_numpy(VALUES)
    cells, cases = CUBES.active(values)
    faces = CUBES.march(cells, cases)
    expected = march(VALUES, cells.numpy(), GRID)
    np.testing.assert_array_equal(faces.cells.numpy(), expected.cells)
    np.testing.assert_array_equal(faces.corners.numpy(), expected.keys[expected.faces])
    keys, indices = numbered(faces)
    assert torch.equal(keys[indices], faces.corners)
    vertices = CUBES.to_mm(CUBES.crossings(values.flatten(), keys)).numpy()
    order = np.argsort(expected.keys)
    np.testing.assert_array_equal(keys.numpy(), expected.keys[order])
    np.testing.assert_allclose(vertices, expected.vertices[order], atol=1e-4)


def test_active_cells_are_those_with_both_signs():
    negative = np.lib.stride_tricks.sliding_window_view(VALUES < 0.0, (2, 2, 2)).reshape(8, 11, 9, 8)
    expected = np.nonzero(negative.any(axis=-1) & ~negative.all(axis=-1))
    cells, cases = CUBES.active(torch.from_numpy(VALUES))
    np.testing.assert_array_equal(cells.numpy(), np.ravel_multi_index(expected, GRID.shape))
    np.testing.assert_array_equal(cases.numpy(), negative[expected] @ (1 << np.arange(8)))


def test_samples_lie_where_the_grid_has_them_and_frames_are_the_models():
    places = np.indices(GRID.shape).reshape(3, -1).T
    samples = torch.arange(len(places))
    np.testing.assert_array_equal(CUBES.indices(samples).numpy(), places)
    points = CUBES.to_mm(CUBES.indices(samples))
    np.testing.assert_allclose(points.numpy(), GRID.points(places), atol=1e-5)
    network = CUBES.to_network(CUBES.indices(samples))
    np.testing.assert_allclose(network.numpy(), FRAME.to_network(GRID.points(places)), atol=1e-6)
    np.testing.assert_allclose(CUBES.to_head(network).numpy(), points.numpy(), atol=1e-4)
    inside = ((points > torch.tensor(GRID.bounds_mm[0])) & (points < torch.tensor(GRID.bounds_mm[1]))).all(dim=1)
    assert torch.equal(CUBES.beyond(samples), ~inside)


def test_an_edge_is_cut_where_a_linear_distance_is_0():
    start, axis = torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[0.0, 1.0, 0.0]])
    cut = crossing(start, axis, torch.tensor([-1.0]), torch.tensor([3.0]))
    torch.testing.assert_close(cut, torch.tensor([[1.0, 2.25, 3.0]]))


@pytest.fixture
def balls():
    """Two balls of 40 and 10 mm, the small one first, as one mesh on made-up edges."""
    meshes = [trimesh.creation.icosphere(2, radius) for radius in (10.0, 40.0)]
    vertices = np.concatenate([meshes[0].vertices + np.array([100.0, 0.0, 0.0]), meshes[1].vertices])
    points = torch.tensor(vertices, dtype=torch.float32)
    faces = torch.tensor(np.concatenate([meshes[0].faces, meshes[1].faces + len(meshes[0].vertices)]))
    keys = 5 * torch.arange(len(points))
    return DeviceMesh(Vertices(keys, points, shaded(points, faces)), faces, torch.zeros(len(faces)))


def test_the_component_that_encloses_the_most_is_kept_whole(balls):
    points, normals, faces = balls.largest()
    assert len(points) == len(balls.vertices.points) // 2
    torch.testing.assert_close(points.norm(dim=1), torch.full((len(points),), 40.0))
    torch.testing.assert_close(normals, points / 40.0, atol=1e-2, rtol=0)
    assert trimesh.Trimesh(points.numpy(), faces.numpy(), process=False).volume == pytest.approx(267_000, rel=0.05)
    with pytest.raises(FacewrightError):
        DeviceMesh(balls.vertices, balls.faces[:0], balls.cells[:0]).largest()


def test_normals_are_those_of_the_host(balls):
    points = balls.vertices.points * torch.tensor([1.0, 0.5, 2.0])
    expected = vertex_normals(points.numpy(), balls.faces.numpy().astype(np.int32))
    np.testing.assert_allclose(shaded(points, balls.faces).numpy(), expected, atol=1e-5)


def test_vertices_are_found_by_their_edges_and_joined_in_order(balls):
    odd = torch.arange(len(balls.vertices.keys)) % 2 == 1
    joined = balls.vertices[odd] + balls.vertices[~odd]
    for name in ("keys", "points", "normals"):
        assert torch.equal(getattr(joined, name), getattr(balls.vertices, name))
    wanted = torch.tensor([0, 3, 10, 10_000_000])
    place, there = joined.find(wanted)
    assert there.tolist() == [True, False, True, False]
    assert place[there].tolist() == [0, 2]
    nothing = balls.vertices[torch.zeros_like(odd)]
    assert not nothing.find(wanted)[1].any()
