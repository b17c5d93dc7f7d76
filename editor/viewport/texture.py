"""Images drawn on a surface as images, however fine: the surface's vertices are doubled where an image has a seam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyvista
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints, vtkTypeInt32Array
from vtkmodules.vtkCommonDataModel import vtkCellArray

from facewright.editor.viewport.shading import SKIN_NEUTRAL

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderer

    from facewright.core.mesh import Mesh

_COLOURS = "colours"


@dataclass(frozen=True, eq=False)
class SurfaceTexture:
    """Images for the faces of a mesh.

    vertex : (U,) int32, the mesh's vertex of each row; uv : (U, 2) float32, v upwards, its place in the image; faces :
    (F, 3) int32 into the rows, in the order of the mesh's faces; image : (F,) int16, index into `images`, −1 for faces
    in the vertices' own colours; images : (height, width, 3) uint8 sRGB each.
    """

    vertex: np.ndarray
    uv: np.ndarray
    faces: np.ndarray
    image: np.ndarray
    images: tuple[np.ndarray, ...]


class TexturedSurface:
    """Actors in the place of a surface's own, one for each image; they share its shaders, so its light as well."""

    def __init__(self, surface: pyvista.Actor, renderer: vtkRenderer) -> None:
        """Nothing to see yet."""
        self._surface, self._renderer = surface, renderer
        self._texture: SurfaceTexture | None = None
        self._actors: list[pyvista.Actor] = []
        self._points = vtkPoints()

    def show(
        self,
        mesh: Mesh,
        normals: np.ndarray,
        colours: np.ndarray | None,
        texture: SurfaceTexture | None,
        *,
        drawn: bool,
    ) -> bool:
        """Draw a mesh with unit normals (V, 3) in its images; whether it has any, and the surface is not to be drawn.

        colours : (V, 3) uint8 of faces without an image; drawn : whether anything is to be seen of it at all.
        """
        if texture is not self._texture:
            self._make(texture, colours)
        for actor in self._actors:
            actor.visibility = drawn
            actor.prop.show_edges = self._surface.prop.show_edges
        if texture is None:
            return False
        self._points.SetData(numpy_to_vtk(mesh.vertices[texture.vertex], deep=True))
        self._points.Modified()
        turned = numpy_to_vtk(normals[texture.vertex], deep=True)
        for actor in self._actors:
            actor.mapper.dataset.GetPointData().SetNormals(turned)
            actor.mapper.dataset.Modified()
        return True

    def _make(self, texture: SurfaceTexture | None, colours: np.ndarray | None) -> None:
        """Other actors, for other images."""
        for actor in self._actors:
            self._renderer.RemoveActor(actor)
        self._texture, self._actors = texture, []
        if texture is None:
            return
        self._points = vtkPoints()
        places = numpy_to_vtk(texture.uv, deep=True)
        for number in np.unique(texture.image).tolist():
            data = pyvista.PolyData()
            data.SetPoints(self._points)
            data.SetPolys(_cells(texture.faces[texture.image == number]))
            actor = self._actor(data)
            if number >= 0:
                data.GetPointData().SetTCoords(places)
                actor.prop.color = "white"
                actor.SetTexture(_image(texture.images[number]))
            elif colours is not None:
                own = numpy_to_vtk(np.ascontiguousarray(colours[texture.vertex]), deep=True)
                own.SetName(_COLOURS)
                data.GetPointData().SetScalars(own)
                actor.mapper.SetColorModeToDirectScalars()
                actor.mapper.ScalarVisibilityOn()
            self._actors.append(actor)
            self._renderer.AddActor(actor)

    def _actor(self, data: pyvista.PolyData) -> pyvista.Actor:
        actor = pyvista.Actor(mapper=pyvista.DataSetMapper(data))
        actor.mapper.ScalarVisibilityOff()
        actor.prop.color = SKIN_NEUTRAL
        actor.prop.interpolation = "Phong"
        actor.prop.ambient, actor.prop.diffuse = 0.0, 1.0
        actor.prop.edge_color, actor.prop.edge_opacity = self._surface.prop.edge_color, self._surface.prop.edge_opacity
        actor.SetShaderProperty(self._surface.GetShaderProperty())
        return actor


def _image(pixels: np.ndarray) -> pyvista.Texture:
    image = pyvista.Texture(np.ascontiguousarray(pixels))
    image.SetInterpolate(True)
    image.SetMipmap(True)
    image.SetRepeat(True)
    return image


def _cells(faces: np.ndarray) -> vtkCellArray:
    values = vtkTypeInt32Array()
    values.DeepCopy(numpy_to_vtk(np.ascontiguousarray(faces, np.int32).reshape(-1), deep=True))
    cells = vtkCellArray()
    cells.SetData(3, values)
    return cells
