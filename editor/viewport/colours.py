"""The colours that a number or a part gives to a vertex."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.measure import NOTICEABLE_MM
from facewright.editor.viewport.shading import GAMMA, SKIN_NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facewright.core.parts import CodeName
    from facewright.editor.viewport.shading import Colour

PART_COLOURS: Mapping[CodeName, Colour] = MappingProxyType(
    {
        "nose": (0.00, 0.62, 0.45),
        "eyes": (0.90, 0.62, 0.00),
        "mouth": (0.34, 0.58, 0.86),
    }
)
"""Told apart by every common colour vision (after Okabe & Ito 2008, "Color Universal Design")."""

_COLLAR_SHARE, _RIM_LIGHT = 0.35, 0.7
"""How much of a part's colour its collar has, and how light its rim is beside it."""

_LIT, _LIT_SHARE = (1.0, 0.86, 0.45), 0.35
"""What a press would take hold of is lit up by."""

_STOPS = np.array(
    [
        (0.03, 0.19, 0.48),
        (0.19, 0.51, 0.80),
        (0.62, 0.80, 0.92),
        (0.90, 0.89, 0.87),
        (0.98, 0.75, 0.45),
        (0.89, 0.44, 0.07),
        (0.50, 0.17, 0.02),
    ]
)
"""From inwards to outwards, sRGB: blue and orange differ to every common colour vision, and lightness tells how far."""


def clay(openness: np.ndarray, base: Colour | np.ndarray = SKIN_NEUTRAL) -> np.ndarray:
    """sRGB (V, 3) uint8 of what is `base` where so much light reaches it, (V,) from 0 to 1 (`core.openness`).

    base : one sRGB colour, or one for each vertex, (V, 3).
    """
    tone = openness ** (1.0 / GAMMA)
    return np.rint(255.0 * np.asarray(base) * tone[:, None]).astype(np.uint8)


def lit(colours: np.ndarray | None, chosen: np.ndarray) -> np.ndarray:
    """sRGB (V, 3) uint8 with the `chosen` vertices (V,) bool lit up; colours : (V, 3) uint8, None for clay."""
    count = len(chosen)
    base = np.tile(np.rint(255.0 * np.asarray(SKIN_NEUTRAL)), (count, 1)) if colours is None else colours
    result = np.asarray(base, dtype=np.float64)
    result[chosen] += _LIT_SHARE * (255.0 * np.asarray(_LIT) - result[chosen])
    return np.rint(result).astype(np.uint8)


def displacement_colours(displacement: np.ndarray, range_mm: float) -> np.ndarray:
    """sRGB (N, 3) uint8 of displacements (N,) in mm: blue inwards, orange outwards, the last colour from the range on.

    Less than what can be noticed is light grey, as far as the range goes further; what is not a number is mid grey.
    """
    seen = np.where(np.abs(displacement) < min(NOTICEABLE_MM, range_mm / 2), 0.0, displacement)
    at = np.clip(seen / range_mm, -1.0, 1.0)
    stops = np.linspace(-1.0, 1.0, len(_STOPS))
    colours = np.stack([np.interp(at, stops, channel) for channel in _STOPS.T], axis=1)
    colours[np.isnan(at)] = 0.5
    return np.rint(255.0 * colours).astype(np.uint8)


def part_colours(weights: Mapping[CodeName, np.ndarray]) -> np.ndarray:
    """sRGB (N, 3) uint8 of points with a weight (N,) in the window of each part: its colour fades as the window does.

    Raises ValueError if there is no part.
    """
    if not weights:
        raise ValueError("there are no parts to colour")
    colours = np.tile(np.array(SKIN_NEUTRAL), (len(next(iter(weights.values()))), 1))
    for part, weight in weights.items():
        colours += weight[:, None] * (np.array(PART_COLOURS[part]) - colours)
    return np.rint(255.0 * colours).astype(np.uint8)


def component_colours(
    count: int, components: Sequence[tuple[CodeName, np.ndarray, np.ndarray, np.ndarray]]
) -> np.ndarray:
    """sRGB (count, 3) uint8 of vertices: each component's in its part's colour, its rim darker, its collar paler.

    components : a part, and which vertices are the component's own, its rim and its collar: (k,) int64, or (count,)
    bool. Where they share vertices a component's own go before collars, and rims before both.
    """
    skin = np.array(SKIN_NEUTRAL)
    colours = np.tile(skin, (count, 1))
    for part, _, _, collar in components:
        colours[collar] = _COLLAR_SHARE * np.array(PART_COLOURS[part]) + (1.0 - _COLLAR_SHARE) * skin
    for part, own, _, _ in components:
        colours[own] = PART_COLOURS[part]
    for part, _, rim, _ in components:
        colours[rim] = _RIM_LIGHT * np.array(PART_COLOURS[part])
    return np.rint(255.0 * colours).astype(np.uint8)
