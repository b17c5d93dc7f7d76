"""The one sheet that skin, mouth socket and eye sockets are, and displacements that some of its vertices give the rest.

It bends like a thin plate over short ways and stretches like a film over long ones: min ∫ |Δd|² + |∇d|² / s².
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import diags_array
from scipy.sparse.linalg import splu

from facewright.core.production.bending import Plate
from facewright.core.production.topology import SKIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy import sparse

    from facewright.core.production.topology import Topology

_MATERIALS = (*SKIN, "mouth_socket", "eye_sockets")

_FILM_MM = 8.0
"""s."""


@dataclass(frozen=True, eq=False)
class Welded:
    """The sheet of a topology's neutral head.

    polygons : (P, 4) int32, the topology's; vertices : (n,) int64, theirs; faces : (F, 3) int64, triangles of the
    sheet's own vertices; plate : what bending them costs.
    """

    polygons: np.ndarray
    vertices: np.ndarray
    faces: np.ndarray
    plate: Plate

    @property
    def masses(self) -> np.ndarray:
        """Each vertex's, (n,) float64, mm²."""
        return self.plate.masses

    @classmethod
    def of(cls, topology: Topology) -> Welded:
        """Of a topology."""
        vertices = topology.vertices_of(*_MATERIALS)
        place = np.full(len(topology.neutral), -1)
        place[vertices] = np.arange(len(vertices))
        faces = place[topology.triangles]
        faces = faces[(faces >= 0).all(axis=1)].astype(np.int64)
        plate = Plate.of(topology.neutral[vertices], faces)
        return cls(topology.polygons[topology.polygons_of(*_MATERIALS)], vertices, faces, plate)

    @cached_property
    def energy(self) -> sparse.csr_array:
        """What a displacement costs, (n, n): its bending, and its tension over s²."""
        return (self.plate.bending + self.plate.tension / _FILM_MM**2).tocsr()

    def smoothed(self, values: np.ndarray, width_mm: float) -> np.ndarray:
        """Values (n,) or (n, k) of the sheet's vertices, each a mean of those about so far around.

        That is min ∫ (u − v)² + w² |∇u|².
        """
        masses = diags_array(self.plate.masses)
        system = (masses + width_mm**2 * self.plate.tension).tocsc()
        smooth: np.ndarray = splu(system).solve(masses @ values)
        return smooth

    def extension(self, fixed_vertices: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """What carries displacements (V, 3) of the vertices that are known, (V,) bool, to the others of the sheet.

        The function returned takes the displacements of all the topology's vertices and replaces those of the others.
        """
        energy = self.energy
        given = fixed_vertices[self.vertices]
        free, fixed = np.flatnonzero(~given), np.flatnonzero(given)
        solver, coupling = splu(energy[free][:, free].tocsc()), energy[free][:, fixed]

        def extend(moved: np.ndarray) -> np.ndarray:
            whole = moved.copy()
            whole[self.vertices[free]] = -solver.solve(coupling @ moved[self.vertices[fixed]])
            return whole

        return extend
