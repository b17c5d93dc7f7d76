"""The images of a surface as its file has them: at every corner of every polygon, where in which image that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facewright.core.reading.material import Material

LARGEST_SIDE = 4096
"""Pixels: of a face some 0.1 mm each."""

MOST_BYTES = 256 * 2**20
"""Of all images of a surface: what has more of them has but its vertices' colours there."""


@dataclass(frozen=True, eq=False)
class ImageMap:
    """Where in which image each polygon of a surface is.

    uv : (C, 2) float32, v upwards, of every polygon's corner, NaN where there is none; image : (P,) int16, the index of
    each polygon's into `images`, −1 where there is none; images : (height, width, 3) uint8 sRGB each.
    """

    uv: np.ndarray
    image: np.ndarray
    images: tuple[np.ndarray, ...]


def keep(decoded: dict[int, np.ndarray], number: int, pixels: np.ndarray) -> None:
    """Add a material's image (height, width, 3) uint8 to those that are kept, smaller where it is too large.

    It is left out where they would be too many: a file may name a large one for each of a thousand materials.
    """
    factor = -(-max(pixels.shape[:2]) // LARGEST_SIDE)
    if factor > 1:
        pixels = np.asarray(Image.fromarray(pixels).reduce(factor))
    if sum(own.nbytes for own in decoded.values()) + pixels.nbytes <= MOST_BYTES:
        decoded[number] = pixels


def image_map(
    uv: np.ndarray,
    material: np.ndarray,
    sizes: np.ndarray,
    materials: Sequence[Material],
    decoded: Mapping[int, np.ndarray],
) -> ImageMap | None:
    """The images of polygons by their materials; None where there are none.

    uv : (C, 2), of every corner; material : (P,), −1 where there is none; sizes : (P,), each polygon's corners;
    decoded : what `keep` has kept.
    """
    used = [number for number in sorted(decoded) if (material == number).any()]
    if not used:
        return None
    image = np.full(len(material), -1, np.int16)
    corner_material, placed = np.repeat(material, sizes), np.asarray(uv, dtype=np.float64).copy()
    images = []
    for place, number in enumerate(used):
        own, pixels = materials[number], decoded[number]
        assert own.texture is not None
        image[material == number] = place
        here = corner_material == number
        placed[here] = placed[here] * own.texture.scale + own.texture.offset
        if own.tints and own.colour is not None:
            pixels = np.rint(pixels * np.array(own.colour)).astype(np.uint8)
        images.append(pixels)
    starts = np.cumsum(sizes) - sizes
    bare = np.add.reduceat(~np.isfinite(placed).all(axis=1), starts[sizes > 0]) > 0
    image[np.flatnonzero(sizes > 0)[bare]] = -1
    if not (image >= 0).any():
        return None
    return ImageMap(placed.clip(-1e6, 1e6).astype(np.float32), image, tuple(images))
