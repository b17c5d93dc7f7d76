"""Points of a scan spread by area, and where it ends."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from facewright.core.scan.mean_face import Anchor, Surroundings, rings, sampled
from facewright.core.scan.scan import Scan


def sheet(side=41):
    """A sheet of 200 mm in cm, with its triangles."""
    x, y = np.meshgrid(np.linspace(-10.0, 10.0, side), np.linspace(-10.0, 10.0, side))
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).reshape(-1, 1)
    faces = np.concatenate([corner + np.array([0, 1, side]), corner + np.array([1, side + 1, side])])
    return Scan(np.column_stack([x.ravel(), y.ravel(), np.zeros(side**2)]), faces)


def test_a_sheet_has_its_edges_where_it_ends():
    surface = sampled(sheet(), 10.0)
    margin = 100.0 - np.abs(surface.points[:, :2]).max(axis=1)
    assert surface.edge[margin < 4.0].all()
    assert not surface.edge[margin > 6.0].any()
    assert surface.points[:, :2].std() == pytest.approx(200.0 / np.sqrt(12.0), rel=0.03)  # spread evenly


def test_a_cloud_has_none():
    cloud = sheet()
    assert not sampled(Scan(cloud.points, cloud.faces[:0]), 10.0).edge.any()


def test_a_flat_place_is_like_a_flat_one_and_unlike_a_fold():
    surface = sampled(sheet(), 40.0)  # so that the neighbours that are looked at fill the rings
    axis, profile = rings(surface, np.zeros((1, 3)))
    assert abs(axis[0, 2]) == pytest.approx(1.0)
    anchor = Anchor(np.zeros(3), axis[0], profile[0])
    around, aside = Surroundings(surface), surface.tree.query([[80.0, -40.0, 0.0]])[1]
    flat = around.unlike(aside, anchor)
    assert flat[0] < 0.15
    assert around.unlike(aside, anchor) == flat  # looked at once
    tilted = surface._replace(points=surface.points + np.array([0.0, 0.0, 1.0]) * np.abs(surface.points[:, :1]))
    tilted = tilted._replace(tree=cKDTree(tilted.points))
    middle = tilted.tree.query(np.zeros((1, 3)))[1]
    assert Surroundings(tilted).unlike(middle, anchor)[0] > 2.0  # a fold
