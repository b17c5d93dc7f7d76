"""A patient's own surface as files hold it: the scan, carried along with the edits, in its own images and colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.core.exchange.pbr_material import SKIN, WHITE, PbrMaterial
from facewright.core.exchange.shape import Shape
from facewright.core.normals import look_inwards, vertex_normals
from facewright.core.scan.detail import CarriedScan
from facewright.core.scan.texture import png

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.scan.fitted_scan import FittedScan

ILLUSTRATION = "illustration"
"""What such a file is called: it shows a wish, and predicts nothing."""


def patient_shape(model: HeadModel, fitted: FittedScan, parameters: Parameters) -> Shape:
    """The scan on the head with these codes, mm, head frame; its faces look outwards, whatever the scanner's do.

    Raises FacewrightError if it is a cloud of points, which has no surface.
    """
    scan, points = fitted.scan, carried_points(model, fitted, parameters)
    faces, texture = scan.faces.astype(np.int32), scan.texture
    if not len(faces):
        raise FacewrightError(
            "This scan is a cloud of points without a surface: export the head that was fitted to it."
        )
    a, b, c = faces.T
    sound = (a != b) & (b != c) & (c != a)
    faces, texture = faces[sound], texture and texture.of(sound)
    if look_inwards(points, vertex_normals(points, faces)):
        faces, texture = np.ascontiguousarray(faces[:, ::-1]), texture and texture.turned()
    plain = SKIN if scan.colours is None else WHITE
    if texture is None:
        return Shape(ILLUSTRATION, points, faces, colours=scan.colours, materials=(plain,))
    images = [PbrMaterial(f"face_{n}", image=png(own)) for n, own in enumerate(texture.images, start=1)]
    material = np.where(texture.image < 0, len(images), texture.image)
    return Shape(
        ILLUSTRATION,
        points,
        faces,
        texture=texture.corners(faces),
        colours=scan.colours,
        materials=(*images, plain),
        material=material,
    )


def carried_points(model: HeadModel, fitted: FittedScan, parameters: Parameters) -> np.ndarray:
    """The scan's points on the head with these codes, (N, 3) float32, mm, head frame."""
    if parameters == fitted.fit.parameters:
        return fitted.points
    return CarriedScan(model, fitted.fit.parameters, fitted.points, fitted.fit.residual).at(parameters)
