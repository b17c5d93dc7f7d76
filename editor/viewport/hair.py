"""Hairs finer than a pixel: drawn wider than they are, and as much fainter, so that none is a row of single dots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.mesh import Mesh
from facewright.editor.viewport.pose import VIEW_ANGLE
from facewright.editor.viewport.shading import apply_fragment
from facewright.editor.viewport.surface_actor import SurfaceActor

if TYPE_CHECKING:
    import pyvista

    from facewright.editor.viewport.painting import Strands

_LEAST_PIXELS = 1.5
"""Half the width of a hair in a picture, from its middle to where it has faded away."""
_CHANGES = 0.05
"""Pixels that differ by a smaller share are the same."""
_LEAST_MM = 1e-6

_FLAT = "gl_FragData[0] = vec4(diffuseColor, opacity);"


class Hair:
    """Draws hairs in a scene."""

    def __init__(self, renderer: pyvista.Renderer) -> None:
        """Nothing to see."""
        self._renderer = renderer
        self._surface = SurfaceActor()
        self._surface.actor.ForceTranslucentOn()
        apply_fragment(self._surface.actor, _FLAT)
        renderer.add_actor(self._surface.actor, reset_camera=False, render=False)
        self._strands: Strands | None = None
        self._pixel_mm = 0.0

    def show(self, strands: Strands | None) -> None:
        """Show these hairs in the place of the last, or none."""
        if strands is not self._strands:
            self._strands, self._pixel_mm = strands, 0.0
        self._surface.set_drawn(strands is not None)
        self.fit()

    def fit(self) -> None:
        """Make them as wide as the camera asks for."""
        strands = self._strands
        if strands is None:
            return
        away = np.linalg.norm(strands.middles.mean(axis=0) - np.array(self._renderer.camera.position))
        height = self._renderer.GetRenderWindow().GetSize()[1]
        pixel_mm = float(2.0 * away * np.tan(np.radians(VIEW_ANGLE / 2.0)) / max(height, 1))
        if abs(pixel_mm - self._pixel_mm) > _CHANGES * self._pixel_mm:
            self._pixel_mm = pixel_mm
            mesh, colours = widened(strands, pixel_mm)
            self._surface.show(mesh, np.zeros_like(mesh.vertices))
            self._surface.colour(colours)


def widened(strands: Strands, pixel_mm: float) -> tuple[Mesh, np.ndarray]:
    """The hairs as a mesh, and its colours (V, 4) uint8 sRGB with opacity: that falls to nothing at their edges.

    Each covers as much as its own width would.
    """
    half = np.linalg.norm(strands.aside, axis=1)
    wide = np.maximum(2.0 * half, _LEAST_PIXELS * pixel_mm)
    opacity = (2.0 * half / wide.clip(_LEAST_MM)).clip(max=1.0)
    reach = strands.aside * (wide / half.clip(_LEAST_MM))[:, None]
    middles = strands.middles
    vertices = np.concatenate([middles, middles + reach, middles - reach]).astype(np.float32)
    colours = np.empty((len(vertices), 4))
    colours[:, :3] = np.tile(strands.colours, (3, 1))
    colours[:, 3] = np.concatenate([opacity, np.zeros(2 * len(opacity))])
    return Mesh(vertices, strands.faces), np.rint(255.0 * colours).astype(np.uint8)
