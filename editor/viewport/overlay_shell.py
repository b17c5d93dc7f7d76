"""Two heads in one picture, each tinted where it stands out from the other.

The other is a blue shell over this one, and this one is orange: as in the map, what an edit takes away is blue, and
what it adds is orange. Where both are the same, this one is as it is without the other.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import pyvista
from vtkmodules.vtkRenderingCore import vtkRenderer

from facewright.editor.viewport.shading import apply_fragment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    from facewright.editor.viewport.shading import Colour

_OTHER: Colour = (0.05, 0.42, 0.92)
_OWN: Colour = (1.0, 0.52, 0.0)
"""sRGB of what stands out of either head: blue and orange differ to every common colour vision."""

OTHER_INK: Mapping[bool, Colour] = MappingProxyType({True: (0.47, 0.72, 1.0), False: (0.02, 0.29, 0.70)})
OWN_INK: Mapping[bool, Colour] = MappingProxyType({True: (1.0, 0.70, 0.36), False: (0.62, 0.27, 0.0)})
"""sRGB of words about either, by whether the ground is dark: the same hues, with contrast enough to be read."""

_FILM = """{{
        float facing = clamp(normalize(normalVCVSOutput).z, 0.0, 1.0);
        vec3 tint = mix(vec3({}, {}, {}), vec3(1.0), 0.30 * pow(facing, 3.0));
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


class OverlayShell:
    """Draws a mesh as a shell, in a renderer that has the depth of another head.

    Were the film alone drawn, one would see through it to its own far side, in whatever order the triangles come. So
    its nearest surface is first put into the depth buffer, by an actor that leaves no colour.
    """

    def __init__(self, data: pyvista.PolyData, renderer: vtkRenderer, tint: Colour = _OTHER) -> None:
        """A shell of a mesh with normals, not yet seen."""
        self._nearest, self._film = _actor(data, _NOTHING), _actor(data, _FILM.format(*tint))
        for actor in (self._nearest, self._film):
            actor.GetShaderProperty().AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, _SUNK, False)
            renderer.AddActor(actor)
        self._film.ForceTranslucentOn()
        self.set_visible(False)

    def set_visible(self, visible: bool) -> None:
        """Show or hide it."""
        for actor in (self._nearest, self._film):
            actor.visibility = visible


class Outgrowth:
    """Tints a head where it stands out from another, in a picture over all others."""

    def __init__(self, head: pyvista.PolyData, other: pyvista.PolyData, window: vtkRenderWindow, layer: int) -> None:
        """Both meshes with normals; nothing is seen yet."""
        self._renderer = vtkRenderer()
        self._renderer.SetLayer(layer)
        self._renderer.InteractiveOff()
        self._renderer.AddActor(_actor(other, _NOTHING))
        OverlayShell(head, self._renderer, _OWN).set_visible(True)
        self.set_visible(False)
        window.AddRenderer(self._renderer)

    def set_visible(self, visible: bool) -> None:
        """Show or hide it."""
        self._renderer.SetDraw(visible)

    def set_fine(self, fine: bool) -> None:
        """Draw smooth edges, or be quick."""
        self._renderer.SetUseFXAA(fine)

    def stand(self, camera: pyvista.Camera) -> None:
        """See it from there."""
        self._renderer.SetActiveCamera(camera)


def _actor(data: pyvista.PolyData, fragment: str) -> pyvista.Actor:
    actor = pyvista.Actor(mapper=pyvista.DataSetMapper(data))
    actor.mapper.ScalarVisibilityOff()
    apply_fragment(actor, fragment)
    return actor
