"""A mesh's skin as a graph, on a flat grid of squares whose neighbourhoods can be counted."""

import numpy as np
import pytest

from facewright.train.anatomy.outlines import Outline
from facewright.train.anatomy.skin import COLLAR_MM, FRONT_MM, Skin, components

SIDE = 21
MIDDLE = SIDE // 2


@pytest.fixture
def skin():
    """A grid of squares of 4 mm in front of the face, the last vertex alone behind it and of no face."""
    x, y = np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij")
    positions = np.column_stack([4.0 * (x - MIDDLE).ravel(), 4.0 * (y - MIDDLE).ravel(), np.full(SIDE**2, 100.0)])
    number = np.arange(SIDE**2).reshape(SIDE, SIDE)
    quads = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1).reshape(-1, 4)
    return Skin(np.concatenate([positions, [[0.0, 0.0, -50.0]]]), quads)


def away(skin):
    """Squares between each vertex and the middle one."""
    return np.abs(skin.positions[:, :2] / 4.0).max(axis=1)


def circle(radius):
    angle = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)
    points = tuple((float(radius * np.cos(a)), float(radius * np.sin(a))) for a in angle)
    return Outline("nose", "nose", (0.0, 0.0, 100.0), (0.0, 0.0, 1.0), points)


def test_a_vertex_of_no_face_is_not_used_and_triangles_have_three_edges(skin):
    assert skin.used[:-1].all()
    assert not skin.used[-1]
    triangle = Skin(np.eye(3), np.array([[0, 1, 2, -1]]))
    np.testing.assert_array_equal(triangle.graph.toarray() > 0.0, ~np.eye(3, dtype=bool))


def test_rings_count_the_faces_to_a_loop(skin):
    middle = int(np.flatnonzero(away(skin)[:-1] == 0)[0])
    rings = skin.rings(np.array([middle]), 5)
    np.testing.assert_array_equal(rings[:-1], np.minimum(away(skin)[:-1], 5))


def test_what_a_wall_divides_is_not_connected(skin):
    x = skin.positions[:, 0]
    allowed = skin.used & (x != 0.0)
    reached = skin.connected(allowed, 0)
    np.testing.assert_array_equal(reached, allowed & (x < 0.0))


def test_an_outlines_inside_has_no_holes_and_only_what_is_in_front(skin):
    inside = skin.inside(circle(22.0))
    np.testing.assert_array_equal(inside[:-1], np.linalg.norm(skin.positions[:-1, :2], axis=1) < 22.0)
    ring = inside & (away(skin) > 2)
    np.testing.assert_array_equal(skin.filled(ring), inside)
    behind = skin.moved(skin.positions - [0.0, 0.0, 100.0 - FRONT_MM])
    assert not behind.inside(circle(22.0)).any()


def test_a_rim_is_the_parts_edge_and_the_collar_what_lies_near_it(skin):
    inside = (away(skin) <= 4) & skin.used
    hidden = away(skin) == 0
    [found] = components(skin, [circle(22.0)], {"nose": inside}, hidden & skin.used)
    np.testing.assert_array_equal(found.rim, np.flatnonzero(inside & (away(skin) == 4)))
    np.testing.assert_array_equal(found.vertices, np.flatnonzero(inside & (away(skin) > 0)))
    assert not np.isin(found.collar, np.flatnonzero(inside)).any()
    assert set(away(skin)[found.collar]) == set(range(5, 5 + int(COLLAR_MM // 4.0)))
