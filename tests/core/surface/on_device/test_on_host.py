"""What comes to the host of a mesh on a device."""

import numpy as np
import torch

from facewright.core.surface.on_device.mesh import DeviceMesh, Vertices
from facewright.core.surface.on_device.on_host import host, largest_surface

CORNERS = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
FACES = torch.tensor([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def test_arrays_are_the_tensors():
    arrays = host(CORNERS, FACES)
    for array, tensor in zip(arrays, (CORNERS, FACES), strict=True):
        np.testing.assert_array_equal(array, tensor.numpy())
        assert array.dtype == tensor.numpy().dtype


def test_of_two_tetrahedra_the_larger_one_comes():
    points = torch.cat([CORNERS, 10.0 + 2.0 * CORNERS])
    normals = torch.nn.functional.normalize(points + 1.0, dim=1)
    mesh = DeviceMesh(Vertices(torch.arange(8), points, normals), torch.cat([FACES, FACES + 4]), torch.zeros(8))
    found = largest_surface(mesh)
    np.testing.assert_array_equal(found.mesh.vertices, points[4:].numpy())
    np.testing.assert_array_equal(found.mesh.faces, FACES.numpy())
    np.testing.assert_array_equal(found.normals, normals[4:].numpy())
    assert found.mesh.watertight
