"""Measurements of a face: distances, angles, ratios and asymmetries, with their norms and where those come from.

Points are of the head frame: x to the subject's left, y up, z out of the face. Directions are of the face's own axes
(`facewright.core.anthropometry.locate.face_axes`): the sagittal plane is square to the one to the left.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from facewright.core.anthropometry.breadths import BRIDGE_WIDTHS, TIP_SHARE, WALL_SHARE
from facewright.core.anthropometry.constructed import CONSTRUCTED
from facewright.core.anthropometry.contour import SUPRATIP, alar_flare, over_line, supratip_break
from facewright.core.anthropometry.dorsum import BRIDGE, bridge_height, hump
from facewright.core.anthropometry.norms import norms_of, z_score
from facewright.core.anthropometry.nose_volume import VOLUME_LANDMARKS
from facewright.core.anthropometry.nostrils import axis_angle, columellar_show
from facewright.core.anthropometry.repeatability import FRANKFORT, LEVELLED, repeatability, uncovered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.anthropometry.norms import Cohort, Norm
    from facewright.core.model.head_model import HeadModel

    Formula = Callable[[Landmarks], float]

MeasureUnit = Literal["mm", "°", "", "cc"]

TEACHING = "surgical teaching range; it differs between sources and populations"
HORIZONTAL = "Frankfort horizontal"
"""What definitions call the horizontal; where there are no ears it is another one (`frame_of`)."""

RELATIVE = "relative units"
"""What lengths are in where a model's data has no true scale."""

NOTICEABLE_MM = 0.5
"""Capture and registration alone move a landmark by 0.4 to 0.9 mm: smaller differences are shown grey."""

NOTICEABLE: Mapping[MeasureUnit, float] = MappingProxyType({"mm": NOTICEABLE_MM, "°": 1.0, "": 0.02, "cc": 0.5})
"""The same by unit: what half a millimetre at one of its landmarks makes of a usual angle or ratio of the nose."""

NO_EARS_DEGREES = 2.5
"""Standard deviation of the fitted head's Frankfort horizontal where a scan has no ears. The face's own frame would be
worse by far: from one person to the next the two differ by 6°."""

CAVEATS = (
    "An illustration, not a prediction of a surgical result.",
    "Uncertainties are standard deviations. Capture and registration alone move a landmark by 0.4 to 0.9 mm; "
    "differences under 0.5 mm are shown grey.",
    "Cohorts differ: choose the one that fits, or none.",
)
"""What the screen and the report say beside the figures."""


@dataclass(frozen=True)
class Measure:
    """One measurement.

    key : for files and locks; name, definition : for people; landmarks : what it is drawn between; norms : by cohort;
    usual : range and `TEACHING`'s caveat apply; formula : its value in `unit` from the landmarks.
    """

    key: str
    name: str
    unit: MeasureUnit
    definition: str
    landmarks: tuple[str, ...]
    formula: Formula
    norms: Mapping[Cohort, Norm] = field(default_factory=dict)
    usual: tuple[float, float] | None = None


@dataclass(frozen=True)
class Value:
    """A measure of one head.

    value : in `unit`; z : its distance from a cohort's mean in SD, None without norms and of what is a guess;
    uncertainty : standard deviation of the value over re-fits of the same face, in `unit`
    (`facewright.core.anthropometry.repeatability`); uncovered : the landmarks that it needs and the scan does not have:
    there the value is the fitted head's guess; horizontal : in which it was measured, as `frame_of` has it, empty where
    it needs none.
    """

    measure: Measure
    value: float
    unit: str
    z: float | None
    uncertainty: float = float("nan")
    uncovered: tuple[str, ...] = ()
    horizontal: str = ""

    def beside(self, cohort: Cohort | None) -> Value:
        """The same value, with its distance from another cohort's mean, or from none."""
        return replace(self, z=None if self.uncovered else z_score(self.measure.norms, self.value, cohort))

    @property
    def definition(self) -> str:
        """The measure's definition, with the horizontal that this value was measured in."""
        return self.measure.definition.replace(HORIZONTAL, self.horizontal or HORIZONTAL)

    @property
    def coverage(self) -> str:
        """What a person must know of where the value was measured, or why not; empty where there is nothing."""
        return f"not covered by the scan: {', '.join(self.uncovered)}" if self.uncovered else ""

    @property
    def spread(self) -> str:
        """The uncertainty as people read it, one standard deviation after ±; empty where it is not known."""
        if not np.isfinite(self.uncertainty):
            return ""
        return f"± {shown(self.uncertainty, self.measure.unit, '').rstrip('°')}"


def measure(model: HeadModel, landmarks: Landmarks, cohort: Cohort | None = None) -> list[Value]:
    """All measurements of a head that its landmarks allow, in the order of `MEASURES`.

    Where the model's data has no true scale, lengths are in relative units and have no z-score.
    """
    names = set(landmarks.points)
    return [measure_one(model, landmarks, each, cohort) for each in MEASURES if set(each.landmarks) <= names]


def measure_one(model: HeadModel, landmarks: Landmarks, each: Measure, cohort: Cohort | None = None) -> Value:
    """One measurement of a head that has its landmarks."""
    true_scale = has_true_scale(model)
    value = each.formula(landmarks)
    unit = unit_of(each, relative=not true_scale)
    horizontal = frame_of(landmarks) if each.key in LEVELLED and np.isfinite(value) else ""
    found = Value(each, value, unit, None, repeatability(each, landmarks), uncovered(each, landmarks), horizontal)
    return found.beside(cohort if true_scale else None)


def has_true_scale(model: HeadModel) -> bool:
    """Whether the model's lengths are millimetres; elsewhere they are `RELATIVE` and have no norms."""
    return bool(model.metadata.get("true_scale"))


def unit_of(each: Measure, *, relative: bool) -> str:
    """What a measure's values are in: lengths and volumes may be in relative units."""
    return RELATIVE if relative and each.unit in ("mm", "cc") else each.unit


def measured_landmarks(names: Iterable[str]) -> list[str]:
    """Those of the landmarks that any measurement needs; but for constructed points, which nobody places."""
    needed = FRANKFORT.union(*(each.landmarks for each in MEASURES)) - CONSTRUCTED.keys()
    return [name for name in names if name in needed]


def shown(number: float, kind: MeasureUnit, unit: str, sign: str = "") -> str:
    """A measurement as people read it, with its unit; `sign` + shows that of a difference."""
    if not np.isfinite(number):
        return "not measured"
    rounded = round(number, _places(kind)) + 0.0  # or −0.0 would keep its sign
    text = f"{rounded:{sign if rounded else ''}.{_places(kind)}f}".replace("-", "−")
    return text + {"": "", "°": "°"}.get(kind, f" {unit}".rstrip())


def difference(value: float, other: float, kind: MeasureUnit) -> float:
    """What a value is more than another as people read both, so that a page adds up: their last places count alone."""
    places = _places(kind)
    return round(round(value, places) - round(other, places), places)


def less_sure(*values: Value) -> Value:
    """Of the same measure of several heads the one whose uncertainty is greatest, or not known: what is said of all."""
    return max(values, key=lambda value: float(np.nan_to_num(value.uncertainty, nan=np.inf)))


def _places(kind: MeasureUnit) -> int:
    """Digits after the point that are shown."""
    return 2 if kind == "" else 1


def frame_of(landmarks: Landmarks) -> str:
    """The horizontal that `goode_ratio` and `tip_rotation` are taken in, for people."""
    if landmarks.facial_plane is not None:
        return "horizontal square to the facial plane g–pg (no ears in the scan)"
    if not _has_frankfort(landmarks):
        return "horizontal of the face's own frame (no ears)"
    if landmarks.coverage is not None and not {"t_l", "t_r"} <= landmarks.coverage.names:
        return f"{HORIZONTAL} of the fitted head (no ears in the scan), ± {NO_EARS_DEGREES}°"
    return HORIZONTAL


def horizontal_of(face: Landmarks) -> np.ndarray:
    """Unit vector (3,) forward in the sagittal plane, or the face's own axis where there are no ears.

    From tragion to orbitale, sides averaged; square to the facial plane where a scan has no ears.
    """
    if face.facial_plane is not None:
        square = np.cross(face.axes[0], face.facial_plane[0] - face.facial_plane[1])
        return square / np.linalg.norm(square)
    if not _has_frankfort(face):
        return face.axes[2]
    line = sum(face.points[f"or_{side}"] - face.points[f"t_{side}"] for side in "lr")
    line = line - line @ face.axes[0] * face.axes[0]
    return line / np.linalg.norm(line)


def _length(a: str, b: str) -> Formula:
    return lambda face: float(np.linalg.norm(face.points[a] - face.points[b]))


def _angle(a: str, b: str, c: str) -> Formula:
    """The angle at b between a and c, in degrees."""
    return lambda face: _between(face.points[a] - face.points[b], face.points[c] - face.points[b])


def _sagittal_angle(a: str, b: str, c: str) -> Formula:
    """The same, projected on the sagittal plane."""

    def angle(face: Landmarks) -> float:
        up, front = face.axes[1:]
        ways = [face.points[end] - face.points[b] for end in (a, c)]
        first, second = (np.array([way @ up, way @ front]) for way in ways)
        return _between(first, second)

    return angle


def _between(u: np.ndarray, v: np.ndarray) -> float:
    cosine = u @ v / (np.linalg.norm(u) * np.linalg.norm(v))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _nasofacial(face: Landmarks) -> float:
    return _between(face.points["pg"] - face.points["g"], face.points["prn"] - face.points["n"])


def _convexity(face: Landmarks) -> float:
    return 180.0 - _angle("g", "sn", "pg")(face)


def _ala(side: str) -> Formula:
    return _length(f"ac_{side}", "prn")


def _crease_to_tip(face: Landmarks) -> tuple[float, float]:
    """From the middle of the alar creases to the tip: along the Frankfort horizontal and square to it, up, mm."""
    step = face.points["prn"] - (face.points["ac_l"] + face.points["ac_r"]) / 2
    horizontal = horizontal_of(face)
    up = np.cross(horizontal, face.axes[0])
    return float(step @ horizontal), float(step @ up)


def _has_frankfort(face: Landmarks) -> bool:
    return FRANKFORT.issubset(face.points)


def _goode(face: Landmarks) -> float:
    return _crease_to_tip(face)[0] / _length("n", "prn")(face)


def _tip_rotation(face: Landmarks) -> float:
    ahead, up = _crease_to_tip(face)
    return float(np.degrees(np.arctan2(up, ahead)))


def _chin_projection(face: Landmarks) -> float:
    if face.facial_plane is not None:  # which runs through the chin itself
        return float("nan")
    return float((face.points["pg"] - face.points["n"]) @ horizontal_of(face))


def _alar_ratio(face: Landmarks) -> float:
    return _length("al_l", "al_r")(face) / _length("en_l", "en_r")(face)


def _tip_deviation(face: Landmarks) -> float:
    nasion, middle = face.points["n"], (face.points["en_l"] + face.points["en_r"]) / 2
    normal = np.cross(face.points["sn"] - nasion, middle - nasion)
    size = float(np.linalg.norm(normal))
    if size == 0.0:
        return 0.0
    return float((face.points["prn"] - nasion) @ normal) / size * float(np.sign(normal @ face.axes[0]))


def _nasal_volume(face: Landmarks) -> float:
    return face.volume.cc if face.volume else float("nan")


def _ala_asymmetry(face: Landmarks) -> float:
    return _ala("l")(face) - _ala("r")(face)


def _distance(key: str, name: str, a: str, b: str) -> Measure:
    return Measure(key, name, "mm", f"{a}–{b}", (a, b), _length(a, b), norms_of(key))


MEASURES: tuple[Measure, ...] = (
    _distance("nasal_width", "Nasal width", "al_l", "al_r"),
    _distance("subnasal_width", "Subnasal width", "sbal_l", "sbal_r"),
    _distance("nasal_height", "Nasal height", "n", "sn"),
    _distance("bridge_length", "Nasal bridge length", "n", "prn"),
    _distance("tip_protrusion", "Nasal tip protrusion", "sn", "prn"),
    _distance("ala_length_l", "Ala length, left", "ac_l", "prn"),
    _distance("ala_length_r", "Ala length, right", "ac_r", "prn"),
    _distance("columella_length", "Columella length", "sn", "c'"),
    _distance("infratip_lobule", "Infratip lobule", "c'", "prn"),
    _distance("alar_base", "Alar base width", "ac_l", "ac_r"),
    Measure("alar_flare", "Alar flare", "mm", "half of what al–al is more than ac–ac", ("al_l", "al_r", "ac_l", "ac_r"),
            alar_flare),
    *(Measure(f"bony_width_{percent}", f"Bony width at {percent} %", "mm", f"the bridge across at {percent} % of "
              f"n–prn from n, as deep under that line as {WALL_SHARE:.0%} of it",
              (f"wall{percent}_l", f"wall{percent}_r"), _length(f"wall{percent}_l", f"wall{percent}_r"))
      for percent in BRIDGE_WIDTHS),
    Measure("tip_breadth", "Tip breadth", "mm", f"the tip across, {TIP_SHARE:.0%} of the way ac–prn behind prn",
            ("tipside_l", "tipside_r"), _length("tipside_l", "tipside_r")),
    Measure("columellar_show", "Columellar show", "mm", "columella below the alar rims, both sides' mean, half-way "
            "from ac to prn and square to that way, as seen from the side",
            ("rim_l", "rim_r", "columella", "ac_l", "ac_r", "prn"), columellar_show),
    _distance("intercanthal_width", "Intercanthal width", "en_l", "en_r"),  # beside the caruncle: not the norms' en
    _distance("outer_canthal_width", "Outer canthal width", "ex_l", "ex_r"),
    _distance("mouth_width", "Mouth width", "ch_l", "ch_r"),
    _distance("philtrum_length", "Philtrum length", "sn", "ls"),
    _distance("upper_lip_height", "Upper lip height", "sn", "sto"),
    _distance("face_height", "Face height", "n", "gn"),
    Measure("nasofrontal_angle", "Nasofrontal angle", "°", "g–n–prn, in the sagittal plane", ("g", "n", "prn"),
            _sagittal_angle("g", "n", "prn")),  # 115–130° is of tangents to brow and bridge: another angle
    Measure("nasofacial_angle", "Nasofacial angle", "°", "line g–pg against line n–prn", ("g", "pg", "n", "prn"),
            _nasofacial, usual=(30.0, 40.0)),
    Measure("nasomental_angle", "Nasomental angle", "°", "n–prn–pg", ("n", "prn", "pg"),
            _angle("n", "prn", "pg"), usual=(120.0, 132.0)),
    Measure("nasolabial_angle", "Nasolabial angle", "°", "c'–sn–ls; men lower, women higher", ("c'", "sn", "ls"),
            _angle("c'", "sn", "ls"), usual=(90.0, 120.0)),
    Measure("convexity", "Convexity (Legan)", "°", "g–sn–pg, from straight", ("g", "sn", "pg"),
            _convexity, usual=(8.0, 16.0)),
    Measure("tip_rotation", "Tip rotation", "°", f"line alar crease–tip above the {HORIZONTAL}",
            ("ac_l", "ac_r", "prn"), _tip_rotation),
    *(Measure(f"nostril_axis_{side}", f"Nostril axis, {title}", "°", "long axis of the nostril, seen square to ac–prn "
              "from below, against the line across the face; 90° is straight ahead, less runs to the midline in front",
              (f"nostrilfront_{side}", f"nostrilback_{side}", "ac_l", "ac_r", "prn"), axis_angle(side))
      for side, title in (("l", "left"), ("r", "right"))),
    Measure("goode_ratio", "Goode ratio", "", f"alar crease to tip along the {HORIZONTAL}, over n–prn",
            ("ac_l", "ac_r", "n", "prn"), _goode, usual=(0.55, 0.60)),
    Measure("alar_ratio", "Alar base to intercanthal", "", "al–al over en–en, about 1",
            ("al_l", "al_r", "en_l", "en_r"), _alar_ratio),
    *(Measure(f"dorsum_{percent}", f"Dorsal height at {percent} %", "mm", f"dorsum over the line n–prn at {percent} % "
              "of it from n, as seen from the side (above +, below −)", ("n", "prn"),
              bridge_height(percent / 100)) for percent in BRIDGE),
    Measure("hump", "Hump", "mm", "largest height of the bridge over the line from 20 to 80 % of n–prn, plus "
            "the least (hump +, saddle −)", ("n", "prn"), hump),
    Measure("supratip_break", "Supratip break", "mm", f"how deep the bridge dips under the line from {SUPRATIP[0]:.0%} "
            f"to {SUPRATIP[1]:.0%} of n–prn (dip +, bulge −)", ("n", "prn"), supratip_break),
    Measure("upper_lip_line", "Upper lip to line", "mm", "ls in front of the line prn–pg (Ricketts), sagittally; "
            "behind it −", ("prn", "ls", "pg"), over_line("ls", "prn", "pg")),
    Measure("lower_lip_line", "Lower lip to line", "mm", "li in front of the line prn–pg (Ricketts), sagittally; "
            "behind it −", ("prn", "li", "pg"), over_line("li", "prn", "pg")),
    Measure("chin_projection", "Chin projection", "mm", f"pg ahead of n along the {HORIZONTAL}, which "
            "needs the ears in the scan; behind it −",
            ("n", "pg"), _chin_projection),
    Measure("tip_deviation", "Tip deviation", "mm", "prn from the plane through n, sn and the middle of en–en, + to "
            "the left", ("n", "sn", "prn", "en_l", "en_r"), _tip_deviation),
    Measure("nasal_volume", "Nasal volume", "cc", "the nose in front of chords across its outline n–cheek–sn; nostrils "
            "count as filled", VOLUME_LANDMARKS, _nasal_volume),
    Measure("ala_asymmetry", "Ala asymmetry", "mm", "left ac–prn less right ac–prn", ("ac_l", "ac_r", "prn"),
            _ala_asymmetry),
)  # fmt: skip
"""Every measurement, distances first."""

BY_KEY: Mapping[str, Measure] = MappingProxyType({each.key: each for each in MEASURES})
