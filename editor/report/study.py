"""Two heads evaluated and compared, and what a person says about them: all that a report is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.outline import sagittal_outline
from facewright.core.scan.deviation import deviation
from facewright.core.surgery.plan import NO_PLAN
from facewright.core.surgery.solve import described
from facewright.core.surgery.subject import Subject
from facewright.editor.live.detail import FINEST
from facewright.editor.live.evaluation import Job, evaluate
from facewright.editor.live.painting import PaintRequest, paint
from facewright.editor.live.scan_surface import CarriedSurface, cached_surface
from facewright.editor.report.profile import AFTER, BEFORE, Outline, profile_of
from facewright.editor.viewport.colours import displacement_colours
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.painting import Drawable

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from PySide6.QtGui import QImage

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.anthropometry.measure import Value
    from facewright.core.anthropometry.norms import Cohort
    from facewright.core.mesh import Mesh
    from facewright.core.model.head_model import HeadModel
    from facewright.core.scan.fitted_scan import FittedScan
    from facewright.editor.fit_verdict import FitWords
    from facewright.editor.measurement.measurer import HeadPair
    from facewright.editor.report.profile import Profile

RANGE_MM = 5.0
"""Where the displacement map ends: the same in every report, so that reports can be compared."""


_OWN, _MODEL = "the patient's own surface, carried along with the head fitted to it", "the model's surface"


@dataclass(frozen=True, eq=False)
class Study:
    """Two heads.

    before, after : both at full detail, or the patient's own surface in their places, as `patient` says for each; in
    their own colours. mapped : the second, coloured by its distance from the first. outlines_… : the profile of what is
    shown in the sagittal plane, polylines (n, 2) of (z, y), mm. measured : all measurements of each, without norms;
    operations : those on the head after, with what was asked for and what they measure.
    """

    model: HeadModel
    names: tuple[str, str]
    before: Drawable
    after: Drawable
    mapped: Drawable
    patient: tuple[bool, bool]
    landmarks_before: Landmarks
    landmarks_after: Landmarks
    outlines_before: list[np.ndarray]
    outlines_after: list[np.ndarray]
    measured: tuple[list[Value], list[Value]]
    operations: tuple[str, ...] = ()

    @property
    def surface(self) -> str:
        """Which surface is shown, and which is measured, in words."""
        before, after = (_OWN if patient else _MODEL for patient in self.patient)
        views = f"Views, profile and map show {after}."
        if before != after:
            views = f"The views and the profile before show {before}, those after and the map {after}."
        scans = [face.coverage is not None for face in (self.landmarks_before, self.landmarks_after)]
        measured = {
            (True, True): "Measured on the scan.",
            (True, False): "Measured before on the scan, after on the model's surface.",
            (False, True): "Measured before on the model's surface, after on the scan.",
            (False, False): "Measured on the model's surface.",
        }[scans[0], scans[1]]
        return f"{views} {measured}"

    @cached_property
    def profile(self) -> Profile:
        """Both profiles as a drawing."""
        lines = (
            Outline("before", BEFORE, 4.0, self.outlines_before),
            Outline("after", AFTER, 4.5, self.outlines_after),
        )
        return profile_of((self.landmarks_before, self.landmarks_after), lines)

    def values(self, cohort: Cohort | None) -> tuple[list[Value], list[Value]]:
        """All measurements before and after, beside the norms of a cohort or none."""
        before, after = ([value.beside(cohort) for value in values] for values in self.measured)
        return before, after


@dataclass(frozen=True)
class Details:
    """What a person adds; the patient's name stands on the page alone."""

    cohort: Cohort | None = None
    patient: str = ""
    note: str = ""
    date: str = ""
    clinic: str = ""
    clinician: str = ""


@dataclass(frozen=True, eq=False)
class ComparisonReport:
    """A page to be.

    pictures : by name, as `shots` gives them; program : name and version of this program; warnings : what is doubtful
    about the heads, sentences; fits : of the scans that the heads go back to.
    """

    study: Study
    details: Details
    pictures: Mapping[str, QImage]
    program: str
    warnings: tuple[str, ...] = ()
    fits: tuple[FitWords, ...] = ()


def study(
    pair: HeadPair,
    name: str,
    cancelled: threading.Event,
    scans: tuple[FittedScan | None, FittedScan | None] = (None, None),
) -> Study:
    """Evaluate and measure two heads; `name` is that of the head after.

    scans : those that are to be shown in the place of the head before and of the one after.
    Raises Cancelled once that is set, FacewrightError if there is nothing to show.
    """
    measured = pair.measured()
    heads = (pair.before, pair.now)
    before, after = (evaluate(Job(1, pair.model, head, FINEST), cancelled=cancelled.is_set) for head in heads)
    source = CarriedSurface(pair.model, scans[1]) if scans[1] else None
    beside = cached_surface(pair.model, scans[0], source) if scans[0] else None
    request = PaintRequest(after, DisplayOptions(), before, source, other_source=beside)
    plain = paint(request)
    assert plain.other is not None
    if scans[0] and scans[0] is scans[1] and len(plain.head.mesh.faces):  # how far points slide is not asked for here
        away = deviation(plain.head.mesh, plain.head.normals, plain.other.mesh)
        mapped = Drawable(plain.head.mesh, plain.head.normals, displacement_colours(away, RANGE_MM))
    else:
        mapped = paint(replace(request, display=DisplayOptions(colouring="displacement", range_mm=RANGE_MM))).head
    midline = [point for name, point in measured.before.points.items() if name in ("n", "prn", "sn")]
    middle = float(np.mean(midline, axis=0)[0]) if midline else 0.0
    return Study(
        pair.model,
        (pair.name, name),
        plain.other,
        plain.head,
        mapped,
        (scans[0] is not None, scans[1] is not None),
        measured.before,
        measured.now,
        sagittal_outline(_cut(plain.other.mesh, before.mesh), middle),
        sagittal_outline(_cut(plain.head.mesh, after.mesh), middle),
        measured.values,
        _operations(pair, cancelled),
    )


def _operations(pair: HeadPair, cancelled: threading.Event) -> tuple[str, ...]:
    """The planned operations of the head after, for people, and what was sculpted by hand."""
    plan, own, count = pair.now.plan, pair.own_now, len(pair.now.dabs)
    sculpted = (f"Sculpted by hand: {count:,} dab{'s' * (count > 1)} of a brush",) if count else ()
    if plan == NO_PLAN:
        return sculpted
    scan = own.at(pair.now.with_plan(NO_PLAN)) if own else None
    return (*described(Subject(pair.model, pair.now, pair.template, cancelled.is_set, scan), plan), *sculpted)


def _cut(shown: Mesh, model: Mesh) -> Mesh:
    """What the profile is of: what is shown, unless that is a cloud of points."""
    return shown if len(shown.faces) else model
