"""Marching cubes' vertices in the order of the grid edges that they lie on: which is which in two meshes of a grid."""

import numpy as np

from facewright.core.mesh import Mesh
from tests.core.dense import rotated_to_smallest


def by_edge(mesh, grid):
    """The mesh with its vertices in the order of their edges, its faces turned and sorted, and the edges (V, 4)."""
    places = mesh.vertices.astype(np.float64) / grid.voxel_mm - grid.low
    axis = np.abs(places - np.rint(places)).argmax(axis=1)  # two coordinates are those of samples, to rounding
    start = np.rint(places).astype(int)
    rows = np.arange(len(places))
    start[rows, axis] = np.floor(places[rows, axis]).astype(int)
    edges = np.column_stack([start, axis])
    order = np.lexsort(edges.T)
    faces = rotated_to_smallest(np.argsort(order)[mesh.faces])
    return Mesh(mesh.vertices[order], faces), edges[order], order


def off_the_surface(found, expected, grid):
    """How far (V,) mm the vertices of one surface lie from the other's along its normals.

    Both are of the same grid, and are checked to have vertices on the same edges and the same faces between them. Along
    an edge that grazes the surface a difference of the last bits moves a vertex much further, but on the surface.
    """
    (mesh, edges, _), (other, wanted, order) = by_edge(found.mesh, grid), by_edge(expected.mesh, grid)
    np.testing.assert_array_equal(edges, wanted)
    np.testing.assert_array_equal(mesh.faces, other.faces)
    return np.abs(np.einsum("nc,nc->n", mesh.vertices - other.vertices, expected.normals[order]))
