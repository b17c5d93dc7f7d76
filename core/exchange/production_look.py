"""What the materials of the production mesh look like, and the images of its face, iris, lashes and lids' shadow."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from facewright.core.exchange.painted_skin import painted_skin
from facewright.core.exchange.pbr_material import PbrMaterial
from facewright.core.exchange.skin_maps import NORMALS, ROUGHNESS, skin_map
from facewright.core.production.complexion import LIGHT
from facewright.core.production.eyes import BROWN
from facewright.core.production.irises import iris_colours
from facewright.core.production.lashes import COLOUR, COLUMNS, ROWS, hairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.production.complexion import Tone

_IRIS = 0.36
"""Radius of an iris in its texture coordinates, about their middle, as the topology has it."""

_WHITE = (0.93, 0.91, 0.89)

_SIZE = 512


@lru_cache(maxsize=4)
def production_look(
    iris: tuple[float, float, float] = BROWN, iris_size: float = 1.0, tone: Tone = LIGHT, *, painted: bool = True
) -> Mapping[str, PbrMaterial]:
    """The look of each material by its name (`facewright.core.production.topology`).

    iris, iris_size : its sRGB and diameter; tone : the skin's; painted : whether the face has images, of lips and
    brows, pores, and where it shines, or is of one colour as the rest of the head.
    """
    clear = PbrMaterial("cornea", (0.1, 0.1, 0.1), 0.05, opacity=0.06)  # lighter, it would veil the pupil
    head = PbrMaterial("skin_head", tone.skin, 0.55)
    face = replace(head, name="skin")
    if painted:
        image, relief, rough = _png(painted_skin(tone)), skin_map(NORMALS), skin_map(ROUGHNESS)
        face = replace(face, colour=(1.0, 1.0, 1.0), image=image, relief=relief, rough=rough)
    looks = (
        face,
        head,
        PbrMaterial("mouth_socket", (0.45, 0.17, 0.17), 0.4),
        PbrMaterial("eye_sockets", (0.74, 0.47, 0.43), 0.4),
        PbrMaterial("gums_and_tongue", (0.71, 0.37, 0.37), 0.35),
        PbrMaterial("teeth", (0.92, 0.89, 0.81), 0.2),
        PbrMaterial("sclera", _WHITE, 0.2),
        PbrMaterial("iris", roughness=0.5, image=_png(_iris(iris, iris_size))),
        clear,
        replace(clear, name="lacrimal_fluid"),
        replace(clear, name="eye_blend", opacity=0.0),
        PbrMaterial("eye_occlusion", roughness=1.0, image=_png(_occlusion()), see_through=True),
        PbrMaterial("lashes", roughness=0.6, image=_png(_lashes()), see_through=True, both_sides=True),
    )
    return MappingProxyType({look.name: look for look in looks})


def _iris(iris: tuple[float, float, float], size: float) -> np.ndarray:
    """An iris in the middle of its tile, white about it, and black at the corners: of what is behind the pupil."""
    x, y = np.meshgrid(*(2 * [(np.arange(_SIZE) + 0.5) / _SIZE - 0.5]))
    radius = np.hypot(x, y)
    colour = iris_colours(radius / (size * _IRIS), np.arctan2(y, x), iris, _WHITE)
    colour[radius > 0.5] = 0.01
    return np.rint(colour.clip(0.0, 1.0) * 255.0).astype(np.uint8)


def _occlusion() -> np.ndarray:
    """The shadow of the lids: darkest at both ends of v, where they touch the eye."""
    v = (np.arange(64) + 0.5) / 64
    dark = 0.4 * np.maximum(1.0 - v / 0.25, 1.0 - (1.0 - v) / 0.25).clip(0.0, 1.0) ** 1.5
    image = np.zeros((64, 8, 4), np.uint8)
    image[..., :3] = (60, 30, 25)
    image[..., 3] = np.rint(dark * 255.0).astype(np.uint8)[:, None]
    return image


def _lashes() -> np.ndarray:
    """The hairs on every card, thin at their tips; the lids' margins are at a card's upper edge."""
    height, width = 2 * _SIZE // ROWS, 2 * _SIZE // COLUMNS
    opacity = np.zeros((2 * _SIZE, 2 * _SIZE))
    for hair in hairs():
        top, left = round(hair.row * 2 * _SIZE / ROWS), hair.column * width
        along = (np.arange(height) + 0.5) / height / hair.end
        middle, half = (width * way(along.clip(0.0, 1.0)) for way in (hair.across, hair.half_width))
        drawn = (half[:, None] + 0.5 - np.abs(np.arange(width) + 0.5 - middle[:, None])).clip(0.0, 1.0)
        card = opacity[top : top + height, left : left + width]
        np.maximum(card, drawn * (along < 1.0)[:, None], out=card)  # rows of an image run downwards, as these hairs do
    image = np.zeros((*opacity.shape, 4), np.uint8)
    image[..., :3] = np.rint(255.0 * np.array(COLOUR)).astype(np.uint8)
    image[..., 3] = np.rint(opacity * 255.0).astype(np.uint8)
    return image


def _png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
    return stream.getvalue()
