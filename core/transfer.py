"""Heads of one model, and projects, as those of another: the codes there whose surfaces come nearest.

Coefficients mean something in their own model alone. What both models have is the surface, in mm and the head frame, so
it is fitted as any head is (`core.fit`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.core.fit import FitSettings, Target, fit
from facewright.core.project import Step
from facewright.core.surface.carrying import brought
from facewright.core.surface.extraction import head_mesh

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from facewright.core.mesh import Mesh
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.project import Project

_VOXEL_MM = 2.0
_ON, _NEAR = 5000, 6000
"""Points on the surface of a head and near it."""

_NEAR_MM = (0.4, 1.5, 6.0)
"""Standard deviations of the near points' offsets, in equal shares, as in training."""

_FACE_MM = 95.0
_DENSITY = 4.0
"""How many times denser points lie on the face, within that distance of the tip of the nose."""


class Transfer(NamedTuple):
    """Heads in another model.

    parameters : of each; off_mm : how far their surfaces are from the ones before, each the mean over the head.
    """

    parameters: tuple[Parameters, ...]
    off_mm: tuple[float, ...]


def transfer(
    source: HeadModel,
    heads: Sequence[Parameters],
    target: HeadModel,
    settings: FitSettings | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float, float], None] | None = None,
) -> Transfer:
    """Fit heads of one model in another; operations that a head has planned stay as they are.

    `progress` is told as `fit` tells it. Raises Cancelled once `cancelled` answers true.
    """
    settings = settings or FitSettings()
    rng = np.random.default_rng(settings.seed)
    samples = [_samples(source, head.bare, rng, cancelled) for head in heads]
    stacked = Target(*(np.stack(arrays) for arrays in zip(*samples, strict=True)))
    fitted = fit(target, stacked, settings, cancelled, progress).parameters
    off = [
        float(np.abs(target.field(there).distance(here.on)).mean()) for there, here in zip(fitted, samples, strict=True)
    ]
    planned = (replace(there, plan=head.plan, dabs=head.dabs) for there, head in zip(fitted, heads, strict=True))
    return Transfer(tuple(planned), tuple(off))


def transfer_project(
    project: Project,
    source: HeadModel,
    target: HeadModel,
    settings: FitSettings | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Project:
    """The variants of a project's present state, and what they are compared with, in another model.

    Its history ends with the model that gave it its meaning: the new one begins here. Blends become heads, and
    landmarks that were corrected, places on the other's template, are found anew. Raises FacewrightError if a head
    goes back to a patient's scan: that is to be fitted anew, Cancelled as `transfer` does.
    """
    state = project.state
    heads = [*state.variants, *([project.before] if project.before else [])]
    if any(head.scan for head in heads):
        raise FacewrightError("A head that was fitted to a scan cannot be carried over: open the scan and fit it anew.")
    distinct = list(dict.fromkeys(variant.parameters for variant in heads))
    carried = transfer(source, distinct, target, settings, cancelled)
    codes = dict(zip(distinct, carried.parameters, strict=True))
    moved = [replace(variant, parameters=codes[variant.parameters], blend=None, scan=None) for variant in heads]
    variants = tuple(moved[: len(state.variants)])
    step = Step("Start", replace(state, variants=variants, landmarks={}))
    before = moved[-1] if project.before else None
    return replace(
        project, model_name=target.name, fingerprint=target.fingerprint, steps=(step,), current=0, before=before
    )


def _samples(
    model: HeadModel, head: Parameters, rng: np.random.Generator, cancelled: Callable[[], bool] | None
) -> Target:
    """Points of one head's surface with normals, and points near it with their distances."""
    mesh = head_mesh(model, head, _VOXEL_MM, cancelled)
    points, normals = _drawn(mesh, _ON + _NEAR, int(rng.integers(1 << 31)))
    near, along = points[_ON:], normals[_ON:]
    sigma = np.asarray(_NEAR_MM, np.float32)[np.arange(_NEAR) % len(_NEAR_MM)]
    near = near + along * (rng.standard_normal(_NEAR).astype(np.float32) * sigma)[:, None]
    field = model.field(head)
    return Target(brought(field.distance, points[:_ON]), normals[:_ON], near, field.distance(near))


def _drawn(mesh: Mesh, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (count, 3) of a mesh, mm, and their faces' unit normals, float32, denser on the face."""
    import trimesh  # late, as in core.mesh
    from trimesh.sample import sample_surface

    surface = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    tip = mesh.vertices[mesh.vertices[:, 2].argmax()]
    near = np.linalg.norm(surface.triangles_center - tip, axis=1) < _FACE_MM
    weights = surface.area_faces * np.where(near, _DENSITY, 1.0)
    points, chosen = sample_surface(surface, count, face_weight=weights, seed=seed)[:2]
    return points.astype(np.float32), surface.face_normals[chosen].astype(np.float32)
