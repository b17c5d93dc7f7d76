"""Two heads evaluated and compared, and what a person says about them: all that a report is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.measure import measure
from facewright.core.anthropometry.outline import sagittal_outline
from facewright.core.surgery.plan import NO_PLAN
from facewright.core.surgery.solve import described
from facewright.core.surgery.subject import Subject
from facewright.editor.live.detail import FINEST
from facewright.editor.live.evaluation import Job, evaluate
from facewright.editor.live.painting import PaintRequest, paint
from facewright.editor.live.scan_surface import CarriedSurface, cached_surface
from facewright.editor.viewport.display_options import DisplayOptions

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from PySide6.QtGui import QImage

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.anthropometry.measure import Cohort, Value
    from facewright.core.model.head_model import HeadModel
    from facewright.core.scan.fitted_scan import FittedScan
    from facewright.editor.measurement.measurer import HeadPair
    from facewright.editor.viewport.painting import Drawable

RANGE_MM = 5.0
"""Where the displacement map ends: the same in every report, so that reports can be compared."""


_OWN, _MODEL = "the patient's own surface, carried along with the head fitted to it", "the model's surface"


@dataclass(frozen=True, eq=False)
class Study:
    """Two heads.

    before, after : both at full detail, or the patient's own surface in their places, as `patient` says for each; in
    their own colours. mapped : the second, coloured by its distance from the first. outlines_… : the profile of the
    model's surface in the sagittal plane, closed polylines (n, 2) of (z, y), mm. operations : those on the head after,
    with what was asked for and what they measure.
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
    operations: tuple[str, ...] = ()

    @property
    def surface(self) -> str:
        """Which surface the views and the map show, in words."""
        before, after = (_OWN if patient else _MODEL for patient in self.patient)
        views = f"Views and map show {after}."
        if before != after:
            views = f"The views before show {before}, those after and the map {after}."
        return f"{views} Profile and measurements are of the model's surface." if any(self.patient) else views

    def values(self, cohort: Cohort | None) -> tuple[list[Value], list[Value]]:
        """All measurements before and after."""
        faces = (self.landmarks_before, self.landmarks_after)
        before, after = (measure(self.model, face, cohort) for face in faces)
        return before, after


@dataclass(frozen=True)
class Details:
    """What a person adds; the patient's name stands on the page alone."""

    cohort: Cohort | None = None
    patient: str = ""
    note: str = ""
    date: str = ""


@dataclass(frozen=True, eq=False)
class ComparisonReport:
    """A page to be.

    pictures : by name, as `shots` gives them; program : name and version of this program; warnings : what is doubtful
    about the heads, sentences.
    """

    study: Study
    details: Details
    pictures: Mapping[str, QImage]
    program: str
    warnings: tuple[str, ...] = ()


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
    measured, plan = pair.measured(), pair.now.plan
    heads = (pair.before, pair.now)
    before, after = (evaluate(Job(1, pair.model, head, FINEST), cancelled=cancelled.is_set) for head in heads)
    source = CarriedSurface(pair.model, scans[1]) if scans[1] else None
    beside = cached_surface(pair.model, scans[0], source) if scans[0] else None
    request = PaintRequest(after, DisplayOptions(), before, source, other_source=beside)
    plain = paint(request)
    mapped = paint(replace(request, display=DisplayOptions(colouring="displacement", range_mm=RANGE_MM)))
    assert plain.other is not None
    midline = [point for name, point in measured.before.points.items() if name in ("n", "prn", "sn")]
    middle = float(np.mean(midline, axis=0)[0]) if midline else 0.0
    return Study(
        pair.model,
        (pair.name, name),
        plain.other,
        plain.head,
        mapped.head,
        (scans[0] is not None, scans[1] is not None),
        measured.before,
        measured.now,
        sagittal_outline(before.mesh, middle),
        sagittal_outline(after.mesh, middle),
        described(Subject(pair.model, pair.now, pair.template, cancelled.is_set), plan) if plan != NO_PLAN else (),
    )
