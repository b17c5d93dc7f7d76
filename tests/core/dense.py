"""What sparse extraction is held against: marching cubes, in one go, of a grid that is evaluated everywhere."""

import numpy as np
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes

from facewright.core.mesh import Mesh
from facewright.core.surface.sampling import LARGEST, SMALLEST


def dense(distance, grid):
    """The mesh of a whole grid."""
    points = grid.points(np.indices(grid.shape).reshape(3, -1).T)
    beyond = ((points <= grid.bounds_mm[0]) | (points >= grid.bounds_mm[1])).any(axis=1)
    distances = distance(points) / grid.voxel_mm
    values = np.abs(distances).clip(SMALLEST, LARGEST) * np.where((distances < 0.0) & ~beyond, -1.0, 1.0)
    vertices, faces, _, _ = marching_cubes(values.reshape(grid.shape), 0.0)
    return Mesh(((vertices + np.asarray(grid.low)) * grid.voxel_mm).astype(np.float32), faces.astype(np.int32))


def rotated_to_smallest(faces):
    """Faces that begin with their smallest vertex, sorted."""
    turned = np.take_along_axis(faces, (faces.argmin(axis=1)[:, None] + np.arange(3)) % 3, axis=1)
    return turned[np.lexsort(turned.T)]


def assert_same(mesh, expected):
    """Check that two meshes have the same vertices to 1e-4 mm, and the same faces between them."""
    apart, match = cKDTree(mesh.vertices).query(expected.vertices)
    assert apart.max() < 1e-4
    np.testing.assert_array_equal(np.sort(match), np.arange(len(mesh.vertices)))
    np.testing.assert_array_equal(rotated_to_smallest(match[expected.faces]), rotated_to_smallest(mesh.faces))
