"""A studio's topology that was conformed: what its vertices hang on, and any head of any model on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, diags_array

from facewright.core.conform.binding import PIECES, bind
from facewright.core.conform.placement import place
from facewright.core.errors import Cancelled
from facewright.core.production.bending import Plate
from facewright.core.production.eyes import gaze_change
from facewright.core.production.followers import EYES, bundled_followers
from facewright.core.production.local_frames import local_frames
from facewright.core.production.production_mesh import production_mesh
from facewright.core.production.similarity import similarity
from facewright.core.production.topology import bundled_topology
from facewright.core.production.untangled import turned_over, untangled
from facewright.core.production.welded import Welded
from facewright.core.sculpt.warp import head_warp
from facewright.core.surface.carrying import brought

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from facewright.core.conform.binding import Binding
    from facewright.core.conform.studio_mesh import Layout, StudioMesh
    from facewright.core.exchange.shape import LengthUnit
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.production.eyes import Eyes
    from facewright.core.production.followers import Followers
    from facewright.core.production.production_mesh import ProductionMesh
    from facewright.core.production.skeleton import Joint

_ONTO_MM = 0.6
"""The production mesh's quads cut corners by less than that; what is further from the surface is another fold of it."""

_ROUNDS = 6
_RINGS = (1, 2, 3)
"""How far about polygons that are turned over vertices are smoothed, try by try."""


@dataclass(frozen=True, eq=False)
class Conformed:
    """A topology of somebody's own, and what its vertices hang on.

    production : fingerprint of the production topology; rest : (N, 3) float32, mm, head frame, its mesh as it was.
    """

    name: str
    layout: Layout
    binding: Binding
    rest: np.ndarray
    production: str

    @cached_property
    def sheet(self) -> Welded:
        """All of the mesh as what is untangled, by its edges alone: its triangles may be of any shape."""
        polygons, count = self.layout.polygons, len(self.rest)
        triangles = self.layout.triangles
        ends = np.unique(np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
        links = coo_array((np.ones(len(ends)), ends.T), shape=(count, count))
        links = (links + links.T).tocsr()
        laplacian = (diags_array(links.sum(axis=0)) - links).tocsr()
        plate = Plate((laplacian @ laplacian).tocsr(), laplacian, np.ones(count))
        return Welded(polygons, np.arange(count), triangles, plate)


@dataclass(frozen=True, eq=False)
class ConformedHead:
    """A head on such a topology; mm, head frame.

    vertices : (N, 3) float32; morphs : displacements (N, 3) float32 at full strength by engine name; joints; weights :
    (N, J) float32, the share with which each joint carries each vertex.
    """

    topology: Conformed
    vertices: np.ndarray
    morphs: Mapping[str, np.ndarray] = field(default_factory=dict)
    joints: tuple[Joint, ...] = ()
    weights: np.ndarray = field(default_factory=lambda: np.empty((0, 0), dtype=np.float32))

    def __post_init__(self) -> None:
        """Freeze the mapping."""
        object.__setattr__(self, "morphs", MappingProxyType(dict(self.morphs)))


def conform(
    model: HeadModel,
    mesh: StudioMesh,
    unit: LengthUnit | None = None,
    landmarks: Mapping[str, np.ndarray] | None = None,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Conformed:
    """Register a mesh of a head, in any pose and unit, to the production topology, once and for all heads.

    unit, landmarks : as of `place`; progress : is told the share that is done. Raises FacewrightError if there is no
    face, if no head of the model is like it, or the model has no production mesh; Cancelled.
    """

    def proceed() -> None:
        if cancelled():
            raise Cancelled

    topology = bundled_topology()
    placement = place(model, mesh, unit, landmarks, lambda share: progress(0.6 * share), cancelled)
    head = production_mesh(model, placement.parameters, cancelled=cancelled).vertices
    progress(0.7)
    binding = bind(placement.vertices, mesh.layout.triangles, head, bundled_followers(topology), proceed)
    progress(1.0)
    return Conformed(mesh.name, mesh.layout, binding, placement.vertices.astype(np.float32), topology.fingerprint)


def conformed_head(
    model: HeadModel,
    parameters: Parameters,
    topology: Conformed,
    *,
    eyes: Eyes | None = None,
    morphs: Sequence[str] = (),
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ConformedHead:
    """A head of a model on a conformed topology; eyes : where they look; the rest as of `production_mesh`."""
    tell = progress or (lambda share: None)
    made = production_mesh(
        model, parameters, morphs=morphs, progress=lambda share: tell(0.9 * share), cancelled=cancelled
    )
    followers, binding = bundled_followers(made.topology), topology.binding
    base = _at(binding, made.vertices)
    maps = local_frames(followers).maps(made.vertices, followers.frames_in(made.vertices))[binding.corners[:, 0]]
    away = np.einsum("nij,nj->ni", maps, binding.offset)
    own = base + away
    for number, name in enumerate(PIECES):
        mine, of = binding.piece == number, followers.rigid[name]
        own[mine] = similarity(made.topology.neutral[of], made.vertices[of])(binding.offset[mine])
    share = binding.on_surface * _at(binding, made.on_surface[:, None])[:, 0]
    change = _onto(model, parameters, base, share, cancelled) - share[:, None] * away
    vertices = _untangled(own, change, topology).astype(np.float32)
    shapes = {name: _morph(binding, followers, made, vertices, moved) for name, moved in made.morphs.items()}
    if eyes is not None and not eyes.look_ahead:
        vertices = vertices + _morph(binding, followers, made, vertices, gaze_change(followers, made.vertices, eyes))
    tell(1.0)
    return ConformedHead(
        topology,
        vertices,
        shapes,
        made.joints,
        _weights(binding, followers, made.weights),
    )


def _at(binding: Binding, values: np.ndarray) -> np.ndarray:
    """What values (V, k) of the production mesh are at the points that the vertices hang on, (N, k) float64."""
    at: np.ndarray = np.einsum("nk,nkc->nc", binding.shares.astype(np.float64), values[binding.corners])
    return at


def _onto(
    model: HeadModel,
    parameters: Parameters,
    base: np.ndarray,
    share: np.ndarray,
    cancelled: Callable[[], bool] | None,
) -> np.ndarray:
    """What brings points (N, 3), mm, onto the head's surface, as far as their share (N,) says: (N, 3)."""
    change, near = np.zeros_like(base), np.flatnonzero(share > 0.0)
    warp, field_ = head_warp(model, parameters), model.field(parameters)
    before = warp.undone(base[near]).astype(np.float32)
    close = np.abs(field_.distance(before)) < _ONTO_MM
    near, before = near[close], before[close]
    onto = warp.moved(brought(field_.distance, before, _ONTO_MM, cancelled)) - warp.moved(before)
    change[near] = share[near, None] * onto
    return change


def _untangled(own: np.ndarray, change: np.ndarray, topology: Conformed) -> np.ndarray:
    """Vertices (N, 3) with the change that brings them onto the surface, but where that turns polygons over."""
    polygons, kept = topology.layout.polygons, np.ones(len(own), dtype=bool)
    for _ in range(_ROUNDS):
        over = turned_over(own + kept[:, None] * change, topology.rest, polygons)
        corners = polygons[over]
        if not kept[corners[corners >= 0]].any():
            break
        kept[corners[corners >= 0]] = False
    placed = own + kept[:, None] * change
    return untangled(placed, topology.rest.astype(np.float64), topology.sheet, _RINGS)[0]


def _morph(
    binding: Binding, followers: Followers, made: ProductionMesh, vertices: np.ndarray, moved: np.ndarray
) -> np.ndarray:
    """A displacement (V, 3) of the production mesh as one (N, 3) float32 of vertices (N, 3)."""
    still = moved.astype(np.float64)
    for name in EYES:  # skin that goes on over an eyeball does not turn with it
        still[followers.rigid[name]] = 0.0
    carried = _at(binding, still)
    for number, name in enumerate(PIECES):
        mine, of = binding.piece == number, followers.rigid[name]
        turn = similarity(made.vertices[of], made.vertices[of] + moved[of])
        carried[mine] = turn(vertices[mine]) - vertices[mine] if moved[of].any() else 0.0
    return carried.astype(np.float32)


def _weights(binding: Binding, followers: Followers, weights: np.ndarray) -> np.ndarray:
    """The production mesh's weights (V, J) at the vertices, (N, J) float32."""
    own = _at(binding, weights).astype(np.float32)
    for number, name in enumerate(PIECES):
        own[binding.piece == number] = weights[followers.rigid[name][0]]
    return own
