"""What is learnt of simulated scans brings landmarks nearer to where they belong, on others; and survives its file."""

import io
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from facewright.core.errors import FacewrightError
from facewright.train.data import make_descent
from facewright.train.data.make_descent import SEEN_FROM, Scan, _keep, _ridges, errors, packed
from tests.core.anthropometry.test_descent import TOPS, begun, height, known


def test_a_ridge_of_nothing_finds_slopes_and_constant(monkeypatch):
    rng = np.random.default_rng(0)
    values, slopes, constant = rng.normal(size=(40, 6)), rng.normal(size=(6, 3)), rng.normal(size=3)
    monkeypatch.setattr(make_descent, "_RIDGES_MM2", (0.0, 1e6))
    (found, offset), (small, _) = _ridges(values, values @ slopes + constant)
    np.testing.assert_allclose(found, slopes, atol=1e-9)
    np.testing.assert_allclose(offset, constant, atol=1e-9)
    assert np.abs(small).max() < 1e-3


def test_errors_are_of_where_landmarks_begin_and_where_they_are_brought():
    class Hills:
        distance = staticmethod(height)

        @staticmethod
        def onto(points):
            return points - np.outer(height(points), [0.0, 0.0, 1.0])

    first, then = errors(known(), [Scan(cast("Any", Hills), TOPS, begun())] * 2)
    np.testing.assert_allclose(first, 1.0, atol=0.01)
    assert (then < 0.2).all()


def test_some_landmarks_keep_the_maps_that_ship():
    made, shipped = known(), known()
    made.maps[:], made.ways[:] = 0.0, 1.0
    _keep(made, shipped, [made.names[1]])
    np.testing.assert_array_equal(made.maps[:, 1], shipped.maps[:, 1])
    np.testing.assert_array_equal(made.ways[:, 1], shipped.ways[:, 1])
    assert not made.maps[:, 0].any()
    with pytest.raises(FacewrightError, match="other places"):
        _keep(made, replace(shipped, places=shipped.places + 1.0), [made.names[1]])


def test_landmarks_are_told_by_those_of_their_own_part_of_the_face():
    assert all(set(seen) <= SEEN_FROM.keys() for seen in SEEN_FROM.values())
    assert not {"ch_l", "pg"} & set(SEEN_FROM["en_l"])


def test_what_was_learnt_is_packed_to_half_a_per_mille():
    with np.load(io.BytesIO(packed(known()))) as file:
        assert file["names"].tolist() == list(known().names)
        for key in ("mean", "places", "maps", "ways"):
            np.testing.assert_allclose(file[key], getattr(known(), key), rtol=1e-3)
