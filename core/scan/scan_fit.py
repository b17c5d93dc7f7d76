"""A scan fitted by the model (paper Eqn. 12): codes and pose together, from the mean head, coarse to fine.

What the codes are to fulfil is in `facewright.core.scan.scan_points`; here they are found, and judged.
Once the head lies near the scan, `facewright.core.scan.held_places` tells which place is which.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import torch
from scipy.spatial import cKDTree

from facewright.core.anthropometry.landmarks import FIVE, find_landmarks
from facewright.core.coarse_to_fine import CoarseToFine, Schedule
from facewright.core.coefficients import Coefficients
from facewright.core.metrics import face_normals, in_face, nearest_on_surface
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, LOCAL_PARTS, PARTS
from facewright.core.scan.face_size import SIZES, face_size, times
from facewright.core.scan.held_places import held_places
from facewright.core.scan.scan_points import REACH_MM, ScanPoints
from facewright.core.surface.extraction import head_mesh

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName
    from facewright.core.scan.align import Alignment
    from facewright.core.scan.scan import Scan

Verdict = Literal["good", "check the nose", "partial scan", "bad alignment"]

_GOOD_MM: Mapping[str, float] = {"face": 1.2, "nose": 1.0}
_BAD_MM = 2.5
_NOSE_P95_MM = 1.5
"""The nose's 95th percentile: noses that the model has measured 1.3 mm at most with 0.3 mm of noise along each axis,
those whose bridge it cannot follow 1.9 mm at least, at a mean of 0.65."""
_FEWEST = 200

_CENTRE_MM, _BESIDE_MM, _BESIDE, _PARTLY = 60.0, 3.0, 0.5, 0.25
"""Of the fitted face within `_CENTRE_MM` of the tip of its nose so much has scan within `_BESIDE_MM`, and so much where
a part of it was scanned."""
_UNLIKE_SIGMA = 1.4
"""Root mean square of the coefficients, beyond which a head is like no person: ICT-FaceKit's measured 1.0, wide draws
1.15; balls, eggs, backs of heads, shoulders, misplaced infants and faces in a wrong unit 1.6 at least."""
_SAME_MM, _SAME = 0.3, 0.9
"""A scan that lies so near an earlier one, over so much of what surgery has not touched, is of that person, however
unusual the head: scans with 0.3 mm of noise each measured 0.08 mm over 99.8 %. The model alone finds none so near."""
_VOXEL_MM = 4.0


@dataclass(frozen=True)
class ScanFitSettings(Schedule):
    """How to fit; lengths in mm. The pose moves in all steps, in mm where coefficients do in σ."""

    steps: int = 330
    coarse: float = 0.35
    fine: float = 1.0
    anew: bool = False
    surface_points: int = 400
    """Points a step on the surface, with normals."""
    space_points: int = 300
    """Points a step about the surface."""
    normal_mm: float = 1.5
    """Weight of 1 − cos between ∇Φ and the normal."""
    prior_mm: float = 1e-4
    """Weight of the sum of the squared coefficients; see `core.fit.FitSettings`."""
    robust_mm: tuple[float, float] = (8.0, 3.0)
    """Scale of the robust function at the first step and at the last."""
    hold: float = 0.3
    """Weight of the distance between where the cascade carries a place of the scan and where that is on the template,
    once that is told (`facewright.core.scan.held_places`)."""
    hold_from: float = 0.6
    """Share of the steps after which it is told: the head must lie near the scan by then."""
    held_points: int = 300
    """Such places a step."""
    seed: int = 0
    """Seed of the points drawn."""


class Residual(NamedTuple):
    """Mean and 95th percentile of a region's distances to the fitted head, mm, and how many points it has."""

    mean_mm: float
    p95_mm: float
    points: int


@dataclass(frozen=True)
class ScanFit:
    """A fitted head.

    alignment : from the scan to the head frame, improved; residual : (N,) float32, mm, Φ at each point of the scan,
    positive outside the fitted head, NaN where the point is not of the head; regions : of the face, its parts and
    the whole; history : (steps,) mm, mean |Φ| at each step's points; complete : whether it was not called off;
    beside : share of the head's face, about the nose, that has scan beside it; size : of the face, over an adult's;
    nose_beside : share of the nose that has scan beside it. Each is None in files of before it was known.
    """

    parameters: Parameters
    alignment: Alignment
    residual: np.ndarray
    regions: Mapping[str, Residual]
    history: np.ndarray
    complete: bool
    beside: float | None = None
    size: float | None = None
    nose_beside: float | None = None

    @property
    def doubts(self) -> tuple[str, ...]:
        """What speaks against a face being there at all, a clause each; none where nothing does."""
        sentences: list[str] = []
        if self.beside is not None and self.beside < _BESIDE:
            sentences.append(f"{self.beside:.0%} of the face has scan beside it")
        if self.size is not None and not SIZES[0] < self.size < SIZES[1]:
            sentences.append(f"the face is {times(self.size)} times as large as an adult's")
        same = self.alignment.residual_mm <= _SAME_MM and self.alignment.covered >= _SAME
        if self.unlike > _UNLIKE_SIGMA and not same:
            sentences.append(f"the head is like no person's, {self.unlike:.1f} σ from the mean one")
        return tuple(sentences)

    @property
    def unlike(self) -> float:
        """Root mean square of the neutral head's coefficients, σ."""
        values = np.concatenate([self.parameters.code(part) for part in PARTS])
        return float(np.sqrt(np.square(values).mean())) if len(values) else 0.0

    @property
    def verdict(self) -> Verdict:
        """In plain words, whether the head can be relied on; never good where no face was found."""
        face, nose, placed = self.regions.get("face"), self.regions.get("nose"), self.alignment.found
        partial = self.beside is not None and self.beside < _BESIDE
        partly = partial and placed and self.beside is not None and self.beside >= _PARTLY
        if face is None or face.mean_mm > (_BAD_MM if placed and not partial else _GOOD_MM["face"]):
            return "bad alignment"
        if len(self.doubts) > partly:  # of a part of a face it is no doubt that the rest is not there
            return "bad alignment"
        if partly:
            return "partial scan"
        follows = nose is not None and nose.mean_mm <= _GOOD_MM["nose"] and nose.p95_mm <= _NOSE_P95_MM
        near = face.mean_mm <= _GOOD_MM["face"] and follows
        return "good" if placed and near and self._has_nose else "check the nose"

    @property
    def _has_nose(self) -> bool:
        """Whether the nose was scanned, however few points there are on it."""
        if self.nose_beside is not None:
            return self.nose_beside >= _BESIDE
        nose = self.regions.get("nose")
        return nose is not None and nose.points >= _FEWEST


def fit_scan(
    model: HeadModel,
    scan: Scan,
    alignment: Alignment,
    settings: ScanFitSettings | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[int, float], None] = lambda step, error: None,
    *,
    start: Parameters | None = None,
    free: Collection[CodeName] = CODES,
) -> ScanFit:
    """Fit the model to an aligned scan.

    start : a head of the same person, of which the codes `free` alone move, and the pose does not; without it the mean
    head, of which everything moves.
    `progress` is told the steps done and the mean |Φ| on the scan, mm. Once `cancelled` answers true the head as it
    stands is returned. The same scan and seed give the same result on the same machine.
    Raises FacewrightError if hardly anything of the scan lies where the alignment says the head is.
    """
    settings = settings or ScanFitSettings()
    points = ScanPoints(model, scan, alignment, settings)
    coefficients = Coefficients(model, 1, start, free)
    pose = torch.zeros(2, 3, device=model.device, requires_grad=start is None)  # mm at the lever's end, mm
    moving = [coefficients.along, pose] if start is None else [coefficients.along]
    search = CoarseToFine(moving, settings if start is None else replace(settings, coarse=0.0))
    history: list[float] = []
    for step in range(settings.steps):
        if cancelled():
            break
        if start is None and settings.hold and step == int(settings.hold_from * settings.steps):
            here = alignment.moved(*points.motion(pose.detach())).to_head(scan.points)
            if (places := held_places(model, coefficients.parameters()[0], here)) is not None:
                points.hold(places, pose.detach())
        codes = coefficients.codes(search.begin(step))
        data, on_surface = points.errors(codes, pose, step / settings.steps)
        search.take(data + settings.prior_mm * coefficients.size().sum())
        coefficients.clamp()
        history.append(on_surface)
        progress(step + 1, on_surface)
    motion = points.motion(pose.detach())
    improved = alignment.moved(*motion)
    parameters = coefficients.parameters()[0]
    if start is not None:  # what did not move stays to the last bit
        parameters = Parameters.of({code: (parameters if code in free else start).code(code) for code in CODES})
    vertices = improved.to_head(scan.points)
    residual, regions = residuals(model, parameters, vertices)
    complete = len(history) == settings.steps
    beside, size, of_nose = _face_beside(model, parameters, scan, vertices)
    return ScanFit(parameters, improved, residual, regions, np.array(history), complete, beside, size, of_nose)


def residuals(model: HeadModel, parameters: Parameters, points: np.ndarray) -> tuple[np.ndarray, dict[str, Residual]]:
    """Φ (N,) float32, mm, at points (N, 3), mm, head frame, NaN beyond `REACH_MM`; and its regions.

    The regions are `whole`, `face` (as in `core.metrics`), and of the face each part, where its window is more than
    half; the remainder is the rest.
    """
    field, points = model.field(parameters), points.astype(np.float32)
    distance = np.full(len(points), np.nan, np.float32)
    inside = ((points > model.bounds_mm[0]) & (points < model.bounds_mm[1])).all(axis=1)
    distance[inside] = field.distance(points[inside])
    distance[np.abs(distance) > REACH_MM] = np.nan
    finite = np.flatnonzero(np.isfinite(distance))
    face = finite[in_face(points[finite], find_landmarks(model, parameters).points["prn"])]
    chosen: dict[str, np.ndarray] = {"whole": finite, "face": face}
    rest = np.ones(len(face), bool)
    for part in LOCAL_PARTS:
        own = field.window(part, points[face]) > 0.5
        chosen[part] = face[own]
        rest &= ~own
    chosen[PARTS[-1]] = face[rest]
    regions = {name: _summary(np.abs(distance[index])) for name, index in chosen.items() if len(index)}
    return distance, regions


def _face_beside(
    model: HeadModel, parameters: Parameters, scan: Scan, vertices: np.ndarray
) -> tuple[float, float | None, float | None]:
    """How much of the fitted face has scan, vertices (N, 3) mm, head frame, beside it; its size; and of the nose."""
    landmarks = find_landmarks(model, parameters).points
    mesh = head_mesh(model, parameters, _VOXEL_MM)
    centres, normals = mesh.vertices[mesh.faces].mean(axis=1), face_normals(mesh.vertices, mesh.faces)
    face = (np.linalg.norm(centres - landmarks["prn"], axis=1) < _CENTRE_MM) & (normals[:, 2] > 0.0)
    places = centres[face].astype(np.float64)
    if not len(places):
        return 0.0, None, None
    near = np.flatnonzero((np.abs(vertices - landmarks["prn"]) < 2.0 * _CENTRE_MM).all(axis=1))
    if not len(near):
        return 0.0, None, None
    if len(scan.faces):
        used = np.zeros(len(vertices), dtype=bool)
        used[near] = True
        faces = scan.faces[used[scan.faces].any(axis=1) & ~scan.spikes]
        distance = nearest_on_surface(places, vertices, faces).distance if len(faces) else np.full(len(places), np.inf)
        reach = _BESIDE_MM
    else:
        tree = cKDTree(vertices[near])
        distance = tree.query(places)[0]
        reach = _BESIDE_MM + 2.0 * float(np.median(tree.query(vertices[near], k=2)[0][:, 1])) if len(near) > 1 else 0.0
    size = face_size(landmarks) if landmarks.keys() >= set(FIVE) else None
    beside = distance < reach
    nose = model.field(parameters).window("nose", places.astype(np.float32)) > 0.5
    return float(beside.mean()), size, float(beside[nose].mean()) if nose.any() else None


def _summary(distance: np.ndarray) -> Residual:
    return Residual(float(distance.mean()), float(np.percentile(distance, 95)), len(distance))
