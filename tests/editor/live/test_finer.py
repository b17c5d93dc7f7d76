"""Triangles made smaller where colours change: the same surface, still closed, each new vertex a mean of others."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from facewright.editor.live.finer import split


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_a_closed_surface_stays_closed_and_the_same(times: int) -> None:
    ball = trimesh.creation.icosphere(2, 10.0)
    vertices, faces = np.asarray(ball.vertices), np.asarray(ball.faces, dtype=np.int32)
    chosen = vertices[:, 2] > 6.0
    finer = split(faces, len(vertices), chosen, times)
    made = trimesh.Trimesh(finer.spread(vertices), finer.faces, process=False)
    assert made.is_watertight
    assert made.is_winding_consistent
    assert made.area == pytest.approx(ball.area)
    assert made.volume == pytest.approx(ball.volume)
    longest = made.edges_unique_length[(made.vertices[made.edges_unique][..., 2] > 7.0).all(axis=1)].max()
    assert longest == pytest.approx(ball.edges_unique_length.max() / 2**times, rel=0.1)


def test_what_is_not_chosen_stays() -> None:
    faces = np.array([[0, 1, 2], [2, 1, 3], [2, 3, 4]], np.int32)
    finer = split(faces, 5, np.arange(5) == 0, 1)
    assert len(finer.faces) == 4 + 2 + 1
    assert faces[2].tolist() in finer.faces.tolist()
    np.testing.assert_array_equal(finer.spread(np.arange(5.0)[:, None])[5:, 0], [0.5, 1.0, 1.5])


def test_where_nothing_is_chosen_all_stays() -> None:
    faces = np.array([[0, 1, 2]], np.int32)
    finer = split(faces, 3, np.zeros(3, dtype=bool), 2)
    np.testing.assert_array_equal(finer.faces, faces)
    assert finer.places.shape == (0, 3)
