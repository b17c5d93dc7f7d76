"""The regions of the face that expressions and facial units move, by which they are ordered."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from facewright.editor.wording import spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WHOLE = "Whole Face"
_STEMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Brows": ("brow",),
        "Eyes": ("eye", "lid", "wink", "blink", "squint"),
        "Nose": ("nose", "nostril", "sneer"),
        "Cheeks": ("cheek",),
        "Mouth": ("mouth", "lip", "tongue", "pucker", "funnel", "kiss", "dimpl"),
        "Jaw": ("jaw", "chin"),
    }
)
"""How names begin that move one region."""


def by_region(names: Iterable[str]) -> dict[str, list[str]]:
    """Names by the region that they move, from the whole face down, each region's as they are spelt out."""
    regions: dict[str, list[str]] = {title: [] for title in (_WHOLE, *_STEMS)}
    for name in sorted(names, key=spoken):
        regions[_region(name)].append(name)
    return {title: members for title, members in regions.items() if members}


def _region(name: str) -> str:
    return next((title for title, stems in _STEMS.items() if name.lower().startswith(stems)), _WHOLE)
