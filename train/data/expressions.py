"""The seventeen expressions of the open benchmark, as weights of ICT-FaceKit's expression morphs.

They follow FaceScape's list where the morphs allow it. `_LR` stands for the morphs of both sides. The eyes'
looking about is left out: it turns the eyeballs, whose surface has no features here.

A model of people learns all of the units besides (`facewright.core.units`), each alone and in random sums.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.units import PRESETS, UNITS, sides

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facewright.train.data.people import People

NEUTRAL = "neutral"

RECIPES: Mapping[str, Mapping[str, float]] = MappingProxyType({NEUTRAL: {}, **PRESETS})
"""Weight of each morph in each expression at full strength; the first expression is neutral."""


MORPHS: tuple[str, ...] = tuple(
    sorted({morph for recipe in RECIPES.values() for name in recipe for morph in sides(name)})
)
"""Names of the morphs that the recipes use, in the order of `recipe_matrix`'s columns."""


def recipe_matrix(morphs: Sequence[str] = MORPHS) -> np.ndarray:
    """Weights (17, len(morphs)) float32 of every morph in every expression at full strength."""
    weights = np.zeros((len(RECIPES), len(morphs)), dtype=np.float32)
    for row, recipe in enumerate(RECIPES.values()):
        for name, weight in recipe.items():
            for morph in sides(name):
                weights[row, morphs.index(morph)] += weight
    return weights


_OPPOSITES = (
    *(("eyeBlink_L", "eyeWide_L"), ("eyeBlink_R", "eyeWide_R"), ("jawLeft", "jawRight"), ("mouthLeft", "mouthRight")),
    *(("eyeLookUp_L", "eyeLookDown_L"), ("eyeLookUp_R", "eyeLookDown_R"), ("mouthPucker", "mouthFunnel")),
    *(("eyeLookIn_L", "eyeLookOut_L"), ("eyeLookIn_R", "eyeLookOut_R"), ("mouthSmile_L", "mouthFrown_L")),
    *(("mouthSmile_R", "mouthFrown_R"), ("browDown_L", "browOuterUp_L"), ("browDown_R", "browOuterUp_R")),
)
"""Units of which a face makes one or the other."""

_MOST_SUMMED = 5
_SHARES = (0.25, 0.25)
"""Shares of drawn expressions that are one of the recipes, and one unit alone; the others are sums of two to five."""

_ONE_SIDED = 0.5
_STRENGTHS = (0.4, 1.0)

_OPEN = 0.35
"""Share of the sums whose jaw is open: it moves a face the most, and goes with everything."""


def expression_names(people: People) -> tuple[str, ...]:
    """The benchmark's expressions, or names of those that every subject has its own of; neutral first."""
    if not people.expressions:
        return tuple(RECIPES)
    return (NEUTRAL, *(f"drawn{index + 1:02d}" for index in range(people.expressions)))


def draw_expressions(rng: np.random.Generator, count: int) -> np.ndarray:
    """Weights (count, len(UNITS)) float32 of the units in random expressions; row 0 is neutral.

    A recipe, a unit, or a sum of two to five, often with an open jaw; a unit with two sides is made by one or by both.
    mouthClose comes with as much of jawOpen, for it closes the lips of an open jaw; of two opposites one is drawn.
    """
    weights = np.zeros((count, len(UNITS)), dtype=np.float32)
    recipes = recipe_matrix(UNITS)
    for row in range(1, count):
        kind = rng.random()
        if kind < _SHARES[0]:
            weights[row] = rng.uniform(*_STRENGTHS) * recipes[rng.integers(1, len(recipes))]
            continue
        summed = 1 if kind < sum(_SHARES) else int(rng.integers(2, _MOST_SUMMED + 1))
        for unit in rng.permutation(len(UNITS))[:summed]:
            _add_unit(weights[row], UNITS[unit], rng)
        if summed > 1 and rng.random() < _OPEN:
            jaw = UNITS.index("jawOpen")
            weights[row, jaw] = max(weights[row, jaw], rng.uniform(*_STRENGTHS))
    return weights


def summed_units(weights: np.ndarray) -> np.ndarray:
    """How many units each expression of (n, len(UNITS)) weights is a sum of, those of two sides counted once; (n,)."""
    stems = [name.removesuffix("_L").removesuffix("_R") for name in UNITS]
    made = np.stack([(weights[:, [stem == each for each in stems]] > 0.0).any(axis=1) for stem in {*stems}])
    counts: np.ndarray = made.sum(axis=0)
    return counts


def _add_unit(weights: np.ndarray, name: str, rng: np.random.Generator) -> None:
    """Add a unit to weights (len(UNITS),), on both of its sides or one, unless its opposite is there."""
    stem, sided = name[:-2], name.endswith(("_L", "_R"))
    names = (name,) if not sided or rng.random() < _ONE_SIDED else (f"{stem}_L", f"{stem}_R")
    strength = rng.uniform(*_STRENGTHS)
    barred = {other for pair in _OPPOSITES for one, other in (pair, pair[::-1]) if weights[UNITS.index(one)]}
    if barred & {*names}:
        return
    for each in names:
        weights[UNITS.index(each)] = strength
    jaw, closed = UNITS.index("jawOpen"), UNITS.index("mouthClose")
    weights[jaw] = max(weights[jaw], weights[closed])


def unit_codes(codes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Each unit's code (len(UNITS), d) float32 at strength 1, by ridge regression of codes (n, d) on weights (n, U)."""
    products = weights.T.astype(np.float64) @ weights
    ridge = _RIDGE * len(codes) / len(UNITS) * np.eye(len(products))
    directions: np.ndarray = np.linalg.solve(products + ridge, weights.T.astype(np.float64) @ codes).astype(np.float32)
    return directions


_RIDGE = 1e-3
