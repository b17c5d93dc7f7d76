"""The check for faces that cross is itself checked."""

import numpy as np

from facewright.core.crossings import crossing_faces


def test_two_crossed_triangles_are_found():
    flat, upright = [[0, 0, 0], [2, 0, 0], [0, 2, 0]], [[0.5, 0.5, -1], [0.5, 0.5, 1], [3, 3, 0]]
    vertices = np.array([*flat, *upright], dtype=float)
    faces = np.arange(6).reshape(2, 3)
    assert crossing_faces(vertices, faces).tolist() == [[0, 1]]
    assert len(crossing_faces(vertices + np.repeat([[0.0], [5.0]], 3, axis=0), faces)) == 0
