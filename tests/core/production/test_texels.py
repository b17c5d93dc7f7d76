"""Which point of a mesh each texel shows."""

import numpy as np

from facewright.core.production.texels import texel_points


def test_every_texel_of_a_square_and_of_a_triangle_shows_its_place_once():
    vertices = np.array([[0.0, 0.0, 5.0], [8.0, 0.0, 5.0], [8.0, 8.0, 5.0], [0.0, 8.0, 5.0], [16.0, 0.0, 5.0]])
    uv = np.array([[0.0, 0.0], [0.5, 0.0], [0.5, 0.5], [0.0, 0.5], [0.999, 0.0]])
    uv += np.array([2.0, 0.0])  # in another tile
    polygons = np.array([[0, 1, 2, 3], [1, 4, 2, -1]])
    rows, columns, points = texel_points(vertices, uv, polygons, polygons, 64)
    assert len(np.unique(rows * 64 + columns)) == len(rows)
    square = columns < 32
    assert 32 * 32 <= square.sum() <= 32 * 33  # and the texels on its upper edge
    assert 0.4 < (~square).sum() / (32 * 32) < 0.65  # half of it, and the texels on its edges
    places = np.column_stack([(columns + 0.5) / 64 * 16.0, (63 - rows + 0.5) / 64 * 16.0])
    np.testing.assert_allclose(points[:, :2], places, atol=0.26)
    np.testing.assert_allclose(points[:, 2], 5.0)
