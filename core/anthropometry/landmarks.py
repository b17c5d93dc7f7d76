"""Where the landmarks of a head lie: the anthropometric ones, and those of the stages that carry the local fields.

An anthropometric landmark (names and definitions: Farkas 1981) is located on the surface by its definition, in the
face's own frame; the point that the cascade carries to its place on the template is where the search begins
(`facewright.core.anthropometry.locate`). Where the definition is a corner or an insertion, the point itself is taken.
All points are in mm, head frame.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from facewright.core.anthropometry.breadths import BRIDGE_WIDTHS
from facewright.core.anthropometry.constructed import CONSTRUCTED, construct, constructible
from facewright.core.anthropometry.locate import FRAME, MIDLINE, NEEDED, Slide, face_axes, locate, nostrils_top
from facewright.core.anthropometry.own_surface import OwnSurface
from facewright.core.anthropometry.rays import heights_along
from facewright.core.errors import FacewrightError
from facewright.core.parts import CODES
from facewright.core.sculpt.warp import head_warp
from facewright.core.surface.cascade import Cascade

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from facewright.core.anthropometry.nose_volume import NoseVolume
    from facewright.core.anthropometry.own_face import OwnFace
    from facewright.core.anthropometry.rays import Distance
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.warp import Warp

FIVE = ("en_r", "en_l", "prn", "ch_r", "ch_l")
"""The landmarks by which a person places a scan: inner eye corners, tip of the nose, mouth corners."""

TITLES = MappingProxyType(
    {
        "g": "glabella, most prominent between the brows",
        "n": "nasion, deepest of the nasal root",
        "prn": "pronasale, most protruded of the tip",
        "sn": "subnasale, where columella and upper lip meet",
        "c'": "columella point, most anterior at the nostrils' top",
        "al": "alare, most lateral of the ala",
        "ac": "alar curvature, the alar base's insertion",
        "sbal": "subalare, where alar base and upper lip meet",
        "ls": "labiale superius, border of the upper lip",
        "sto": "stomion, where the lips meet",
        "ch": "cheilion, corner of the mouth",
        "pg": "pogonion, most anterior of the chin",
        "gn": "gnathion, lowest of the chin",
        "en": "endocanthion, inner eye corner",
        "ex": "exocanthion, outer eye corner",
        "t": "tragion, notch above the tragus",
        "or": "orbitale, lowest of the orbit's rim",
        **{f"wall{at}": f"side wall at {at} % of n–prn" for at in BRIDGE_WIDTHS},
        "tipside": "side of the tip",
        "rim": "alar rim half-way from crease to tip",
        "columella": "columella below the alar rims",
        "nostrilfront": "front of the nostril's long axis",
        "nostrilback": "back of the nostril's long axis",
    }
)
"""What the landmarks that measurements need are, by their names without side; the last of them are constructed."""

EARS = frozenset({"t_l", "t_r"})
FACIAL_PLANE = frozenset({"g", "pg"})
"""The landmarks of the facial plane, g–pg (Powell and Humphreys 1984)."""

PROFILE = 33
"""Points of the dorsum's profile."""

DORSUM_AT = np.linspace(0.1, 0.9, PROFILE)
"""Where they are along the line n–prn: the hollow of the root and the dome of the tip are not the dorsum."""

_RIDGE_MM = np.linspace(-8.0, 8.0, 11)
"""How far beside the line n–prn the ridge is looked for, to the left."""

_SLIDE = 0.5
"""How far a landmark may slide over the skin, over how far an operation moves that."""

_UNDOING_STEPS = 30
_CLOSE_MM = 0.01


HEAD_AXES = np.eye(3)
HEAD_AXES.setflags(write=False)


class Coverage(NamedTuple):
    """What of a face its scan has.

    names : the landmarks that it covers; dorsum : (PROFILE,) bool, of the profile; rest_mm : the standard deviation of
    the scan's smoothed surface, across it; told : whether the shape of the whole face tells where landmarks belong
    (`facewright.core.anthropometry.own_face`), or the fit alone.
    """

    names: frozenset[str]
    dorsum: np.ndarray
    rest_mm: float
    told: bool = True


class Landmarks(NamedTuple):
    """Where a head's landmarks are, mm, head frame.

    points : (3,) float64 by name, NaN for a constructed one that the surface does not have; dorsum : (PROFILE, 3)
    float64, the profile of the nose from n to prn; rows that met no surface are not finite; axes : (3, 3),
    rows to the left, up and out of the face, unit vectors, as the face itself has them
    (`facewright.core.anthropometry.locate.face_axes`); coverage : of the scan, None without one; volume : of
    the nose, None where its landmarks are not among those wanted; facial_plane : (2, 3) mm, g and pg as they were
    before any operation, where the scan has them but not the ears: what is horizontal is then square to their line.
    """

    points: Mapping[str, np.ndarray]
    dorsum: np.ndarray
    axes: np.ndarray = HEAD_AXES
    coverage: Coverage | None = None
    volume: NoseVolume | None = None
    facial_plane: np.ndarray | None = None


def find_landmarks(
    model: HeadModel,
    parameters: Parameters,
    template: Mapping[str, np.ndarray] | None = None,
    names: Collection[str] | None = None,
    near: Mapping[str, np.ndarray] | None = None,
    scan: OwnFace | None = None,
) -> Landmarks:
    """The landmarks of a head.

    template : (3,) mm by name, places on the template that replace the model's own: landmarks that a person has
    corrected (see `corrected`). Those ride there and are not sought as extrema. names : which are wanted, all if not
    given; the dorsum is empty without n and prn. near : (3,) mm by name, where they are on a head much like this one:
    they are found sooner from there. scan : the patient's own face as it lies on this head
    (`facewright.core.scan.detail`): what it covers is located on it.
    Raises FacewrightError if the model file does not tell where landmarks are.
    """
    template = template or {}
    places = {**model.points, **template}
    if not places:
        raise FacewrightError("This model file holds no landmarks: train it again, or open a newer one, to measure.")
    wanted = {*places, *constructible(places)} if names is None else set(names)
    carried_too = {*FRAME, *MIDLINE}.union(*(CONSTRUCTED.get(name, ()) for name in wanted))
    while needed := set().union(*(NEEDED.get(name, ()) for name in wanted | carried_too)) - carried_too:
        carried_too |= needed  # or a landmark would lie elsewhere when it alone is wanted
    places = {name: place for name, place in places.items() if name in wanted | carried_too}
    warp = head_warp(model, parameters)
    scan = scan and scan._replace(points=warp.undone(scan.points))
    before = FaceBefore.of(model, parameters, places, template, unplanned(warp, near or {}), scan)
    points, axes = before.after(warp, template), before.axes
    distance = warp.field(before.distance)
    made, volume = construct(distance, points, axes, wanted)
    points = {**{name: points[name] for name in places if name in wanted}, **made}
    dorsum = np.empty((0, 3))
    if {"n", "prn"} <= set(points):
        dorsum = profile(distance, points["n"], points["prn"], axes)
    own = before.own
    coverage = None
    if scan and own:
        coverage = _coverage(own, unplanned(warp, points), warp.undone(dorsum), told=bool(scan.places))
    plane = _facial_plane(before.points, coverage) if coverage else None
    return Landmarks(MappingProxyType(points), dorsum, axes, coverage, volume, plane)


class FaceBefore(NamedTuple):
    """A face as it is without its plan.

    points, riding : landmarks (3,) mm by name, and the nostrils' top, where they are located and where the template's
    places were carried; axes : (3, 3) as `face_axes` gives them; distance : Φ of
    the patient's own surface where there is a scan, of the head elsewhere; own : that surface, None without a scan.
    """

    points: Mapping[str, np.ndarray]
    riding: Mapping[str, np.ndarray]
    axes: np.ndarray
    distance: Distance
    own: OwnSurface | None

    @classmethod
    def of(
        cls,
        model: HeadModel,
        parameters: Parameters,
        places: Mapping[str, np.ndarray],
        held: Collection[str] = (),
        near: Mapping[str, np.ndarray] = MappingProxyType({}),
        scan: OwnFace | None = None,
    ) -> FaceBefore:
        """Of a head with these parameters, but for the plan among them.

        places : (3,) of the template by name; held : the landmarks that ride there and are not located; near, scan : as
        for `find_landmarks`, on the head without its plan. What the scan tells rides where that has it, not as given.
        """
        told = {name: place for name, place in scan.places.items() if name not in held} if scan else {}
        places = {**places, **nostrils_top(places)}
        riding = carried(model, parameters, {name: told.get(name, place) for name, place in places.items()}, near, told)
        distance: Distance = model.field(parameters).distance
        own = OwnSurface(distance, scan.points) if scan else None
        if own:
            distance = own.distance
            if rest := [name for name in riding if name not in told]:
                riding |= dict(zip(rest, own.onto(np.stack([riding[name] for name in rest])), strict=True))
        axes = face_axes({name: model.points[name] for name in FRAME if name in model.points}, riding)
        return cls(locate(distance, riding, axes, held), riding, axes, distance, own)

    def after(self, warp: Warp, held: Collection[str] = ()) -> dict[str, np.ndarray]:
        """The landmarks (3,) mm, and the nostrils' top, after operations.

        Each lies where its skin was moved to, or is located anew, along none of the face's axes further from there than
        half of what its skin was moved along it: a bend's middle, or a flat top, may change where skin beside it moves,
        and would be told as a landmark that has moved. (A tip that turns as a whole slides by a third.)
        """
        points, riding = (np.stack([each[name] for name in self.points]) for each in (self.points, self.riding))
        shifts = warp.shift(points)
        if not shifts.any():
            return dict(self.points)
        places = zip(self.points, points, shifts, strict=True)
        slides = {name: Slide(point + shift, _SLIDE * np.abs(self.axes @ shift)) for name, point, shift in places}
        starts = dict(zip(self.points, warp.moved(riding), strict=True))
        return locate(warp.field(self.distance), starts, self.axes, held, slides)


def unplanned(warp: Warp, points: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Where points (3,) mm by name of the operated face were before."""
    return dict(zip(points, warp.undone(np.stack(list(points.values()))), strict=True)) if points else {}


def _coverage(own: OwnSurface, points: Mapping[str, np.ndarray], dorsum: np.ndarray, *, told: bool) -> Coverage:
    points = {name: point for name, point in points.items() if np.isfinite(point).all()}
    covered = own.covers(np.stack(list(points.values()))) if points else ()
    names = frozenset(name for name, has in zip(points, covered, strict=True) if has)
    met = np.isfinite(dorsum).all(axis=1)
    met[met] = own.covers(dorsum[met])
    return Coverage(names, met, own.rest_mm, told)


def _facial_plane(before: Mapping[str, np.ndarray], coverage: Coverage) -> np.ndarray | None:
    """g and pg (2, 3) where the scan has both, but not both ears."""
    if coverage.names >= EARS or not coverage.names >= FACIAL_PLANE:
        return None
    return np.stack([before["g"], before["pg"]])


def carried(
    model: HeadModel,
    parameters: Parameters,
    places: Mapping[str, np.ndarray],
    near: Mapping[str, np.ndarray],
    off: Collection[str] = (),
) -> dict[str, np.ndarray]:
    """Where places (3,) of the template are on a head without its plan; `off` names those that are off its surface."""
    template, cascade = np.stack(list(places.values())), Cascade(model, parameters)
    riding = cascade.inverse(template, np.stack([near.get(name, place) for name, place in places.items()]))
    skin = [name not in off for name in places]
    riding[skin] = cascade.onto_surface(riding[skin])
    return dict(zip(places, riding.astype(np.float64), strict=True))


def title(name: str) -> str:
    """A landmark's name and what it is, with its side."""
    stem, _, side = name.partition("_")
    sided = {"l": ", left", "r": ", right"}.get(side, "")
    return f"{stem}{sided}: {TITLES[stem]}" if stem in TITLES else name


def corrected(model: HeadModel, parameters: Parameters, point: np.ndarray) -> np.ndarray:
    """The place (3,) on the template of a point (3,) of a head: where a landmark that was dragged there rides."""
    before = head_warp(model, parameters).undone(np.asarray(point)[None])
    return Cascade(model, parameters).to_template(before.astype(np.float32))[0]


def corrected_along(
    model: HeadModel, parameters: Parameters, point: np.ndarray, direction: np.ndarray
) -> np.ndarray | None:
    """The same of where the line through point (3,) along a unit direction (3,) meets the head; None if it does not."""
    distance = head_warp(model, parameters).field(model.field(parameters).distance)
    height = heights_along(distance, point[None], direction[None])
    return corrected(model, parameters, point + height[0] * direction) if np.isfinite(height[0]) else None


@torch.inference_mode()
def stage_landmarks(model: HeadModel, parameters: Parameters) -> dict[CodeName, np.ndarray]:
    """The landmarks (5, 3) float32 of every stage on a head, mm, head frame, as the model predicts them.

    A stage's landmarks lie in the space that it reads; the stages before it are undone by fixed-point iteration
    on p = goal − (states(p) − p), which converges since they move neighbouring points alike. It ends within a
    hundredth of a millimetre, or after 30 steps.
    """
    field = model.field(parameters)
    predicted = model.network.landmarks(model.codes(parameters))
    landmarks = {}
    for code in CODES:
        goal = model.frame.to_head(predicted[code][0].cpu().numpy())
        points = goal
        for _ in range(_UNDOING_STEPS):
            residual = goal - model.frame.to_head(field.states(points, code))
            points = points + residual
            if abs(residual).max() < _CLOSE_MM:
                break
        landmarks[code] = points
    return landmarks


def profile(distance: Distance, nasion: np.ndarray, tip: np.ndarray, axes: np.ndarray = HEAD_AXES) -> np.ndarray:
    """The dorsum as a lateral view shows it (PROFILE, 3), mm: its ridge over the line n–prn, straight or crooked.

    nasion, tip : (3,), mm; axes : (3, 3), the face's, as `face_axes` gives them.
    Rays square to the line in the sagittal plane, from it and beside it, meet the surface; at each place along the
    line the top of the parabola through the highest and its neighbours is taken.
    """
    direction = forward(nasion, tip, axes)
    line = nasion + DORSUM_AT[:, None] * (tip - nasion)
    starts = line[:, None] + _RIDGE_MM[None, :, None] * axes[0]
    heights = heights_along(distance, starts.reshape(-1, 3), np.broadcast_to(direction, (starts.size // 3, 3))).reshape(
        len(line), -1
    )
    at, top = _tops(heights)
    with np.errstate(invalid="ignore"):  # a ray that meets nothing is nowhere: −∞ times 0
        return line + at[:, None] * axes[0] + top[:, None] * direction


def _tops(heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where along `_RIDGE_MM` rows of heights (n, rays) are highest, and how high, each (n,) mm."""
    rows, best = np.arange(len(heights)), (heights - 1e-9 * _RIDGE_MM**2).argmax(axis=1)  # of a plane, the middle
    inner = best.clip(1, heights.shape[1] - 2)
    left, middle, right = (heights[rows, inner + step] for step in (-1, 0, 1))
    with np.errstate(invalid="ignore"):
        bend = left - 2.0 * middle + right
        curved = (inner == best) & np.isfinite(bend) & (bend < -1e-9)
        share = np.where(curved, (left - right) / np.where(curved, 2.0 * bend, 1.0), 0.0)
        rise = np.where(curved, -((right - left) ** 2) / np.where(curved, 8.0 * bend, 1.0), 0.0)
    step = _RIDGE_MM[1] - _RIDGE_MM[0]
    return _RIDGE_MM[best] + share * step, heights[rows, best] + rise


def forward(nasion: np.ndarray, tip: np.ndarray, axes: np.ndarray = HEAD_AXES) -> np.ndarray:
    """The unit vector (3,) square to the line n–prn in the sagittal plane, out of the face."""
    direction = np.cross(axes[0], tip - nasion)
    direction = direction * np.sign(direction @ axes[2])
    return direction / max(float(np.linalg.norm(direction)), np.finfo(float).tiny)


def parse_landmarks(texts: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Landmarks from texts such as `prn=1.5,-20,300`; FacewrightError for what is not one."""
    landmarks: dict[str, np.ndarray] = {}
    for text in texts:
        name, _, numbers = text.partition("=")
        try:
            point = np.array([float(number) for number in numbers.split(",")])
        except ValueError:
            point = np.empty(0)
        if name not in FIVE or point.shape != (3,) or not np.isfinite(point).all():
            names = ", ".join(FIVE)
            raise FacewrightError(f"{text!r} is not a landmark: write NAME=X,Y,Z with NAME one of {names}.")
        landmarks[name] = point
    return landmarks
