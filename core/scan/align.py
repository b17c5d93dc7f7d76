"""Where a scan's face is: the rigid motion that carries it into the model's head frame.

Automatically: the tip of the nose is sought by the shape of the surface about it, whatever way the scan is turned;
every candidate, in every roll, is tried against the mean head's face, and the best are refined by iterated closest
points (point to plane, robust), in the end with the model's first components free, so that an unusual face is told
from what is no face. Where that is not clear, smaller faces are looked for in the same way, as children have. Where
there is none, as with half a face or one without its nose, the corners of eyes and mouth are sought too, and what the
scan lacks no longer counts against a pose (`evidence`). Only the mean face's points look for partners, so that hair,
shoulders and clothes do not matter. The sure way is five landmarks that a person names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.landmarks import FIVE, title
from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.exchange.shape import UNITS_PER_MM
from facewright.core.rigid import rigid
from facewright.core.scan.evidence import WORST_MM, Pose, evidence, score, scores
from facewright.core.scan.face_size import SIZES, face_size, spread, times
from facewright.core.scan.likeness import laid_face
from facewright.core.scan.mean_face import MOST_FACE_POINTS, MeanFace, Surface, Surroundings, sampled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.exchange.shape import LengthUnit
    from facewright.core.scan.scan import Scan

Finding = Literal["found", "unsure", "not found"]

_CENTRES = 4_000
_CANDIDATES, _APART_MM, _ROLLS = 80, 8.0, 24
"""Places tried as the tip of the nose."""
_MORE, _OTHERS = 400, 50
"""Places tried where nothing was sure: as the tip of the nose, and as each corner of eyes and mouth."""
_SURE_MM = 2.2
"""Mean distance below which a face that was found is surely one: right poses measured 2.1 mm at most, a wrong 2.4."""
_SURE, _CLEAR = 0.5, 0.65
"""What speaks for a whole face that is surely one, and from where on none of another size is looked for: for wrong
poses of faces as large as a newborn's or larger spoke 0.47 at most."""
_LACKING_MM = 7.0
"""What a point of the face counts in the second try that has no scan beside it: less than one that fits badly."""

_FEW, _SOME, _MANY = 80, 250, MOST_FACE_POINTS
_ROUGH = 160
_RIGID = 8
"""Steps before they are moved."""
_PRIOR_MM2 = 0.02
"""Weight of a squared coefficient beside the mean squared distance."""
_FAR_MM = 20.0

_AS_LIKE_SIGMA = 0.75
"""Of two places that are sure, one is no face that is so much more unlike people's (`likeness`): right ones measured
0.6 to 1.8 σ, wrong ones 1.95 to 3.1."""

_WHOLE, _LIKE_SIGMA = 0.85, 1.9
"""Where so much of the mean face has scan beside it and the shape that was laid there is more unlike people's than
that, it is not sure that a face is there: shoulders measured 2.3 σ, a newborn's face laid on half an adult's 1.95. Cut
faces are bent at their borders, up to 3.7."""

_NEAR_MM, _COVERED, _RESIDUAL_MM = 10.0, 0.6, 3.0
"""A face is found where so much of the mean face has scan within `_NEAR_MM`, at that mean distance at most."""

_FOUND, _UNSURE, _MARGIN, _PARTLY = 0.3, 0.15, 0.1, 0.4
"""What must speak for a pose, and how much more than for any other; and how much of the face must be there."""
_TOLERANCE_MM, _ROUGHLY_MM = 1.5, 4.0
"""Distances from the scan's planes that speak neither for a pose nor against it, once the face's shape is free, and
before."""
_ELSEWHERE_MM, _FINALISTS = 15.0, 10
"""A pose that puts the face so far away on average is another; and how many are refined to the end: of a wide nose at
least four others came before the right one, at 4.3 to 4.5 mm against 4.5, with a quarter of its evidence."""

_CENTRE_MM, _PLANE_MM, _SHAPE_SIGMA = 60.0, 1.2, 1.2
"""A face has the model's surface about the tip of its nose, so near its planes on average, and coefficients, root mean
square, as people have: heads measured 0.9 mm and 1.1 σ at most; balls, eggs, cylinders, sheets, and faces in a wrong
unit 1.5 mm and 1.7 σ at least; backs of heads, shoulders and misplaced infants of the model of all ages 0.9 to 1.2 mm,
but 1.29 σ at least."""

_CLICKED_MM = 15.0
"""Clicked landmarks are farther than this from the mean face's, root mean square once both are of one size, when one is
wrong: right ones of newborns to adults in any expression measured 13 mm at most, two that were swapped 17 at least."""


@dataclass(frozen=True)
class Alignment:
    """head = rotation · (mm_per_unit · scan) + translation.

    rotation : (3, 3) float64; translation : (3,) float64, mm, head frame; covered : share of the mean face that has
    scan beside it; residual_mm : its mean distance there; plane_mm : the mean distance from the planes of the scan
    about the tip of the nose, once its shape was free; shape_sigma : root mean square of the shape's coefficients, σ;
    evidence : what speaks for it, −1 to 1, and rival : for the best pose elsewhere; None in files of before they were
    known, the rival also where there is none, and where a person has placed the scan; size : of the face that was laid
    on the scan, over the mean one's, for the fit that begins there; unlike : how unlike people's its shape is, σ
    (`likeness`). These two are not kept in files.
    """

    rotation: np.ndarray
    translation: np.ndarray
    mm_per_unit: float
    covered: float = 0.0
    residual_mm: float = float("inf")
    plane_mm: float = 0.0
    shape_sigma: float = 0.0
    evidence: float | None = None
    rival: float | None = None
    size: float = 1.0
    unlike: float = 0.0

    @property
    def is_face(self) -> bool:
        """Whether the surface there is as near to the model's, and the model's as near to people's, as faces are."""
        return self.plane_mm <= _PLANE_MM and self.shape_sigma <= _SHAPE_SIGMA and self.residual_mm <= _RESIDUAL_MM

    @property
    def finding(self) -> Finding:
        """Whether a face lies there; unsure where part of one may, or where another place is as likely."""
        if self.evidence is None:
            return "found" if self.is_face and self.covered >= _COVERED else "not found"
        if not self.is_face or self.evidence < _UNSURE or self.covered < _UNSURE:
            return "not found"
        alone = self.rival is None or self.evidence - self.rival > _MARGIN
        like = self.covered < _WHOLE or self.unlike <= _LIKE_SIGMA
        return "found" if alone and like and self.evidence >= _FOUND and self.covered >= _PARTLY else "unsure"

    @property
    def found(self) -> bool:
        """Whether a face lies there for sure."""
        return self.finding == "found"

    def to_head(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) of the scan, in its unit → (N, 3) float64, mm, head frame."""
        return (self.mm_per_unit * points) @ self.rotation.T + self.translation

    def to_scan(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3), mm, head frame → (N, 3) float64 of the scan, in its unit."""
        return (points - self.translation) @ self.rotation / self.mm_per_unit

    def moved(self, rotation: np.ndarray, translation: np.ndarray) -> Alignment:
        """The alignment followed by a motion of the head frame: rotation (3, 3), translation (3,), mm."""
        return replace(self, rotation=rotation @ self.rotation, translation=rotation @ self.translation + translation)


def align(
    scan: Scan, mean: MeanFace, unit: LengthUnit | None = None, cancelled: Callable[[], bool] = lambda: False
) -> Alignment:
    """Find the face of a scan in any pose; `unit` is the scan's own guess if not given.

    The best pose is returned even where no face was found; ask `found`. The same scan gives the same answer.
    Raises Cancelled once `cancelled` answers true.
    """
    mm = 1.0 / UNITS_PER_MM[unit or scan.unit]
    surface = sampled(scan, mm)
    around = Surroundings(surface)
    best = _of_whole(surface, around, mean, mm, cancelled)
    sure = [best] if _is_sure(best) else []
    if not sure or (best.evidence or 0.0) < _CLEAR:
        sure += filter(_is_sure, (_of_whole(surface, around, face, mm, cancelled) for face in mean.smaller))
    sure = [replace(one, unlike=_unlike(one, surface, mean)) for one in sure]
    if any(one.found for one in sure):
        like = min(one.unlike for one in sure) + _AS_LIKE_SIGMA
        return max((one for one in sure if one.unlike <= like), key=lambda one: one.evidence or -1.0)
    places = {"prn": _MORE, **{name: _OTHERS for name in mean.anchors if name != "prn"}}
    more = _hypotheses(surface, around, mean, places, _LACKING_MM, cancelled)
    other = _best(more, surface, mean, mm, cancelled, lambda pose: evidence(pose, surface, mean, _SOME, _ROUGHLY_MM))
    both = [replace(one, unlike=_unlike(one, surface, mean)) for one in (best, other)]
    return max(both, key=lambda one: (one.found, one.evidence or -1.0))


def _unlike(pose: Alignment, surface: Surface, mean: MeanFace) -> float:
    """How unlike people's the face is that a pose finds, σ; 0 where that cannot be told."""
    names = list(mean.landmarks)
    places = mean.tip + pose.size * (np.stack([mean.landmarks[name] for name in names]) - mean.tip)
    there = (places - pose.translation) @ pose.rotation
    laid = laid_face(surface, dict(zip(names, there, strict=True)), pose.rotation[2])
    return laid.sigma if laid else 0.0


def _is_sure(pose: Alignment) -> bool:
    near = pose.residual_mm <= _SURE_MM and pose.covered >= _COVERED
    return pose.found and near and (pose.evidence or 0.0) >= _SURE


def _of_whole(
    surface: Surface, around: Surroundings, mean: MeanFace, mm: float, cancelled: Callable[[], bool]
) -> Alignment:
    """The best pose of a face that is all there, with a nose."""
    poses = _hypotheses(surface, around, mean, {"prn": _CANDIDATES}, WORST_MM, cancelled)
    return _best(poses, surface, mean, mm, cancelled, lambda pose: -score(pose, surface, mean, _SOME))


def _best(
    poses: list[Pose],
    surface: Surface,
    mean: MeanFace,
    mm: float,
    cancelled: Callable[[], bool],
    worth: Callable[[Pose], float],
) -> Alignment:
    """The best of poses once they are refined, and what speaks for the best one elsewhere.

    worth : of poses that are half refined.
    """
    if cancelled():
        raise Cancelled
    poses = [_iterate(pose, surface, mean, _SOME, 12) for pose in poses]
    order = np.argsort([-worth(pose) for pose in poses], kind="stable")
    finalists: list[Pose] = []
    for pose in (poses[index] for index in order):
        if len(finalists) < _FINALISTS and all(_apart(pose, other, mean) > _ELSEWHERE_MM / 3 for other in finalists):
            finalists.append(pose)
    if cancelled():
        raise Cancelled
    refined = [_iterate(pose, surface, mean, _MANY, 25) for pose in finalists]
    speaks = [evidence(pose, surface, mean, _MANY, _TOLERANCE_MM) for pose in refined]
    judged = [_judged(pose, surface, mean, mm) for pose in refined]
    # Bent like nobody, a face lies on a cheek, too: no rival of one that is like people, where enough speaks for that.
    every = range(len(refined))
    faces = [each for each in every if judged[each].is_face and speaks[each] >= _FOUND] or every
    best = max(faces, key=lambda each: speaks[each])
    far = [speaks[each] for each in faces if _apart(refined[each], refined[best], mean) > _ELSEWHERE_MM]
    return replace(judged[best], evidence=speaks[best], rival=max(far, default=None))


def _apart(one: Pose, other: Pose, mean: MeanFace) -> float:
    """How far apart two poses put the mean face's points on the scan, mm, on average."""
    face = mean.face[:_FEW]
    first, second = ((face - pose.translation) @ pose.rotation for pose in (one, other))
    return float(np.linalg.norm(first - second, axis=1).mean())


def align_by_landmarks(scan: Scan, clicked: Mapping[str, np.ndarray], mean: MeanFace, unit: LengthUnit) -> Alignment:
    """The pose at which five landmarks are nearest to the mean face's.

    clicked : (3,) each, in the scan's unit and frame, by the names of `FIVE`. Refined by iterated closest points
    where that finds a face.
    Raises FacewrightError if a landmark is missing or they do not fit a face of that unit.
    """
    if missing := [name for name in FIVE if name not in clicked]:
        raise FacewrightError(f"{len(missing)} of the five landmarks are missing: click {', '.join(missing)}.")
    mm = 1.0 / UNITS_PER_MM[unit]
    source = mm * np.stack([np.asarray(clicked[name], dtype=np.float64) for name in FIVE])
    target = np.stack([mean.landmarks[name] for name in FIVE])
    own = face_size(dict(zip(FIVE, source, strict=True)))
    if not SIZES[0] < own < SIZES[1]:
        raise FacewrightError(f"The five landmarks are {times(own)} times as large as an adult's: check the unit.")
    alike = source * (spread(target) / spread(source))
    rotation, translation = rigid(alike, target)
    away = np.linalg.norm(alike @ rotation.T + translation - target, axis=1)
    error = np.sqrt(np.square(away).mean())
    if error > _CLICKED_MM:
        worst = _farthest(alike, target)
        raise FacewrightError(
            f"The five landmarks are {error:.0f} mm from a face's{worst}: check that each is where it belongs, and "
            "left and right the subject's own."
        )
    rotation, translation = rigid(source, target)
    surface = sampled(scan, mm)
    pose = _iterate(Pose(rotation, translation, mean.shape), surface, mean, _MANY, 25)
    for tried in (pose, Pose(rotation, translation, mean.shape)):
        speaks = evidence(tried, surface, mean, _MANY, _TOLERANCE_MM)
        placed = replace(_judged(tried, surface, mean, mm), evidence=speaks)
        if placed.finding != "not found":
            break
    return placed


def _farthest(clicked: np.ndarray, target: np.ndarray) -> str:
    """Which of five landmarks (5, 3), mm, is wrong, in words: the one without which the others are a face's; or ""."""
    left = []
    for index in range(len(FIVE)):
        others = np.arange(len(FIVE)) != index
        rotation, translation = rigid(clicked[others], target[others])
        left.append(np.sqrt(np.square(clicked[others] @ rotation.T + translation - target[others]).sum(1).mean()))
    best = int(np.argmin(left))
    return f", most of all {title(FIVE[best])}" if left[best] < _CLICKED_MM / 2 else ""


def _hypotheses(
    surface: Surface,
    around: Surroundings,
    mean: MeanFace,
    places: Mapping[str, int],
    lacking_mm: float,
    cancelled: Callable[[], bool],
) -> list[Pose]:
    """Poses that put the scan's likeliest places on the mean face's, each in its best roll, best first.

    places : how many are tried as each of the mean face's anchors; lacking_mm : as in `score`.
    """
    centres = np.random.default_rng(1).permutation(len(surface.points))[:_CENTRES]
    poses: list[tuple[float, Pose]] = []
    for name, most in places.items():
        anchor = mean.anchors[name]
        rolls = Rotation.from_rotvec(np.outer(np.arange(_ROLLS) * (2.0 * np.pi / _ROLLS), anchor.axis))
        for place in _likely(surface.points[centres], around.unlike(centres, anchor), most):
            if cancelled():
                raise Cancelled
            near = np.array(surface.tree.query_ball_point(place, _APART_MM))
            centre = near[around.unlike(near, anchor).argmin()]
            axis = around.axes(centre[None])
            if not axis.any():  # nothing about it has any area, and any way is as good as another
                axis = anchor.axis[None]
            turns = (rolls * Rotation.align_vectors(anchor.axis[None], axis)[0]).as_matrix()
            rolled = [Pose(turn, anchor.point - turn @ surface.points[centre], mean.shape) for turn in turns]
            all_scores = scores(rolled, surface, mean, _FEW, lacking_mm)
            best = int(np.argmin(all_scores))
            poses.append((float(all_scores[best]), rolled[best]))
    return [pose for _, pose in sorted(poses, key=lambda one: one[0])[:_ROUGH]]


def _likely(centres: np.ndarray, difference: np.ndarray, most: int) -> list[np.ndarray]:
    """The least different of centres (N, 3), no two of them near each other."""
    likely: list[np.ndarray] = []
    for index in np.argsort(difference):
        if not likely or np.linalg.norm(np.stack(likely) - centres[index], axis=1).min() > _APART_MM:
            likely.append(centres[index])
        if len(likely) == most:
            break
    return likely


def _iterate(pose: Pose, surface: Surface, mean: MeanFace, count: int, steps: int) -> Pose:
    """Iterated closest points of the face's first `count` points: point to plane, Tukey's weights.

    After `_RIGID` steps of many points the face's shape is free as well.
    """
    rotation, translation, shape = pose
    face, face_normals = mean.face_of(shape, count), mean.face_normals[:count]
    middle = face.mean(axis=0)
    for step in range(steps):
        free = count == _MANY and step >= _RIGID
        reach = _FAR_MM * (1.0 - 0.6 * step / steps)
        there = (face - translation) @ rotation
        distance, index = surface.tree.query(there, distance_upper_bound=reach)
        near = np.isfinite(distance)
        index = index[near]
        points = surface.points[index] @ rotation.T + translation
        normals = surface.normals[index] @ rotation.T
        agree = np.abs((normals * face_normals[near]).sum(axis=1))
        weight = np.square(1.0 - np.square(distance[near] / reach)) * (agree > 0.5) * ~surface.edge[index]
        if (weight > 0.0).sum() < 12:
            break
        gap = ((face[near] - points) * normals).sum(axis=1)
        columns = [np.cross(points - middle, normals), normals]
        prior, components = np.repeat([1e-1, 1e-3], 3), np.zeros(6)
        if free:
            columns.append(-np.einsum("knc,nc->nk", mean.modes[:, near], normals))
            prior, components = np.append(prior, np.full(len(shape), _PRIOR_MM2)), np.append(components, shape)
        system = np.concatenate(columns, axis=1)
        total = weight.sum()
        left = (system * weight[:, None]).T @ system + total * np.diag(prior)
        solved = np.linalg.solve(left, (system * weight[:, None]).T @ gap - total * prior * components)
        turn = Rotation.from_rotvec(solved[:3]).as_matrix()
        rotation = turn @ rotation
        translation = turn @ (translation - middle) + middle + solved[3:6]
        if free:
            shape = shape + solved[6:]
            face = mean.face_of(shape, count)
    return Pose(rotation, translation, shape)


def _judged(pose: Pose, surface: Surface, mean: MeanFace, mm: float) -> Alignment:
    """A pose with how well it fits."""
    face = mean.face_of(pose.shape, _MANY)
    there = (face - pose.translation) @ pose.rotation
    distance, index = surface.tree.query(there)
    normals = surface.normals[index]
    agree = np.abs(((normals @ pose.rotation.T) * mean.face_normals[:_MANY]).sum(axis=1)) > 0.5
    near = (distance < _NEAR_MM) & agree
    residual = float(distance[near].mean()) if near.any() else float("inf")
    central = near & (np.linalg.norm(face - mean.tip, axis=1) < _CENTRE_MM)
    planes = np.abs(((surface.points[index] - there) * normals).sum(axis=1))[central]
    plane = float(planes.mean()) if central.any() else float("inf")
    shape = float(np.sqrt(np.square(pose.shape).mean()))
    covered = float(near.mean())
    return Alignment(pose.rotation, pose.translation, mm, covered, residual, plane, shape, size=mean.size)
