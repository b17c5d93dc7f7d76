"""What can be seen of a mesh with pockets behind lids and lips, and membranes over the openings that then remain."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import igl
import numpy as np

from facewright.core.errors import FacewrightError
from facewright.train.anatomy.caps import (
    EYE_ROWS,
    MOUTH_ROWS,
    Cap,
    between_margins,
    boundary_loops,
    cosine_fractions,
    margins,
    onto_eyeball,
    over_loop,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

HIDDEN = 0.93
"""Share of blocked directions beyond which a face is hidden; hardly any lie near it between the hidden and the seen."""

_RAYS = 500
_AT_A_TIME = 512
"""Triangles whose rays are sent at once: igl keeps Python's lock meanwhile, and a window beside it has to live."""

_LIFT_MM = 0.02


class ShellOpenings(NamedTuple):
    """Margins of a head's skin, each a loop (k,) int64 of its vertices."""

    eye_right: np.ndarray
    eye_left: np.ndarray
    mouth: np.ndarray
    neck: np.ndarray


class _Membrane(NamedTuple):
    """A cap and, over an eye, the vertices of the eyeball that it lies on."""

    cap: Cap
    eyeball: np.ndarray | None


class Shell:
    """The visible skin of one topology, closed; made once, then applied to every head of it.

    faces : (F, 3) int32, counter-clockwise from outside; skin : (q, 4), the quads that are seen, and openings : those
    closed, in the source's numbers.
    """

    def __init__(self, positions: np.ndarray, quads: np.ndarray, eyeballs: Sequence[np.ndarray]) -> None:
        """Take the skin's quads (Q, 4) of positions (Vs, 3) mm that are seen from outside, and close what is open.

        eyeballs : quads of the right and of the left eye's. Raises FacewrightError if there are not four openings:
        two eyes, a mouth and a neck.
        """
        skin = self.skin = quads[visible(positions, np.concatenate([quads, *eyeballs]))[: len(quads)]]
        self.openings = _named(boundary_loops(skin), positions)
        self._membranes = [
            _Membrane(between_margins(*margins(self.openings.eye_right, positions), EYE_ROWS), np.unique(eyeballs[0])),
            _Membrane(between_margins(*margins(self.openings.eye_left, positions), EYE_ROWS), np.unique(eyeballs[1])),
            _Membrane(between_margins(*margins(self.openings.mouth, positions), MOUTH_ROWS), None),
            _Membrane(over_loop(self.openings.neck[::-1], np.arange(len(self.openings.neck))), None),
        ]
        faces, start = [tuple(quad) for quad in skin.tolist()], len(positions)
        for cap, _ in self._membranes:
            faces += [tuple(v if v >= 0 else start - 1 - v for v in face) for face in cap.faces]
            start += len(cap.parents)
        triangles = [(first, b, c) for first, *rest in faces for b, c in pairwise(rest)]
        self._used, inverse = np.unique(triangles, return_inverse=True)
        self.faces = inverse.reshape(-1, 3).astype(np.int32)

    def place(self, vertex: int) -> int:
        """The closed vertex that a source vertex became."""
        return int(np.searchsorted(self._used, vertex))

    def close(self, source: np.ndarray) -> np.ndarray:
        """Closed vertices (V, 3) float64 of source vertices (Vs, 3), in their unit and frame."""
        sources = [source]
        for cap, eyeball in self._membranes:
            own = np.einsum("np,npc->nc", cap.weights, source[cap.parents])
            if eyeball is not None:
                fraction = np.tile(cosine_fractions(EYE_ROWS), len(own) // EYE_ROWS)
                upper, lower = source[cap.parents[:, 0]], source[cap.parents[:, 1]]
                own = onto_eyeball(own, upper, lower, fraction, source[eyeball])
            sources.append(own)
        closed: np.ndarray = np.concatenate(sources)[self._used]
        return closed


def visible(positions: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Which quads (Q, 4) of positions (V, 3) mm are seen from somewhere outside, (Q,) bool: either half of one."""
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    seen: np.ndarray = blocked(positions, triangles, triangles).reshape(2, -1).min(axis=0) < HIDDEN
    return seen


def blocked(positions: np.ndarray, triangles: np.ndarray, chosen: np.ndarray, rays: int = _RAYS) -> np.ndarray:
    """Share (C,) of the directions out of the chosen triangles (C, 3) in which triangles (T, 3) of the mesh lie."""
    a, b, c = positions[chosen].transpose(1, 0, 2)
    normals = np.cross(b - a, c - a)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    start = (a + b + c) / 3.0 + _LIFT_MM * normals
    faces = triangles.astype(np.int64)
    share: np.ndarray = np.concatenate(
        [
            igl.ambient_occlusion(positions, faces, start[i : i + _AT_A_TIME], normals[i : i + _AT_A_TIME], rays)
            for i in range(0, max(len(start), 1), _AT_A_TIME)
        ]
    )
    return share


def _named(loops: Sequence[np.ndarray], positions: np.ndarray) -> ShellOpenings:
    """Loops by what they are: from above, the eyes, the mouth and the neck."""
    if len(loops) != len(ShellOpenings._fields):
        raise FacewrightError(f"The head has {len(loops)} openings, not two eyes, a mouth and a neck: give another.")
    *eyes, mouth, neck = sorted(loops, key=lambda loop: -float(positions[loop, 1].mean()))
    right, left = sorted(eyes, key=lambda loop: float(positions[loop, 0].mean()))
    return ShellOpenings(right, left, mouth, neck)
