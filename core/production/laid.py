"""The production topology laid on a model: which point of the template each vertex of the skin is.

The topology's neutral head is warped by the landmarks that both have, then brought onto the surface of the model's head
at zero codes by the displacement that is the least bent, in rounds that allow for ever finer differences:
min ∫ s⁴ (Δd)² + |x + d − nearest(x + d)|² dA, as in optimal-step non-rigid ICP (Amberg et al. 2007). A model that was
trained on heads of the topology knows where their vertices are, and these go there. It is computed for whatever model
is loaded, once for each.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections import OrderedDict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple
from zipfile import BadZipFile

import numpy as np

from facewright.core.anatomy import bundled_anatomy
from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.input_file import file_bytes
from facewright.core.kernel_cache import cache_folder
from facewright.core.normals import vertex_normals
from facewright.core.parameters import Parameters
from facewright.core.production.bending import bent
from facewright.core.production.sliding import slid, slope
from facewright.core.surface.carrying import brought
from facewright.core.surface.newton import newton_step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from facewright.core.field.field import Field
    from facewright.core.model.head_model import HeadModel
    from facewright.core.production.followers import Followers
    from facewright.core.production.topology import Topology

_REACH_MM = (14.0, 7.0, 5.0, 3.5, 2.5, 1.8, 1.3, 1.0)
"""s of every round: what is smaller than that may differ between the two heads."""

_FARTHEST_MM = 12.0
_FACING = 0.2
"""Vertices further than that from the surface, or turned from it by a smaller cosine, follow their neighbours."""

_HOLD, _GUIDED_MM = 30.0, 5.0
"""Weight of what guides over that of a vertex, and s down to which landmarks do."""

_LEAST_LANDMARKS = 8

_TRUE_MM = 0.25
"""Where training's vertices are further off the surface that was learnt of them, as in folds of lids, none is held."""

_NEAR_MM, _MOST_AWAY = 0.1, 0.02
"""A topology fits if all of its skin but this share can be brought so near to the model's surface, and slid there until
its polygons are not turned over."""

_VERSION = 5
"""Of what is kept in files: to be raised when topologies are laid otherwise."""

_MOST_BYTES = 16 * 2**20
_KEPT = 4
_laid: OrderedDict[str, Laid] = OrderedDict()
_unfit: set[str] = set()
"""What does not fit, which took as long to find."""


@dataclass(frozen=True, eq=False)
class Laid:
    """A topology on a model's head at zero codes.

    placed : (V, 3) float32, mm, head frame; template : (S, 3) float32, mm, where the cascade carries the skin's;
    settled : (S,) bool, those of the skin's that lie on the surface, as where lips or lids meet some cannot; eyes,
    eyes_template : (2 · m, 3) float32, mm, the same for points of the eyeballs between the lids, left ones first;
    neck_ends : () bool, whether the model's heads end in a rim that no neck has, and the skin leaves them above it.
    """

    placed: np.ndarray
    template: np.ndarray
    settled: np.ndarray
    eyes: np.ndarray
    eyes_template: np.ndarray
    neck_ends: np.ndarray


def lay(model: HeadModel, topology: Topology, followers: Followers, proceed: Callable[[], None]) -> Laid:
    """The topology on the model, from memory where it was laid before; FacewrightError if it does not fit.

    proceed : called between rounds; it may raise.
    """
    key = fingerprint(model, topology)
    if (laid := _laid.get(key)) is None:
        if key in _unfit:
            raise _misfit(model)
        if (laid := _kept(key, topology)) is None:
            laid = _lay(model, topology, followers, proceed)
            _keep(key, laid)
        _laid[key] = laid
        while len(_laid) > _KEPT:
            _laid.popitem(last=False)
    return laid


def fingerprint(model: HeadModel, topology: Topology) -> str:
    """Of all that laying depends on: weights, frame and landmarks of the model, the topology with its anatomy."""
    digest = hashlib.sha256(f"{_VERSION} {model.fingerprint} {model.frame} {topology.fingerprint}".encode())
    for vertices_or_points in (*_landmarks(model, topology), *_registered(model, topology)):
        digest.update(np.ascontiguousarray(vertices_or_points).tobytes())
    return digest.hexdigest()[:32]


def _file(key: str) -> Path | None:
    """Where a topology laid on a model is kept between runs of the program; None if nowhere."""
    folder = cache_folder()
    return None if folder is None else folder / f"laid-{key}.npz"


def _kept(key: str, topology: Topology) -> Laid | None:
    """What was laid before; None if it was not, or its file is damaged."""
    if (file := _file(key)) is None or not file.is_file():
        return None
    try:
        with np.load(io.BytesIO(file_bytes(file, _MOST_BYTES)), allow_pickle=False) as arrays:
            laid = Laid(*(arrays[each.name] for each in fields(Laid)))
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return None
    skin = int(topology.on_surface.sum())
    sound = laid.placed.shape == topology.neutral.shape and laid.template.shape == (skin, 3)
    return laid if sound and laid.settled.shape == (skin,) and laid.eyes.shape == laid.eyes_template.shape else None


def _keep(key: str, laid: Laid) -> None:
    """Keep it, if that can be: it can be made again."""
    if (file := _file(key)) is not None:
        stream = io.BytesIO()
        np.savez(stream, **{each.name: getattr(laid, each.name) for each in fields(Laid)})
        with contextlib.suppress(FacewrightError, OSError):
            write_atomically(file, stream.getvalue())


def _lay(model: HeadModel, topology: Topology, followers: Followers, proceed: Callable[[], None]) -> Laid:
    field = model.field(Parameters())
    landmarks, registered = _landmarks(model, topology), _registered(model, topology)
    start = _warped(topology, landmarks)
    proceed()
    guides, guided_mm = (registered.on(field), 0.0) if len(registered.vertices) else (landmarks, _GUIDED_MM)
    placed = _bent(field, topology, followers, start, guides, guided_mm, proceed)
    skin = topology.on_surface
    placed[skin] = brought(field.distance, placed[skin])
    away = np.abs(field.distance(placed[skin].astype(np.float32))) > _NEAR_MM
    fits = bool(np.isfinite(placed).all()) and away.mean() < _MOST_AWAY
    if fits:
        neck_ends = followers.neck.is_rolled(placed)
        placed, frames = followers.follow(placed, neck_ends=neck_ends)
        given = followers.given_skin(neck_ends=neck_ends)
        placed = slid(placed, topology.neutral, followers.welded, given, field.distance)
        settled = given[skin] & (np.abs(field.distance(placed[skin].astype(np.float32))) < _NEAR_MM)
        fits = (given[skin] & ~settled).mean() < _MOST_AWAY
    if not fits:
        _unfit.add(fingerprint(model, topology))
        raise _misfit(model)
    eyes = [frame(points) for frame, points in zip(frames.eyes, followers.lids.points, strict=True)]
    on_eyes = brought(field.distance, np.concatenate(eyes))
    return Laid(
        placed.astype(np.float32),
        field.to_template(placed[skin].astype(np.float32)),
        settled,
        on_eyes,
        field.to_template(on_eyes),
        np.array(neck_ends),
    )


def _misfit(model: HeadModel) -> FacewrightError:
    return FacewrightError(
        f"The production mesh does not fit the heads of the model {model.name}: choose another topology."
    )


class _Guides(NamedTuple):
    """Vertices (n,) of a topology, and where (n, 3) they are on a model's template, mm."""

    vertices: np.ndarray
    goals: np.ndarray

    def on(self, field: Field) -> _Guides:
        """Those that lie on a surface."""
        there = np.abs(field.distance(self.goals.astype(np.float32))) < _TRUE_MM
        return _Guides(self.vertices[there], self.goals[there])


def _landmarks(model: HeadModel, topology: Topology) -> _Guides:
    """The landmarks that the model knows; none of too few."""
    own = bundled_anatomy(topology.name).points
    names = [name for name in own if name in model.points]
    if len(names) < _LEAST_LANDMARKS:
        return _Guides(np.empty(0, dtype=np.int64), np.empty((0, 3)))
    return _Guides(np.array([own[name] for name in names]), np.stack([model.points[name] for name in names]))


def _registered(model: HeadModel, topology: Topology) -> _Guides:
    """The skin's vertices whose places the model was trained with; none if it was trained on other topologies."""
    known = model.registration
    if known is None or known.topology != topology.name or known.vertices[-1] >= len(topology.neutral):
        return _Guides(np.empty(0, dtype=np.int64), np.empty((0, 3)))
    skin = topology.on_surface[known.vertices]
    return _Guides(known.vertices[skin], known.places[skin])


def _warped(topology: Topology, landmarks: _Guides) -> np.ndarray:
    """The neutral head (V, 3) float64 with its landmarks where the model has them; as it is without any."""
    from scipy.interpolate import RBFInterpolator  # late, as trimesh in core.mesh

    neutral = topology.neutral.astype(np.float64)
    if not len(landmarks.vertices):
        return neutral
    warp = RBFInterpolator(
        neutral[landmarks.vertices], landmarks.goals.astype(np.float64), kernel="thin_plate_spline", smoothing=1.0
    )
    warped: np.ndarray = warp(neutral)
    return warped


def _bent(
    field: Field,
    topology: Topology,
    followers: Followers,
    start: np.ndarray,
    guides: _Guides,
    guided_mm: float,
    proceed: Callable[[], None],
) -> np.ndarray:
    """The warped head (V, 3) near the surface, bent as little as brings it there.

    guided_mm : s down to which the guides' places are held, and not only to the surface.
    """
    welded = followers.welded
    place = np.full(len(start), -1)
    place[welded.vertices] = np.arange(len(welded.vertices))
    held = place[guides.vertices]
    skin = topology.on_surface[welded.vertices]

    def goals(here: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
        proceed()
        weights, nearest = np.zeros(len(here)), here.copy()
        normals = vertex_normals(here.astype(np.float32), welded.faces.astype(np.int32))[skin]
        distance, gradient = slope(field.distance, here[skin])
        facing = (gradient * normals).sum(axis=1) > _FACING * np.linalg.norm(gradient, axis=1)
        nearest[skin] += newton_step(distance, gradient, _FARTHEST_MM)
        weights[skin] = welded.masses[skin] * (facing & (np.abs(distance) < _FARTHEST_MM))
        if reach >= guided_mm:
            weights[held], nearest[held] = _HOLD * welded.masses[held], guides.goals
        return weights, nearest

    placed = start.copy()
    placed[welded.vertices] = bent(welded.plate, start[welded.vertices], _REACH_MM, goals)
    return placed
