"""Norms: means and standard deviations of distances of the face, by sex and age.

Figures of the 3D Facial Norms (Weinberg, Raffensperger, Kesterke et al. 2016, The 3D Facial Norms Database, Cleft
Palate–Craniofacial Journal 53: e185–e197; 950 males and about 1,500 females, US, European ancestry), as smoothed
over age in the open tool Cliniface, rounded to 0.1 mm. The oldest there are 39.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    from collections.abc import Mapping

NORMS_SOURCE = "3D Facial Norms (Weinberg 2016; US, European ancestry), smoothed over age in Cliniface, rounded"

Cohort = Literal[
    "girls-5", "girls-10", "girls-15", "women-20", "women-25", "women-30", "women-35", "women-39",
    "boys-5", "boys-10", "boys-15", "men-20", "men-25", "men-30", "men-35", "men-39",
]  # fmt: skip
"""Sex and age in years, by age."""

AGES = (5, 10, 15, 20, 25, 30, 35, 39)


class Norm(NamedTuple):
    """Mean and standard deviation of a cohort, mm."""

    mean: float
    sd: float


_MEN, _WOMEN = (
    MappingProxyType(dict(zip(AGES, cohorts, strict=True)))
    for cohorts in (
        ("boys-5", "boys-10", "boys-15", "men-20", "men-25", "men-30", "men-35", "men-39"),
        ("girls-5", "girls-10", "girls-15", "women-20", "women-25", "women-30", "women-35", "women-39"),
    )
)

COHORT_NAMES: Mapping[Cohort, str] = MappingProxyType(
    {
        cohort: cohort.capitalize().replace("-", ", ")  # type: ignore[misc]
        for cohorts in (_WOMEN, _MEN)
        for cohort in cohorts.values()
    }
)
"""Every cohort as people read it, women and men by their age."""

_TABLE = {
    "nasal_width": (
        (28.8, 31.7, 33.5, 34.8, 35.9, 36.8, 37.6, 38.2), (1.9, 2.2, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9),
        (28.3, 30.1, 31.2, 32.0, 32.7, 33.2, 33.7, 34.0), (1.9, 2.1, 2.2, 2.3, 2.3, 2.4, 2.5, 2.5),
    ),
    "nasal_height": (
        (44.7, 49.5, 52.6, 54.8, 56.7, 58.2, 59.5, 60.5), (3.5, 3.7, 3.8, 3.9, 3.9, 4.0, 4.0, 4.1),
        (44.5, 48.5, 51.1, 53.0, 54.5, 55.7, 56.8, 57.6), (2.7, 3.1, 3.3, 3.4, 3.6, 3.7, 3.8, 3.8),
    ),
    "bridge_length": (
        (36.3, 41.5, 44.9, 47.5, 49.6, 51.4, 53.0, 54.1), (3.3, 3.6, 3.7, 3.8, 3.9, 3.9, 4.0, 4.0),
        (36.3, 40.6, 43.4, 45.4, 47.1, 48.5, 49.7, 50.6), (2.7, 3.0, 3.2, 3.3, 3.4, 3.5, 3.6, 3.6),
    ),
    "tip_protrusion": (
        (15.3, 17.5, 19.0, 20.1, 20.9, 21.7, 22.4, 22.8), (1.3, 1.6, 1.7, 1.9, 2.0, 2.1, 2.1, 2.2),
        (15.2, 17.1, 18.3, 19.3, 20.0, 20.6, 21.2, 21.6), (1.3, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.0),
    ),
    "ala_length": (
        (24.2, 28.4, 31.2, 33.3, 35.1, 36.6, 37.9, 38.9), (1.4, 1.7, 1.9, 2.1, 2.2, 2.3, 2.4, 2.5),
        (23.7, 26.8, 28.7, 30.3, 31.5, 32.5, 33.4, 34.1), (1.4, 1.5, 1.7, 1.8, 1.8, 1.9, 1.9, 2.0),
    ),
    "outer_canthal_width": (
        (78.6, 82.9, 85.5, 87.4, 88.9, 90.1, 91.2, 91.9), (3.5, 3.7, 3.9, 4.0, 4.1, 4.1, 4.2, 4.2),
        (77.8, 81.1, 83.1, 84.5, 85.6, 86.6, 87.4, 87.9), (3.4, 3.5, 3.7, 3.8, 3.8, 3.9, 3.9, 4.0),
    ),
    "mouth_width": (
        (38.3, 43.0, 46.0, 48.3, 50.1, 51.6, 53.0, 53.9), (3.6, 3.7, 3.8, 3.8, 3.8, 3.9, 3.9, 3.9),
        (37.9, 41.9, 44.4, 46.3, 47.9, 49.2, 50.3, 51.1), (3.1, 3.3, 3.4, 3.5, 3.5, 3.6, 3.7, 3.7),
    ),
    "philtrum_length": (
        (12.9, 14.3, 15.1, 15.8, 16.3, 16.8, 17.2, 17.4), (2.1, 2.2, 2.3, 2.4, 2.5, 2.5, 2.6, 2.6),
        (12.4, 13.1, 13.5, 13.8, 14.0, 14.2, 14.4, 14.5), (1.8, 2.0, 2.2, 2.3, 2.4, 2.4, 2.5, 2.5),
    ),
    "upper_lip_height": (
        (18.3, 20.0, 21.1, 22.0, 22.6, 23.2, 23.7, 24.0), (2.0, 2.2, 2.4, 2.5, 2.5, 2.6, 2.7, 2.7),
        (17.8, 18.8, 19.4, 19.9, 20.3, 20.6, 20.8, 21.0), (1.9, 2.1, 2.2, 2.4, 2.4, 2.5, 2.6, 2.6),
    ),
    "face_height": (
        (100.3, 110.9, 117.6, 122.6, 126.6, 130.0, 133.0, 135.1), (5.8, 6.1, 6.4, 6.5, 6.6, 6.7, 6.8, 6.9),
        (98.7, 106.6, 111.5, 115.1, 118.0, 120.4, 122.5, 124.0), (4.6, 5.1, 5.4, 5.6, 5.8, 6.0, 6.1, 6.2),
    ),
}  # fmt: skip
"""Means and standard deviations of males at `AGES`, then of females."""


def cohort_named(name: str) -> Cohort:
    """The cohort of a name. Raises FacewrightError, with all names there are, if there is none."""
    if name not in COHORT_NAMES:
        raise FacewrightError(f"There is no cohort {name}: name one of {', '.join(COHORT_NAMES)}.")
    return cast("Cohort", name)


def norms_of(key: str) -> Mapping[Cohort, Norm]:
    """The norms of a measure by cohort, of either side; none where the cohort did not measure it so."""
    key = key.removesuffix("_l").removesuffix("_r")
    if key not in _TABLE:
        return MappingProxyType({})
    columns = [(_MEN, *_TABLE[key][:2]), (_WOMEN, *_TABLE[key][2:])]
    return MappingProxyType(
        {
            cohorts[age]: Norm(mean, sd)  # type: ignore[misc]
            for cohorts, means, sds in columns
            for age, mean, sd in zip(AGES, means, sds, strict=True)
        }
    )


def z_score(norms: Mapping[Cohort, Norm], value: float, cohort: Cohort | None) -> float | None:
    """How many standard deviations a value, in mm, is from a cohort's mean; None without norms of that cohort."""
    norm = norms.get(cohort) if cohort is not None else None
    return (value - norm.mean) / norm.sd if norm else None
