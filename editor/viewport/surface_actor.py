"""The one mesh that the graphics card holds for a head: replaced piece by piece, never made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyvista
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkFloatArray, vtkPoints

from facewright.editor.viewport.buffers import Rows, Triangles
from facewright.editor.viewport.thinning import Thinner

if TYPE_CHECKING:
    from facewright.core.mesh import Mesh
    from facewright.core.surface.patched_mesh import Surface as LiveSurface

_NORMALS, _COLOURS = "normals", "colours"
_POINT_PIXELS = 4.0
"""Of a cloud: large enough for its neighbours to touch in most scans, so that a hand can meet it."""


class SurfaceActor:
    """A polygon mesh under an actor that both last as long as the viewport.

    VTK sends to the graphics card what has changed since the last frame, array by array: so of a new mesh only
    the arrays that differ are written, in place, and of these what does not stay. VTK owns all of them: memory that
    numpy had lent it would not have to outlive what is written into it later.
    """

    def __init__(self) -> None:
        """Nothing to see yet."""
        self.data = pyvista.PolyData()
        self.actor = pyvista.Actor(mapper=pyvista.DataSetMapper(self.data))
        self.actor.prop.interpolation = "Phong"
        self.actor.prop.ambient = 0.0
        self.actor.prop.diffuse = 1.0
        self.actor.mapper.SetColorModeToDirectScalars()
        self.actor.mapper.SetScalarModeToUsePointData()
        self.actor.mapper.ScalarVisibilityOff()
        self.actor.prop.point_size = _POINT_PIXELS
        self.actor.visibility = False
        self._drawn = True
        self._points, self._normals = Rows(vtkFloatArray, 3), Rows(vtkFloatArray, 3, _NORMALS)
        self._whole, self._thin = Triangles(), Triangles()
        self._mesh: Mesh | None = None
        self._live: LiveSurface | None = None
        self._fewer: np.ndarray | None = None
        self._limit: int | None = None
        self._thinner = Thinner()
        self.data.SetPoints(vtkPoints())

    @property
    def points(self) -> np.ndarray:
        """The vertices shown, (V, 3) float32, mm, head frame; (0, 3) before the first mesh."""
        return np.asarray(self.data.points)

    @property
    def triangles(self) -> int:
        """How many triangles are drawn."""
        return int(self.data.GetNumberOfPolys()) if self.actor.visibility else 0

    def show(
        self, mesh: Mesh, normals: np.ndarray, live: LiveSurface | None = None, fewer: np.ndarray | None = None
    ) -> None:
        """Show a mesh with unit normals (V, 3) float32 in the place of the last; its colours are dropped.

        live : the head's surface that they are of, if they are. That is closed, so its far side need not be drawn, and
        tells what of it stays while a part is moved. fewer : triangles (F, 3) int32 in the place of the mesh's where
        those are too many. Without faces the mesh is a cloud, and its points are seen.
        """
        self.colour(None)
        self._mesh, self._live, self._fewer = mesh, live, fewer
        kept, base = (live.kept_vertices, live.base) if live else (0, None)
        data, points = self.data, self.data.GetPoints()
        if self._points.write(mesh.vertices, kept, base):
            points.SetData(self._points.array)
            points.Modified()
        self._normals.write(normals, kept, base)
        data.GetPointData().SetNormals(self._normals.array)
        cloud = 0 if len(mesh.faces) else len(mesh.vertices)
        if data.GetNumberOfVerts() != cloud:
            data.verts = np.column_stack([np.ones(cloud, np.int64), np.arange(cloud)]).ravel()
        self.actor.visibility = self._drawn
        data.Modified()
        self._draw()

    def thin(self, limit: int | None) -> None:
        """Draw a live surface by about `limit` triangles at most, now and from now on; by all of its own if None.

        Another one that has fewer given with it is drawn from outside alone, and by these where it has more itself.

        While a part moves, that keeps all of its triangles as long as they are no more than half of the limit.
        """
        self._limit = limit
        self._draw()

    def set_drawn(self, drawn: bool) -> None:
        """Draw the mesh, or leave that to other actors that share its data."""
        self._drawn = drawn
        self.actor.visibility = drawn and self.data.GetNumberOfPoints() > 0

    def colour(self, colours: np.ndarray | None) -> None:
        """Colour the vertices, (V, 3) uint8 sRGB; None for the material's own colour."""
        points = self.data.GetPointData()
        if colours is None:
            points.RemoveArray(_COLOURS)
        else:
            array = numpy_to_vtk(np.ascontiguousarray(colours), deep=True)
            array.SetName(_COLOURS)
            points.SetScalars(array)
        self.actor.mapper.SetScalarVisibility(colours is not None)
        self.data.Modified()

    def _draw(self) -> None:
        """Bring the triangles up to mesh and limit."""
        mesh, live = self._mesh, self._live
        if mesh is None:
            return
        is_quick = self._limit is not None and self._fewer is not None
        self.actor.prop.SetBackfaceCulling(live is not None or is_quick)
        limit = self._limit if self._limit is not None and len(mesh.faces) > self._limit else None
        if live is not None and limit is not None:
            triangles = self._thin
            changed = triangles.write(*self._thinner.thin(live, limit))
        else:
            faces = mesh.faces if limit is None or self._fewer is None else self._fewer
            triangles, (kept, base) = self._whole, (live.kept_faces, live.base) if live else (0, None)
            changed = triangles.write(faces, kept, base)
        if self.data.GetPolys() is not triangles.cells:
            self.data.SetPolys(triangles.cells)
            changed = True
        if changed:
            self.data.Modified()
