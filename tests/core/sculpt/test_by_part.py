"""Brush work is of the part that it is on: locks and symmetry hold for it."""

import numpy as np
import pytest

from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.sculpt.by_part import parts_of, with_locked_work
from facewright.core.sculpt.dabs import MOST_DABS, dab
from facewright.core.sculpt.warp import work_of
from facewright.core.symmetry import Symmetry
from tests.core.tiny_model import tiny_model

WAY = (0.5, 0.0, 1.0)
NOSE, MOUTH, CHEEK = (dab(at, WAY, 12.0) for at in ([1.0, 10.0, 100.0], [2.0, -42.5, 85.0], [60.0, 10.0, 81.0]))
WORK = (NOSE, MOUTH, CHEEK)
BEFORE = Parameters(dabs=WORK)


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def test_a_dab_is_of_the_part_whose_window_it_is_in(model):
    assert parts_of(model, WORK) == ["nose", "mouth", "remainder"]
    assert parts_of(model, ()) == []
    assert parts_of(tiny_model(windows=False), WORK) == ["remainder"] * 3


@pytest.mark.parametrize(("locked", "kept"), [
    ((), ()), (("nose",), (NOSE,)), (("mouth", "expression"), (MOUTH,)), (("remainder", "nose"), (NOSE, CHEEK)),
])  # fmt: skip
def test_work_on_locked_parts_stays_and_none_comes_there(model, locked, kept):
    assert with_locked_work(model, BEFORE, Parameters(), locked).dabs == kept
    twins = tuple(one.mirrored for one in WORK)
    after = with_locked_work(model, BEFORE, Parameters(nose=(1.0,), dabs=twins), locked)
    parts = dict(zip(twins, ("nose", "mouth", "remainder"), strict=True))
    assert after.dabs == (*kept, *(one for one in twins if parts[one] not in locked))
    assert after.nose == (1.0,)


def test_what_only_adds_elsewhere_stays_as_it_is(model):
    after = Parameters(dabs=(*WORK, CHEEK))
    assert with_locked_work(model, BEFORE, after, ["nose"]) is after


def test_locked_work_that_does_not_fit_is_told(model):
    with pytest.raises(FacewrightError, match="clear the brush work"):
        with_locked_work(model, BEFORE, Parameters(dabs=(CHEEK,) * MOST_DABS), ["nose"])


def test_a_part_is_mirrored_and_made_symmetric_with_the_work_on_it(model):
    symmetry = Symmetry(model)
    assert symmetry.mirrored(BEFORE).dabs == tuple(one.mirrored for one in WORK)
    assert symmetry.mirrored(BEFORE, ["nose"]).dabs == (MOUTH, CHEEK, NOSE.mirrored)
    even = symmetry.symmetric(BEFORE, ["mouth"]).dabs
    assert even[:2] == (NOSE, CHEEK)
    assert even[2].mirrored == even[3]
    assert symmetry.symmetric(BEFORE, ["expression"]).dabs == WORK


def test_a_symmetric_heads_work_is_the_mean_of_both_sides(model):
    pair = (CHEEK, CHEEK.mirrored)
    head = Parameters(dabs=(NOSE, *pair, NOSE, dab([0.0, -42.5, 85.0], WAY, 12.0)))
    even = Symmetry(model).symmetric(head)
    assert even.dabs[2:4] == pair
    assert len(even.dabs) == 2 + 2 + 2 + 1
    assert Symmetry(model).symmetric(even) == even
    points = np.random.default_rng(0).uniform(-110.0, 110.0, (3000, 3)) * [0.5, 0.5, 0.2] + [0.0, 0.0, 90.0]
    mirror = np.array([-1.0, 1.0, 1.0])

    def shift(dabs, points):
        warp = work_of(model, Parameters(), dabs)
        centres = np.array([one.at for one in dabs])  # where they are on a head is not symmetric here
        return type(warp)(centres, warp.ways, warp.reaches).shift(points)

    mean = (shift(head.dabs, points) + shift(head.dabs, points * mirror) * mirror) / 2.0
    np.testing.assert_allclose(shift(even.dabs, points), mean, atol=1e-3)
    assert np.abs(mean).max() > 0.5
