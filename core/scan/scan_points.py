"""Points of a scan that a head is fitted to, and how far it is from them (paper Eqn. 12).

The scan's points are to lie on Φ = 0 with ∇Φ along their normals; points a little off the surface are to have their
distances, where the scan makes them certain. The distances are bent by Geman and McClure's robust function, so that
hair, clothes and what else the model does not know pull little; the scale of the function falls as the fit goes on.
Once it is known which places of the scan are which of the template's, the cascade is to carry the ones to the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import cosine_similarity

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.errors import FacewrightError
from facewright.core.metrics import nearest_on_surface
from facewright.core.network.jet import Jet
from facewright.core.parameters import Parameters
from facewright.core.surface.cascade import Cascade

if TYPE_CHECKING:
    from torch import Tensor

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName
    from facewright.core.scan.align import Alignment
    from facewright.core.scan.held_places import HeldPlaces
    from facewright.core.scan.scan import Scan
    from facewright.core.scan.scan_fit import ScanFitSettings

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
_FEWEST = 200


class ScanPoints:
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
        alike = tip + (points - tip) / alignment.size  # beside the mean face in the size of the scan's
        distance, gradient = Cascade(model, mean).signed_distance(alike.astype(np.float32))
        near = alignment.size * np.abs(distance) < _START_REACH_MM
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
        self._held: tuple[Tensor, Tensor] | None = None

    def hold(self, places: HeldPlaces, pose: Tensor) -> None:
        """From now on the cascade is to carry these places of the scan, at that pose (2, 3), to the template's."""
        rotation, translation = self.motion(pose)
        here = (places.points - translation) @ rotation  # before the motion
        self._held = (
            torch.from_numpy(here.astype(np.float32)).to(pose.device),
            torch.from_numpy(self._frame.to_network(places.template).astype(np.float32)).to(pose.device),
        )

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
        """The data's part of the objective, (), and the mean |Φ| on the surface, mm.

        codes : (1, d) each; pose : (2, 3), as `motion` reads it; share : of the fit that is done, from 0 to 1.
        """
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
        error = (surface + space) / 2 + settings.normal_mm * turned
        if self._held is not None:
            places, template = self._held
            some = torch.randint(len(places), (settings.held_points,), generator=self._generator)
            states = self._network.deform(
                Jet.points(self._moved(places[some], pose, rotation), derivatives=False), stages
            ).states
            error = error + settings.hold * unit * (states[-1].value[0] - template[some]).norm(dim=-1).mean()
        shown = float(distance.detach().abs().clamp(max=REACH_MM).mean())
        return error, shown

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
    import trimesh  # late, as in core.mesh

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
