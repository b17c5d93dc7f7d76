"""How the head is drawn: one frozen value that menus set and settings keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from facewright.editor.viewport.skin import Look

if TYPE_CHECKING:
    from facewright.editor.viewport.shading import Shade

Colouring = Literal["plain", "natural", "parts", "displacement", "residual"]
Comparison = Literal["off", "split", "wipe", "overlay"]
Smoothness = Literal["automatic", "always", "never"]

RESIDUAL_RANGE_MM = 3.0
"""Where the colours of the map of a fit's residual end: always the same, so that one fit can be told from another."""


REFERENCE_SCALES = (0.1, 4.0)
"""The smallest and the largest that a reference picture can be drawn; at 1 it is as large as the view allows."""


@dataclass(frozen=True)
class ReferenceLook:
    """How a reference picture is drawn.

    opacity : from 0 to 1; scale : within `REFERENCE_SCALES`; in_front : over the head, in the place of behind it.
    """

    opacity: float = 1.0
    scale: float = 1.0
    in_front: bool = False

    @classmethod
    def of_record(cls, record: object) -> ReferenceLook:
        """The look that a project's file tells, as `dataclasses.asdict` wrote it; the first one if it tells none."""
        try:
            opacity, scale = (float(record[key]) for key in ("opacity", "scale"))  # type: ignore[index]
            in_front = record["in_front"] is True  # type: ignore[index]
        except (TypeError, KeyError, ValueError, OverflowError):
            return cls()
        if not (0.0 <= opacity <= 1.0 and REFERENCE_SCALES[0] <= scale <= REFERENCE_SCALES[1]):
            return cls()
        return cls(opacity, scale, in_front)


@dataclass(frozen=True)
class DisplayOptions:
    """What the viewport shows of a head, apart from its shape.

    range_mm : the displacement at which the map's colours end; unit : what lengths are in, for people; dark : whether
    the window round it is; own_surface : whether a patient's own surface is shown in the place of the model's;
    light_turn : degrees by which the lamps are carried round the head, to the right in the picture; look : of a
    head in natural colours; reference : how a reference picture is drawn, where there is one.
    """

    shade: Shade = "studio"
    colouring: Colouring = "plain"
    wireframe: bool = False
    landmarks: bool = False
    comparison: Comparison = "off"
    range_mm: float = 5.0
    unit: str = "mm"
    dark: bool = True
    own_surface: bool = False
    light_turn: float = 0.0
    look: Look = field(default_factory=Look)
    reference: ReferenceLook = field(default_factory=ReferenceLook)

    @property
    def is_map(self) -> bool:
        """Whether colours mean millimetres."""
        return self.colouring in ("displacement", "residual")

    @property
    def map_range_mm(self) -> float:
        """Where the colours of the map that is shown end."""
        return RESIDUAL_RANGE_MM if self.colouring == "residual" else self.range_mm

    @property
    def needs_other(self) -> bool:
        """Whether there is something to see of the head compared with."""
        return self.comparison != "off" or self.colouring == "displacement"

    @property
    def tints_head(self) -> bool:
        """Whether the head is tinted where it stands out from the one laid over it: not where colours say more."""
        return self.comparison == "overlay" and self.colouring == "plain"

    @property
    def shows_scan(self) -> bool:
        """Whether a patient's own surface is shown where there is one."""
        return self.own_surface or self.colouring == "residual"


def turned(light_turn: float, degrees: float) -> float:
    """The lamps carried on by so many degrees: from −180 to 180."""
    return (light_turn + degrees + 180.0) % 360.0 - 180.0
