"""A sheet of pictures of heads, to be looked at before training on them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from facewright.core.mesh import Mesh
from facewright.train.evaluation.picture import SKIN, Shot, draw, png

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from facewright.core.parts import CodeName
    from facewright.train.data.heads import HeadSet

COLUMNS = 8
_NEUTRALS = 24
_EXPRESSIONS = 23
_TILE = (120, 150)
_CAPTION = 14
_FRAME = (200, 30, 30)

PART_COLOURS: dict[CodeName, tuple[float, float, float]] = {
    "nose": (0.44, 0.72, 0.46),
    "eyes": (0.94, 0.66, 0.36),
    "mouth": (0.44, 0.60, 0.86),
}


def contact_sheet(heads: HeadSet, marked: Collection[str] = ()) -> bytes:
    """A PNG: the mean head with its parts, neutral heads of some subjects, and the first subject's expressions.

    marked : subjects to frame and to show before others.
    """
    order = sorted(range(len(heads.subjects)), key=lambda s: (heads.subjects[s] not in marked, s))[:_NEUTRALS]
    shot = _shot(heads)
    mean = Mesh(heads.symmetric_mean, heads.surface.faces)
    tiles = [_captioned(draw(mean, shot, colours=part_colours(heads)), "mean and parts")]
    tiles.append(_captioned(draw(mean, shot, "side", part_colours(heads)), "from the side"))
    for subject in order:
        picture = draw(Mesh(heads.neutral[subject], heads.surface.faces), shot)
        name = heads.subjects[subject]
        tiles.append(_captioned(picture, name, framed=name in marked))
    tiles += [_blank()] * (-len(tiles) % COLUMNS)
    for index, expression in enumerate(heads.expressions[: _EXPRESSIONS + 1]):
        picture = draw(Mesh(heads.vertices[order[0], index], heads.surface.faces), shot)
        tiles.append(_captioned(picture, expression))
    tiles += [_blank()] * (-len(tiles) % COLUMNS)
    rows = [np.concatenate(tiles[k : k + COLUMNS], axis=1) for k in range(0, len(tiles), COLUMNS)]
    return png(np.concatenate(rows))


def stacked(pictures: Sequence[bytes]) -> bytes:
    """PNG pictures one above the other, as one."""
    images = [np.asarray(Image.open(BytesIO(picture)).convert("RGB")) for picture in pictures]
    width = max(image.shape[1] for image in images)
    padded = [np.pad(i, ((0, 0), (0, width - i.shape[1]), (0, 0)), constant_values=255) for i in images]
    return png(np.concatenate(padded))


def part_colours(heads: HeadSet) -> np.ndarray:
    """A colour (V, 3), 0 to 1, for each closed vertex: its part's, paler in the collars."""
    skin = np.array(SKIN)
    colours = np.tile(skin, (heads.surface.vertex_count, 1))
    for index, component in enumerate(heads.anatomy.components):
        part = np.array(PART_COLOURS[component.part])
        colours[heads.surface.collars[index]] = 0.35 * part + 0.65 * skin
        colours[heads.surface.component == index] = part
        colours[heads.surface.rims[index]] = 0.75 * part
    return colours


def _shot(heads: HeadSet) -> Shot:
    """One view that all neutral heads are within."""
    low, high = heads.neutral.min(axis=(0, 1)), heads.neutral.max(axis=(0, 1))
    x, y, z = (0.5 * (low + high)).tolist()
    width, height = _TILE
    half = 0.52 * max(float(high[1] - low[1]), float(max(high[0] - low[0], high[2] - low[2])) * height / width)
    return Shot((x, y, z), half, width, height)


def _captioned(picture: np.ndarray, text: str, *, framed: bool = False) -> np.ndarray:
    """A picture (h, w, 3) uint8 with a line of text below it and, if wanted, a red frame."""
    tile = Image.new("RGB", (_TILE[0], _TILE[1] + _CAPTION), "white")
    tile.paste(Image.fromarray(picture))
    pen = ImageDraw.Draw(tile)
    pen.text((3, _TILE[1] + 1), text[:19], fill=_FRAME if framed else (60, 60, 60))
    if framed:
        pen.rectangle((0, 0, tile.width - 1, tile.height - 1), outline=_FRAME, width=2)
    return np.asarray(tile)


def _blank() -> np.ndarray:
    return np.full((_TILE[1] + _CAPTION, _TILE[0], 3), 255, dtype=np.uint8)
