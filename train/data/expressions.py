"""The seventeen expressions of the open benchmark, as weights of ICT-FaceKit's expression morphs.

They follow FaceScape's list where the morphs allow it. `_LR` stands for the morphs of both sides. The eyes'
looking about is left out: it turns the eyeballs, whose surface has no features here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

RECIPES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "neutral": {},
        "smile": {"mouthSmile_LR": 1.0, "cheekSquint_LR": 0.5, "eyeSquint_LR": 0.3, "mouthDimple_LR": 0.3},
        "mouth_stretch": {"jawOpen": 0.75, "mouthStretch_LR": 0.5, "mouthLowerDown_LR": 0.3},
        "anger": {"browDown_LR": 1.0, "eyeSquint_LR": 0.7, "mouthPress_LR": 0.6, "noseSneer_LR": 0.4},
        "jaw_left": {"jawLeft": 1.0, "mouthLeft": 0.4},
        "jaw_forward": {"jawForward": 1.0},
        "mouth_left": {"mouthLeft": 1.0, "mouthSmile_L": 0.3},
        "mouth_right": {"mouthRight": 1.0, "mouthSmile_R": 0.3},
        "chin_raise": {"mouthShrugLower": 0.8, "mouthShrugUpper": 1.0, "mouthFrown_LR": 0.3, "jawOpen": 0.08},
        "pucker": {"mouthPucker": 1.0, "jawOpen": 0.05},
        "funnel": {"mouthFunnel": 1.0, "jawOpen": 0.2},
        "sadness": {"mouthFrown_LR": 1.0, "browInnerUp_LR": 0.8, "eyeBlink_LR": 0.2},
        "lip_roll": {"mouthRollUpper": 0.8, "mouthRollLower": 0.8, "jawOpen": 0.12},
        "sneer": {"noseSneer_LR": 1.0, "mouthUpperUp_LR": 0.7, "browDown_LR": 0.4, "cheekSquint_LR": 0.4},
        "cheek_puff": {"cheekPuff_LR": 1.0, "mouthPress_LR": 0.3},
        "eyes_closed": {"eyeBlink_LR": 1.0},
        "brow_raise": {"browInnerUp_LR": 1.0, "browOuterUp_LR": 1.0, "eyeWide_LR": 0.8, "jawOpen": 0.15},
    }
)
"""Weight of each morph in each expression at full strength; the first expression is neutral.

A little of jawOpen keeps lips that roll or push from passing through each other.
"""


def _sides(name: str) -> tuple[str, ...]:
    """The morphs that a name in a recipe stands for."""
    stem = name.removesuffix("_LR")
    return (name,) if stem == name else (f"{stem}_L", f"{stem}_R")


MORPHS: tuple[str, ...] = tuple(
    sorted({morph for recipe in RECIPES.values() for name in recipe for morph in _sides(name)})
)
"""Names of the morphs that the recipes use, in the order of `recipe_matrix`'s columns."""


def recipe_matrix() -> np.ndarray:
    """Weights (17, len(MORPHS)) float32 of every morph in every expression at full strength."""
    weights = np.zeros((len(RECIPES), len(MORPHS)), dtype=np.float32)
    for row, recipe in enumerate(RECIPES.values()):
        for name, weight in recipe.items():
            for morph in _sides(name):
                weights[row, MORPHS.index(morph)] += weight
    return weights
