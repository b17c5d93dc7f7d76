"""How a surface looks to other programs.

The metallic-roughness model that glTF and USD share, reduced to what skin, eyes, teeth and hair need. OBJ's materials
hold the same by words that not all programs know.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from facewright.core.exchange.text import one_word

if TYPE_CHECKING:
    from collections.abc import Mapping

ImageUse = Literal["colour", "relief", "rough"]

ENDINGS: Mapping[ImageUse, str] = MappingProxyType({"colour": "", "relief": "_normal", "rough": "_roughness"})
"""Of an image's name, after its material's."""


@dataclass(frozen=True)
class PbrMaterial:
    """One material; it has no metal in it.

    name : of one word; colour : (3,) from 0 to 1, sRGB, which an image is multiplied with; roughness : from 0, a
    mirror, to 1; opacity : from 0 to 1; image : a PNG file's bytes, sRGB, or none; see_through : whether the image's
    own opacity counts; both_sides : whether the back is seen as well, as of a sheet; relief : a PNG file's bytes, the
    normals in tangent space, y up the image; rough : a PNG file's bytes, grey, the roughness where it is read.
    """

    name: str
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    roughness: float = 0.6
    opacity: float = 1.0
    image: bytes | None = None
    see_through: bool = False
    both_sides: bool = False
    relief: bytes | None = None
    rough: bytes | None = None

    @property
    def images(self) -> dict[ImageUse, bytes]:
        """Its images by what they are for."""
        told: dict[ImageUse, bytes | None] = {"colour": self.image, "relief": self.relief, "rough": self.rough}
        return {use: image for use, image in told.items() if image is not None}

    @property
    def linear(self) -> tuple[float, float, float]:
        """The colour in linear light."""
        r, g, b = (linear_light(value) for value in self.colour)
        return r, g, b


def image_file(prefix: str, material: PbrMaterial, use: ImageUse) -> str:
    """What the file of an image is called that lies beside another one."""
    return f"{one_word(prefix)}_{one_word(material.name)}{ENDINGS[use]}.png"


def linear_light(value: float) -> float:
    """A channel of sRGB, 0 to 1, in linear light (IEC 61966-2-1)."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def linear_levels() -> np.ndarray:
    """What the 256 levels of an sRGB colour are in linear light, (256,) float64 from 0 to 1."""
    return np.array([linear_light(level / 255.0) for level in range(256)])


SKIN = PbrMaterial("skin", (0.855, 0.774, 0.708))
"""What a head has where nothing else is told."""

WHITE = PbrMaterial(SKIN.name)
"""What a head has whose vertices have colours, which are multiplied by the material's."""
