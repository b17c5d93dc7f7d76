"""Two heads evaluated and compared, and what a person says about them: all that a report is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.displacement import displacement
from core.measure import measure
from core.outline import sagittal_outline
from editor.evaluation import FULL, Job, evaluate
from editor.viewport.colours import displacement_colours

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from PySide6.QtGui import QImage

    from core.head_model import HeadModel
    from core.landmarks import Landmarks
    from core.measure import Cohort, Value
    from editor.evaluation import Evaluation
    from editor.measuring import Order

RANGE_MM = 5.0
"""Where the displacement map ends: the same in every report, so that reports can be compared."""


@dataclass(frozen=True, eq=False)
class Study:
    """Two heads.

    before, after : surfaces at full detail; map : (V, 3) uint8 sRGB of the second's vertices, by their distance from
    the first; outlines_… : the profile in the sagittal plane, closed polylines (n, 2) of (z, y), mm.
    """

    model: HeadModel
    names: tuple[str, str]
    before: Evaluation
    after: Evaluation
    landmarks_before: Landmarks
    landmarks_after: Landmarks
    map: np.ndarray
    outlines_before: list[np.ndarray]
    outlines_after: list[np.ndarray]

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
class Report:
    """A page to be. pictures : by name, as `shots` gives them; program : name and version of this program."""

    study: Study
    details: Details
    pictures: Mapping[str, QImage]
    program: str


def study(order: Order, name: str, cancelled: threading.Event) -> Study:
    """Evaluate and measure two heads; `name` is that of the head after.

    Raises Cancelled once that is set, FacewrightError if there is nothing to show.
    """
    found = order.measured()
    heads = (order.before, order.now)
    before, after = (evaluate(Job(1, order.model, head, FULL, cancelled=cancelled)) for head in heads)
    distances = displacement(after.mesh, after.normals, before.mesh)
    midline = [point for name, point in found.before.points.items() if name in ("n", "prn", "sn")]
    middle = float(np.mean(midline, axis=0)[0]) if midline else 0.0
    return Study(
        order.model,
        (order.name, name),
        before,
        after,
        found.before,
        found.now,
        displacement_colours(distances, RANGE_MM),
        sagittal_outline(before.mesh, middle),
        sagittal_outline(after.mesh, middle),
    )
