"""Arrays that VTK draws from, written in place: they grow in steps and are copied into only where they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkFloatArray, vtkTypeInt32Array
from vtkmodules.vtkCommonDataModel import vtkCellArray

if TYPE_CHECKING:
    from collections.abc import Hashable

_ROOM = 1.25
"""How much larger than needed an array is made, so that a drag does not make one anew at every step."""


class Rows:
    """Rows of three numbers each in an array of VTK's own, a `kind` of array with so many numbers a tuple."""

    def __init__(self, kind: type[vtkFloatArray | vtkTypeInt32Array], tuple_size: int, name: str = "") -> None:
        """No rows yet."""
        self._kind, self._tuple_size, self._name = kind, tuple_size, name
        self._room = self._count = 0
        self._series: Hashable = None
        self.array = self._made()

    def write(self, rows: np.ndarray, same: int = 0, series: Hashable = None) -> bool:
        """Hold rows (N, 3); answer whether any differ from those held.

        All rows written with one `series`, unless it is None, are the same in the first `same`.
        """
        count = len(rows)
        if series is None or series != self._series:
            same = 0
        if count > self._room:  # another array, since some may still read the memory of the last
            self._room, self._count, same = int(count * _ROOM), 0, 0
            self.array = self._made()
        self.array.SetNumberOfTuples(3 * count // self._tuple_size)
        held = vtk_to_numpy(self.array).reshape(-1, 3)
        self._series = series
        if self._count == count and np.array_equal(held[same:], rows[same:]):
            return False
        np.copyto(held[same:], rows[same:])
        self._count = count
        self.array.Modified()
        return True

    def _made(self) -> vtkFloatArray | vtkTypeInt32Array:
        array = self._kind()
        array.SetName(self._name)
        array.SetNumberOfComponents(self._tuple_size)
        array.SetNumberOfTuples(3 * self._room // self._tuple_size)
        return array


class Triangles:
    """Triangles in cells of VTK's own."""

    def __init__(self) -> None:
        """No triangles yet."""
        self.cells = vtkCellArray()
        self._rows = Rows(vtkTypeInt32Array, 1)

    def write(self, faces: np.ndarray, same: int = 0, series: Hashable = None) -> bool:
        """Hold faces (F, 3) int32, as `Rows.write` does."""
        changed = self._rows.write(faces, same, series)
        if changed:
            self.cells.SetData(3, self._rows.array)
            self.cells.Modified()
        return changed
