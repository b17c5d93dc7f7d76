"""Which samples of a grid the surface asks for: on a ball, every cell that it passes through and each sample once."""

import numpy as np
import pytest

from facewright.core.surface.continuation import Continuation

SHAPE = (24, 25, 26)
CENTRE = np.array([11.3, 12.1, 12.6])


def ball(indices, radius=8.2):
    return (np.linalg.norm(indices - CENTRE, axis=-1) - radius).astype(np.float32)


TRUE = ball(np.moveaxis(np.indices(SHAPE), 0, -1))


def crossed(values):
    """Cells (N,), flat, whose corners have both signs."""
    negative = np.lib.stride_tricks.sliding_window_view(values < 0.0, (2, 2, 2)).reshape(*(n - 1 for n in SHAPE), 8)
    return np.ravel_multi_index(np.nonzero(negative.any(axis=-1) & ~negative.all(axis=-1)), SHAPE)


def followed(values, cells, draft=False):
    """The cells that a continuation finds, and the samples that it read, in turn."""
    marks, asked = np.zeros(SHAPE, bool), []

    def read(samples):
        asked.append(samples)
        return ball(samples)

    continuation = Continuation(values, marks, draft=draft)
    continuation.run(cells, read)
    found = continuation.close()
    assert not marks.any()
    return found, np.concatenate(asked)


def corners(cells):
    return np.unique(
        np.ravel_multi_index(
            np.array(np.unravel_index(cells, SHAPE))[:, :, None] + np.indices((2, 2, 2)).reshape(3, 1, 8), SHAPE
        )
    )


@pytest.mark.parametrize("radius", [8.2, 7.0, 9.0])
def test_all_cells_of_a_ball_are_found_from_one_of_another_size(radius):
    values = np.where(ball(np.moveaxis(np.indices(SHAPE), 0, -1), radius) < 0.0, -np.inf, np.inf).astype(np.float32)
    found, asked = followed(values, crossed(values))
    np.testing.assert_array_equal(found, crossed(TRUE))
    flat = np.ravel_multi_index(asked.T, SHAPE)
    assert len(np.unique(flat)) == len(flat)
    assert set(corners(found)) <= set(flat)
    assert (values.ravel()[flat] == TRUE.ravel()[flat]).all()
    if radius == 8.2:
        np.testing.assert_array_equal(np.sort(flat), corners(found))


def test_one_cell_leads_to_all_that_hangs_together_with_it():
    values = np.full(SHAPE, np.inf, np.float32)
    values[11, 12, 5] = TRUE[11, 12, 5]
    assert values[11, 12, 5] < 0.0
    found, _ = followed(values, crossed(values))
    np.testing.assert_array_equal(found, crossed(TRUE))


def test_a_draft_reads_the_ends_of_crossed_edges_alone():
    values = np.where(TRUE < 0.0, -np.inf, np.inf).astype(np.float32)
    found, asked = followed(values, crossed(values), draft=True)
    np.testing.assert_array_equal(found, crossed(TRUE))
    ends = np.zeros(SHAPE, bool)
    for axis in range(3):
        change = np.diff(TRUE < 0.0, axis=axis)
        for end in (0, 1):
            pad = [(end, 1 - end) if a == axis else (0, 0) for a in range(3)]
            ends |= np.pad(change, pad)
    np.testing.assert_array_equal(np.sort(np.ravel_multi_index(asked.T, SHAPE)), np.flatnonzero(ends))
