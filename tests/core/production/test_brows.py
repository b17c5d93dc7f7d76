"""Hairs of the brows."""

import numpy as np
import pytest

from facewright.core.anatomy import bundled_anatomy
from facewright.core.metrics import nearest_on_surface
from facewright.core.production.brows import brow_hairs, brow_ribbons, brow_shade, strokes
from facewright.core.production.ribbons import LEVELS
from facewright.core.production.topology import SKIN, bundled_topology


@pytest.fixture(scope="module")
def topology():
    return bundled_topology()


def test_both_brows_are_alike_and_grow_outwards_over_the_eyes(topology):
    left, right = np.split(brow_hairs(topology), 2)
    np.testing.assert_allclose(left * (-1.0, 1.0), right, atol=0.1)
    lengths = np.linalg.norm(np.diff(left, axis=1), axis=2).sum(axis=1)
    assert 3.0 < lengths.min() < lengths.max() < 8.5
    rise, out = (left[:, -1, axis] - left[:, 0, axis] for axis in (1, 0))
    inner = left[:, 0, 0] < np.percentile(left[:, 0, 0], 10)
    assert (rise[inner] > out[inner]).mean() > 0.9  # upright there
    assert (out[~inner] > 0.0).all()
    eyes = topology.neutral[[bundled_anatomy(topology.name).points[name] for name in ("en_l", "ex_l")]]
    assert (left[..., 1] > eyes[:, 1].max()).all()


def test_ribbons_lie_on_the_skin_as_it_is_seen_from_the_front(topology):
    hair = brow_ribbons(topology)
    middles, hairs = hair.middles @ topology.neutral, brow_hairs(topology)
    np.testing.assert_allclose(middles[:, :2], hairs.reshape(-1, 2), atol=1e-3)
    triangles = topology.triangles[np.isin(topology.triangles, topology.vertices_of(*SKIN)).all(axis=1)]
    assert nearest_on_surface(middles, topology.neutral, triangles).distance.max() < 0.01
    half = np.linalg.norm(hair.edges @ topology.neutral - middles, axis=1).reshape(-1, len(LEVELS))
    assert (np.diff(half.mean(axis=0)) < 0.0).all()
    assert 0.05 < half[:, 0].mean() < 0.15


def test_strokes_are_where_hairs_are_and_shade_is_about_them(topology):
    hair = brow_ribbons(topology)
    roots = (hair.middles @ topology.neutral)[:: len(LEVELS)]
    assert (strokes(topology, roots) == 1.0).all()
    assert np.median(brow_shade(topology, roots)) > 0.4
    elsewhere = roots + np.array([0.0, 15.0, 0.0])
    assert not strokes(topology, elsewhere).any()
    assert not brow_shade(topology, elsewhere).any()
