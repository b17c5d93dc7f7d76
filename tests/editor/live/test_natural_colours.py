"""The colours of a head that lives, at the corners of the small triangles that it is drawn by."""

from __future__ import annotations

import numpy as np

from facewright.core.production.complexion import TONES
from facewright.core.production.eyes import Eyes
from facewright.core.production.topology import bundled_topology
from facewright.editor.live.natural_colours import PLAIN, colours_of, finer

BLUE = (0.1, 0.2, 0.9)


def test_irises_are_round_and_of_their_size_on_both_eyes() -> None:
    topology = bundled_topology()
    drawn = finer(topology)
    points = drawn.spread(topology.neutral.astype(np.float64))
    eyes = np.zeros((len(topology.neutral), 1))
    eyes[topology.vertices_of("iris", "sclera")] = 1.0
    corners = drawn.faces[(drawn.spread(eyes)[:, 0] == 1.0)[drawn.faces].all(axis=1)]
    reached = []
    for size in (0.8, 1.0):
        colours = colours_of(topology, TONES["dark"], Eyes(iris=BLUE, iris_size=size))
        assert colours.shape == points.shape
        blue = colours[:, 2] > 2.0 * colours[:, 0]
        for side in (1.0, -1.0):
            own = points[blue & (side * points[:, 0] > 0.0)]
            middle = (own[:, :2].min(axis=0) + own[:, :2].max(axis=0)) / 2.0
            reached.append(np.linalg.norm(own[:, :2] - middle, axis=1).max())
            edge = corners[(side * points[corners, 0] > 0.0).all(axis=1)]
            edge = edge[blue[edge].any(axis=1) & ~blue[edge].all(axis=1)]
            long = np.linalg.norm(points[edge] - points[np.roll(edge, 1, axis=1)], axis=2).max(axis=1)
            assert np.median(long) < 0.6  # mm: an even rim
    small, usual = reached[:2], reached[2:]
    np.testing.assert_allclose(small, 0.8 * np.array(usual), atol=0.3)
    whites = colours[topology.vertices_of("sclera")]
    assert (np.abs(whites - PLAIN["sclera"]).max(axis=1) < 1e-9).mean() > 0.8
