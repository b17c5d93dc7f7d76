"""What a living head is coloured by: tones of skin, lips and irises, sRGB, no one's in particular."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.editor.viewport.shading import Colour


class Tone(NamedTuple):
    """One skin: its colour, that of its lips, and that of its brows."""

    skin: Colour
    lips: Colour
    brows: Colour


TONES: Mapping[str, Tone] = MappingProxyType(
    {
        "fair": Tone((0.93, 0.77, 0.69), (0.78, 0.45, 0.44), (0.45, 0.33, 0.24)),
        "light": Tone((0.87, 0.68, 0.57), (0.72, 0.40, 0.38), (0.30, 0.21, 0.15)),
        "tan": Tone((0.76, 0.56, 0.43), (0.62, 0.34, 0.30), (0.18, 0.12, 0.09)),
        "brown": Tone((0.58, 0.39, 0.28), (0.46, 0.25, 0.22), (0.10, 0.07, 0.05)),
        "dark": Tone((0.38, 0.25, 0.18), (0.33, 0.18, 0.16), (0.06, 0.045, 0.04)),
    }
)
"""From light to dark."""

IRISES: Mapping[str, Colour] = MappingProxyType(
    {
        "brown": (0.34, 0.20, 0.10),
        "hazel": (0.45, 0.34, 0.15),
        "green": (0.33, 0.42, 0.25),
        "blue": (0.30, 0.45, 0.62),
        "grey": (0.46, 0.51, 0.54),
    }
)


class Look(NamedTuple):
    """How a living head looks: names of a tone, and of an iris; the iris' diameter, 1 as most have it; where it looks.

    up, left : degrees, towards the subject's left; converge : degrees by which each eye turns inwards besides.
    """

    tone: str = "light"
    iris: str = "brown"
    iris_size: float = 1.0
    up: float = 0.0
    left: float = 0.0
    converge: float = 0.0
