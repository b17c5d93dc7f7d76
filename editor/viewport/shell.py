"""A head as a translucent shell over another: of one tint, and only where it stands out."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import pyvista

from editor.viewport.shading import apply_fragment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from editor.viewport.shading import Colour

TINT: Colour = (0.05, 0.42, 0.92)
"""sRGB of the shell: blue against clay and skin differs to every common colour vision, on dark and light grounds."""

INK: Mapping[bool, Colour] = MappingProxyType({True: (0.47, 0.72, 1.0), False: (0.02, 0.29, 0.70)})
"""sRGB of words about the shell, by whether the ground is dark: the same hue, with contrast enough to be read."""

_FILM = f"""{{
        float facing = clamp(normalize(normalVCVSOutput).z, 0.0, 1.0);
        vec3 tint = mix(vec3({", ".join(map(str, TINT))}), vec3(1.0), 0.30 * pow(facing, 3.0));
        gl_FragData[0] = vec4(tint, mix(0.85, 0.42, smoothstep(0.0, 0.75, facing)));
        }}"""
"""Paler and thinner where it faces the camera, so that it has a form and an outline and the head is seen through it."""

_NOTHING = "{ gl_FragData[0] = vec4(vec3(0.0), 1e-4); }"
"""Leaves the picture as it is, but is not nothing, which VTK would leave out of the depth as well."""

_SINK_MM = 0.3
_SUNK = f"""
        //VTK::PositionVC::Impl
        vec4 ahead = vec4(MCDCMatrix[0][3], MCDCMatrix[1][3], MCDCMatrix[2][3], 0.0);
        vec4 deep = vec4(MCDCMatrix[0][2], MCDCMatrix[1][2], MCDCMatrix[2][2], 0.0);
        float perMm = dot(deep, ahead) / dot(ahead, ahead);
        gl_Position.z = (gl_Position.z + {_SINK_MM} * perMm) / (gl_Position.w + {_SINK_MM}) * gl_Position.w;
"""
"""Lets the shell lie so far behind where it is seen: where the heads are the same it is hidden as a whole, and does not
flicker with the head's own surface."""


class Shell:
    """Draws a mesh as a shell, in a renderer that keeps the depth of another head's picture.

    Were the film alone drawn, one would see through it to its own far side, in whatever order the triangles come. So
    its nearest surface is first put into the depth buffer, by an actor that leaves no colour.
    """

    def __init__(self, data: pyvista.PolyData, renderer: pyvista.Renderer) -> None:
        """A shell of a mesh with normals, not yet seen."""
        self._nearest, self._film = (pyvista.Actor(mapper=pyvista.DataSetMapper(data)) for _ in range(2))
        for actor, fragment in ((self._nearest, _NOTHING), (self._film, _FILM)):
            actor.mapper.ScalarVisibilityOff()
            apply_fragment(actor, fragment)
            actor.GetShaderProperty().AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, _SUNK, False)
            renderer.add_actor(actor, reset_camera=False, render=False)
        self._film.ForceTranslucentOn()
        self.set_visible(False)

    def set_visible(self, visible: bool) -> None:
        """Show or hide it."""
        for actor in (self._nearest, self._film):
            actor.visibility = visible
