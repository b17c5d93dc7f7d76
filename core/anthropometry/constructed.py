"""Points that are constructed from located landmarks and the surface: they carry the nose's breadths and its base.

Nobody places them by hand: they follow the landmarks that they are constructed from.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from facewright.core.anthropometry.breadths import BRIDGE_WIDTHS, side_walls, tip_sides
from facewright.core.anthropometry.nose_volume import VOLUME_LANDMARKS, nose_volume
from facewright.core.anthropometry.nostrils import Base, nostril_axis, outer_rim, rims_and_columella
from facewright.core.anthropometry.rays import run, together

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import numpy as np

    from facewright.core.anthropometry.nose_volume import NoseVolume
    from facewright.core.anthropometry.rays import Distance, Search

    Points = Mapping[str, np.ndarray]
    Construction = Callable[[Points, np.ndarray], Search[np.ndarray]]
    """From landmarks (3,) mm and axes (3, 3) to points (k, 3) mm."""

_LINE = ("n", "prn")
_WAY = ("ac_l", "ac_r", "prn")
_BASE = (*_WAY, "al_l", "al_r", "sn")


def _walls(percent: int) -> Construction:
    return lambda points, axes: side_walls(percent, points, axes)


_SECTIONS: Mapping[tuple[str, ...], tuple[tuple[str, ...], Construction]] = MappingProxyType(
    {
        **{(f"wall{at}_l", f"wall{at}_r"): (_LINE, _walls(at)) for at in BRIDGE_WIDTHS},
        ("tipside_l", "tipside_r"): (_WAY, tip_sides),
        ("rim_l", "rim_r", "columella"): (_BASE, lambda points, axes: rims_and_columella(Base.of(points, axes))),
    }
)
"""What is constructed together, of which landmarks, and how."""

_AXES: Mapping[tuple[str, ...], float] = MappingProxyType(
    {(f"nostrilfront_{side}", f"nostrilback_{side}"): sign for side, sign in (("l", 1.0), ("r", -1.0))}
)
"""The ends of the nostrils' axes, and on which side."""

CONSTRUCTED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **{name: parents for names, (parents, _) in _SECTIONS.items() for name in names},
        **{name: _BASE for names in _AXES for name in names},
    }
)
"""The landmarks that each constructed point needs, by its name."""


def constructible(names: Collection[str]) -> set[str]:
    """The constructed points that landmarks of these names allow."""
    return {name for name, parents in CONSTRUCTED.items() if set(parents) <= set(names)}


def construct(
    distance: Distance, points: Mapping[str, np.ndarray], axes: np.ndarray, wanted: Collection[str]
) -> tuple[dict[str, np.ndarray], NoseVolume | None]:
    """Constructed points (3,) mm of those `wanted` that the landmarks allow, NaN where the surface has none.

    The volume too, where all landmarks that it needs are `wanted`; else None.
    """
    asked = set(wanted) & constructible(points)
    sections = {names: each for names, (_, each) in _SECTIONS.items() if set(names) & asked}
    nostrils = {names: side for names, side in _AXES.items() if set(names) & asked}
    base = Base.of(points, axes) if nostrils else None
    searches: list[Search[Any]] = [each(points, axes) for each in sections.values()]
    searches += [outer_rim(side, base) for side in nostrils.values() if base]
    if with_volume := set(VOLUME_LANDMARKS) <= set(wanted) & points.keys():
        searches.append(nose_volume(points, axes))
    results = run(distance, together(searches)) if searches else []
    made = dict(zip(sections, results, strict=False))
    for (names, side), heights in zip(nostrils.items(), results[len(sections) :], strict=False):
        assert base is not None
        made[names] = nostril_axis(distance, side, base, heights)
    flat = {name: row for names, rows in made.items() for name, row in zip(names, rows, strict=True)}
    return flat, results[-1] if with_volume else None
