"""Normals of a mesh that differs from the last one in one place."""

from __future__ import annotations

import numpy as np
import pytest

from core.mesh import Mesh
from core.normals import renewed_normals, vertex_normals
from core.surface import extract

BOX = np.array([[-20, -20, -20], [20, 20, 20]], dtype=np.float32)


def bumped(height: float) -> Mesh:
    """A sphere of 14 mm with a bump of that height (mm) at its right."""

    def distance(points: np.ndarray) -> np.ndarray:
        bump = np.exp(-((points - [14.0, 0.0, 0.0]) ** 2).sum(axis=1) / 8.0)
        bump[((points - [14.0, 0.0, 0.0]) ** 2).sum(axis=1) > 40.0] = 0.0
        return (np.linalg.norm(points, axis=1) - 14.0 - height * bump).astype(np.float32)

    return extract(distance, BOX, 1.3)


@pytest.mark.parametrize("height", [0.0, 0.05, 1.5, -2.0])
def test_renewed_normals_are_those_of_the_whole_mesh_whatever_became_of_a_part(height: float) -> None:
    last, mesh = bumped(1.0), bumped(height)
    renewed = renewed_normals(mesh, last, vertex_normals(last))
    np.testing.assert_allclose(renewed, vertex_normals(mesh), atol=1e-6)


def test_of_what_is_the_same_nothing_is_computed_again() -> None:
    last, mesh = bumped(1.0), bumped(1.5)
    marked = np.zeros_like(last.vertices)
    kept = (renewed_normals(mesh, last, marked) == 0.0).all(axis=1)
    assert 0.5 < kept.mean() < 1.0
    assert not kept[mesh.vertices[:, 0] > 13.0].any()


def test_a_mesh_with_nothing_in_common_is_computed_anew() -> None:
    last = bumped(1.0)
    mesh = Mesh(last.vertices[:, [1, 2, 0]] * np.float32(1.1), last.faces)
    np.testing.assert_array_equal(renewed_normals(mesh, last, vertex_normals(last)), vertex_normals(mesh))
