"""Where a scan's face is: the rigid motion that carries it into the model's head frame.

Automatically: the tip of the nose is sought by the shape of the surface about it, whatever way the scan is turned;
every candidate, in every roll, is tried against the mean head's face, and the best are refined by iterated closest
points (point to plane, robust), in the end with the model's first components free, so that an unusual face is told
from what is no face. Only the mean face's points look for partners, so that hair, shoulders and clothes
do not matter, and what is missing from the scan is left out. The sure way is five landmarks that a person names.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import trimesh
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.landmarks import FIVE, find_landmarks
from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.exchange.shape import UNITS_PER_MM
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.rigid import rigid
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import head_mesh

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.exchange.shape import Unit
    from facewright.core.model.head_model import HeadModel
    from facewright.core.scan.scan import Scan

_VOXEL_MM = 4.0
_FACE_MM = 90.0
"""The mean head's face is what lies so near the tip of its nose."""

_POOL, _CENTRES, _NEIGHBOURS = 16_000, 4_000, 256
_RINGS_MM = np.array([4.0, 10.0, 16.0, 22.0, 28.0, 34.0, 40.0])
_SMOOTH_MM = 12.0
_CANDIDATES, _APART_MM, _ROLLS = (80, 400), 8.0, 24
"""Places tried as the tip of the nose; the second number where the first found nothing that is sure."""
_SURE_MM = 2.2
"""Mean distance below which a face that was found is surely one: right poses measured 2.1 mm at most, a wrong 2.4."""

_FEW, _SOME, _MANY = 80, 250, 1000
_ROUGH, _FINE = 160, 8
_COMPONENTS = 6
"""Components of every code that the last refinement moves."""
_RIGID = 8
"""Steps before they are moved."""
_PRIOR_MM2 = 0.02
"""Weight of a squared coefficient beside the mean squared distance."""
_FAR_MM = 20.0
_WORST_MM = 10.0
"""What a point of the mean face counts that has no scan beside it, or one that faces another way."""

_NEAR_MM, _COVERED, _RESIDUAL_MM = 10.0, 0.6, 3.0
"""A face is found where so much of the mean face has scan within `_NEAR_MM`, at that mean distance at most."""

_CENTRE_MM, _PLANE_MM, _SHAPE_SIGMA = 60.0, 1.2, 1.4
"""A face has the model's surface about the tip of its nose, so near its planes on average, and coefficients, root mean
square, as people have: heads measured 0.9 mm and 1.1 σ at most; balls, eggs, cylinders, sheets, backs of heads, and
faces in a wrong unit 1.5 mm and 1.7 σ at least."""

_CLICKED_MM = 9.0
"""Clicked landmarks are farther than this from the mean face's, root mean square, when one is wrong or the unit is."""


@dataclass(frozen=True)
class Alignment:
    """head = rotation · (mm_per_unit · scan) + translation.

    rotation : (3, 3) float64; translation : (3,) float64, mm, head frame; covered : share of the mean face that has
    scan beside it; residual_mm : its mean distance there; plane_mm : the mean distance from the planes of the scan
    about the tip of the nose, once its shape was free; shape_sigma : root mean square of the shape's coefficients, σ.
    """

    rotation: np.ndarray
    translation: np.ndarray
    mm_per_unit: float
    covered: float = 0.0
    residual_mm: float = float("inf")
    plane_mm: float = 0.0
    shape_sigma: float = 0.0

    @property
    def found(self) -> bool:
        """Whether a face lies there."""
        near = self.covered >= _COVERED and self.residual_mm <= _RESIDUAL_MM
        return near and self.plane_mm <= _PLANE_MM and self.shape_sigma <= _SHAPE_SIGMA

    def to_head(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) of the scan, in its unit → (N, 3) float64, mm, head frame."""
        return (self.mm_per_unit * points) @ self.rotation.T + self.translation

    def to_scan(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3), mm, head frame → (N, 3) float64 of the scan, in its unit."""
        return (points - self.translation) @ self.rotation / self.mm_per_unit

    def moved(self, rotation: np.ndarray, translation: np.ndarray) -> Alignment:
        """The alignment followed by a motion of the head frame."""
        return replace(self, rotation=rotation @ self.rotation, translation=rotation @ self.translation + translation)


class _Surface(NamedTuple):
    """points : (N, 3) float64, mm; normals : (N, 3) float64; tree : of the points."""

    points: np.ndarray
    normals: np.ndarray
    tree: cKDTree


class MeanFace:
    """What scans are compared with: the mean head's surface and landmarks; made once a model."""

    def __init__(self, model: HeadModel) -> None:
        """Extracts the mean head.

        Raises FacewrightError if the model file does not tell where landmarks are.
        """
        mean = Parameters()
        self.landmarks = find_landmarks(model, mean).points
        mesh = head_mesh(model, mean, _VOXEL_MM)
        _, gradient = Cascade(model, mean).signed_distance(mesh.vertices)
        normals = gradient / np.linalg.norm(gradient, axis=1, keepdims=True)
        rng = np.random.default_rng(0)
        self.surface = _surface(mesh.vertices.astype(np.float64), normals.astype(np.float64))
        tip = self.landmarks["prn"]
        near = np.linalg.norm(mesh.vertices - tip, axis=1) < _FACE_MM
        chosen = rng.permutation(np.flatnonzero(near & (normals[:, 2] > 0.0)))
        self.face, self.face_normals = self.surface.points[chosen], self.surface.normals[chosen]
        self.modes = _modes(model, self.face[:_MANY])
        self.tip = tip
        self.tip_axis, self.tip_rings = (found[0] for found in _rings(self.surface, tip[None]))

    @property
    def shape(self) -> np.ndarray:
        """The mean face's own coefficients, (K,)."""
        return np.zeros(len(self.modes))

    def face_of(self, shape: np.ndarray, count: int) -> np.ndarray:
        """The first `count` points (n, 3) of a face of coefficients (K,), mm, head frame; `_MANY` at most."""
        face = self.face[:count]
        return face + np.tensordot(shape, self.modes[:, :count], axes=1) if shape.any() else face


def align(
    scan: Scan, mean: MeanFace, unit: Unit | None = None, cancelled: Callable[[], bool] = lambda: False
) -> Alignment:
    """Find the face of a scan in any pose; `unit` is the scan's own guess if not given.

    The best pose is returned even where no face was found; ask `found`. The same scan gives the same answer.
    Raises Cancelled once `cancelled` answers true.
    """
    mm = 1.0 / UNITS_PER_MM[unit or scan.unit]
    surface = _sampled(scan, mm)
    tried: list[tuple[float, Alignment]] = []
    for candidates in _CANDIDATES:
        poses = _hypotheses(surface, mean, candidates, cancelled)
        for count, steps, kept in ((_SOME, 12, _FINE), (_MANY, 25, 1)):
            if cancelled():
                raise Cancelled
            poses = [_iterate(pose, surface, mean, count, steps) for pose in poses]
            scores = np.array([_score(pose, surface, mean, count) for pose in poses])
            poses = [poses[index] for index in np.argsort(scores, kind="stable")[:kept]]
        tried.append((float(scores.min()), _judged(poses[0], surface, mean, mm)))
        if tried[-1][1].found and tried[-1][1].residual_mm <= _SURE_MM:
            break
    return min(tried, key=lambda one: one[0])[1]


def align_by_landmarks(scan: Scan, clicked: Mapping[str, np.ndarray], mean: MeanFace, unit: Unit) -> Alignment:
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
    rotation, translation = rigid(source, target)
    error = np.sqrt(np.square(source @ rotation.T + translation - target).sum(axis=1).mean())
    if error > _CLICKED_MM:
        ratio = np.linalg.norm(source - source.mean(axis=0)) / np.linalg.norm(target - target.mean(axis=0))
        times = np.format_float_positional(ratio, 2, fractional=False, trim="-")
        raise FacewrightError(
            f"The five landmarks are {error:.0f} mm from a face's and {times} times its size: "
            "check that left and right are the subject's own, and the unit."
        )
    surface = _sampled(scan, mm)
    pose = _iterate(_Pose(rotation, translation, mean.shape), surface, mean, _MANY, 25)
    refined = _judged(pose, surface, mean, mm)
    return refined if refined.found else _judged(_Pose(rotation, translation, mean.shape), surface, mean, mm)


class _Pose(NamedTuple):
    """head = rotation · scan + translation, mm; shape : (K,) the face's coefficients, σ, in the order of the modes."""

    rotation: np.ndarray
    translation: np.ndarray
    shape: np.ndarray


def _surface(points: np.ndarray, normals: np.ndarray) -> _Surface:
    return _Surface(points, normals, cKDTree(points))


def _sampled(scan: Scan, mm: float) -> _Surface:
    """Points spread over the scan by area, in mm, its own frame; none on spikes."""
    rng = np.random.default_rng(0)
    if len(scan.faces):
        mesh = trimesh.Trimesh(scan.points, scan.faces, process=False)
        weight = np.where(scan.spikes, 0.0, mesh.area_faces)
        points, face = trimesh.sample.sample_surface(mesh, _POOL, face_weight=weight, seed=0)
        normals = scan.normals[scan.faces[face]].mean(axis=1)
    else:
        chosen = rng.permutation(len(scan.points))[:_POOL]
        points, normals = scan.points[chosen], scan.normals[chosen]
    return _surface(mm * np.asarray(points, dtype=np.float64), normals)


def _rings(surface: _Surface, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Axis (N, 3) and profile (N, 2 × rings) about centres (N, 3): mean and spread of the depths on each ring, mm.

    The axis is the mean normal about the centre, turned so that the surface round it lies behind: the sign of the
    surface's normals does not matter. Empty rings are NaN.
    """
    distance, near = surface.tree.query(centres, k=_NEIGHBOURS, distance_upper_bound=1.2 * _RINGS_MM[-1])
    known = np.isfinite(distance)
    near = np.where(known, near, 0)
    close = known & (distance < _SMOOTH_MM)
    close[:, 0] = True
    first = surface.normals[near[:, :1]]
    normals = surface.normals[near]
    normals = normals * np.sign((normals * first).sum(axis=2, keepdims=True))  # a cloud's normals have any sign
    axis = (normals * close[..., None]).sum(axis=1)
    axis /= np.maximum(np.linalg.norm(axis, axis=1, keepdims=True), 1e-9)
    offset = surface.points[near] - centres[:, None]
    depth = (offset * axis[:, None]).sum(axis=2)
    behind = np.where((depth * known).sum(axis=1) > 0.0, -1.0, 1.0)
    axis, depth = axis * behind[:, None], depth * behind[:, None]
    radius = np.sqrt(np.maximum(np.square(offset).sum(axis=2) - depth**2, 0.0))
    columns = []
    for low, high in itertools.pairwise(_RINGS_MM):
        on = known & (radius >= low) & (radius < high)
        count = on.sum(axis=1).astype(float)
        count[count == 0.0] = np.nan
        mean = (depth * on).sum(axis=1) / count
        spread = np.sqrt(((depth - mean[:, None]) ** 2 * on).sum(axis=1) / count)
        columns += [mean, spread]
    return axis, np.column_stack(columns)


def _hypotheses(surface: _Surface, mean: MeanFace, candidates: int, cancelled: Callable[[], bool]) -> list[_Pose]:
    """Poses that put the scan's most nose-like points on the mean head's tip, each in its best roll, best first."""
    centres = surface.points[np.random.default_rng(1).permutation(len(surface.points))[:_CENTRES]]
    likely: list[np.ndarray] = []
    for index in np.argsort(_unlike(surface, centres, mean)):
        if all(np.linalg.norm(centres[index] - other) > _APART_MM for other in likely):
            likely.append(centres[index])
        if len(likely) == candidates:
            break
    poses: list[tuple[float, _Pose]] = []
    for about in likely:
        if cancelled():
            raise Cancelled
        near = surface.points[surface.tree.query_ball_point(about, _APART_MM)]
        centre = near[_unlike(surface, near, mean).argmin()]
        axis = _rings(surface, centre[None])[0]
        if not axis.any():  # nothing about it has any area, and any way is as good as another
            axis = mean.tip_axis[None]
        upright = Rotation.align_vectors(mean.tip_axis[None], axis)[0]
        rolled = []
        for roll in np.arange(_ROLLS) * (2.0 * np.pi / _ROLLS):
            rotation = (Rotation.from_rotvec(roll * mean.tip_axis) * upright).as_matrix()
            rolled.append(_Pose(rotation, mean.tip - rotation @ centre, mean.shape))
        scores = [_score(pose, surface, mean, _FEW) for pose in rolled]
        best = int(np.argmin(scores))
        poses.append((scores[best], rolled[best]))
    return [pose for _, pose in sorted(poses, key=lambda one: one[0])[:_ROUGH]]


def _unlike(surface: _Surface, centres: np.ndarray, mean: MeanFace) -> np.ndarray:
    """How little the surface about centres (N, 3) is like that about the mean head's tip, (N,) mm."""
    difference = np.abs(_rings(surface, centres)[1] - mean.tip_rings)
    unlike: np.ndarray = np.where(np.isnan(difference), _WORST_MM, difference).mean(axis=1)
    return unlike


def _score(pose: _Pose, surface: _Surface, mean: MeanFace, count: int) -> float:
    """Mean distance from the mean face's first `count` points to the scan, cut at `_WORST_MM`."""
    there = (mean.face_of(pose.shape, count) - pose.translation) @ pose.rotation
    distance, index = surface.tree.query(there, distance_upper_bound=_WORST_MM)
    near = np.isfinite(distance)
    normals = surface.normals[index[near]] @ pose.rotation.T
    distance[near] += _WORST_MM * (1.0 - np.abs((normals * mean.face_normals[:count][near]).sum(axis=1)))
    return float(np.minimum(distance, _WORST_MM).mean())


def _iterate(pose: _Pose, surface: _Surface, mean: MeanFace, count: int, steps: int) -> _Pose:
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
        weight = np.square(1.0 - np.square(distance[near] / reach)) * (agree > 0.5)
        if (weight > 0.0).sum() < 12:
            break
        gap = ((face[near] - points) * normals).sum(axis=1)
        columns = [np.cross(points - middle, normals), normals]
        prior, known = np.repeat([1e-1, 1e-3], 3), np.zeros(6)
        if free:
            columns.append(-np.einsum("knc,nc->nk", mean.modes[:, near], normals))
            prior, known = np.append(prior, np.full(len(shape), _PRIOR_MM2)), np.append(known, shape)
        system = np.concatenate(columns, axis=1)
        total = weight.sum()
        left = (system * weight[:, None]).T @ system + total * np.diag(prior)
        solved = np.linalg.solve(left, (system * weight[:, None]).T @ gap - total * prior * known)
        turn = Rotation.from_rotvec(solved[:3]).as_matrix()
        rotation = turn @ rotation
        translation = turn @ (translation - middle) + middle + solved[3:6]
        if free:
            shape = shape + solved[6:]
            face = mean.face_of(shape, count)
    return _Pose(rotation, translation, shape)


def _modes(model: HeadModel, face: np.ndarray) -> np.ndarray:
    """How far each of the first components moves points (N, 3) of the mean head, (K, N, 3) float64, mm a σ."""
    start = face.astype(np.float32)
    template = Cascade(model, Parameters()).to_template(start)
    heads = [
        Parameters().with_value(code, index, 1.0)
        for code in CODES
        for index in range(min(_COMPONENTS, model.components[code]))
    ]
    moved = [Cascade(model, head).from_template(template, start) for head in heads]
    return np.stack(moved).astype(np.float64) - face


def _judged(pose: _Pose, surface: _Surface, mean: MeanFace, mm: float) -> Alignment:
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
    return Alignment(pose.rotation, pose.translation, mm, float(near.mean()), residual, plane, shape)
