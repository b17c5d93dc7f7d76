"""A scan as it is shown: out of the head, whatever side its scanner takes for the outside, and its images with it."""

from __future__ import annotations

import numpy as np

from facewright.core.normals import look_inwards, vertex_normals
from facewright.core.scan.align import Alignment
from facewright.core.scan.scan import Scan
from facewright.core.scan.texture import ScanTexture
from facewright.editor.live.scan_surface import StillScan

CORNERS = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], np.float64) * 50.0
INWARDS = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int64)
LINE = np.array([[0, 1, 0]], np.int64)
"""A triangle without area, the same from either end."""


def test_images_are_turned_with_the_faces_though_the_first_has_no_area() -> None:
    faces = np.concatenate([LINE, INWARDS])
    uv = np.random.default_rng(0).random((len(faces), 3, 2)).astype(np.float32)
    texture = ScanTexture(uv, np.zeros(len(faces), np.int16), (np.zeros((4, 4, 3), np.uint8),))
    place = Alignment(np.eye(3), np.zeros(3), 1.0, 1.0, 0.0)
    surface = StillScan(Scan(CORNERS, faces, texture=texture), place, np.empty((0, 3))).surface
    mesh, shown = surface.mesh, surface.texture
    assert look_inwards(CORNERS, vertex_normals(CORNERS, faces))
    assert not look_inwards(mesh.vertices, surface.normals)
    assert shown is not None
    np.testing.assert_array_equal(shown.uv[shown.faces], uv[:, ::-1])
    np.testing.assert_array_equal(shown.vertex[shown.faces], mesh.faces)
