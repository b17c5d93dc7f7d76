"""Lids that close: their margins brought together on the eyeball of the head at hand, their skin kept outside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse.linalg import SuperLU, splu
from scipy.spatial import cKDTree

from facewright.core.production.eyeballs import Sphere

if TYPE_CHECKING:
    from scipy import sparse

    from facewright.core.production.followers import Followers, Frames

_REACH_MM = 22.0
"""Skin further from the margins stays as it was carried."""

_UPPER = 0.8
"""Share of what is missing that the upper lid does: it closes an eye nearly alone."""

_ON_EYE = 1.12
"""Skin within so many radii of the eyeball's centre, when the neutral head's lids are closed, lies on the eyeball."""

_LAP_MM = 0.2
"""Of margins the upper lid's lies so much lower than the other: the topology's own leave a line open between them."""

_SHAPES = ("eyeBlinkLeft", "eyeBlinkRight")


class _Eye(NamedTuple):
    """What is about one eye, by its neutral head.

    margins : (2 n,) vertices, the upper ones first; free : (m,) vertices of the sheet that follow a correction of the
    margins, by `solver` and `coupling`; gap : (n, 3) mm, from lower to upper when closed; far : of margins and then of
    free ones, how many radii from the eyeball's centre when closed.
    """

    margins: np.ndarray
    free: np.ndarray
    solver: SuperLU
    coupling: sparse.csr_array
    gap: np.ndarray
    far: np.ndarray


class ClosingLids:
    """The lids of one topology."""

    def __init__(self, followers: Followers) -> None:
        """Two small factorisations."""
        self._followers = followers
        self._eyes = [self._eye(eye) for eye in range(2)]

    def close(self, eye: int, vertices: np.ndarray, frames: Frames, moved: np.ndarray) -> None:
        """Correct the displacement (V, 3) of a blink over a head (V, 3), in place; eye : 0 for the left one."""
        own, rest = self._eyes[eye], self._followers.lids.spheres[eye]
        frame = frames.eyes[eye]
        ball = Sphere(frame(rest.centre), frame.scale * rest.radius)
        closed = vertices[own.margins] + moved[own.margins]
        upper, lower = np.split(closed, 2)
        missing = upper - lower - frame.turned(own.gap)
        goal = np.concatenate([upper - _UPPER * missing, lower + (1.0 - _UPPER) * missing])
        count = len(own.margins)
        goal = _at_radius(goal, ball, own.far[:count])
        change = goal - closed
        before = moved.copy()
        moved[own.margins] += change
        carried = -own.solver.solve(own.coupling @ change)
        moved[own.free] += carried
        skin = vertices[own.free] + moved[own.free]
        far = own.far[count:]
        outside = np.maximum(np.linalg.norm(skin - ball.centre, axis=1) / ball.radius, far)
        moved[own.free] += np.where((far < _ON_EYE)[:, None], _at_radius(skin, ball, outside) - skin, 0.0)
        self._followers.carry_rims(moved, moved - before)

    def _eye(self, eye: int) -> _Eye:
        followers = self._followers
        topology, lids, welded = followers.topology, followers.lids, followers.welded
        neutral = topology.neutral.astype(np.float64)
        shape = topology.shapes[_SHAPES[eye]]
        closed = neutral.copy()
        closed[shape.vertices] += shape.mm
        upper, lower = lids.upper[eye], lids.lower[eye]
        away = cKDTree(neutral[lids.margins[eye]]).query(neutral[welded.vertices])[0]
        inner = np.flatnonzero((away < _REACH_MM) & ~np.isin(welded.vertices, lids.margins[eye]))
        place = np.full(len(neutral), -1)
        place[welded.vertices] = np.arange(len(welded.vertices))
        free = welded.vertices[inner]
        rows = welded.energy[inner]
        far = np.linalg.norm(closed[np.concatenate([lids.margins[eye], free])] - lids.spheres[eye].centre, axis=1)
        gap = closed[upper] - closed[lower]
        gap[:, 1] = np.minimum(gap[:, 1], -_LAP_MM)
        return _Eye(
            lids.margins[eye],
            free,
            splu(rows[:, inner].tocsc()),
            rows[:, place[lids.margins[eye]]],
            gap,
            far / lids.spheres[eye].radius,
        )


def _at_radius(points: np.ndarray, ball: Sphere, far: np.ndarray) -> np.ndarray:
    """Points (n, 3) moved to so many radii (n,) from a ball's centre."""
    out = points - ball.centre
    placed: np.ndarray = ball.centre + out * (far * ball.radius / np.linalg.norm(out, axis=1))[:, None]
    return placed
