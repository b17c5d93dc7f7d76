"""Strokes of a brush over a head's surface, as dabs: grabbed, inflated, or smoothed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.core.grab import part_at
from facewright.core.sculpt.dabs import STEEPEST, dab
from facewright.core.sculpt.warp import brush_warp, work_of
from facewright.core.surface.cascade import Cascade
from facewright.core.surgery.fields import plan_warp

if TYPE_CHECKING:
    from collections.abc import Collection

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.sculpt.dabs import Dab

BrushKind = Literal["grab", "inflate", "smooth"]
KINDS: tuple[BrushKind, ...] = get_args(BrushKind)

LEAST_RADIUS_MM = 2.0
"""Of a brush: its smaller dabs are just as wide as a dab is at least."""

_APART = 0.25
"""From one dab of a stroke to the next, over the radius."""
_RISES = 0.06
"""How far one dab of full strength inflates, over the radius."""
_WIDE = 0.45
"""About so wide, over the radius, are the surroundings that a surface is smoothed towards."""
_RING, _SMALL = 0.4, 0.55
"""A touch of the smoothing brush is seven small dabs, one in the middle: so far apart and wide, over the radius."""
_RIDGE = 0.05
_FEWEST, _MOST = 12, 400
"""Vertices under the brush without which there is nothing to smooth; as many tell enough of it."""


class Seen(NamedTuple):
    """A head's surface as it is seen: vertices (V, 3), mm, head frame, and unit normals (V, 3), out of it."""

    vertices: np.ndarray
    normals: np.ndarray


@dataclass(frozen=True)
class Brush:
    """How a stroke acts.

    radius : mm; strength : from 0 to 1; inward : whether inflating is turned round; symmetric : both sides alike.
    """

    kind: BrushKind = "inflate"
    radius: float = 10.0
    strength: float = 0.5
    inward: bool = False
    symmetric: bool = False


class Stroke:
    """One press of the brush: what a head becomes as the hand goes on. For one thread at a time."""

    def __init__(
        self,
        model: HeadModel,
        parameters: Parameters,
        brush: Brush,
        seen: Seen,
        locked: Collection[CodeName] = (),
    ) -> None:
        """Nothing is touched yet. seen : the surface of the head of `parameters`; locked : parts that stay."""
        self._model, self._locked = model, locked
        self._bare_field = model.field(parameters.bare) if locked else None
        self.left_alone: CodeName | None = None
        """A locked part that the brush was on."""
        self._brush, self._before, self._after = brush, parameters, parameters
        self._cascade, self._operations = Cascade(model, parameters), plan_warp(parameters.plan)
        self._now, self._normals = seen.vertices.astype(np.float64), seen.normals.astype(np.float64)
        work = brush_warp(model, parameters)
        self._bare = np.array(self._now if work is None else work.undone(self._now))
        self._last: np.ndarray | None = None
        self._origin: np.ndarray | None = None

    def grabbed(self, origin: np.ndarray, way: np.ndarray) -> Parameters:
        """The head with the surface about a point (3,), mm, pulled along by (3,) mm."""
        if self._is_locked(origin):
            return self._before
        if self._origin is None:
            self._origin = self._held(self._to_bare(origin[None]))[0]
        self._after = self._with(self._before, self._sided([dab(self._origin, way, self._brush.radius)]))
        return self._after

    def painted(self, point: np.ndarray) -> Parameters:
        """The head once the brush is at a point (3,), mm, of the surface, from where it was before."""
        last = self._last
        steps = 0 if last is None else int(np.linalg.norm(point - last) / (_APART * self._brush.radius))
        if last is None:
            self._touch(point)
        for step in range(1, steps + 1):
            self._touch(last + step / steps * (point - last))
        if last is None or steps:
            self._last = point
        return self._after

    @property
    def is_steepest(self) -> bool:
        """Whether the last dab goes as far as skin goes without folding."""
        made = self._after.dabs[len(self._before.dabs) :]
        return bool(made) and float(np.linalg.norm(made[-1].way)) > 0.99 * STEEPEST * made[-1].reach

    def _touch(self, point: np.ndarray) -> None:
        brush = self._brush
        near = np.flatnonzero(np.linalg.norm(self._now - point, axis=1) < brush.radius)
        near = near[:: max(1, len(near) // _MOST)]
        out = self._normals[near].mean(axis=0) if len(near) else np.zeros(3)
        length = float(np.linalg.norm(out))
        if length == 0.0 or self._is_locked(point):
            return
        out /= length
        if brush.kind == "inflate":
            rises, places, reach = np.array([brush.strength * _RISES * brush.radius]), point[None], brush.radius
            rises = -rises if brush.inward else rises
        elif len(near) < _FEWEST:
            return
        else:
            places, reach = point + brush.radius * _RING * _ring(out), _SMALL * brush.radius
            rises = self._smoothing(point, out, near, places, reach)
            if not rises.any():
                return
        held = self._held(self._to_bare(places))
        made = self._sided([dab(at, way, reach) for at, way in zip(held, rises[:, None] * out, strict=True)])
        self._after = self._with(self._after, made)
        self._now += work_of(self._model, self._before, made).shift(self._bare)

    def _smoothing(
        self, point: np.ndarray, out: np.ndarray, near: np.ndarray, places: np.ndarray, reach: float
    ) -> np.ndarray:
        """How far dabs at places (n, 3) rise along `out`, (n,), to go nearest to where their surroundings have it."""
        vertices, brush = self._now[near] - point, self._brush
        fades = (1.0 - (np.linalg.norm(vertices, axis=1) / brush.radius) ** 2).clip(min=0.0) ** 2
        wanted = -brush.strength * fades * _roughness(vertices, out, _WIDE * brush.radius)
        square = ((self._now[near][:, None] - places[None]) ** 2).sum(axis=2) / reach**2
        shares = (1.0 - square).clip(min=0.0) ** 3
        if not shares.any():  # a quick hand goes straight, above a hollow or through a fold
            return np.zeros(len(places))
        normal = shares.T @ shares
        normal += _RIDGE * np.trace(normal) / len(places) * np.eye(len(places))
        rises: np.ndarray = np.linalg.solve(normal, shares.T @ wanted)
        return rises

    def _is_locked(self, point: np.ndarray) -> bool:
        """Whether a point (3,) of the surface is of a part that is to stay."""
        if self._bare_field is None:
            return False
        codes = self._operations.undone(self._to_bare(point[None]))[0]
        part = part_at(self._model, self._bare_field, codes)
        if part in self._locked:
            self.left_alone = part
        return part in self._locked

    def _sided(self, made: list[Dab]) -> tuple[Dab, ...]:
        """Dabs, and those of the other side where both are to change."""
        return (*made, *(one.mirrored for one in made)) if self._brush.symmetric else tuple(made)

    @staticmethod
    def _with(head: Parameters, made: tuple[Dab, ...]) -> Parameters:
        """The head with more dabs."""
        return head.with_dabs((*head.dabs, *made))

    def _to_bare(self, points: np.ndarray) -> np.ndarray:
        """Where points (n, 3) of the surface are without brush work: as the vertices nearest to them."""
        nearest = np.array([np.linalg.norm(self._now - point, axis=1).argmin() for point in points])
        bare: np.ndarray = points - (self._now - self._bare)[nearest]
        return bare

    def _held(self, bare: np.ndarray) -> np.ndarray:
        """Where such points are on the template, (n, 3) mm: dabs are held there."""
        template = self._cascade.to_template(np.asarray(self._operations.undone(bare), dtype=np.float32))
        if not np.isfinite(template).all():
            raise FacewrightError("The brush cannot be used there: begin somewhere else.")
        return template


def _ring(out: np.ndarray) -> np.ndarray:
    """Seven points (7, 3) in the plane across a unit way (3,): the middle, and six about it."""
    across = np.cross(out, np.eye(3)[np.abs(out).argmin()])
    across /= np.linalg.norm(across)
    turns = np.arange(6) * np.pi / 3.0
    about = np.cos(turns)[:, None] * across + np.sin(turns)[:, None] * np.cross(out, across)
    return np.concatenate([np.zeros((1, 3)), about])


def _roughness(points: np.ndarray, out: np.ndarray, wide: float) -> np.ndarray:
    """How far points (n, 3), mm, stand out along `out` (3,) of the paraboloids that fit their surroundings, (n,) mm.

    wide : σ of a surrounding. What is round as a cheek is stays so, where a mean of the surroundings would shrink it;
    and at the rim of what is known, where that mean lies to one side, a slope is not pulled askew.
    """
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    weights = np.exp(-0.5 * (apart / wide) ** 2)
    across, along = (points @ way / wide for way in _ring(out)[[1, 2]])
    terms = np.column_stack([np.ones(len(points)), across, along, across**2, across * along, along**2])
    heights = points @ out
    square = np.einsum("nm,mi,mj->nij", weights, terms, terms, optimize=True)
    square += 1e-6 * np.trace(square, axis1=1, axis2=2)[:, None, None] * np.eye(terms.shape[1])
    sums = np.einsum("nm,mi,m->ni", weights, terms, heights, optimize=True)
    rough: np.ndarray = heights - (terms * np.linalg.solve(square, sums[..., None])[..., 0]).sum(axis=1)
    return rough
