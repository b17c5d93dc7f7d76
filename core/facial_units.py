"""The facial units of the expression code: the 53 morphs of ICT-FaceKit, after the Facial Action Coding System.

They are the standard facial blendshapes of ARKit, the inner brow and the puffed cheek by side; left and right are the
subject's. A model that has learnt them holds a code for each (`HeadModel.facial_units`), beside its named expressions:
those are presets for a person to choose from, and may be sums of units; sums of units' codes are expressions too.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIDED = (
    *("browDown", "browInnerUp", "browOuterUp", "cheekPuff", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn"),
    *("eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide", "mouthDimple", "mouthFrown", "mouthLowerDown", "mouthPress"),
    *("mouthSmile", "mouthStretch", "mouthUpperUp", "noseSneer"),
)

_WHOLE = (
    *("jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", "mouthFunnel", "mouthLeft", "mouthPucker"),
    *("mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
)

FACIAL_UNITS: tuple[str, ...] = tuple(sorted([*_WHOLE, *(f"{name}_{side}" for name in _SIDED for side in "LR")]))
"""Names of the units."""

_ASIDE: Mapping[str, str] = MappingProxyType(
    {"jawLeft": "jawRight", "jawRight": "jawLeft", "mouthLeft": "mouthRight", "mouthRight": "mouthLeft"}
)


def is_sided(name: str) -> bool:
    """Whether a unit moves one side of the face, and another moves the other."""
    return name.endswith(("_L", "_R"))


def twin(name: str) -> str:
    """The unit that a unit becomes in a mirror; itself where it moves both sides alike."""
    if is_sided(name):
        return name[:-1] + ("R" if name.endswith("L") else "L")
    return _ASIDE.get(name, name)


PRESETS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
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
"""Named expressions as strengths of units; `_LR` stands for both sides.

They follow FaceScape's list where the units allow it. A little of jawOpen keeps lips that roll or push from passing
through each other.
"""


def sides(name: str) -> tuple[str, ...]:
    """The units that a name in a preset stands for."""
    stem = name.removesuffix("_LR")
    return (name,) if stem == name else (f"{stem}_L", f"{stem}_R")


def preset_units(name: str) -> dict[str, float]:
    """The strength of each unit of a named expression; KeyError if there is none of that name."""
    return {unit: weight for key, weight in PRESETS[name].items() for unit in sides(key)}


_OPPOSITES = (
    *(("eyeBlink_L", "eyeWide_L"), ("eyeBlink_R", "eyeWide_R"), ("jawLeft", "jawRight"), ("mouthLeft", "mouthRight")),
    *(("eyeLookUp_L", "eyeLookDown_L"), ("eyeLookUp_R", "eyeLookDown_R"), ("mouthPucker", "mouthFunnel")),
    *(("eyeLookIn_L", "eyeLookOut_L"), ("eyeLookIn_R", "eyeLookOut_R"), ("mouthSmile_L", "mouthFrown_L")),
    *(("mouthSmile_R", "mouthFrown_R"), ("browDown_L", "browOuterUp_L"), ("browDown_R", "browOuterUp_R")),
)
"""Units of which a face makes one or the other."""

_MOST_SUMMED = 5
_ONE_SIDED = 0.5
STRENGTHS = (0.4, 1.0)
"""Between which strengths units are drawn."""

_OPEN = 0.35
"""Share of the sums whose jaw is open: it moves a face the most, and goes with everything."""


def drawn_units(rng: np.random.Generator, *, alone: bool) -> np.ndarray:
    """Weights (len(FACIAL_UNITS),) float32 of one unit, or of two to five, often with an open jaw.

    A unit with two sides is made by one or by both. mouthClose comes with as much of jawOpen, for it closes the lips of
    an open jaw; of two opposites one is drawn.
    """
    weights = np.zeros(len(FACIAL_UNITS), dtype=np.float32)
    summed = 1 if alone else int(rng.integers(2, _MOST_SUMMED + 1))
    for unit in rng.permutation(len(FACIAL_UNITS))[:summed]:
        _add_unit(weights, FACIAL_UNITS[unit], rng)
    if summed > 1 and rng.random() < _OPEN:
        jaw = FACIAL_UNITS.index("jawOpen")
        weights[jaw] = max(weights[jaw], rng.uniform(*STRENGTHS))
    return weights


def _add_unit(weights: np.ndarray, name: str, rng: np.random.Generator) -> None:
    """Add a unit to weights (len(FACIAL_UNITS),), on both of its sides or one, unless its opposite is there."""
    stem = name[:-2]
    names = (name,) if not is_sided(name) or rng.random() < _ONE_SIDED else (f"{stem}_L", f"{stem}_R")
    strength = rng.uniform(*STRENGTHS)
    barred = {other for pair in _OPPOSITES for one, other in (pair, pair[::-1]) if weights[FACIAL_UNITS.index(one)]}
    if barred & {*names}:
        return
    for each in names:
        weights[FACIAL_UNITS.index(each)] = strength
    jaw, closed = FACIAL_UNITS.index("jawOpen"), FACIAL_UNITS.index("mouthClose")
    weights[jaw] = max(weights[jaw], weights[closed])
