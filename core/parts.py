"""The parts of a head, the codes that shape them, and the order of the cascade (paper 3.1, 4.2)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

CodeName = Literal["expression", "nose", "eyes", "mouth", "remainder"]

CODES: tuple[CodeName, ...] = get_args(CodeName)
"""Every code, in the order in which the cascade's stages undo them."""

PARTS: tuple[CodeName, ...] = CODES[1:]
"""The parts that make up a neutral head."""

LOCAL_PARTS: tuple[CodeName, ...] = ("nose", "eyes", "mouth")
"""The parts that are swapped between heads, each confined to a window of its own."""

COMPONENTS: Mapping[CodeName, tuple[str, ...]] = MappingProxyType(
    {"nose": ("nose",), "eyes": ("eye_right", "eye_left"), "mouth": ("mouth",)}
)
"""The connected components of each local part; each has a graft site and a window of its own."""

CODE_SIZES: Mapping[CodeName, int] = MappingProxyType(
    {"expression": 128, "nose": 48, "eyes": 48, "mouth": 48, "remainder": 112}
)
"""Length of each latent code in the paper."""

LANDMARKS_PER_STAGE = 5
"""Landmarks that carry the local fields of one stage."""
