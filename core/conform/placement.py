"""Which head of the model a studio's mesh is, and where it lies: as with a scan, in whatever unit it is modelled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.exchange.shape import UNITS_PER_MM
from facewright.core.parts import PARTS
from facewright.core.scan.align import align, align_by_landmarks
from facewright.core.scan.mean_face import mean_face
from facewright.core.scan.outside import outer_triangles
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import ScanFitSettings, fit_scan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.conform.studio_mesh import StudioMesh
    from facewright.core.exchange.shape import LengthUnit
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.scan.align import Alignment
    from facewright.core.scan.mean_face import MeanFace

_EXTENTS_MM = (250.0, 300.0, 360.0, 430.0, 520.0)
"""What a head is across at most, with more and more of neck and shoulders: tried where no unit fits."""

_STEPS = 150
_PRIOR_MM = 1e-2
"""A mesh to be carried has a neutral face, and only the parts' codes move, no further than they need: many codes make
nearly the same surface, of which those far from the mean have a chin's skin 7 mm below the chin."""
_WORST_MM = 3.0
"""A head whose face is further than that from the mesh on average is not the mesh's."""

_BY_HAND = "say where its face is: facewright-core conform takes its unit (--unit) and five points (--landmark)"


class Placement(NamedTuple):
    """vertices : (N, 3) float64, the mesh in mm and the head frame; parameters : of the model's head nearest to it."""

    vertices: np.ndarray
    parameters: Parameters


def place(
    model: HeadModel,
    mesh: StudioMesh,
    unit: LengthUnit | None = None,
    landmarks: Mapping[str, np.ndarray] | None = None,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Placement:
    """Find the face and fit the model's codes.

    unit : of the mesh, sought if not given; landmarks : five by name, in its unit and frame, if a person names them.
    Raises FacewrightError if there is no face, or none that a head of the model is like; Cancelled.
    """

    def proceed(share: float) -> None:
        if cancelled():
            raise Cancelled
        progress(share)

    scan = _seen(mesh)
    proceed(0.05)
    mean = mean_face(model)
    proceed(0.15)
    if landmarks is not None:
        pose = align_by_landmarks(scan, landmarks, mean, unit or scan.unit)
    else:
        pose = _aligned(scan, mean, unit, lambda share: proceed(0.15 + 0.15 * share), cancelled)
    if pose.finding == "not found":
        raise FacewrightError(
            f"No face was found in {mesh.name}: a face needs nose, eyes and mouth in a person's proportions. If it has "
            f"them, {_BY_HAND}."
        )
    proceed(0.3)
    settings = ScanFitSettings(steps=_STEPS, prior_mm=_PRIOR_MM)
    fit = fit_scan(
        model,
        scan,
        pose,
        settings,
        cancelled,
        lambda step, error: progress(0.3 + 0.7 * step / settings.steps),
        free=PARTS,
    )
    proceed(1.0)
    face = fit.regions.get("face")
    if face is None or face.mean_mm > _WORST_MM:
        raise FacewrightError(
            f"The face of {mesh.name} is not like a person's, so that no head of the model follows it: use a realistic "
            f"head with a closed mouth. If it is one, {_BY_HAND}."
        )
    return Placement(fit.alignment.to_head(mesh.vertices), fit.parameters)


def _seen(mesh: StudioMesh) -> Scan:
    """What of the mesh is seen from outside, as a scanner has it."""
    triangles = mesh.layout.triangles
    triangles = triangles[outer_triangles(mesh.vertices, triangles)]
    used, number = np.unique(triangles, return_inverse=True)
    return Scan(mesh.vertices[used], number.reshape(-1, 3), format_unit=mesh.unit)


def _aligned(
    scan: Scan,
    mean: MeanFace,
    unit: LengthUnit | None,
    proceed: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Alignment:
    """The pose, by the unit if there is one, by a guessed one, and else by sizes that heads have."""
    best = align(scan, mean, unit, cancelled)
    if best.found or unit is not None:
        return best
    for tried, extent in enumerate(_EXTENTS_MM):
        proceed((1 + tried) / (1 + len(_EXTENTS_MM)))
        size = extent / scan.extent
        if abs(np.log(size * UNITS_PER_MM[scan.unit])) < 0.05:
            continue
        scaled = replace(scan, points=size * scan.points, format_unit="mm")
        pose = align(scaled, mean, "mm", cancelled)
        pose = replace(pose, mm_per_unit=size * pose.mm_per_unit)
        if (pose.evidence or -1.0) > (best.evidence or -1.0):
            best = pose
        if best.found:
            break
    return best
