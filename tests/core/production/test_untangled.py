"""Polygons turned over, and put right."""

import numpy as np

from facewright.core.production.topology import bundled_topology
from facewright.core.production.untangled import moved_unturned, turned_over, untangled
from facewright.core.production.welded import Welded

SQUARE = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
QUAD = np.array([[0, 1, 2, 3]])


def test_a_quad_is_turned_over_when_it_looks_away_or_folds_at_a_corner():
    assert not turned_over(SQUARE, SQUARE, QUAD).any()
    assert turned_over(SQUARE[[1, 0, 3, 2]], SQUARE, QUAD).all()
    folded = SQUARE.copy()
    folded[2] = [0.2, 0.2, 0.0]
    assert turned_over(folded, SQUARE, QUAD).all()
    triangle = np.array([[0, 1, 2, -1]])
    assert not turned_over(SQUARE, SQUARE, triangle).any()
    assert turned_over(SQUARE[[1, 0, 2, 3]], SQUARE, triangle).all()


def test_a_vertex_pushed_over_its_neighbours_is_brought_back():
    topology = bundled_topology()
    welded = Welded.of(topology)
    neutral = topology.neutral.astype(np.float64)
    vertex = int(np.linalg.norm(neutral - [40.0, -5.0, 90.0], axis=1).argmin())  # on the cheek
    pushed = neutral.copy()
    pushed[vertex] += [0.0, -9.0, 0.0]
    assert turned_over(pushed, neutral, welded.polygons).any()
    placed, moved = untangled(pushed, neutral, welded)
    assert not turned_over(placed, neutral, welded.polygons).any()
    assert moved[vertex]
    assert moved.sum() < 60
    np.testing.assert_array_equal(placed[~moved], pushed[~moved])


def test_a_change_that_turns_a_quad_over_is_made_less_far():
    change = np.zeros((4, 3))
    change[2] = [-0.8, -0.8, 0.0]  # folds its corner
    change[3] = [0.0, 0.1, 0.0]
    moved = moved_unturned(SQUARE, change, SQUARE, QUAD)
    assert not turned_over(moved, SQUARE, QUAD).any()
    np.testing.assert_allclose(moved - SQUARE, 0.5 * change)
    change[2] = [0.1, 0.1, 0.0]
    np.testing.assert_array_equal(moved_unturned(SQUARE, change, SQUARE, QUAD), SQUARE + change)
