"""Correct landmarks by hand: the nearest one follows the pointer over the surface, one undo step a drag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from facewright.core.anthropometry.landmarks import corrected_along
from facewright.core.anthropometry.measure import measured_landmarks
from facewright.editor import commands
from facewright.editor.drag_session import DragSession

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document
    from facewright.editor.measurement.measurer import Measurer
    from facewright.editor.viewport.tool import Touch

_REACH_MM = 4.0
"""How far from a landmark the pointer may take hold of it."""


@dataclass(frozen=True)
class _Landmark:
    """A landmark of one head in hand."""

    model: HeadModel
    parameters: Parameters

    def pull(self, touch: Touch) -> np.ndarray | None:
        """Where the surface under the pointer lies on the template, (3,) mm; None beside it."""
        return corrected_along(self.model, self.parameters, touch.point, -touch.to_eye)


class LandmarkTool(QObject):
    """The viewport's tool for landmarks; anywhere else the button is the camera's."""

    pointed = Signal(str)
    """The landmark in hand or under the pointer; empty for none."""

    def __init__(self, document: Document, measurer: Measurer, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._measurer = document, measurer
        self._pointed = self._carried = ""
        self._drag = DragSession(document, "landmarks", window, self._pulled)

    def hover(self, touch: Touch | None) -> None:
        """Name the landmark under the pointer."""
        self._point(self._nearest(touch.point) if touch else "")

    def grab(self, point: np.ndarray) -> bool:
        """Take hold of the landmark at a point (3,) of the surface, mm, head frame, if one is near."""
        if self._drag.is_active:
            return True  # the last drag has not ended yet
        self._carried = self._nearest(point)
        if self._carried:
            self._point(self._carried)
            head = _Landmark(self._document.model, self._document.parameters)
            self._drag.grab(lambda: head)
        return bool(self._carried)

    def drag(self, way: np.ndarray, touch: Touch | None) -> None:
        """Let it follow the pointer while that is over the surface."""
        if touch:
            self._drag.pull(touch)

    def release(self) -> None:
        """End the undo step once the landmark is where the pointer was last."""
        self._drag.release()

    def call_off(self) -> None:
        """Put the landmark back."""
        self._drag.cancel()

    def close(self) -> None:
        """Wait for what runs and end the thread."""
        self._drag.close()

    def _pulled(self, place: np.ndarray | None) -> None:
        if place is not None:
            x, y, z = (float(number) for number in place)
            commands.correct_landmark(self._document, self._carried, (x, y, z))

    def _point(self, name: str) -> None:
        if name != self._pointed:
            self._pointed = name
            self.pointed.emit(name)

    def _nearest(self, point: np.ndarray) -> str:
        """The landmark nearest to a point (3,) mm, if it is within reach; none without any."""
        if self._measurer.last is None:
            return ""
        points = self._measurer.last.now.points
        distances = {name: float(np.linalg.norm(points[name] - point)) for name in measured_landmarks(points)}
        nearest = min(distances, key=lambda name: distances[name], default="")
        return nearest if nearest and distances[nearest] <= _REACH_MM else ""
