"""The one mesh that the graphics card holds for a head: replaced piece by piece, never made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyvista
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray

if TYPE_CHECKING:
    from core.mesh import Mesh

_NORMALS, _COLOURS = "normals", "colours"
_POINT_PIXELS = 4.0
"""Of a cloud: large enough for its neighbours to touch in most scans, so that a hand can meet it."""


class Surface:
    """A polygon mesh under an actor that both last as long as the viewport.

    VTK sends to the graphics card what has changed since the last frame, array by array: so of a new mesh only
    the arrays that differ are written, in place where the number of vertices or faces is the same. VTK owns all of
    them: memory that numpy had lent it would not have to outlive what is written into it later.
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

    @property
    def points(self) -> np.ndarray:
        """The vertices shown, (V, 3) float32, mm, head frame; (0, 3) before the first mesh."""
        return np.asarray(self.data.points)

    def show(self, mesh: Mesh, normals: np.ndarray) -> None:
        """Show a mesh with unit normals (V, 3) float32 in the place of the last; its colours are dropped.

        Without faces it is a cloud, and its points are seen.
        """
        self.colour(None)
        data = self.data
        if len(mesh.vertices) == data.GetNumberOfPoints():
            _write(data.GetPoints().GetData(), mesh.vertices)
            _write(data.GetPointData().GetNormals(), normals)
            data.GetPoints().Modified()
        else:
            points = vtkPoints()
            points.SetData(numpy_to_vtk(mesh.vertices, deep=True))
            data.SetPoints(points)
            array = numpy_to_vtk(normals, deep=True)
            array.SetName(_NORMALS)
            data.GetPointData().SetNormals(array)
        self._show_faces(mesh.faces)
        data.Modified()
        self.actor.visibility = self._drawn

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

    def _show_faces(self, faces: np.ndarray) -> None:
        count = 0 if len(faces) else self.data.GetNumberOfPoints()
        if self.data.GetNumberOfVerts() != count:
            self.data.verts = pyvista.CellArray.from_regular_cells(np.arange(count)[:, None])
        shown = self.data.GetPolys()
        if shown.GetNumberOfCells() == len(faces):
            if _write(shown.GetConnectivityArray(), faces.ravel()):
                shown.Modified()
        else:
            cells = vtkCellArray()
            cells.SetData(3, numpy_to_vtkIdTypeArray(faces.astype(np.int64).ravel(), deep=True))
            self.data.SetPolys(cells)


def _write(shown: object, values: np.ndarray) -> bool:
    """Copy values into a VTK array of as many, if they differ; answer whether they do."""
    view = vtk_to_numpy(shown)
    if np.array_equal(view, values):
        return False
    np.copyto(view, values)
    shown.Modified()  # type: ignore[attr-defined]
    return True
