"""A cut head is measured by its skin: closed forms."""

import numpy as np

from facewright.core.surface.extraction import extract
from facewright.train.evaluation.cropped import cropped_head

BOUNDS = np.array([[-60.0] * 3, [60.0] * 3])
BOX = np.array([[-60.0, -60.0, 5.0], [60.0, 60.0, 60.0]])


def ball(points):
    return np.linalg.norm(points, axis=1) - np.float32(45.0)


def hollow(points):
    return np.maximum(ball(points), np.float32(25.0) - np.linalg.norm(points, axis=1))


def test_a_cavity_that_the_box_cuts_is_left_out():
    mesh = cropped_head(hollow, BOX, BOUNDS, 1.0)
    np.testing.assert_allclose(np.linalg.norm(mesh.vertices, axis=1), 45.0, atol=0.1)
    assert mesh.vertices[:, 2].min() < 8.0


def test_a_speck_that_the_whole_head_is_too_coarse_for_is_left_out():
    def specked(points):
        return np.minimum(
            ball(points), np.linalg.norm(points - np.array([40, 40, 30], np.float32), axis=1) - np.float32(6.0)
        )

    assert extract(specked, BOX, 1.0).component_count == 2
    mesh = cropped_head(specked, BOX, BOUNDS, 1.0)
    np.testing.assert_allclose(np.linalg.norm(mesh.vertices[mesh.vertices[:, 2] > 8.0], axis=1), 45.0, atol=0.1)


def test_a_sound_head_is_as_it_was_extracted():
    mesh, before = cropped_head(ball, BOX, BOUNDS, 1.0), extract(ball, BOX, 1.0).largest_component()
    np.testing.assert_array_equal(mesh.vertices, before.vertices)
    np.testing.assert_array_equal(mesh.faces, before.faces)
