"""The 52 facial blendshapes by the names that engines and face trackers use, and the facial units that they are.

The names are ARKit's, which others took over. Left and right are the subject's, as in `facewright.core.facial_units`.
The tongue has no unit: its shape comes with the topology.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from facewright.core.facial_units import FACIAL_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIDES = MappingProxyType({"L": "Left", "R": "Right"})

_ONE_OF_TWO = ("browInnerUp", "cheekPuff")
"""Units by side that engines know as one."""

TONGUE = "tongueOut"


def _engine_name(unit: str) -> str:
    stem, _, side = unit.partition("_")
    return stem if not side or stem in _ONE_OF_TWO else stem + _SIDES[side]


def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {TONGUE: ()}
    for unit in FACIAL_UNITS:
        name = _engine_name(unit)
        table[name] = (*table.get(name, ()), unit)
    return dict(sorted(table.items()))


ENGINE_UNITS: Mapping[str, tuple[str, ...]] = MappingProxyType(_table())
"""The units (`facewright.core.facial_units`) of each of the 52 blendshapes, in the order of their names."""
