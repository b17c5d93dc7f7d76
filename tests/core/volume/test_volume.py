"""Values in space: where voxels lie, and what becomes of them where they are joined."""

from __future__ import annotations

import numpy as np

from facewright.core.volume.volume import Volume, factors_for, reduced, told_size
from tests.core.volume.phantom import Taken


def along(taken: Taken, way: np.ndarray) -> Volume:
    """A tilted volume whose values are where its voxels lie along a way."""
    row, column = taken.row * taken.spacing[2], taken.column * taken.spacing[1]
    _, j, i = taken.shape
    down, across = np.arange(j)[:, None, None] * column, np.arange(i)[:, None] * row
    places = taken.origins()[:, None, None] + down + across
    return Volume((places @ way).astype(np.float32), taken.origins(), row, column)


def test_voxels_lie_where_their_values_say_joined_or_not() -> None:
    way = np.array([0.3, -0.5, 0.8])
    whole = along(Taken(shape=(13, 11, 9), tilt=0.5), way)
    for volume in (whole, reduced(whole, (2, 3, 1)), reduced(whole, (1, 2, 4))):
        indices = np.argwhere(np.isfinite(volume.values))
        np.testing.assert_allclose(volume.places(indices) @ way, volume.values.ravel(), atol=1e-4)
    assert reduced(whole, (2, 3, 1)).values.shape == (6, 3, 9)


def test_spacing_is_that_of_the_axes() -> None:
    volume = along(Taken(shape=(13, 11, 9), spacing=(2.5, 1.0, 0.5), tilt=0.3), np.ones(3))
    np.testing.assert_allclose(volume.spacing, [2.5, 1.0, 0.5])
    assert told_size(volume.spacing) == "0.5 × 1 × 2.5 mm"


def test_the_finest_axes_are_joined_first_and_no_more_than_needed() -> None:
    spacing = np.array([1.0, 0.4, 0.4])
    assert factors_for((300, 512, 512), spacing, 80_000_000) == (1, 1, 1)
    assert factors_for((300, 512, 512), spacing, 40_000_000) == (1, 2, 1)
    k, j, i = factors_for((2000, 1024, 1024), spacing)
    assert (2000 // k) * (1024 // j) * (1024 // i) <= 40_000_000
    assert max(spacing * (k, j, i)) < 3.0 * min(spacing * (k, j, i))


def test_something_is_left_of_an_axis_however_fine_it_is_said_to_be() -> None:
    k, j, i = factors_for((12, 20_000, 20_000), np.array([1e-6, 1.0, 1.0]))
    assert 12 // k >= 2
    assert (12 // k) * (20_000 // j) * (20_000 // i) <= 40_000_000
