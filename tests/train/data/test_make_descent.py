"""What is learnt of simulated scans brings landmarks nearer to where they belong, on others; and survives its file."""

import io

import numpy as np

from facewright.train.data.make_descent import SEEN_FROM, _ridge, packed
from tests.core.anthropometry.test_descent import known


def test_a_ridge_of_nothing_finds_slopes_and_constant():
    rng = np.random.default_rng(0)
    values, slopes, constant = rng.normal(size=(40, 6)), rng.normal(size=(6, 3)), rng.normal(size=3)
    found, offset = _ridge(values, values @ slopes + constant, 0.0)
    np.testing.assert_allclose(found, slopes, atol=1e-9)
    np.testing.assert_allclose(offset, constant, atol=1e-9)
    assert np.abs(_ridge(values, values @ slopes, 1e6)[0]).max() < 1e-3


def test_landmarks_are_told_by_those_of_their_own_part_of_the_face():
    assert all(set(seen) <= SEEN_FROM.keys() for seen in SEEN_FROM.values())
    assert not {"ch_l", "pg"} & set(SEEN_FROM["en_l"])


def test_what_was_learnt_is_packed_to_half_a_per_mille():
    with np.load(io.BytesIO(packed(known()))) as file:
        assert file["names"].tolist() == list(known().names)
        for key in ("mean", "places", "maps", "ways"):
            np.testing.assert_allclose(file[key], getattr(known(), key), rtol=1e-3)
