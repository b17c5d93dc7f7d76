"""Folds, creases and skin that is pressed away are seen; what a nose can do is let through."""

import numpy as np

from facewright.core.crossings import crossing_faces
from facewright.core.mesh import Mesh
from facewright.core.surface.soundness import soundness


def sheet(count=41, size=40.0):
    """A flat square in z = 0, mm."""
    ticks = np.linspace(-size / 2, size / 2, count)
    x, y = np.meshgrid(ticks, ticks, indexing="ij")
    vertices = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1).astype(np.float32)
    at = np.arange(count * count).reshape(count, count)
    a, b, c, d = at[:-1, :-1].ravel(), at[1:, :-1].ravel(), at[1:, 1:].ravel(), at[:-1, 1:].ravel()
    return Mesh(vertices, np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32))


SHEET = sheet()


def hill(height, width):
    after = SHEET.vertices.copy()
    after[:, 2] += height * np.exp(-np.square(after[:, :2] / width).sum(axis=1))
    return after


def test_what_does_not_move_and_a_gentle_hill_are_sound():
    assert soundness(SHEET, SHEET.vertices).fault == ""
    assert soundness(SHEET, hill(3.0, 8.0)).fault == ""


def test_a_spike_is_creased_or_stretched():
    assert soundness(SHEET, hill(12.0, 2.0)).fault


def test_skin_pressed_together_is_told():
    after = SHEET.vertices.copy()
    after[:, 0] *= 0.2
    judged = soundness(SHEET, after)
    np.testing.assert_allclose(judged.shortest, 0.2, rtol=1e-3)
    assert "stretched or pressed" in judged.fault


def test_a_sheet_that_is_moved_into_another_crosses_it():
    lower = Mesh(
        np.concatenate([SHEET.vertices, SHEET.vertices + np.array([0, 0, 1.5], np.float32)]),
        np.concatenate([SHEET.faces, SHEET.faces + len(SHEET.vertices)]).astype(np.int32),
    )
    after = lower.vertices.copy()
    after[: len(SHEET.vertices)] = hill(2.5, 10.0)
    judged = soundness(lower, after)
    assert judged.crossing > 0
    assert "cut through itself" in judged.fault


def test_faces_that_cross_are_found():
    vertices = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0], [1, 1, -1], [1, 1, 1], [2, 2, 1.0]])
    faces = np.array([[0, 1, 2], [3, 4, 5]])
    assert crossing_faces(vertices, faces).tolist() == [[0, 1]]
