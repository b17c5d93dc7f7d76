"""Norms by sex and age: all cohorts for every measure that has any, and growth without a jump."""

from typing import get_args

import numpy as np
import pytest

from facewright.core.anthropometry.measure import BY_KEY, MEASURES
from facewright.core.anthropometry.norms import COHORT_NAMES, Cohort, cohort_named, norms_of, z_score
from facewright.core.errors import FacewrightError


def test_every_cohort_has_a_name_and_every_norm():
    assert set(COHORT_NAMES) == set(get_args(Cohort))
    assert list(COHORT_NAMES.values())[2:6] == ["Girls, 15", "Women, 20", "Women, 25", "Women, 30"]
    with_norms = [each for each in MEASURES if each.norms]
    assert len(with_norms) == 11
    for each in with_norms:
        assert each.norms.keys() == COHORT_NAMES.keys(), each.key


def test_a_cohort_is_known_by_its_name_and_age_and_what_is_none_is_answered_by_all():
    assert cohort_named("women-25") == "women-25"
    with pytest.raises(FacewrightError, match="There is no cohort women-40: name one of girls-5, girls-10") as told:
        cohort_named("women-40")
    assert all(cohort in str(told.value) for cohort in COHORT_NAMES)


def test_sides_share_their_norm_and_what_was_not_measured_so_has_none():
    assert BY_KEY["ala_length_l"].norms == BY_KEY["ala_length_r"].norms
    assert norms_of("ala_length_l")["men-25"] == (35.1, 2.2)
    assert not norms_of("subnasal_width")


def test_faces_grow_with_age_and_ever_slower():
    boys: tuple[Cohort, ...] = ("boys-5", "boys-10", "boys-15", "men-20", "men-25", "men-30", "men-35")
    girls: tuple[Cohort, ...] = ("girls-5", "girls-10", "girls-15", "women-20", "women-25", "women-30", "women-35")
    for each in MEASURES:
        for cohorts in (boys, girls) if each.norms else ():
            steps = np.diff([each.norms[cohort].mean for cohort in cohorts])
            assert (steps > 0.0).all(), each.key
            assert (np.diff(steps) < 0.11).all(), each.key  # rounded to a tenth


def test_a_z_score_counts_standard_deviations_from_the_cohorts_mean():
    norms = norms_of("nasal_width")
    mean, sd = norms["men-25"]
    assert z_score(norms, mean - 2.0 * sd, "men-25") == pytest.approx(-2.0)
    assert z_score(norms, mean, None) is None
    assert z_score(norms_of("subnasal_width"), mean, "men-25") is None
