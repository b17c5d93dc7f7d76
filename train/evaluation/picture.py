"""Pictures of meshes with numpy alone: no window system, no graphics driver, the same on every machine.

A mesh is seen from afar along an axis. Its triangles, a few pixels large, are strewn with points; the nearest
point in a pixel colours it.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Literal

import igl
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from facewright.core.mesh import Mesh

View = Literal["front", "side"]

SKIN = (0.87, 0.78, 0.71)
BACKGROUND = (1.0, 1.0, 1.0)

_AXES = {
    "front": np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    "side": np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]),
}
"""Right, up and towards the viewer, head frame: from the front; the subject's right side, the face to the right."""

_LIGHTS = ((np.array([-0.35, 0.5, 0.79]), 0.75), (np.array([0.7, 0.1, 0.7]), 0.35))
"""Directions to the lights, in the view's axes, and their strengths."""

_AMBIENT = 0.12
_OVERSAMPLING = 2
_SPACING = 0.7
"""Pixels between the points of a triangle, at most: no gaps show."""


@dataclass(frozen=True)
class Shot:
    """What a picture shows: centre (3,) mm, half the height mm, and the size in pixels."""

    centre: tuple[float, float, float]
    half_height_mm: float = 105.0
    width: int = 220
    height: int = 260


def draw(mesh: Mesh, shot: Shot, view: View = "front", colours: np.ndarray | None = None) -> np.ndarray:
    """A picture (height, width, 3) uint8 of a mesh; colours : (V, 3) float, 0 to 1, by default skin."""
    vertices, axes = np.asarray(mesh.vertices, dtype=np.float64), _AXES[view]
    normals = igl.per_vertex_normals(vertices, mesh.faces.astype(np.int64)) @ axes.T
    paint = np.broadcast_to(SKIN, vertices.shape) if colours is None else colours
    shaded = np.clip(paint * _light(normals)[:, None], 0.0, 1.0)
    scale = _OVERSAMPLING * shot.height / (2.0 * shot.half_height_mm)
    width, height = _OVERSAMPLING * shot.width, _OVERSAMPLING * shot.height
    seen = (vertices - np.asarray(shot.centre)) @ axes.T * scale
    seen[:, :2] = seen[:, :2] * [1.0, -1.0] + [width / 2.0, height / 2.0]

    image = np.empty((height, width, 3))
    image[:] = BACKGROUND
    depth = np.full(height * width, -np.inf)
    for faces, weights in _strewn(seen, _facing(seen, mesh.faces)):
        points = np.einsum("kc,fcd->fkd", weights, seen[faces]).reshape(-1, 3)
        colour = np.einsum("kc,fcd->fkd", weights, shaded[faces]).reshape(-1, 3)
        _paint(image.reshape(-1, 3), depth, width, points, colour)
    small = image.reshape(shot.height, _OVERSAMPLING, shot.width, _OVERSAMPLING, 3).mean(axis=(1, 3))
    return (255.0 * small + 0.5).astype(np.uint8)


def _light(normals: np.ndarray) -> np.ndarray:
    """Brightness (V,) of unit normals (V, 3) in the view's axes."""
    direct = [strength * np.clip(normals @ towards, 0.0, None) for towards, strength in _LIGHTS]
    brightness: np.ndarray = _AMBIENT + np.sum(direct, axis=0)
    return brightness


def _facing(seen: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """The faces (f, 3) turned to the viewer; y runs down in the picture, so they run clockwise there."""
    a, b, c = seen[faces][..., :2].transpose(1, 0, 2)
    twice_area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    turned: np.ndarray = faces[twice_area < 0.0]
    return turned


def _strewn(seen: np.ndarray, faces: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Faces (f, 3) by size, each group with the barycentric weights (k, 3) of points dense enough for it."""
    corners = seen[faces][..., :2]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    steps = np.ceil(np.maximum(longest / _SPACING, 1.0)).astype(int)
    return [(faces[steps == n], _barycentric(int(n))) for n in np.unique(steps)]


def _barycentric(steps: int) -> np.ndarray:
    """Weights (k, 3) of the points that divide a triangle's edges into `steps`."""
    first, second = np.meshgrid(np.arange(steps + 1), np.arange(steps + 1), indexing="ij")
    inside = first + second <= steps
    shares = np.column_stack([first[inside], second[inside]]) / steps
    return np.column_stack([1.0 - shares.sum(axis=1), shares])


def _paint(image: np.ndarray, depth: np.ndarray, width: int, points: np.ndarray, colours: np.ndarray) -> None:
    """Colour the pixels of an image (pixels, 3) where points (n, 3), in pixels, are nearer than what is there."""
    column, row = np.floor(points[:, 0]).astype(np.int64), np.floor(points[:, 1]).astype(np.int64)
    within = (column >= 0) & (column < width) & (row >= 0) & (row < len(depth) // width)
    pixel, near, colours = (row * width + column)[within], points[within, 2], colours[within]
    nearer = near > depth[pixel]
    pixel, near, colours = pixel[nearer], near[nearer], colours[nearer]
    order = np.argsort(near)  # of the points in one pixel the last, which is the nearest, stays
    image[pixel[order]], depth[pixel[order]] = colours[order], near[order]


def heat(values: np.ndarray, highest: float) -> np.ndarray:
    """Colours (N, 3), 0 to 1, of values (N,) from 0 (pale) over yellow to `highest` and above (dark red)."""
    stops = np.array([[0.90, 0.90, 0.92], [0.99, 0.85, 0.40], [0.95, 0.42, 0.18], [0.60, 0.03, 0.10]])
    place = np.clip(values / highest, 0.0, 1.0)
    return np.column_stack([np.interp(place, np.linspace(0.0, 1.0, len(stops)), stops[:, c]) for c in range(3)])


def png(picture: np.ndarray) -> bytes:
    """A picture (height, width, 3) uint8 as a PNG file's bytes."""
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return buffer.getvalue()
