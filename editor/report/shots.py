"""The standard views of a report: the same framing and the same light for both heads."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from facewright.core.errors import FacewrightError
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.picture import Photographer
from facewright.editor.viewport.pose import VIEWS, Pose, View

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from PIL import Image

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.editor.report.study import Study

STANDARD: Mapping[str, View] = MappingProxyType(
    {
        "Front": VIEWS["front"],
        "Right profile": VIEWS["right"],
        "Left profile": VIEWS["left"],
        "Right three-quarter": View(-35, 4),
        "Left three-quarter": VIEWS["three-quarter"],
        "Basal": VIEWS["basal"],
    }
)
"""The six views of rhinoplasty."""

MAPPED = ("Front", "Left three-quarter")
"""The views that show the map, nearer to the nose."""

_MAP_SHARE = 0.62
"""Distance of the map's views over that of the others."""

SIZE = (420, 504)
"""Pixels of a picture: 350 dpi at 30 mm."""

_HEIGHT_SHARE = 1.95
"""Height of a picture over that of the face, glabella to gnathion."""
_DEPTH_MM = 38.0
"""How far behind the face's front the middle of the pictures lies: profiles show the ear's side as well."""


def framing(face: Landmarks) -> tuple[np.ndarray, float]:
    """The point (3,) mm that every view looks at, and the distance in mm that it does so from.

    Raises FacewrightError if the face lacks landmarks of the midline to frame it by.
    """
    if not {"g", "n", "prn", "sn", "pg", "gn"} <= set(face.points):
        raise FacewrightError("This model's landmarks do not tell where the face is: train it again for reports.")
    top, chin = face.points["g"], face.points["gn"]
    height = _HEIGHT_SHARE * float(np.linalg.norm(top - chin))
    middle = (top + chin) / 2 + [0.0, 0.06 * height, -_DEPTH_MM]
    return middle, height / Pose(VIEWS["front"], (0.0, 0.0, 0.0), 1.0).height_mm


class Shots(QObject):
    """Takes all pictures of a study, each in a turn of the event loop of its own."""

    advanced = Signal(int, int)
    """How many pictures there are, and how many there will be."""
    finished = Signal(dict)
    """The pictures by name: "before Front", "after Front", "map Front" and so on."""

    def __init__(self, study: Study, parent: QObject) -> None:
        """Begin. Raises what `framing` raises."""
        super().__init__(parent)
        self._focus, self._distance = framing(study.landmarks_before)
        self._pictures: dict[str, QImage] = {}
        self._photographer = Photographer(SIZE, DisplayOptions(dark=False))
        self._left = self._taken(study)
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._take)
        self._timer.start()

    def stop(self) -> None:
        """Take no more; release the graphics."""
        self._timer.stop()
        self._photographer.close()

    def _take(self) -> None:
        total = 2 * len(STANDARD) + len(MAPPED)
        if next(self._left, False):
            self.advanced.emit(len(self._pictures), total)
        else:
            self.stop()
            self.finished.emit(self._pictures)

    def _taken(self, study: Study) -> Iterator[bool]:
        face = study.landmarks_before.points
        passes = (("before", study.before, STANDARD), ("after", study.after, STANDARD), ("map", study.mapped, MAPPED))
        for kind, surface, names in passes:
            self._photographer.panes.head.show(replace(surface, live=None))  # a page shows far sides, too
            for name in names:
                at, away = self._focus, self._distance
                if kind == "map":
                    at, away = face["prn"], _MAP_SHARE * away
                pose = Pose(STANDARD[name], (float(at[0]), float(at[1]), float(at[2])), away)
                self._photographer.panes.stand(pose)
                self._pictures[f"{kind} {name}"] = _image(self._photographer.take())
                yield True


def _image(picture: Image.Image) -> QImage:
    """A picture as Qt draws it, with memory of its own."""
    pixels = np.ascontiguousarray(np.asarray(picture.convert("RGB")))
    height, width, _ = pixels.shape
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
