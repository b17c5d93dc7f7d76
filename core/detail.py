"""A patient's own surface carried along with the edits of the head that was fitted to it.

Each point of the scan hangs on the fitted surface: at the place under it, by its residual along the normal there.
When codes change, the place moves as the cascade carries it and the residual stays on the normal, so that pores,
moles, colours and what else the model does not know come along. Points that no edit reaches keep their place to the
last bit, and so do all of them when an edit is taken back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.cascade import Cascade
from core.parts import CODES, LOCAL_PARTS

if TYPE_CHECKING:
    from core.head_model import HeadModel
    from core.parameters import Parameters

_FOOT_STEPS = 3


class CarriedScan:
    """Points of a scan that follow a head; mm, head frame."""

    def __init__(self, model: HeadModel, parameters: Parameters, points: np.ndarray, residual: np.ndarray) -> None:
        """Hang points (N, 3) on the head that was fitted to them.

        residual : (N,) mm, NaN for points that are not of the head: those never move (see `core.scan_fit`).
        """
        self._model, self._parameters = model, parameters
        self._points = np.asarray(points, dtype=np.float32)
        self._known = np.flatnonzero(np.isfinite(residual))
        cascade = Cascade(model, parameters)
        self._foot = self._points[self._known]
        for _ in range(_FOOT_STEPS):
            self._foot = self._foot - _step(cascade, self._foot)
        self._place = cascade.to_template(self._foot)
        self._normal = _normals(cascade, self._foot)
        self._height = ((self._points[self._known] - self._foot) * self._normal).sum(axis=1, keepdims=True)

    def at(self, parameters: Parameters) -> np.ndarray:
        """The points (N, 3) float32 on the head with other codes."""
        points = self._points.copy()
        reached = self._reached(parameters)
        if len(reached):
            before, after = Cascade(self._model, self._parameters), Cascade(self._model, parameters)
            foot, place, height = self._foot[reached], self._place[reached], self._height[reached]
            moved = after.from_template(place, foot) - before.from_template(place, foot)
            turned = _normals(after, foot + moved) - self._normal[reached]
            points[self._known[reached]] += moved + height * turned
        return points

    def _reached(self, parameters: Parameters) -> np.ndarray:
        """Which of the known points (M,) int64 a change of codes can move: for local parts, those in their windows."""
        changed = [code for code in CODES if parameters.code(code) != self._parameters.code(code)]
        if not set(changed) <= set(LOCAL_PARTS):
            return np.arange(len(self._known))
        inside = np.zeros(len(self._known), bool)
        for edited in (self._parameters, parameters):
            field = self._model.field(edited)
            for part in changed:
                inside |= field.window(part, self._foot) > 0.0
        return np.flatnonzero(inside)


def _step(cascade: Cascade, points: np.ndarray) -> np.ndarray:
    """Newton's step (N, 3) along ∇Φ to the surface."""
    distance, gradient = cascade.signed_distance(points)
    return distance[:, None] * gradient / np.square(gradient).sum(axis=1, keepdims=True).clip(min=0.1)


def _normals(cascade: Cascade, points: np.ndarray) -> np.ndarray:
    """Unit normals (N, 3) at points of the surface."""
    _, gradient = cascade.signed_distance(points)
    normals: np.ndarray = gradient / np.linalg.norm(gradient, axis=1, keepdims=True).clip(min=1e-9)
    return normals
