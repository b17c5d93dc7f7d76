"""How the head is drawn: one frozen value that menus set and settings keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from editor.viewport.shading import Shade

Colouring = Literal["plain", "parts", "displacement"]
Comparison = Literal["off", "split", "wipe"]
Smoothness = Literal["automatic", "always", "never"]
COLOURINGS: tuple[Colouring, ...] = get_args(Colouring)
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)


@dataclass(frozen=True)
class Look:
    """What the viewport shows of a head, apart from its shape.

    range_mm : the displacement at which the map's colours end; unit : what lengths are in, for people; dark : whether
    the window round it is.
    """

    shade: Shade = "studio"
    colouring: Colouring = "plain"
    wireframe: bool = False
    landmarks: bool = False
    comparison: Comparison = "off"
    range_mm: float = 5.0
    unit: str = "mm"
    dark: bool = True
