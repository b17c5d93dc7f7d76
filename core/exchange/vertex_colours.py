"""The look of materials as a colour at each vertex, for formats without materials."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from facewright.core.exchange.pbr_material import PbrMaterial
    from facewright.core.exchange.shape import Shape


def vertex_colours(shape: Shape) -> np.ndarray | None:
    """Colours (V, 3) uint8, sRGB: the shape's own, or those of its materials and their images; None if it has neither.

    What one sees through, as a cornea, has the colour of the nearest vertex that is not: an iris is seen then.
    """
    if shape.colours is not None or shape.texture is None or not any(each.image for each in shape.materials):
        return shape.colours
    colours, told = np.full((len(shape.vertices), 3), 255, np.uint8), np.zeros(len(shape.vertices), bool)
    for number, material in enumerate(shape.materials):
        if material.opacity < 1.0 or material.see_through:
            continue
        own = np.unique(shape.texture.faces[shape.face_material == number])
        own = own[own >= 0]
        vertices = shape.texture.vertex[own]
        colours[vertices], told[vertices] = _sampled(material, shape.texture.points[own]), True
    if told.any() and not told.all():
        nearest = cKDTree(shape.vertices[told]).query(shape.vertices[~told])[1]
        colours[~told] = colours[told][nearest]
    return colours


def _sampled(material: PbrMaterial, points: np.ndarray) -> np.ndarray:
    """A material's colours (n, 3) uint8 at points (n, 2) of its tile, v upwards.

    Of an image the mean of as many texels is taken as there are to a point: one is of a hair, or of the skin beside it.
    """
    plain = 255.0 * np.tile(material.colour, (len(points), 1))
    if material.image is None or not len(points):
        return np.rint(plain).astype(np.uint8)
    whole = Image.open(io.BytesIO(material.image)).convert("RGB")
    image = np.asarray(whole.reduce(max(math.isqrt(whole.width * whole.height // len(points)), 1)))
    height, width = image.shape[:2]
    u, v = (points - np.floor(points.mean(axis=0))).clip(0.0, 1.0).T
    columns = np.minimum(u * width, width - 1).astype(np.int64)
    rows = np.minimum((1.0 - v) * height, height - 1).astype(np.int64)
    return np.rint(plain * image[rows, columns] / 255.0).astype(np.uint8)
