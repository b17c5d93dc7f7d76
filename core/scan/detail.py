"""A patient's own surface carried along with the edits of the head that was fitted to it.

Each point of the scan hangs on the fitted surface: at the place under it, by its residual along the normal there.
When codes change, the place moves as the cascade carries it and the residual stays on the normal, so that pores,
moles, colours and what else the model does not know come along. Points that no edit reaches keep their place to the
last bit, and so do all of them when an edit is taken back.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.parts import CODES, LOCAL_PARTS
from facewright.core.sculpt.warp import head_warp
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.newton import newton_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName

_FOOT_STEPS, _SETTLED_MM = 4, 5e-3
"""Newton's steps from a point to its foot, at most, and the step after which a foot has been found."""

_NEAR_MM, _WIDE_MM = 3.0, 8.0
"""Between points that are carried while the rest is interpolated: for edits of local parts, and of the whole head."""
_NEIGHBOURS = 12
_STIFF = 1e-2
"""Ridge of the affine fit to neighbours, relative to their spread: they lie nearly in a plane."""


_EXACT = 1e-4
"""A chosen point outweighs its neighbours by the inverse of this: its value is kept."""


class CarriedScan:
    """Points of a scan that follow a head; mm, head frame."""

    def __init__(self, model: HeadModel, parameters: Parameters, points: np.ndarray, residual: np.ndarray) -> None:
        """Hang points (N, 3) on the head that was fitted to them.

        residual : (N,) mm, NaN for points that are not of the head: those never move (see `core.scan.scan_fit`).
        """
        self._model, self._parameters = model, parameters
        self._points = np.asarray(points, dtype=np.float32)
        self._known = np.flatnonzero(np.isfinite(residual))
        self._foot, self._gradient = _feet(Cascade(model, parameters), self._points[self._known])
        self._normal = _unit(self._gradient)
        self._holds: dict[CodeName, _Hold] = {}
        self._last = np.zeros_like(self._foot)
        self._windows: dict[CodeName, np.ndarray] = {}
        self._height = ((self._points[self._known] - self._foot) * self._normal).sum(axis=1, keepdims=True)

    def at(self, parameters: Parameters, *, roughly: bool = False) -> np.ndarray:
        """The points (N, 3) float32 on the head with other codes.

        `roughly` carries points a few millimetres apart and interpolates the others' ways, for a hand that is moving.
        """
        warp, points = head_warp(self._model, parameters), self._points.copy()
        changed = parameters.changed_from(self._parameters)
        if not changed:
            return warp.moved(points)
        if roughly:
            reached, ways = self._roughly(parameters, changed)
        else:
            reached = np.flatnonzero(self._reaches(changed) | self._reaches(changed, parameters))
            ways = self._ways(parameters, changed, reached, self._foot[reached])
        points[self._known[reached]] += ways[:, :3] + self._height[reached] * ways[:, 3:]
        return warp.moved(points)

    def _roughly(self, parameters: Parameters, changed: Sequence[CodeName]) -> tuple[np.ndarray, np.ndarray]:
        """Which known points move, (n,), and their ways as `_ways` gives them, interpolated."""
        sparse = self._near if set(changed) <= set(LOCAL_PARTS) else self._wide
        inside = self._reaches(changed)
        carried = np.flatnonzero(inside[sparse.chosen])
        which = sparse.chosen[carried]
        ways = np.zeros((len(sparse.chosen), 6), np.float32)
        ways[carried] = self._ways(parameters, changed, which, self._foot[which] + self._last[which])
        self._last[which] = ways[carried, :3]  # the hand's next step begins where this one ended
        reached = np.flatnonzero(inside)
        return reached, sparse.interpolated(ways, reached)

    def _ways(
        self, parameters: Parameters, changed: Sequence[CodeName], which: np.ndarray, start: np.ndarray
    ) -> np.ndarray:
        """How far known points' feet move, sought from `start` (n, 3), mm, and their normals: (n, 6) float32.

        changed : the codes that differ, in the cascade's order. A stage reads its own code and what the last one reads,
        the remainder: unless that differs, a foot is where the stages up to the last that has changed put it where they
        did before. From there on nothing differs, nor does Φ, and later stages need not be asked.
        """
        if not len(which):
            return np.empty((0, 6), np.float32)
        last = changed[-1] if set(changed) <= set(self._model.network.config.stages) else CODES[-1]
        hold, after = self._hold(last, which), Cascade(self._model, parameters)
        there = after.inverse(hold.place[which], start, last)
        if last == CODES[-1]:
            there, gradient = _feet(after, there)
        else:
            gradient = np.einsum("nsi,ns->ni", after.through(there, last)[1], hold.slope[which])
        return np.concatenate([there - self._foot[which], _unit(gradient) - self._normal[which]], axis=1)

    def _hold(self, last: CodeName, which: np.ndarray) -> _Hold:
        """What is known of the feet after a stage of the fitted head, for these known points at least."""
        hold = self._holds.setdefault(last, _Hold(len(self._foot)))
        new = which[~hold.known[which]]
        if len(new):
            cascade, foot = Cascade(self._model, self._parameters), self._foot[new]
            hold.place[new], jacobian = cascade.through(foot, last)
            hold.slope[new] = _carried_gradient(jacobian, self._gradient[new])
            hold.known[new] = True
        return hold

    def _reaches(self, changed: Sequence[CodeName], parameters: Parameters | None = None) -> np.ndarray:
        """Which known points (M,) bool a change of codes can move: for local parts, those in their windows."""
        if not set(changed) <= set(LOCAL_PARTS):
            return np.ones(len(self._known), bool)
        if parameters is None:
            return np.logical_or.reduce([self._window(part) for part in changed])
        field = self._model.field(parameters)
        return np.logical_or.reduce([field.window(part, self._foot) > 0.0 for part in changed])

    def _window(self, part: CodeName) -> np.ndarray:
        """Which known points (M,) bool lie in a part's window on the fitted head."""
        if part not in self._windows:
            self._windows[part] = self._model.field(self._parameters).window(part, self._foot) > 0.0
        return self._windows[part]

    @cached_property
    def _near(self) -> _Sparse:
        return _Sparse(self._foot, _NEAR_MM)

    @cached_property
    def _wide(self) -> _Sparse:
        return _Sparse(self._foot, _WIDE_MM)


class _Hold:
    """Where the feet of points are after a stage of the fitted head, as far as that is `known`, (M,) bool.

    place : (M, 3) float32, mm; slope : (M, 3) float32, which way Φ grows there, of any length.
    """

    def __init__(self, count: int) -> None:
        """Nothing is known."""
        self.known = np.zeros(count, bool)
        self.place, self.slope = np.zeros((2, count, 3), np.float32)


class _Sparse:
    """A few of many points, from whose values the others' are interpolated: by an affine fit to the nearest."""

    def __init__(self, points: np.ndarray, spacing: float) -> None:
        """One of points (N, 3) is chosen in each cube of that size; `chosen` : (n,) their indices."""
        _, self.chosen = np.unique(np.floor(points / spacing).astype(np.int64), axis=0, return_index=True)
        count = min(_NEIGHBOURS, len(self.chosen))
        distance, near = cKDTree(points[self.chosen]).query(points, k=count, workers=-1)
        self._near = near.reshape(len(points), count)
        distance = distance.reshape(len(points), count)
        reach = distance[:, -1:] + 1e-6
        share = np.square(distance / reach)
        weight = np.square(1.0 - share) / (share + _EXACT) + 1e-9
        offset = (points[self.chosen][self._near] - points[:, None]) / reach[..., None]
        rows = np.concatenate([np.ones((*offset.shape[:2], 1)), offset], axis=2)  # (N, k, 4)
        weighted = rows * weight[..., None]
        normal = np.einsum("nki,nkj->nij", weighted, rows)
        ridge = _STIFF * weight.sum(axis=1)[:, None] * np.array([0.0, 1.0, 1.0, 1.0])
        normal += ridge[:, :, None] * np.eye(4)
        first = np.linalg.solve(normal, np.broadcast_to(np.eye(4)[:, :1], (len(points), 4, 1)))[..., 0]
        self._weight = np.einsum("ni,nki->nk", first, weighted).astype(np.float32)

    def interpolated(self, values: np.ndarray, which: np.ndarray) -> np.ndarray:
        """Values (m, C) at some of the points from those (n, C) at the chosen ones."""
        return np.einsum("nk,nkc->nc", self._weight[which], values[self._near[which]])


def _feet(cascade: Cascade, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where points (N, 3) come down on the surface, and ∇Φ there, both (N, 3) float32: Newton's steps along ∇Φ."""
    feet, gradients = points.copy(), np.zeros_like(points)
    moving = np.arange(len(points))
    for _ in range(_FOOT_STEPS):
        distance, gradient = cascade.signed_distance(feet[moving])
        step = newton_step(distance, gradient)
        feet[moving] += step
        gradients[moving] = gradient
        moving = moving[np.linalg.norm(step, axis=1) > _SETTLED_MM]
        if not len(moving):
            break
    return feet, gradients


def _carried_gradient(jacobian: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """The way J⁻ᵀ ∇Φ (N, 3) in which Φ grows where a map with Jacobian (N, 3, 3) has put points; of any length.

    By cofactors, J⁻ᵀ times the determinant: a fold, where there is no inverse, does no harm.
    """
    a, b, c = jacobian.transpose(1, 0, 2)
    cofactors = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
    side = np.sign((a * cofactors[:, 0]).sum(axis=1, keepdims=True))
    return side * np.einsum("nsi,ni->ns", cofactors, gradient)


def _unit(gradient: np.ndarray) -> np.ndarray:
    """Unit normals (N, 3) of a surface with that ∇Φ (N, 3)."""
    normals: np.ndarray = gradient / np.linalg.norm(gradient, axis=1, keepdims=True).clip(min=1e-9)
    return normals
