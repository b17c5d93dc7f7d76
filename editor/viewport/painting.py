"""What a viewport draws: surfaces with their colours, and what is marked on them, wherever they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.mesh import Mesh
from facewright.editor.viewport.shading import SKIN_NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facewright.core.surface.patched_mesh import Surface as LiveSurface
    from facewright.editor.viewport.shading import Colour
    from facewright.editor.viewport.texture import SurfaceTexture


@dataclass(frozen=True, eq=False)
class Clear:
    """A clear wet surface. mesh : mm, head frame; normals : (V, 3) float32, unit length, outwards."""

    mesh: Mesh
    normals: np.ndarray


@dataclass(frozen=True, eq=False)
class Strands:
    """Hairs as ribbons.

    middles : (n, 3) mm, head frame, places along them; aside : (n, 3) mm, from there to an edge; faces : (F, 3) int32,
    of the middles, the edges, and then the edges across; colours : (n, 3) sRGB, from 0 to 1.
    """

    middles: np.ndarray
    aside: np.ndarray
    faces: np.ndarray
    colours: np.ndarray

    @classmethod
    def joined(cls, several: Iterable[Strands]) -> Strands:
        """Several as one."""
        kinds = list(several)
        middles, aside, colours = (
            np.concatenate([getattr(each, name) for each in kinds]) for name in ("middles", "aside", "colours")
        )
        begins, faces = 0, []
        for each in kinds:
            row, place = np.divmod(each.faces, len(each.middles))
            faces.append(row * len(middles) + begins + place)
            begins += len(each.middles)
        return cls(middles, aside, np.concatenate(faces).astype(np.int32), colours)


@dataclass(frozen=True, eq=False)
class Drawable:
    """One surface, ready to be drawn.

    mesh : mm, head frame; a point cloud is a mesh without faces. normals : (V, 3) float32, unit length, outwards.
    colours : (V, 3) uint8 sRGB, or None for clay. live : the head's own surface that all this is of, if it is: that one
    is closed, and says what of it stays while a part is moved. texture : images that it is to be seen in. clear : what
    lies over it. hair : what grows from it. fewer : (F, 3) int32, the same by larger triangles, where a picture has to
    be quick; first those that hide the others. skin : sRGB, from 0 to 1, what most of it would be in full light.
    """

    mesh: Mesh
    normals: np.ndarray
    colours: np.ndarray | None = None
    live: LiveSurface | None = None
    texture: SurfaceTexture | None = None
    clear: Clear | None = None
    hair: Strands | None = None
    fewer: np.ndarray | None = None
    skin: Colour = SKIN_NEUTRAL


NOTHING = Drawable(Mesh(np.empty((0, 3), np.float32), np.empty((0, 3), np.int32)), np.empty((0, 3), np.float32))
"""What is drawn where a head must not be seen."""


@dataclass(frozen=True, eq=False)
class Painting:
    """One picture of the head, without the camera.

    landmarks : (n, 3) float32, mm, head frame. other : the head compared with, if there is anything of it yet.
    place : where something lies that is being placed in the head's stead; at every new one the camera faces it anew.
    drag_s : what computing the surface and its colours took, in seconds, if a hand is moving the head. has_map :
    whether its colours are a map's.
    """

    head: Drawable
    landmarks: np.ndarray = field(default_factory=partial(np.empty, (0, 3), np.float32))
    other: Drawable | None = None
    place: object | None = None
    drag_s: float | None = None
    has_map: bool = False
