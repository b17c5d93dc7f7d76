"""A scan fitted by the model (paper Eqn. 12): codes and pose together, from the mean head, coarse to fine.

The scan's points are to lie on Φ = 0 with ∇Φ along their normals; points a little off the surface are to have their
distances, where the scan makes them certain. The distances are bent by Geman and McClure's robust function, so that
hair, clothes and what else the model does not know pull little; the scale of the function falls as the fit goes on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import torch
import trimesh
from scipy.spatial import cKDTree
from torch.nn.functional import cosine_similarity

from facewright.core.anthropometry.landmarks import FIVE, find_landmarks
from facewright.core.errors import FacewrightError
from facewright.core.fit import Coefficients
from facewright.core.metrics import face_normals, in_face, nearest_on_surface
from facewright.core.network.jet import Jet
from facewright.core.parameters import Parameters
from facewright.core.parts import LOCAL_PARTS, PARTS
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import head_mesh

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName
    from facewright.core.scan.align import Alignment
    from facewright.core.scan.scan import Scan

Verdict = Literal["good", "check the nose", "partial scan", "bad alignment"]

REACH_MM = 12.0
"""What is farther than this from the fitted head is not of it: shoulders, hair, the room."""

_START_REACH_MM = 25.0
_POOL = 20_000
_BACK_MM = (1.0, 4.0)
"""Standard deviations of the offsets of points off the surface, half of the points each."""

_CERTAIN = 0.8
"""An offset point counts where the scan is no nearer to it than this share of its offset: there is no other sheet."""

_NOSE_MM, _DENSITY = 55.0, 4.0
"""So near the tip of the nose points are drawn so many times more densely."""

_LEVER_MM = 80.0
_GOOD_MM: Mapping[str, float] = {"face": 1.2, "nose": 1.0}
_BAD_MM = 2.5
_FEWEST = 200

_CENTRE_MM, _BESIDE_MM, _BESIDE, _PARTLY = 60.0, 3.0, 0.5, 0.25
"""Of the fitted face within `_CENTRE_MM` of the tip of its nose so much has scan within `_BESIDE_MM`, and so much where
a part of it was scanned."""
_UNLIKE_SIGMA = 1.4
"""Root mean square of the coefficients, beyond which a head is like no person: ICT-FaceKit's measured 1.0, balls, eggs,
backs of heads and faces in a wrong unit 1.6 at least."""
_SIZES = (0.8, 1.25)
"""Size of a person's face over the mean face's."""
_VOXEL_MM = 4.0


@dataclass(frozen=True)
class ScanFitSettings:
    """How to fit; lengths in mm."""

    steps: int = 220
    """Steps of Adam, its rate falling as a cosine."""
    learning_rate: float = 0.12
    """Peak rate: coefficients in σ, the pose in mm."""
    coarse: float = 0.25
    """Share of the steps that move the pose and the first components alone."""
    leading: int = 10
    """How many components of each code the coarse steps move."""
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
    beside : share of the head's face, about the nose, that has scan beside it; size : of the face, over the mean one's;
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
        if self.size is not None and not _SIZES[0] < self.size < _SIZES[1]:
            times = np.format_float_positional(self.size, 2, fractional=False, trim="-")
            sentences.append(f"the face is {times} times as large as a person's")
        if (unlike := _root_mean_square(self.parameters)) > _UNLIKE_SIGMA:
            sentences.append(f"the head is like no person's, {unlike:.1f} σ from the mean one")
        return tuple(sentences)

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
        near = face.mean_mm <= _GOOD_MM["face"] and nose is not None and nose.mean_mm <= _GOOD_MM["nose"]
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
) -> ScanFit:
    """Fit the model to an aligned scan.

    `progress` is told the steps done and the mean |Φ| on the scan, mm. Once `cancelled` answers true the head as it
    stands is returned. The same scan and seed give the same result on the same machine.
    Raises FacewrightError if hardly anything of the scan lies where the alignment says the head is.
    """
    settings = settings or ScanFitSettings()
    points = _ScanPoints(model, scan, alignment, settings)
    coefficients = Coefficients(model, 1)
    pose = torch.zeros(2, 3, device=model.device, requires_grad=True)  # mm at the lever's end, mm
    optimizer = torch.optim.Adam([*coefficients.values.values(), pose], lr=settings.learning_rate)
    history: list[float] = []
    for step in range(settings.steps):
        if cancelled():
            break
        share = step / settings.steps
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * 0.5 * (1.0 + math.cos(math.pi * share))
        codes = coefficients.codes(settings.leading if share < settings.coarse else None)
        data, on_surface = points.errors(codes, pose, share)
        optimizer.zero_grad(set_to_none=True)
        (data + settings.prior_mm * coefficients.size().sum()).backward()
        optimizer.step()
        coefficients.clamp()
        history.append(on_surface)
        progress(step + 1, on_surface)
    motion = points.motion(pose.detach())
    improved = alignment.moved(*motion)
    parameters = coefficients.parameters()[0]
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


def _root_mean_square(parameters: Parameters) -> float:
    """Of a neutral head's coefficients, σ."""
    values = np.concatenate([parameters.code(part) for part in PARTS])
    return float(np.sqrt(np.square(values).mean())) if len(values) else 0.0


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
    mean = find_landmarks(model, Parameters()).points
    names = [name for name in FIVE if name in landmarks and name in mean]
    size = _spread(landmarks, names) / _spread(mean, names) if len(names) == len(FIVE) else None
    beside = distance < reach
    nose = model.field(parameters).window("nose", places.astype(np.float32)) > 0.5
    return float(beside.mean()), size, float(beside[nose].mean()) if nose.any() else None


def _spread(points: Mapping[str, np.ndarray], names: Sequence[str]) -> float:
    """Root mean square distance of named points (3,) from their mean."""
    at = np.stack([points[name] for name in names])
    return float(np.sqrt(np.square(at - at.mean(axis=0)).sum(axis=1).mean()))


def _summary(distance: np.ndarray) -> Residual:
    return Residual(float(distance.mean()), float(np.percentile(distance, 95)), len(distance))


class _ScanPoints:
    """Points of the scan that may be of the head, on the model's device, and the objective at drawn ones."""

    def __init__(self, model: HeadModel, scan: Scan, alignment: Alignment, settings: ScanFitSettings) -> None:
        """Draws a pool of points on the scan and off it.

        Raises FacewrightError if too few of them are near the mean head.
        """
        self._network, self._frame, self._settings = model.network, model.frame, settings
        rng = np.random.default_rng(settings.seed)
        mean = Parameters()
        tip = find_landmarks(model, mean).points["prn"]
        vertices = alignment.to_head(scan.points)
        points, normals = _drawn(scan, vertices, alignment.rotation, tip, rng)
        distance, gradient = Cascade(model, mean).signed_distance(points.astype(np.float32))
        near = np.abs(distance) < _START_REACH_MM
        near &= np.isfinite(normals).all(axis=1) & normals.any(axis=1)  # elsewhere it has no area
        near &= (points > model.bounds_mm[0]).all(axis=1) & (points < model.bounds_mm[1]).all(axis=1)
        if near.sum() < _FEWEST:
            raise _nothing_there()
        points, normals, gradient = points[near], normals[near], gradient[near]
        agree = (normals * gradient).sum(axis=1)
        flip = np.sign(agree) if not len(scan.faces) else np.full(len(agree), np.sign(agree.sum()))
        normals = normals * flip[:, None]
        space, height = self._off_surface(points, normals, scan, vertices, rng)
        if not len(space):
            raise _nothing_there()
        self._on, self._normals, self._space, self._height = (
            torch.from_numpy(values.astype(np.float32)).to(model.device) for values in (points, normals, space, height)
        )
        self._middle = torch.from_numpy(points.mean(axis=0).astype(np.float32)).to(model.device)
        self._centre = torch.tensor(self._frame.centre_mm, device=model.device)
        self._generator = torch.Generator().manual_seed(settings.seed)

    @staticmethod
    def _off_surface(
        points: np.ndarray, normals: np.ndarray, scan: Scan, vertices: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Points (M, 3) off the surface and their signed distances (M,), where those are certain."""
        height = rng.standard_normal(len(points)) * np.resize(_BACK_MM, len(points))
        space = points + height[:, None] * normals
        if len(scan.faces):
            nearest = nearest_on_surface(space, vertices, scan.faces).distance
            certain = nearest > _CERTAIN * np.abs(height)
            return space[certain], (np.sign(height) * nearest)[certain]
        return space[np.abs(height) < min(_BACK_MM)], height[np.abs(height) < min(_BACK_MM)]

    def errors(self, codes: dict[CodeName, Tensor], pose: Tensor, share: float) -> tuple[Tensor, float]:
        """The data's part of the objective and the mean |Φ| on the surface, mm; `share` of the fit is done."""
        settings, unit = self._settings, self._frame.radius_mm
        at = torch.randint(len(self._on), (settings.surface_points,), generator=self._generator)
        around = torch.randint(len(self._space), (settings.space_points,), generator=self._generator)
        stages = self._network.condition(codes)
        rotation = self._rotation(pose)
        on = self._network(Jet.points(self._moved(self._on[at], pose, rotation), derivatives=True), stages)
        near = self._network(Jet.points(self._moved(self._space[around], pose, rotation), derivatives=False), stages)
        first, last = settings.robust_mm
        scale = first * (last / first) ** share
        distance = on.value[0, :, 0] * unit
        normals = self._normals[at] @ rotation.T
        trust = (1.0 / (1.0 + (distance / scale).square())).detach()
        turned = (trust * (1.0 - cosine_similarity(on.gradient[0], normals, dim=-1))).mean()
        surface = _robust(distance, scale).mean()
        space = _robust(near.value[0, :, 0] * unit - self._height[around], scale).mean()
        shown = float(distance.detach().abs().clamp(max=REACH_MM).mean())
        return (surface + space) / 2 + settings.normal_mm * turned, shown

    def motion(self, pose: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """The rotation (3, 3) and translation (3,), mm, of the head frame that a pose (2, 3) stands for."""
        rotation, middle = self._rotation(pose), self._middle
        return rotation.cpu().double().numpy(), (middle + pose[1] - rotation @ middle).cpu().double().numpy()

    @staticmethod
    def _rotation(pose: Tensor) -> Tensor:
        x, y, z = pose[0].cpu() / _LEVER_MM  # MPS has no matrix exponential
        zero = torch.zeros_like(x)
        return torch.linalg.matrix_exp(
            torch.stack([torch.stack([zero, -z, y]), torch.stack([z, zero, -x]), torch.stack([-y, x, zero])])
        ).to(pose.device)

    def _moved(self, points: Tensor, pose: Tensor, rotation: Tensor) -> Tensor:
        """Points (N, 3), mm → (1, N, 3), network frame, after the pose's motion."""
        moved = (points - self._middle) @ rotation.T + self._middle + pose[1]
        return ((moved - self._centre) / self._frame.radius_mm)[None]


def _nothing_there() -> FacewrightError:
    return FacewrightError("Hardly anything of the scan lies where a head would: place it by five landmarks.")


def _robust(residual: Tensor, scale: float) -> Tensor:
    """Geman and McClure's function of a smoothed |r|, mm: about |r| for small r, never more than `scale`."""
    size = (residual.square() + 1e-4).sqrt()
    return size / (1.0 + size / scale)


def _drawn(
    scan: Scan, vertices: np.ndarray, rotation: np.ndarray, tip: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 3) on the scan, mm, head frame, and normals (N, 3): by area, denser about the nose, none on spikes."""
    normals = scan.normals @ rotation.T
    if not len(scan.faces):
        weight = np.where(np.linalg.norm(vertices - tip, axis=1) < _NOSE_MM, _DENSITY, 1.0)
        chosen = rng.choice(len(vertices), _POOL, p=weight / weight.sum())
        return vertices[chosen], normals[chosen]
    mesh = trimesh.Trimesh(vertices, scan.faces, process=False)
    area = np.where(scan.spikes, 0.0, mesh.area_faces)
    weight = area * np.where(np.linalg.norm(mesh.triangles_center - tip, axis=1) < _NOSE_MM, _DENSITY, 1.0)
    points, face = trimesh.sample.sample_surface(mesh, _POOL, face_weight=weight, seed=int(rng.integers(2**31)))
    corners = normals[scan.faces[face]]
    with np.errstate(divide="ignore", invalid="ignore"):  # in triangles without area, which then have no normals
        share = trimesh.triangles.points_to_barycentric(mesh.triangles[face], points)
    smooth = (corners * share[..., None]).sum(axis=1)
    return np.asarray(points), smooth / np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-9)
