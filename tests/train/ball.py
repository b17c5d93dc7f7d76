"""Balls, whose figures are known, as true heads of the evaluation."""

import numpy as np
import trimesh

from facewright.core.mesh import Mesh

RADIUS = 60.0


TIP = np.array([0.0, 0.0, RADIUS])


def ball(radius, subdivisions=5):
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return Mesh(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32))


def quarters(mesh):
    """A ball's faces in four parts, one a quadrant of x and y."""
    x, y, _ = mesh.vertices[mesh.faces].mean(axis=1).T
    return 2 * (x > 0) + (y > 0)
