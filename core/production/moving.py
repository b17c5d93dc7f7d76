"""A production mesh that follows a hand: near enough until it rests, in some hundredths of a second.

From one head to another nearby the cascade's inverse takes two or three evaluations a point
(`core.surface.carrying.followed`). What the head at rest has besides is kept as it was there: how its vertices slid
apart and were lifted onto chords, how eyes look, and how its surface leaves the sum of its blendshapes. Of another
expression that sum is added, plainly.
"""

from __future__ import annotations

import math
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.parts import LOCAL_PARTS, PARTS
from facewright.core.production.blendshapes import blendshapes, with_lids_closed
from facewright.core.production.followers import bundled_followers
from facewright.core.production.laid import lay
from facewright.core.production.production_mesh import followed_skin, neutral_mesh
from facewright.core.production.strengths import blinks_of, strengths, together
from facewright.core.production.topology import bundled_topology
from facewright.core.surface.carrying import followed, slopes

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName


_STEP_SIGMA = 2.0
"""Heads whose coefficients differ by no more are near enough to each other to follow one from the other."""


class MovingMesh:
    """The vertices of heads near to one at rest. For one thread at a time: each begins where the last one was."""

    def __init__(self, model: HeadModel, parameters: Parameters, vertices: np.ndarray) -> None:
        """vertices : (V, 3) float32, mm, of the head at rest, the `production_mesh` of `parameters`."""
        self._model, self._rest, neutral = model, parameters, parameters.with_code("expression", ())
        self._followers = bundled_followers(bundled_topology())
        self._laid = lay(model, self._followers.topology, self._followers, lambda: None)
        self._neutral = neutral_mesh(model, neutral, self._laid, self._followers)
        self._last, self._points, self._field = neutral, self._neutral.points, model.field(neutral)
        self._template, self._jacobian = slopes(self._field, self._points)
        self._reached: dict[CodeName, np.ndarray] = {}
        self._besides = vertices - self._followed()
        self._shapes: dict[str, np.ndarray] = {}
        self._at_rest: np.ndarray | None = None

    def at(self, parameters: Parameters) -> np.ndarray:
        """The vertices (V, 3) float32, mm, of another head of the same model."""
        neutral = parameters.with_code("expression", ())
        if neutral != self._last:
            for head in _way(self._last, neutral):
                self._follow(head)
        vertices = self._followed() + self._besides
        if parameters.expression != self._rest.expression:
            if self._at_rest is None:
                self._at_rest = self._summed(self._rest)
            vertices += self._summed(parameters) - self._at_rest
        return vertices.astype(np.float32)

    def _follow(self, neutral: Parameters) -> None:
        """Go on from the last head to a nearby one."""
        self._field, own = self._model.field(neutral, self._field), self._moved_by(neutral)
        if len(own):
            self._points = self._points.copy()
            self._points[own] = followed(self._field, self._template[own], self._points[own], self._jacobian[own])
        self._last = neutral

    def _moved_by(self, neutral: Parameters) -> np.ndarray:
        """Which points (n,) are of what changes from the last head to this one."""
        changed = neutral.changed_from(self._last)
        if not changed:  # but operations, or what a brush did
            return np.empty(0, dtype=np.int64)
        if not set(changed) <= set(LOCAL_PARTS):
            return np.arange(len(self._points))
        for part in changed:
            if part not in self._reached:
                self._reached[part] = self._field.window(part, self._points) > 0.0
        return np.flatnonzero(np.logical_or.reduce([self._reached[part] for part in changed]))

    def _followed(self) -> np.ndarray:
        """The vertices (V, 3) of the last head without expression, and without what is besides."""
        return followed_skin(self._model, self._last, self._points, self._laid, self._followers)[0]

    def _summed(self, parameters: Parameters) -> np.ndarray:
        """The displacements (V, 3), mm, of a head's blendshapes together, over the neutral head at rest."""
        made = together(strengths(self._model, parameters))
        vertices, frames, _ = self._neutral
        missing = [name for name in made if name not in self._shapes]
        self._shapes.update(blendshapes(self._followers, vertices, frames, missing))
        moved = np.zeros(vertices.shape)
        for name, strength in made.items():
            moved += strength * self._shapes[name]
        return with_lids_closed(self._followers, vertices, frames, moved, blinks_of(made))


def _way(start: Parameters, end: Parameters) -> list[Parameters]:
    """Heads from one to another, the last of them `end`, each near to the one before."""
    pairs = (zip_longest(start.code(part), end.code(part), fillvalue=0.0) for part in PARTS)
    farthest = max((abs(old - new) for old, new in chain.from_iterable(pairs)), default=0.0)
    steps = max(1, math.ceil(farthest / _STEP_SIGMA))
    heads = []
    for step in range(1, steps):
        head = start
        for part in PARTS:
            head = head.toward(end, part, step / steps)
        heads.append(head)
    return [*heads, end]
