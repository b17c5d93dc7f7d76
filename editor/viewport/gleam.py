"""What is clear and wet over a surface, as corneas are: nothing is seen of it but the lamp that it mirrors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facewright.editor.viewport.shading import apply_fragment, light_from, mirrored
from facewright.editor.viewport.surface_actor import SurfaceActor

if TYPE_CHECKING:
    import pyvista

    from facewright.editor.viewport.painting import Clear


class Gleam:
    """Draws what is clear, in a scene."""

    def __init__(self, renderer: pyvista.Renderer) -> None:
        """Nothing to see."""
        self._surface = SurfaceActor()
        self._surface.actor.ForceTranslucentOn()
        apply_fragment(self._surface.actor, mirrored())
        renderer.add_actor(self._surface.actor, reset_camera=False, render=False)

    def show(self, clear: Clear | None) -> None:
        """Show it in the place of the last, or nothing."""
        if clear is not None:
            self._surface.show(clear.mesh, clear.normals)
        self._surface.set_drawn(clear is not None)

    def light_from(self, azimuth: float, turn: float) -> None:
        """Mirror the lamps where `shading.light_from` has put those of the surface."""
        light_from(self._surface.actor, azimuth, turn)
