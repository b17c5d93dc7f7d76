"""The facial units of the expression code: the 53 morphs of ICT-FaceKit, after the Facial Action Coding System.

They are the standard facial blendshapes of ARKit, the inner brow and the puffed cheek by side; left and right are the
subject's. A model that has learnt them holds a code for each (`HeadModel.units`), beside its named expressions: those
are presets for a person to choose from, and may be sums of units; sums of units' codes are expressions too.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

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

UNITS: tuple[str, ...] = tuple(sorted([*_WHOLE, *(f"{name}_{side}" for name in _SIDED for side in "LR")]))
"""Names of the units."""

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
