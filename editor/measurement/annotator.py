"""What is drawn over the head: the measurement that is picked, and landmarks while they are corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from facewright.core.anthropometry.landmarks import title
from facewright.core.anthropometry.measure import measured_landmarks, shown
from facewright.core.anthropometry.sketch import sketch
from facewright.editor.viewport.annotation import Annotation

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.anthropometry.measure import Measure
    from facewright.editor.measurement.landmark_tool import LandmarkTool
    from facewright.editor.measurement.measurer import HeadPair, MeasuredPair, Measurer
    from facewright.editor.viewport import Viewport

_FINDING = "Finding the landmarks…"


class Annotator(QObject):
    """Draws again whenever the head, what is picked, or the landmark under the pointer changes."""

    def __init__(
        self,
        measurer: Measurer,
        tool: LandmarkTool,
        viewport: Viewport,
        parent: QObject,
        is_shown: Callable[[HeadPair], bool] = lambda pair: True,
    ) -> None:
        """is_shown : whether the head that was measured is the one on the screen; of another nothing is drawn."""
        super().__init__(parent)
        self._measurer, self._viewport, self._is_shown = measurer, viewport, is_shown
        self._picked: Measure | None = None
        self._pointed = ""
        self._correcting = False
        measurer.measured.connect(self._draw)
        measurer.failed.connect(self._draw)
        measurer.forgotten.connect(self._draw)
        tool.pointed.connect(self._point)

    def pick(self, measure: Measure | None) -> None:
        """Draw a measurement; None for none."""
        self._picked = measure
        self._need()

    def set_correcting(self, correcting: bool) -> None:
        """Show the landmarks, or no longer."""
        self._correcting = correcting
        self._need()

    def follow_screen(self) -> None:
        """Another surface is on the screen."""
        if self._picked is not None or self._correcting:
            self._draw()

    def _need(self) -> None:
        self._measurer.need(self, self._picked is not None or self._correcting)
        self._draw()

    def _point(self, name: str) -> None:
        self._pointed = name
        self._draw()

    def _draw(self) -> None:
        measured, picked = self._measurer.last, self._picked
        if measured is None:
            self._viewport.annotate(self._awaited())
        elif not self._is_shown(measured.pair):
            self._viewport.annotate(Annotation())
        elif self._correcting:
            self._viewport.annotate(_landmarks(measured, self._pointed))
        elif picked and set(picked.landmarks) <= set(measured.now.points):
            self._viewport.annotate(_drawn(measured, picked))
        else:
            self._viewport.annotate(Annotation())

    def _awaited(self) -> Annotation:
        """What is drawn before the first measuring is done."""
        if not (self._correcting and self._measurer.is_awaited):
            return Annotation()
        return Annotation(text=_FINDING, anchor=np.asarray(self._measurer.pair().model.frame.centre_mm))


def _drawn(measured: MeasuredPair, picked: Measure) -> Annotation:
    """A measurement of the head as it is now."""
    value = next(value for value in measured.values[1] if value.measure is picked)
    drawing = sketch(picked, measured.now)
    return Annotation(drawing.lines, drawing.points, shown(value.value, picked.unit, value.unit), drawing.anchor)


def _landmarks(measured: MeasuredPair, pointed: str) -> Annotation:
    """All landmarks that can be corrected, and what the one under the pointer is."""
    points = measured.now.points
    names = tuple(measured_landmarks(points))
    is_named = pointed in names
    return Annotation(
        text=title(pointed) if is_named else "",
        anchor=points[pointed] if is_named else np.zeros(3),
        landmarks=np.stack([points[name] for name in names]) if names else np.empty((0, 3)),
        names=names,
        corrected=frozenset(measured.pair.template),
    )
