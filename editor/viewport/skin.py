"""What a living head is coloured by: a tone of skin, irises, sRGB, no one's in particular, and where it looks."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.editor.viewport.shading import Colour

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
    """How a living head looks.

    tone : a name of `core.production.complexion.TONES`; iris : of `IRISES`; iris_size : its diameter, 1 for most;
    up, left : degrees, towards the subject's left; converge : degrees by which each eye turns inwards besides.
    """

    tone: str = "light"
    iris: str = "brown"
    iris_size: float = 1.0
    up: float = 0.0
    left: float = 0.0
    converge: float = 0.0
