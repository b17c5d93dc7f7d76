"""A coarse triangle beside a halved cell is split where the halved side bends; elsewhere it stays as it is."""

import numpy as np
import pytest

from facewright.core.surface.chains import split

SHAPE = (3, 2, 2)
"""Samples of two cells beside each other along x; the second may be halved."""

KEYS = np.array([3 * np.ravel_multi_index(sample, SHAPE) + 1 for sample in ((1, 0, 0), (1, 0, 1), (0, 0, 0))])
"""Edges along y: two of the face that both cells share, one of the first cell alone."""

FACES = np.array([[0, 1, 2]], np.int32)
LOW = np.array([2, 0, 0])


def cut(kind, half):
    kinds = np.zeros(SHAPE, np.uint8)
    kinds[0, 0, 0], kinds[1, 0, 0] = 1, kind
    return split(KEYS, FACES, np.zeros(1, np.int64), kinds, half, LOW)


def below(height):
    """Halved samples of the second cell, negative below a height, in halved voxels."""
    return np.broadcast_to((np.arange(3.0) - height)[:, None], (3, 3, 3)).astype(np.float32).copy()


@pytest.mark.parametrize(("height", "sample"), [(0.5, (0, 0, 1)), (1.5, (0, 1, 1))])
def test_a_side_gets_the_bend_of_the_halved_face(height, sample):
    """A level contour crosses one line from the shared face's centre: the one to the middle of the nearer side."""
    faces, origin = cut(2, below(height))
    bend = -1 - (3 * np.ravel_multi_index(sample, (3, 3, 3)) + 1)
    assert sorted(map(sorted, faces.tolist())) == sorted([sorted([0, 2, bend]), sorted([1, 2, bend])])
    np.testing.assert_array_equal(origin, [0, 0])
    turns = {tuple(np.roll(face, -int(np.argmin(face)))) for face in faces.tolist()}
    assert turns == {(bend, 2, 0), (bend, 1, 2)}  # as the whole ran


def test_a_wave_of_the_contour_makes_more_bends():
    """Up in the middle of the shared face, over its centre: across three of the lines from there."""
    half = below(0.5)
    half[:, 1, 1] = -0.5
    faces, origin = cut(2, half)
    assert len(faces) == len(origin) == 4
    bends = {int(k) for k in faces[faces < 0]}
    expected = [(0, 1, 0, 2), (0, 1, 1, 1), (0, 1, 1, 2)]
    assert bends == {-1 - (3 * int(np.ravel_multi_index(place[:3], (3, 3, 3))) + place[3]) for place in expected}


def test_without_a_halved_neighbour_nothing_is_split():
    faces, origin = cut(1, below(0.5))
    assert tuple(np.roll(faces[0], -int(np.argmin(faces[0])))) == (0, 1, 2)
    np.testing.assert_array_equal(origin, [0])
