"""What the landmarks to pick are called, and where they lie (Farkas 1981), in plain words."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "n": ("Root of the nose", "the deepest point of the bridge, in the middle between the eyes"),
        "prn": ("Tip of the nose", "the point that stands out furthest, in the middle"),
        "sn": ("Base of the nose", "where the partition between the nostrils meets the upper lip"),
        "ls": ("Edge of the upper lip", "the upper border of the red, in the middle"),
        "li": ("Edge of the lower lip", "the lower border of the red, in the middle"),
        "gn": ("Bottom of the chin", "the lowest point of the chin, in the middle"),
        "en": ("Inner corner of the {side} eye", "where the lids meet beside the nose, on the skin"),
        "ex": ("Outer corner of the {side} eye", "where the lids meet towards the temple, on the skin"),
        "al": ("{side} wing of the nose", "the point of the nostril's wing furthest to the side"),
        "ch": ("{side} corner of the mouth", "where the lips meet at the side"),
    }
)
_SIDES = {"r": "right", "l": "left"}


def title(name: str) -> str:
    """A landmark by its plain name and its short one: "Tip of the nose (prn)"."""
    base, _, side = name.partition("_")
    plain = _WORDS[base][0].format(side=_SIDES.get(side, ""))
    return f"{plain[0].upper()}{plain[1:]} ({name})"


def where(name: str) -> str:
    """Where it lies, within a sentence."""
    return _WORDS[name.partition("_")[0]][1]
