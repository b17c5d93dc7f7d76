"""The seventeen expressions of the open benchmark, as weights of ICT-FaceKit's expression morphs.

They follow FaceScape's list where the morphs allow it. `_LR` stands for the morphs of both sides. The eyes'
looking about is left out: it turns the eyeballs, whose surface has no features here.

A model of people learns all of the units besides (`facewright.core.facial_units`), each alone and in random sums.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.facial_units import FACIAL_UNITS, PRESETS, STRENGTHS, drawn_units, sides

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


_SHARES = (0.25, 0.25)
"""Shares of drawn expressions that are one of the recipes, and one unit alone; the others are sums of two to five."""


def expression_names(people: People) -> tuple[str, ...]:
    """The benchmark's expressions, or names of those that every subject has its own of; neutral first."""
    if not people.expressions:
        return tuple(RECIPES)
    return (NEUTRAL, *(f"drawn{index + 1:02d}" for index in range(people.expressions)))


def draw_expressions(rng: np.random.Generator, count: int) -> np.ndarray:
    """Weights (count, len(FACIAL_UNITS)) float32 of the units in random expressions; row 0 is neutral.

    A recipe, or units as `drawn_units` has them.
    """
    weights = np.zeros((count, len(FACIAL_UNITS)), dtype=np.float32)
    recipes = recipe_matrix(FACIAL_UNITS)
    for row in range(1, count):
        kind = rng.random()
        if kind < _SHARES[0]:
            weights[row] = rng.uniform(*STRENGTHS) * recipes[rng.integers(1, len(recipes))]
        else:
            weights[row] = drawn_units(rng, alone=kind < sum(_SHARES))
    return weights


def summed_units(weights: np.ndarray) -> np.ndarray:
    """How many units each expression of (n, U) weights is a sum of, those of two sides counted once; (n,)."""
    stems = [name.removesuffix("_L").removesuffix("_R") for name in FACIAL_UNITS]
    made = np.stack([(weights[:, [stem == each for each in stems]] > 0.0).any(axis=1) for stem in {*stems}])
    counts: np.ndarray = made.sum(axis=0)
    return counts


def unit_codes(codes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Each unit's code (U, d) float32 at strength 1, by ridge regression of codes (n, d) on weights (n, U)."""
    products = weights.T.astype(np.float64) @ weights
    ridge = _RIDGE * len(codes) / len(FACIAL_UNITS) * np.eye(len(products))
    directions: np.ndarray = np.linalg.solve(products + ridge, weights.T.astype(np.float64) @ codes).astype(np.float32)
    return directions


_RIDGE = 1e-3
