"""Samples of which the sign is known first: the surface's own are measured, and no others."""

import numpy as np
import pytest

from facewright.core.errors import Cancelled
from facewright.core.field.compiled_stages import Approached
from facewright.core.surface.certified import CertifiedSamples, unknown_corners
from facewright.core.surface.sampling import Grid, reader, refine

GRID = Grid.covering(np.array([[-50.0, -50.0, -50.0], [50.0, 50.0, 50.0]]), 2.0)


def distance(points):
    """To a ball of 40 mm."""
    return (np.linalg.norm(points, axis=1) - 40.0).astype(np.float32)


def approach(samples):
    points = GRID.points(samples)
    exact = np.abs(distance(points)) < 0.5
    guess = np.where(exact, distance(points), 2.0 * distance(points)).astype(np.float32)
    return Approached(guess, exact, points, np.zeros(len(points), np.float32))


def test_ends_of_crossed_edges_have_their_distance_and_nothing_else_has_another():
    measured: list[np.ndarray] = []

    def measure(template, correction):
        measured.append(template)
        return distance(template) + correction

    samples = CertifiedSamples(approach, measure, GRID)
    refined = refine(samples.read, GRID.shape, then=samples.settle)
    assert samples.settled()
    everywhere = refine(reader(lambda own: distance(GRID.points(own)), GRID, None), GRID.shape)
    np.testing.assert_array_equal(refined.cells, everywhere.cells)
    known = np.isfinite(refined.values)
    np.testing.assert_array_equal(refined.values[known], everywhere.values[known])
    np.testing.assert_array_equal(refined.values < 0.0, everywhere.values < 0.0)
    for axis in range(3):
        ahead, behind = np.moveaxis(refined.values, axis, 0)[1:], np.moveaxis(refined.values, axis, 0)[:-1]
        crossed = (ahead < 0.0) != (behind < 0.0)
        assert np.isfinite(ahead[crossed]).all()
        assert np.isfinite(behind[crossed]).all()
    assert (np.abs(distance(np.concatenate(measured))) <= 2.0).all()
    missing = unknown_corners(refined.values, refined.cells)
    assert len(missing) == len(np.unique(missing, axis=0)) > 0
    assert (np.abs(distance(GRID.points(missing))) < 2.0 * np.sqrt(3.0)).all()


def test_a_sign_that_was_not_so_is_told_and_work_can_be_cancelled():
    samples = CertifiedSamples(approach, lambda template, correction: -distance(template), GRID)
    refine(samples.read, GRID.shape, then=samples.settle)
    assert not samples.settled()
    with pytest.raises(Cancelled):
        CertifiedSamples(approach, lambda template, correction: distance(template), GRID, lambda: True).read(
            np.zeros((4, 3), np.int64)
        )
