"""A head on the production topology: what leaves the program for animation and painting."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.errors import Cancelled
from facewright.core.normals import vertex_normals
from facewright.core.production.blendshapes import blendshapes
from facewright.core.production.chords import lifted
from facewright.core.production.expressive import expressive
from facewright.core.production.followers import bundled_followers
from facewright.core.production.laid import fingerprint, lay
from facewright.core.production.skeleton import joints_of, skin_weights
from facewright.core.production.sliding import slid, surface_distance
from facewright.core.production.strengths import strengths
from facewright.core.production.topology import bundled_topology
from facewright.core.sculpt.warp import head_warp
from facewright.core.surface.carrying import brought, carried

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.production.followers import Followers, Frames
    from facewright.core.production.laid import Laid
    from facewright.core.production.skeleton import Joint
    from facewright.core.production.topology import Topology


class Neutral(NamedTuple):
    """A head without expression.

    vertices : (V, 3) float32, mm, head frame; frames : of what follows its skin; points : (S + 2 · m, 3) float32, mm,
    where its cascade has what `Laid` knows of the template, the skin and then the eyes.
    """

    vertices: np.ndarray
    frames: Frames
    points: np.ndarray


_KEPT = 2
_neutrals: OrderedDict[tuple[str, Parameters], Neutral] = OrderedDict()
"""The last heads, as each was without expression: another expression of one begins there."""


@dataclass(frozen=True, eq=False)
class ProductionMesh:
    """A head on a production topology; mm, head frame.

    vertices : (V, 3) float32; normals : (V, 3) float32, unit length, out of the surface; morphs : displacements (V, 3)
    float32 at full strength of the blendshapes asked for, by engine name; joints : each after its parent; weights :
    (V, J) float32, the share with which each joint carries each vertex; they add up to 1; on_surface : (V,) float32,
    from 0 to 1, how far each vertex goes along with the model's surface, which some sums of expressions leave.
    """

    topology: Topology
    vertices: np.ndarray
    normals: np.ndarray
    morphs: Mapping[str, np.ndarray] = field(default_factory=dict)
    joints: tuple[Joint, ...] = ()
    weights: np.ndarray = field(default_factory=lambda: np.empty((0, 0), dtype=np.float32))
    on_surface: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.float32))

    def __post_init__(self) -> None:
        """Freeze the mapping."""
        object.__setattr__(self, "morphs", MappingProxyType(dict(self.morphs)))


def production_mesh(
    model: HeadModel,
    parameters: Parameters,
    *,
    morphs: Sequence[str] = (),
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ProductionMesh:
    """The head on the topology that ships.

    morphs : names of blendshapes (`facewright.core.production.engine_names.ENGINE_UNITS`); they are those of the
    neutral head, and add up; progress : is told the share that is done, 0 to 1.
    Raises FacewrightError if the topology cannot be laid on the model's heads, Cancelled once `cancelled` answers true.
    """

    def proceed(share: float) -> None:
        if cancelled is not None and cancelled():
            raise Cancelled
        if progress is not None:
            progress(share)

    proceed(0.0)
    topology = bundled_topology()
    followers = bundled_followers(topology)
    laid = lay(model, topology, followers, lambda: proceed(0.0))
    proceed(0.3)
    neutral = parameters.with_code("expression", ())
    vertices, frames, _ = neutral_mesh(model, neutral, laid, followers, proceed, cancelled)
    proceed(0.7)
    has_expression = any(parameters.expression)
    own = strengths(model, parameters) if has_expression else ()
    names = tuple(dict.fromkeys((*morphs, *own)))
    shapes = blendshapes(followers, vertices, frames, names, lambda share: proceed(0.7 + 0.2 * share))
    on_surface = np.where(followers.neck.end & bool(laid.neck_ends), 0.0, 1.0).astype(np.float32)
    if has_expression:
        placed, on_surface = expressive(model, parameters, laid, followers, vertices, frames, shapes, cancelled)
        vertices = placed.astype(np.float32)
    proceed(1.0)
    return ProductionMesh(
        topology,
        vertices,
        vertex_normals(vertices, topology.triangles),
        {name: shapes[name] for name in morphs},
        joints_of(followers, frames),
        skin_weights(followers),
        on_surface,
    )


def neutral_mesh(
    model: HeadModel,
    parameters: Parameters,
    laid: Laid,
    followers: Followers,
    proceed: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] | None = None,
) -> Neutral:
    """A head without expression, from memory where it is one of the last; raises as `production_mesh`."""
    key = fingerprint(model, followers.topology), parameters
    if (kept := _neutrals.get(key)) is None:  # another thread may drop it meanwhile
        kept = _neutrals[key] = _neutral(model, parameters, laid, followers, proceed, cancelled)
        while len(_neutrals) > _KEPT:
            _neutrals.popitem(last=False)
    return kept


def followed_skin(
    model: HeadModel, parameters: Parameters, points: np.ndarray, laid: Laid, followers: Followers
) -> tuple[np.ndarray, Frames]:
    """All vertices (V, 3) float64, mm, of a head of which `points`, as in `Neutral`, are known, and its frames."""
    topology, count = followers.topology, len(laid.template)
    placed = laid.placed.astype(np.float64)
    placed[topology.on_surface] = head_warp(model, parameters).moved(points[:count])
    return followers.follow(placed, points[count:].reshape(2, -1, 3), neck_ends=bool(laid.neck_ends))


def _neutral(
    model: HeadModel,
    parameters: Parameters,
    laid: Laid,
    followers: Followers,
    proceed: Callable[[float], None],
    cancelled: Callable[[], bool] | None,
) -> Neutral:
    topology, welded = followers.topology, followers.welded
    points = _carried(model, parameters, laid, topology, cancelled)
    proceed(0.5)
    placed, frames = followed_skin(model, parameters, points, laid, followers)
    skin = followers.given_skin(neck_ends=bool(laid.neck_ends))
    distance = surface_distance(model, parameters)
    placed = slid(placed, topology.neutral, welded, skin, distance)
    placed = lifted(placed, topology.neutral, topology, welded, skin, distance)
    return Neutral(placed.astype(np.float32), frames, points)


def _carried(
    model: HeadModel, parameters: Parameters, laid: Laid, topology: Topology, cancelled: Callable[[], bool] | None
) -> np.ndarray:
    """The points of a head's skin and of its eyes, as in `Neutral`, brought onto its surface."""
    field = model.field(parameters)
    start = np.concatenate([laid.placed[topology.on_surface], laid.eyes])
    points = carried(field, np.concatenate([laid.template, laid.eyes_template]), start).points
    settled = np.concatenate([laid.settled, np.ones(len(laid.eyes), dtype=bool)])
    points[settled] = brought(field.distance, points[settled], cancelled=cancelled)
    return points
