"""What an iris looks like: its pupil, fibres that run outwards, and the dark ring at its end."""

from __future__ import annotations

import numpy as np

PUPIL = 0.33
"""Of an iris' radius, in the light of a room."""

_FIBRES = 24
"""Waves about the pupil whose sum they are."""

_FADES = 0.03
"""Of the radius: over which the white begins."""

_BLACK = 0.01


def iris_colours(
    share: np.ndarray, angle: np.ndarray, colour: tuple[float, float, float], white: tuple[float, float, float]
) -> np.ndarray:
    """The sRGB (..., 3) at shares (...) of an iris' radius and angles (...), radians, and of the white about it."""
    depth = ((share - PUPIL) / (1.0 - PUPIL)).clip(0.0, 1.0)
    rng = np.random.default_rng(0)
    counts, phases = rng.integers(12, 90, _FIBRES), rng.uniform(0, 6.3, _FIBRES)
    fibres = sum(
        np.sin(count * angle + phase + 3.0 * depth) / (2.0 + index)
        for index, (count, phase) in enumerate(zip(counts, phases, strict=True))
    )
    light = 1.0 + 0.22 * fibres + 0.35 * np.exp(-(((depth - 0.25) / 0.18) ** 2))
    light *= 1.0 - 0.75 * np.exp(-(((depth - 1.0) / 0.09) ** 2))
    painted = np.where(share[..., None] < PUPIL, _BLACK, np.asarray(colour) * light[..., None])
    outside = ((share - 1.0) / _FADES).clip(0.0, 1.0)[..., None]
    result: np.ndarray = painted + outside * (np.asarray(white) - painted)
    return result
