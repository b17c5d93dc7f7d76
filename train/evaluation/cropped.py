"""The head's surface within a box that cuts it, without the cavities that the cut would join to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.mesh import Mesh
from facewright.core.surface.extraction import extract

if TYPE_CHECKING:
    from facewright.core.surface.sampling import Distance

_COARSE_MM = 4.0
"""At this size the whole head tells which surface is its skin and which an inner cavity."""

_CUT_VOXELS = 1.5
"""What lies nearer to the box's sides than so many voxels may be the cut's own."""


def cropped_head(distance: Distance, box: np.ndarray, bounds_mm: np.ndarray, voxel_mm: float) -> Mesh:
    """What lies in a box (2, 3) of the largest component within bounds (2, 3); mm, head frame. It may be nothing.

    Raises what `extract` raises.
    """
    mesh = extract(distance, box, voxel_mm)
    near = _CUT_VOXELS * voxel_mm
    inside = ((mesh.vertices > box[0] + near) & (mesh.vertices < box[1] - near)).all(axis=1)
    open_mesh = _part(mesh, inside)
    count = open_mesh.component_count
    if count <= 1:
        return mesh.largest_component()
    whole = extract(distance, bounds_mm, _COARSE_MM)
    away, nearest = cKDTree(whole.vertices).query(open_mesh.vertices)
    own = whole.in_largest[nearest] & (
        away < _COARSE_MM
    )  # of a speck too small for that size something else is nearest
    share = np.bincount(open_mesh.components, own) / np.bincount(open_mesh.components)
    skin = share[open_mesh.components] > 0.5
    if np.array_equal(skin, mesh.in_largest[inside]):
        return mesh.largest_component()
    return _part(open_mesh, skin)


def _part(mesh: Mesh, kept: np.ndarray) -> Mesh:
    """The faces all of whose vertices are kept, (V,) bool."""
    number = np.cumsum(kept, dtype=np.int32) - np.int32(1)
    return Mesh(mesh.vertices[kept], number[mesh.faces[kept[mesh.faces].all(axis=1)]])
