"""What was planned and what a later scan shows, evaluated and compared: all that their page is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import measure
from facewright.core.anthropometry.outline import sagittal_outline
from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.scan.deviation import deviation
from facewright.core.scan.later_scan import levelled, moved_parts, registered
from facewright.core.scan.own_points import OwnPoints, followed_places
from facewright.core.surgery.plan import NO_PLAN
from facewright.core.surgery.solve import described
from facewright.core.surgery.subject import Subject
from facewright.editor.live.scan_surface import CarriedSurface
from facewright.editor.report.profile import AFTER, BEFORE, LATER, Outline, profile_of
from facewright.editor.report.shots import CLOSE_SIZE, SIZE, Photographs, close_up, framing, map_poses
from facewright.editor.report.study import RANGE_MM
from facewright.editor.viewport.colours import displacement_colours
from facewright.editor.viewport.painting import Drawable

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from PySide6.QtGui import QImage

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.anthropometry.measure import Value
    from facewright.core.model.head_model import HeadModel
    from facewright.core.project import Variant
    from facewright.core.scan.later_scan import Registration
    from facewright.editor.live.scan_surface import ScanSurface
    from facewright.editor.report.profile import Profile
    from facewright.editor.report.study import Details

KINDS = ("before", "planned", "achieved")
VIEWED = ("Right side of the nose", "Base of the nose")
"""The views of each of them."""


@dataclass(frozen=True, eq=False)
class AchievedStudy:
    """The face before, as it was planned, and as a later scan shows it.

    names : of the heads planned and achieved; surfaces, faces, outlines : of each of `KINDS`, the patient's own
    surface, its landmarks, and its profile as polylines (n, 2) of (z, y), mm. All landmarks are told on the earlier
    scan and have its horizontal. values : all measurements of each of `KINDS`; mapped : the later scan, coloured by how
    far it lies out of what was planned; operations : the plan in words; registration : of the two scans.
    """

    model: HeadModel
    names: tuple[str, str]
    surfaces: Mapping[str, Drawable]
    mapped: Drawable
    faces: tuple[Landmarks, Landmarks, Landmarks]
    outlines: tuple[list[np.ndarray], ...]
    values: tuple[list[Value], ...]
    operations: tuple[str, ...]
    registration: Registration

    @cached_property
    def profile(self) -> Profile:
        """The three profiles as a drawing."""
        pens = ((BEFORE, 4.0), (AFTER, 4.0), (LATER, 4.0))
        lines = [
            Outline(kind, colour, width, outline)
            for kind, (colour, width), outline in zip(KINDS, pens, self.outlines, strict=True)
        ]
        return profile_of(self.faces, lines)


@dataclass(frozen=True, eq=False)
class AchievedReport:
    """A page to be; pictures : by name, such as "before Base of the nose" and "map Front"; warnings : sentences."""

    study: AchievedStudy
    details: Details
    pictures: Mapping[str, QImage]
    program: str
    warnings: tuple[str, ...] = ()


def achieved_study(
    model: HeadModel,
    template: Mapping[str, np.ndarray],
    planned: Variant,
    achieved: Variant,
    cancelled: threading.Event,
) -> AchievedStudy:
    """Evaluate and measure a head that was planned on a scan, and one of `facewright.core.scan.later_scan.follow_up`.

    template : corrected landmarks, as `find_landmarks` takes them. Raises Cancelled once that is set, FacewrightError
    if the heads do not go back to two scans.
    """
    first, second = planned.scan, achieved.scan
    if first is None or second is None or first is second:
        raise FacewrightError("Planned and achieved need two scans: open the later one with Compare with a Later Scan.")
    before = first.fit.parameters
    heads = ((before, first), (planned.parameters, first), (second.fit.parameters, second))
    sources, points = {}, {}
    for scan in (first, second):
        sources[scan], points[scan] = CarriedSurface(model, scan), OwnPoints(model, scan)
    faces: list[Landmarks] = []
    surfaces: list[ScanSurface] = []
    places = {first: points[first].at(before).places, second: followed_places(points[first], points[second])}
    for head, scan in heads:
        if cancelled.is_set():
            raise Cancelled
        near = faces[0].points if faces else None
        own = points[scan].at(head)._replace(places=places[scan])
        face = find_landmarks(model, head, template, near=near, scan=own)
        faces.append(levelled(face, faces[0]) if faces else face)
        surfaces.append(sources[scan].at(head))
    if any(not len(surface.mesh.faces) for surface in surfaces):
        raise FacewrightError(
            "One of the scans is a cloud of points: planned and achieved need surfaces with triangles."
        )
    middle = float(np.mean([faces[0].points[name][0] for name in ("n", "prn", "sn") if name in faces[0].points]))
    away = deviation(surfaces[2].mesh, surfaces[2].normals, surfaces[1].mesh)
    away[np.isnan(second.fit.residual)] = np.nan
    mapped = Drawable(surfaces[2].mesh, surfaces[2].normals, displacement_colours(away, RANGE_MM))
    plan = planned.parameters.plan
    told: tuple[str, ...] = ()
    if plan != NO_PLAN:
        bare = points[first].at(planned.parameters.with_plan(NO_PLAN))
        told = described(Subject(model, planned.parameters, template, cancelled.is_set, bare), plan)
    return AchievedStudy(
        model,
        (planned.name, achieved.name),
        {kind: _drawn(surface) for kind, surface in zip(KINDS, surfaces, strict=True)},
        mapped,
        (faces[0], faces[1], faces[2]),
        tuple(sagittal_outline(surface.mesh, middle) for surface in surfaces),
        tuple(measure(model, face) for face in faces),
        told,
        registered(model, first, second, moved_parts(before, planned.parameters)),
    )


def wanted(study: AchievedStudy) -> list[Photographs]:
    """All pictures of the page. Raises FacewrightError if the face lacks landmarks of the midline."""
    _, distance = framing(study.faces[0])
    poses = {name: close_up(name, study.faces) for name in VIEWED}
    close = [
        Photographs(study.surfaces[kind], CLOSE_SIZE, {f"{kind} {name}": pose for name, pose in poses.items()})
        for kind in KINDS
    ]
    return [*close, Photographs(study.mapped, SIZE, map_poses(study.faces[0], distance))]


def _drawn(surface: ScanSurface) -> Drawable:
    return Drawable(surface.mesh, surface.normals, surface.colours, texture=surface.texture)
