"""What operations there are, and what each is measured by.

An amount is the change of one measure of the face by the operation, in mm or °. Measures are landmarks located on the
operated surface where a definition says them, and else *markers*: points of the skin that move with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from facewright.core.anthropometry.measure import BY_KEY as MEASURES
from facewright.core.anthropometry.measure import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.surgery.frame import SurgicalFrame

Group = Literal["Nose", "Chin and lip"]
OperationUnit = Literal["mm", "°"]


@dataclass(frozen=True, eq=False)
class OperatedFace:
    """A face to be measured: located landmarks, markers (3,) mm by name, and the frame of before."""

    landmarks: Landmarks
    markers: Mapping[str, np.ndarray]
    frame: SurgicalFrame

    def along(self, point: np.ndarray, axis: int) -> float:
        """How far a point (3,), mm, is to the left, up or out of the face (axis 0, 1, 2), mm."""
        return float(self.frame.along(point)[axis])


@dataclass(frozen=True)
class OperationKind:
    """One operation.

    key : its name in files; title : for people; more, less : what either sign does; unit : of its amount; most : the
    largest amount that its slider asks for; measured : what the amount is the change of, for people; measure : its
    value; moves : keys of measurements, and of other operations, that it changes by what it is; table : key of the
    measurement that it is measured by, if it is one of the table; landmarks : that it needs; group : of its slider;
    sideways : whether its sign says to which side. None is of one side alone.
    """

    key: str
    title: str
    more: str
    less: str
    unit: OperationUnit
    most: float
    measured: str
    measure: Callable[[OperatedFace], float]
    moves: tuple[str, ...]
    landmarks: tuple[str, ...]
    group: Group = "Nose"
    table: str = ""
    sideways: bool = False

    def told(self, amount: float) -> str:
        """An amount for people, and what its sign does."""
        word = self.more if amount > 0.0 else self.less
        return shown(amount, self.unit, self.unit, "+") + (f", {word}" if amount else "")

    def is_moved_by(self, other: OperationKind) -> bool:
        """Whether another operation changes this one's measure by what it is."""
        return self.key in other.moves or (bool(self.table) and self.table in other.moves)


def _table(key: str) -> Callable[[OperatedFace], float]:
    """A measurement of the table."""
    return lambda face: MEASURES[key].formula(face.landmarks)


def _located(name: str, axis: int, sign: float = 1.0) -> Callable[[OperatedFace], float]:
    return lambda face: sign * face.along(face.landmarks.points[name], axis)


def _apart(name: str) -> Callable[[OperatedFace], float]:
    """How far the markers of both sides are apart across the face."""
    return lambda face: face.along(face.markers[f"{name}_l"] - face.markers[f"{name}_r"], 0)


def _middle(name: str) -> Callable[[OperatedFace], float]:
    """How far to the left the middle of the markers of both sides is."""
    return lambda face: face.along(face.markers[f"{name}_l"] + face.markers[f"{name}_r"], 0) / 2.0


def _projection(face: OperatedFace) -> float:
    """From the middle of the alar creases to the tip in the sagittal plane, mm."""
    points = face.landmarks.points
    return float(np.linalg.norm(_sagittal(face, points["prn"] - _creases(face))))


def _rim(face: OperatedFace) -> float:
    """How far the nostrils' rims are above the lines from alar crease to tip in the sagittal plane, mm."""
    points = face.landmarks.points
    sides = [_above(face, face.markers[f"rim_{s}"], points[f"ac_{s}"], points["prn"]) for s in "lr"]
    return float(np.mean(sides))


def _columella(face: OperatedFace) -> float:
    """How far the columella hangs below the line from subnasale to tip in the sagittal plane, mm."""
    points = face.landmarks.points
    return -_above(face, points["c'"], points["sn"], points["prn"])


def _creases(face: OperatedFace) -> np.ndarray:
    points = face.landmarks.points
    middle: np.ndarray = (points["ac_l"] + points["ac_r"]) / 2.0
    return middle


def _sagittal(face: OperatedFace, way: np.ndarray) -> np.ndarray:
    """Up and forward along the face's axes, (2,)."""
    return face.frame.along(way)[1:]


def _above(face: OperatedFace, point: np.ndarray, back: np.ndarray, front: np.ndarray) -> float:
    up, forward = _sagittal(face, front - back)
    height, ahead = _sagittal(face, point - back)
    return float((height * forward - ahead * up) / np.hypot(up, forward))


_LINE = (
    "bridge_length",
    "nasofrontal_angle",
    "nasofacial_angle",
    "nasomental_angle",
    "dorsum_30",
    "dorsum_60",
    "hump",
    "supratip_break",
)
"""What is taken from the line n–prn, one of whose ends moves."""
_TIP = (
    "tip_protrusion",
    "ala_length_l",
    "ala_length_r",
    "goode_ratio",
    "nasolabial_angle",
    "columella_length",
    "infratip_lobule",
    "upper_lip_line",
    "lower_lip_line",
)
_BASE = ("nasal_height", "philtrum_length", "upper_lip_height", "convexity")
"""What goes with subnasale, which is the corner that columella and lip make."""
_NOSE = ("n", "prn", "sn", "al_l", "al_r", "ac_l", "ac_r", "c'")
_BRIDGE = ("dorsum_30", "dorsum_45", "dorsum_60", "hump", "supratip_break")
"""Heights of the midsagittal profile, which goes another way where the bridge is bent or moved aside."""
_LIPS_LINE = ("upper_lip_line", "lower_lip_line")
"""Distances from the line prn–pg, so of what moves the tip of the nose or the chin."""

OPERATIONS: tuple[OperationKind, ...] = (
    OperationKind("radix", "Radix", "graft", "reduction", "mm", 4.0, "skin at nasion out of the face",
                  lambda face: face.along(face.markers["n"], 2),
                  (*_LINE, "convexity", "nasal_height", "face_height", "dorsum_45", "chin_projection"), _NOSE),
    OperationKind("dorsum", "Dorsal hump", "augmentation", "reduction", "mm", 5.0,
                  "height of the dorsum over the line n–prn at 45 %", _table("dorsum_45"), _BRIDGE,
                  _NOSE, table="dorsum_45"),
    OperationKind("bony_deviation", "Bony dorsum aside", "to the left", "to the right", "mm", 5.0,
                  "middle of the bony dorsum", _middle("crest"), _BRIDGE, _NOSE, sideways=True),
    OperationKind("cartilage_deviation", "Cartilaginous dorsum aside", "to the left", "to the right", "mm", 5.0,
                  "middle of the cartilaginous dorsum", _middle("vault"), _BRIDGE, _NOSE, sideways=True),
    OperationKind("tip_deviation", "Tip aside", "to the left", "to the right", "mm", 5.0, "tip deviation",
                  _table("tip_deviation"),
                  ("ala_length_l", "ala_length_r", "ala_asymmetry", "nasolabial_angle", *_BRIDGE),
                  _NOSE, table="tip_deviation", sideways=True),
    OperationKind("bony_width", "Bony width", "wider", "narrower (osteotomy)", "mm", 6.0,
                  "distance of the bony side walls", _apart("bone"), (), _NOSE),
    OperationKind("tip_rotation", "Tip rotation", "up", "down", "°", 20.0,
                  "line alar crease–tip over the horizontal", _table("tip_rotation"), (*_LINE, *_TIP, *_BASE),
                  _NOSE, table="tip_rotation"),
    OperationKind("tip_projection", "Tip projection", "more", "less", "mm", 5.0,
                  "alar crease to tip in the sagittal plane", _projection, (*_LINE, *_TIP, "convexity"), _NOSE),
    OperationKind("tip_width", "Tip width", "wider", "narrower", "mm", 5.0, "distance of the tip's sides",
                  _apart("tip"), ("tip_definition",), _NOSE),
    OperationKind("tip_definition", "Tip definition", "broader domes", "sharper domes", "mm", 3.0,
                  "distance of the domes", _apart("dome"), (), _NOSE),
    OperationKind("alar_base", "Alar base", "wider", "narrower", "mm", 6.0, "nasal width al–al",
                  _table("nasal_width"), ("nasal_width", "alar_base", "subnasal_width", "alar_ratio", "ala_length_l",
                                          "ala_length_r", "ala_asymmetry", "tip_definition"), _NOSE,
                  table="nasal_width"),
    OperationKind("alar_rim", "Alar rim", "higher (retracted)", "lower", "mm", 3.0,
                  "rim of the nostrils over the line alar crease–tip", _rim, (), _NOSE),
    OperationKind("columella", "Columella", "lower (hanging)", "higher", "mm", 4.0,
                  "columella below the line sn–prn", _columella,
                  ("nasolabial_angle", "columella_length", "infratip_lobule", "tip_protrusion", *_BASE), _NOSE),
    OperationKind("chin_projection", "Chin", "advanced", "set back", "mm", 8.0,
                  "pogonion out of the face", _located("pg", 2),
                  ("nasofacial_angle", "nasomental_angle", "convexity", "chin_projection", *_LIPS_LINE),
                  ("pg", "gn", "sto", "ch_l", "ch_r"), "Chin and lip"),
    OperationKind("chin_height", "Chin height", "longer", "shorter", "mm", 6.0, "face height n–gn",
                  _table("face_height"), ("nasofacial_angle", "nasomental_angle", "convexity", *_LIPS_LINE),
                  ("n", "pg", "gn", "sto", "ch_l", "ch_r"), "Chin and lip", table="face_height"),
    OperationKind("lip_projection", "Upper lip", "fuller", "flatter", "mm", 4.0, "labiale superius out of the face",
                  _located("ls", 2),
                  ("nasolabial_angle", "columella_length", "tip_protrusion", "upper_lip_line", *_BASE),
                  ("ls", "sn", "ch_l", "ch_r"), "Chin and lip"),
    OperationKind("lip_height", "Upper lip length", "longer", "shorter, a lip lift", "mm", 4.0,
                  "labiale superius down the face", _located("ls", 1, -1.0),
                  ("nasolabial_angle", "philtrum_length", "upper_lip_height", "upper_lip_line"),
                  ("ls", "sn", "ch_l", "ch_r"), "Chin and lip"),
)  # fmt: skip
"""All operations, from the root of the nose down."""

BY_KEY: Mapping[str, OperationKind] = MappingProxyType({each.key: each for each in OPERATIONS})
