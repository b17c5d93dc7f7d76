"""A later scan of the same person, placed on an earlier one by what surgery has not touched, and compared with it.

The model finds the face; then the two scans themselves are laid on each other: points of the earlier one, on the face
and away from what was operated on, against the planes of the later one (Chen & Medioni 1992), with Tukey's weights, so
that swelling, hair and lids pull little. What was operated on is fitted anew, and nothing else: the landmarks of eyes
and cheeks are the same in both heads, and the differences between the scans are the surgery's.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.repeatability import FRANKFORT
from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.metrics import in_face
from facewright.core.parts import CODES
from facewright.core.scan.align import align
from facewright.core.scan.fitted_scan import FittedScan
from facewright.core.scan.mean_face import Surface, mean_face, sampled
from facewright.core.scan.scan_fit import ScanFitSettings, fit_scan

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.exchange.shape import LengthUnit
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.scan.align import Alignment
    from facewright.core.scan.scan import Scan

_MARGIN_MM = 5.0
"""Beyond a part's window: swelling goes further than the surgeon."""
_LOWER = ("chin", "lip")
"""How the keys of operations begin that move what is below the nose."""

_STEPS, _REACH_MM, _STILL_MM = 60, (12.0, 4.0), 1e-4
_TUKEY, _LEAST_SPREAD_MM = 4.685, 0.05
_AGREE = 0.8
"""Cosine between normals of points that may be partners."""

_BESIDE_MM, _CLOSE_MM = 5.0, 1.0
_FEWEST, _LEAST_SHARE, _SAME_PERSON = 300, 0.25, 0.7
"""Points of the earlier scan that must have the later one beside them, their share of all that was not operated on, and
the share of them within `_CLOSE_MM` of it: scans of one person with 0.3 mm of noise each measured 0.99, scans of two
people 0.4."""

REFIT = ScanFitSettings(steps=120, learning_rate=0.08, surface_points=600, space_points=300)
"""How the operated part is fitted anew."""


class Registration(NamedTuple):
    """How well a later scan lies on an earlier one, where surgery has touched neither.

    mean_mm, p95_mm : of the distances across the surface; close : the share within 1 mm; beside : the share of what
    surgery has not touched that the later scan has; points : how many were compared.
    """

    mean_mm: float
    p95_mm: float
    close: float
    beside: float
    points: int


class LaterScan(NamedTuple):
    """A later scan as it is given: what it is called, its unit, and where a person has placed it, if so."""

    name: str
    scan: Scan
    unit: LengthUnit
    alignment: Alignment | None = None


def moved_parts(before: Parameters, planned: Parameters) -> frozenset[CodeName]:
    """The local parts that a plan moves; the nose always, since that is what is operated on."""
    parts: set[CodeName] = {"nose"}
    lower = any(key.startswith(_LOWER) for key in planned.plan.asked)
    if lower or before.code("mouth") != planned.code("mouth"):
        parts.add("mouth")
    return frozenset(parts)


def place_later(
    model: HeadModel,
    earlier: FittedScan,
    later: Scan,
    start: Alignment,
    moved: Collection[CodeName],
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Alignment, Registration]:
    """Where a later scan lies on an earlier one.

    start : where the model finds the face; moved : the parts that were operated on.
    Raises FacewrightError if too little is left to tell, or it is another person's face; Cancelled if that is wished.
    """
    reference = _untouched(model, earlier, moved)
    surface = sampled(later, start.mm_per_unit)
    alignment = start
    for step in range(_STEPS):
        if cancelled():
            raise Cancelled
        reach = _REACH_MM[0] + (_REACH_MM[1] - _REACH_MM[0]) * min(2.0 * step / _STEPS, 1.0)
        moving = _step(reference, surface, alignment, reach)
        if moving is None:
            break
        rotation, shift, size = moving
        alignment = alignment.moved(rotation, shift)
        if size < _STILL_MM and reach == _REACH_MM[1]:
            break
    registration = _registration(reference, surface, alignment)
    _check(registration)
    return alignment, registration


def registered(model: HeadModel, earlier: FittedScan, later: FittedScan, moved: Collection[CodeName]) -> Registration:
    """How well a later scan lies on an earlier one where it was placed."""
    pose = later.fit.alignment
    return _registration(_untouched(model, earlier, moved), sampled(later.scan, pose.mm_per_unit), pose)


def follow_up(
    model: HeadModel,
    earlier: FittedScan,
    later: LaterScan,
    moved: Collection[CodeName],
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] = lambda step, steps: None,
) -> FittedScan:
    """A later scan placed on an earlier one, with the earlier head, of which the operated parts alone are fitted anew.

    Raises as `place_later` does, and FacewrightError if the model finds no face.
    """
    start = later.alignment or align(later.scan, mean_face(model), later.unit, cancelled)
    if later.alignment is None and start.finding == "not found":
        raise FacewrightError(
            "No face was found in the later scan: open it with Open Scan, click its five landmarks, and choose Compare "
            "with a Later Scan again."
        )
    alignment, registration = place_later(model, earlier, later.scan, start, moved, cancelled)
    if not earlier.fit.doubts:  # nothing lies better for lying on what may be no face
        alignment = replace(alignment, covered=registration.beside, residual_mm=registration.mean_mm)
    head = earlier.fit.parameters

    def tell(step: int, error: float) -> None:
        if cancelled():
            raise Cancelled
        progress(step, REFIT.steps)

    fit = fit_scan(model, later.scan, alignment, REFIT, progress=tell, start=head, free=sorted(moved))
    return FittedScan(later.name, later.unit, later.scan, fit, later.alignment is not None, follows=True)


def is_follow_up(earlier: FittedScan, later: FittedScan | None) -> bool:
    """Whether a fitted scan is a later one of the same person, placed on the earlier one by `follow_up`."""
    if later is None or not later.follows or earlier.follows:
        return False
    first, second = earlier.fit.parameters, later.fit.parameters
    return all(first.code(code) == second.code(code) for code in CODES if code not in ("nose", "mouth"))


def levelled(later: Landmarks, earlier: Landmarks) -> Landmarks:
    """The face of a later scan with the horizontal of the earlier one, on which it lies.

    Its own would be another one: of a face without ears it is square to g–pg, which an operation of the chin turns.
    """
    points = {**later.points, **{name: earlier.points[name] for name in FRANKFORT & earlier.points.keys()}}
    coverage = later.coverage
    if coverage and earlier.coverage:
        coverage = coverage._replace(names=(coverage.names - FRANKFORT) | (earlier.coverage.names & FRANKFORT))
    return later._replace(points=MappingProxyType(points), coverage=coverage, facial_plane=earlier.facial_plane)


def _untouched(model: HeadModel, earlier: FittedScan, moved: Collection[CodeName]) -> Surface:
    """Points of the earlier scan, mm, head frame, on the face and away from what was operated on."""
    pose, head = earlier.fit.alignment, earlier.fit.parameters
    surface = sampled(earlier.scan, pose.mm_per_unit)
    points, normals = surface.points @ pose.rotation.T + pose.translation, surface.normals @ pose.rotation.T
    landmarks = find_landmarks(model, head).points
    kept = in_face(points, landmarks["prn"]) & ~surface.edge
    field = model.field(head)
    kept &= np.abs(field.distance(points.astype(np.float32))) < _BESIDE_MM
    for part in moved:
        inside = points[field.window(part, points.astype(np.float32)) > 0.0]
        if len(inside):
            kept &= cKDTree(inside).query(points)[0] > _MARGIN_MM
    if "mouth" in moved:  # the chin may have been operated on as well
        kept &= points[:, 1] > landmarks["sn" if "sn" in landmarks else "prn"][1]
    points, normals = points[kept], normals[kept]
    if len(points) < _FEWEST:
        raise FacewrightError(
            "The earlier scan has hardly anything outside what was operated on: a scan of the whole face is needed to "
            "place a later one on it."
        )
    return Surface(points, normals, cKDTree(points), np.zeros(len(points), bool))


class _Pairs(NamedTuple):
    """Points of the later scan, (n, 3) mm, head frame, that are partners of the earlier one's, and their normals.

    gap : (n,) mm, how far the earlier one's are out of theirs.
    """

    gap: np.ndarray
    points: np.ndarray
    normals: np.ndarray


def _pairs(reference: Surface, later: Surface, pose: Alignment, reach: float) -> _Pairs:
    """Partners within reach whose normals agree; gap (n,) mm, along the later surface's normals."""
    there = (reference.points - pose.translation) @ pose.rotation
    distance, near = later.tree.query(there, distance_upper_bound=reach)
    index = np.flatnonzero(np.isfinite(distance))
    near = near[index]
    points = later.points[near] @ pose.rotation.T + pose.translation
    normals = later.normals[near] @ pose.rotation.T
    agree = np.abs((normals * reference.normals[index]).sum(axis=1))
    good = (agree > _AGREE) & ~later.edge[near]
    index, points, normals = index[good], points[good], normals[good]
    gap = ((reference.points[index] - points) * normals).sum(axis=1)
    return _Pairs(gap, points, normals)


def _step(
    reference: Surface, later: Surface, pose: Alignment, reach: float
) -> tuple[np.ndarray, np.ndarray, float] | None:
    """The motion (3, 3), (3,) mm that brings the later scan nearer, and how far it goes, mm; None without partners."""
    gap, points, normals = _pairs(reference, later, pose, reach)
    if len(gap) < 12:
        return None
    spread = max(1.4826 * float(np.median(np.abs(gap - np.median(gap)))), _LEAST_SPREAD_MM)
    weight = np.square(np.clip(1.0 - np.square(gap / (_TUKEY * spread)), 0.0, None))
    middle = points.mean(axis=0)
    system = np.concatenate([np.cross(points - middle, normals), normals], axis=1)
    weighted = system * weight[:, None]
    solved = np.linalg.lstsq(weighted.T @ system, weighted.T @ gap, rcond=1e-12)[0]
    turn = Rotation.from_rotvec(solved[:3]).as_matrix()
    size = float(np.linalg.norm(solved[3:]) + 60.0 * np.linalg.norm(solved[:3]))
    return turn, middle + solved[3:] - turn @ middle, size


def _registration(reference: Surface, later: Surface, pose: Alignment) -> Registration:
    gap = np.abs(_pairs(reference, later, pose, _BESIDE_MM).gap)
    beside = len(gap) / len(reference.points)
    if not len(gap):
        return Registration(np.inf, np.inf, 0.0, 0.0, 0)
    return Registration(
        float(gap.mean()), float(np.percentile(gap, 95)), float((gap < _CLOSE_MM).mean()), beside, len(gap)
    )


def _check(found: Registration) -> None:
    if found.points < _FEWEST or found.beside < _LEAST_SHARE:
        raise FacewrightError(
            f"The later scan has only {found.beside:.0%} of the face outside what was operated on: scan forehead and "
            "cheeks as well, so that it can be placed."
        )
    if found.close < _SAME_PERSON:
        raise FacewrightError(
            f"This is hardly the same face: outside what was operated on, {found.close:.0%} of it lies within 1 mm of "
            f"the earlier scan, {found.mean_mm:.1f} mm on average. Check that it is this patient's, its unit, and that "
            "both scans show the same expression."
        )
