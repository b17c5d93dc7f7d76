"""What is known about a box of a grid: it is kept, grown and read as an array of the whole grid would be."""

import numpy as np
import pytest

from facewright.core.surface.reach import MARGIN, Box, Reach, extent, mark_corners

SHAPE = (30, 31, 32)
RNG = np.random.default_rng(0)


@pytest.fixture
def samples():
    flat = RNG.permutation(8 * 9 * 10)[:200]
    return np.column_stack(np.unravel_index(flat, (8, 9, 10))) + np.array([10, 11, 12])


def test_a_box_is_the_smallest_about_its_samples(samples):
    box = Box.around(samples)
    assert box.holds(samples)
    assert not box.holds(samples - [1, 0, 0])
    assert np.zeros(SHAPE)[box.slices].shape == box.shape
    wider = box.with_margin(SHAPE)
    assert wider.low == tuple(n - MARGIN for n in box.low)
    assert Box((1, 1, 1), (29, 30, 31)).with_margin(SHAPE) == Box((0, 0, 0), (29, 30, 31))
    other = Box((0, 20, 12), (10, 20, 40))
    assert (box | other).holds(samples)
    assert (box | other) == Box((0, 11, 12), (17, 20, 40))
    low, high = extent(samples, samples[:, 0] > 12)
    assert Box(tuple(low.tolist()), tuple(high.tolist())) == Box.around(samples[samples[:, 0] > 12])


def test_chosen_samples_are_those_of_the_grid(samples):
    box, chosen = Box.around(samples), np.zeros(SHAPE, bool)
    chosen[tuple(samples.T)] = True
    np.testing.assert_array_equal(box.samples(chosen[box.slices]), np.argwhere(chosen))


def test_what_is_written_is_read_in_a_larger_box_too(samples):
    known, unknown = samples[:150], samples[150:]
    states, inside = RNG.standard_normal((150, 3)).astype(np.float32), RNG.random(150) < 0.5
    reach = Reach.of("nose", Box.around(samples))
    reach.write(known, states, inside)
    for each in (reach, reach.grown(Box((0, 12, 0), (3, 30, 20)))):
        read, missing = each.read(np.concatenate([unknown, known]))
        np.testing.assert_array_equal(read[50:], states)
        np.testing.assert_array_equal(missing, np.arange(50))
        assert {*map(tuple, each.known().tolist())} == {*map(tuple, known[inside].tolist())}


def test_cells_are_touched_where_a_corner_is_inside(samples):
    inside = np.zeros(SHAPE, bool)
    inside[tuple(samples.T)] = True
    reach = Reach.of("nose", Box.around(samples))
    reach.write(samples, np.zeros((200, 3), np.float32), np.ones(200, bool))
    cells = RNG.permutation(np.ravel_multi_index(np.indices([n - 1 for n in SHAPE]).reshape(3, -1), SHAPE))[:3000]
    corners = np.array(np.unravel_index(cells, SHAPE))[:, :, None] + np.indices((2, 2, 2)).reshape(3, 1, 8)
    expected = inside[tuple(corners)].any(axis=1)
    assert 0 < expected.sum() < len(expected)
    np.testing.assert_array_equal(reach.touched(cells, SHAPE), expected)
    marks, whole = np.zeros(reach.box.shape, bool), np.zeros(SHAPE, bool)
    mark_corners(cells[:50], SHAPE, marks, np.array(reach.box.low))
    whole[tuple(corners[:, :50].reshape(3, -1))] = True
    np.testing.assert_array_equal(marks, whole[reach.box.slices])
