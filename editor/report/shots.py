"""The standard views of a report: the same framing and the same light for both heads."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from facewright.core.errors import FacewrightError
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.picture import Photographer
from facewright.editor.viewport.pose import VIEWS, Pose, View

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from PIL import Image

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.editor.report.study import Study
    from facewright.editor.viewport.painting import Drawable

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

CLOSE: Mapping[str, View] = MappingProxyType(
    {
        "Right side of the nose": VIEWS["right"],
        "Left side of the nose": VIEWS["left"],
        "Base of the nose": VIEWS["basal"],
    }
)
"""The views that the nose fills."""

MAPPED = ("Front", "Left three-quarter")
"""The views that show the map, nearer to the nose."""

_MAP_SHARE = 0.62
"""Distance of the map's views over that of the others."""

SIZE, CLOSE_SIZE = (420, 504), (720, 600)
"""Pixels of a picture, and of one that the nose fills: 350 dpi at 30 mm, 300 dpi at 61 mm."""

_NOSE_SHARE, _BASE_SHARE = 1.2, 1.4
"""Height of a picture that the nose fills over the nose's length, and over its width where it is seen from below."""

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


def close_up(name: str, faces: Sequence[Landmarks]) -> Pose:
    """The pose of one of the views that the nose fills, the same for all faces: in the middle of the largest."""
    points = [face.points for face in faces]
    if name == "Base of the nose":
        height = _BASE_SHARE * max(float(np.linalg.norm(at["al_l"] - at["al_r"])) for at in points)
        focus = np.mean([(at["prn"] + at["sn"]) / 2 for at in points], axis=0)
    else:
        height = _NOSE_SHARE * max(float(np.linalg.norm(at["n"] - at["sn"])) for at in points)
        focus = np.mean([(at["n"] + at["sn"] + at["prn"]) / 3 for at in points], axis=0)
    x, y, z = (float(number) for number in focus)
    return Pose(CLOSE[name], (x, y, z), height / Pose(VIEWS["front"], (0.0, 0.0, 0.0), 1.0).height_mm)


class Photographs(NamedTuple):
    """Pictures that are to be taken of one surface.

    surface : what they show; size : in pixels; poses : where the camera stands, by the pictures' names.
    """

    surface: Drawable
    size: tuple[int, int]
    poses: Mapping[str, Pose]


def wanted(study: Study) -> list[Photographs]:
    """All pictures of a report of before and after. Raises what `framing` raises."""
    focus, distance = framing(study.landmarks_before)
    faces = (study.landmarks_before, study.landmarks_after)
    x, y, z = (float(number) for number in focus)
    standard = {name: Pose(view, (x, y, z), distance) for name, view in STANDARD.items()}
    close = {name: close_up(name, faces) for name in CLOSE}
    both = (("before", study.before), ("after", study.after))
    return [
        *(
            Photographs(surface, size, {f"{kind} {name}": pose for name, pose in poses.items()})
            for size, poses in ((SIZE, standard), (CLOSE_SIZE, close))
            for kind, surface in both
        ),
        Photographs(study.mapped, SIZE, map_poses(study.landmarks_before, distance)),
    ]


def map_poses(face: Landmarks, distance: float) -> dict[str, Pose]:
    """Where the camera stands for the map, whose views are otherwise `distance` mm away."""
    x, y, z = (float(number) for number in face.points["prn"])
    return {f"map {name}": Pose(STANDARD[name], (x, y, z), _MAP_SHARE * distance) for name in MAPPED}


class Shots(QObject):
    """Takes pictures, each exposure of them in a turn of the event loop of its own."""

    advanced = Signal(int, int)
    """How many pictures there are, and how many there will be."""
    finished = Signal(dict)
    """The pictures by name."""

    def __init__(self, series: Sequence[Photographs], parent: QObject) -> None:
        """Begin."""
        super().__init__(parent)
        self._total = sum(len(each.poses) for each in series)
        self._pictures: dict[str, QImage] = {}
        self._left = self._taken(series)
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._take)
        self._timer.start()

    def stop(self) -> None:
        """Take no more; release the graphics."""
        self._timer.stop()
        self._left.close()

    def _take(self) -> None:
        if next(self._left, False):
            self.advanced.emit(len(self._pictures), self._total)
        else:
            self.stop()
            self.finished.emit(self._pictures)

    def _taken(self, series: Sequence[Photographs]) -> Generator[bool, None, None]:
        for size, each in groupby(series, key=lambda photographs: photographs.size):
            with Photographer(size, DisplayOptions(dark=False)) as photographer:
                for surface, _, poses in each:
                    photographer.panes.head.show(replace(surface, live=None))  # a page shows far sides, too
                    for name, pose in poses.items():
                        photographer.panes.stand(pose)
                        for exposure in photographer.exposures():
                            if exposure:
                                self._pictures[name] = _image(exposure)
                            yield True


def _image(picture: Image.Image) -> QImage:
    """A picture as Qt draws it, with memory of its own."""
    pixels = np.ascontiguousarray(np.asarray(picture.convert("RGB")))
    height, width, _ = pixels.shape
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
