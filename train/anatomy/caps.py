"""Membranes that close a skin: between two margins, and over the cut neck.

A cap's new vertices are fixed linear combinations of the vertices round it, so a head's cap follows from the head
and keeps correspondence. Where an opening lies on an eyeball the new vertices are then moved onto its sphere.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from facewright.core.errors import FacewrightError

EYE_ROWS = 7
MOUTH_ROWS = 5
NECK_RINGS = (0.8, 0.6, 0.4, 0.2)
"""Distance of the neck cap's inner rings from the loop's mean, over the loop's own."""

_HOLD = 4
"""How fast a membrane leaves the lid margin for the eyeball: the power of 1 − 4t(1 − t) that is left at t."""


@dataclass(frozen=True)
class Cap:
    """New vertices and the faces that close one hole.

    parents : (n, p) int64 and weights : (n, p) float64, each new vertex as a combination of loop vertices; faces :
    tuples of loop vertices, and of new vertices as -1 - index, counter-clockwise from outside; twin : (n,) int64,
    the place of each new vertex's mirror image in the cap of the mirrored hole.
    """

    parents: np.ndarray
    weights: np.ndarray
    faces: tuple[tuple[int, ...], ...]
    twin: np.ndarray


def between_margins(upper: np.ndarray, lower: np.ndarray, rows: int) -> Cap:
    """A membrane of `rows` rows between two margins (k,) int64, from the subject's right to the left.

    The columns between the two ends are straight lines from margin to margin, finer towards the margins. A fan
    about the mean would leave a deep slit behind lips that curve round the teeth, and fold over when lids close.
    """
    columns = len(upper) - 2
    fraction = np.tile(cosine_fractions(rows), columns)  # (columns·rows,)
    column = np.repeat(np.arange(1, columns + 1), rows)
    own = -1 - np.arange(columns * rows).reshape(columns, rows)
    lines = [[int(upper[k + 1]), *own[k].tolist(), int(lower[k + 1])] for k in range(columns)]
    faces: list[tuple[int, ...]] = _end(int(upper[0]), int(lower[0]), lines[0])
    for right, left in pairwise(lines):
        faces += [(right[r], right[r + 1], left[r + 1], left[r]) for r in range(rows + 1)]
    faces += [face[::-1] for face in _end(int(upper[-1]), int(lower[-1]), lines[-1])]
    return Cap(
        parents=np.stack([upper[column], lower[column]], axis=1),
        weights=np.stack([1.0 - fraction, fraction], axis=1),
        faces=tuple(faces),
        twin=np.arange(columns * rows).reshape(columns, rows)[::-1].reshape(-1),
    )


def _end(top: int, bottom: int, line: list[int]) -> list[tuple[int, ...]]:
    """Triangles between a margin's end, one vertex if `top` is `bottom`, and the first column to its left."""
    half = len(line) // 2
    triangles: list[tuple[int, ...]] = [(top, line[r + 1], line[r]) for r in range(half)]
    triangles += [(bottom, line[r + 1], line[r]) for r in range(half, len(line) - 1)]
    return triangles if top == bottom else [*triangles, (top, bottom, line[half])]


def boundary_loops(faces: np.ndarray) -> list[np.ndarray]:
    """The open loops of a surface of faces (F, n), each (k,) int64 in the order in which its faces run along it."""
    sides = {(a, b) for face in faces.tolist() for a, b in zip(face, face[1:] + face[:1], strict=True)}
    follows = {a: b for a, b in sides if (b, a) not in sides}
    loops = []
    while follows:
        vertex = min(follows)
        loop = []
        while vertex in follows:
            loop.append(vertex)
            vertex = follows.pop(vertex)
        loops.append(np.array(loop))
    return loops


def margins(loop: np.ndarray, positions: np.ndarray, twin: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower margin of an opening's loop (k,), from right to left, paired as near as they can be.

    Each has half of the vertices; those of an odd loop share the vertex at one end. With `twin`, the vertices' mirror
    images, each margin is its own, which may need both ends to be shared.
    """
    sides = _halves(loop)
    if twin is not None:
        sides = [pair for pair in (*sides, *_halves(loop, shared=True)) if np.array_equal(twin[pair[0]][::-1], pair[0])]
        sides = [pair for pair in sides if len(pair[0]) == len(sides[0][0])]
    if not sides:
        raise FacewrightError("An opening across the middle is not left-right symmetric though the mesh's faces are.")
    gaps = [np.linalg.norm(positions[one] - positions[other], axis=1).sum() for one, other in sides]
    upper, lower = sorted(sides[int(np.argmin(gaps))], key=lambda side: -float(positions[side, 1].mean()))
    backwards = positions[upper[0], 0] > positions[upper[-1], 0]
    return (upper[::-1], lower[::-1]) if backwards else (upper, lower)


def _halves(loop: np.ndarray, *, shared: bool = False) -> list[tuple[np.ndarray, np.ndarray]]:
    """All ways to cut a loop (k,) into two lines that run alike, with `shared` both ends common to an even loop's."""
    odd = len(loop) % 2
    both = shared and not odd
    half = len(loop) // 2 + (1 if odd or both else 0)
    turns = [np.roll(loop, -turn) for turn in range(len(loop) if odd else len(loop) // 2)]
    begins = 1 if odd or both else 0
    return [
        (turn[:half], np.concatenate([turn[:begins], turn[half:][::-1], turn[half - 1 : half] if both else turn[:0]]))
        for turn in turns
    ]


def cosine_fractions(rows: int) -> np.ndarray:
    """Places (rows,) float64 strictly between 0 and 1, symmetric, denser towards both ends."""
    return 0.5 - 0.5 * np.cos(np.pi * np.arange(1, rows + 1) / (rows + 1))


def over_loop(loop: np.ndarray, mirror: np.ndarray) -> Cap:
    """A disc over a loop (k,) int64, counter-clockwise seen from the cap's outside: rings about its mean, then a fan.

    mirror : (k,) int64, place in the loop of each loop vertex's mirror image.
    """
    count, rings = len(loop), len(NECK_RINGS)
    pull = np.repeat(NECK_RINGS, count)  # (rings·k,)
    share = np.full((rings * count + 1, count), 1.0 / count)
    share[:-1] *= (1.0 - pull)[:, None]
    share[np.arange(rings * count), np.tile(np.arange(count), rings)] += pull
    lines = [loop.tolist(), *(-1 - np.arange(rings * count).reshape(rings, count)).tolist()]
    centre = -1 - rings * count
    faces: list[tuple[int, ...]] = []
    for outer, inner in pairwise(lines):
        faces += [(outer[i - 1], outer[i], inner[i], inner[i - 1]) for i in range(count)]
    faces += [(lines[-1][i - 1], lines[-1][i], centre) for i in range(count)]
    twin = np.concatenate([mirror + ring * count for ring in range(rings)] + [np.array([rings * count])])
    return Cap(np.tile(loop, (rings * count + 1, 1)), share, tuple(faces), twin)


def fit_sphere(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least-squares sphere (algebraic) through points (..., n, 3): centre (..., 3) and radius (...)."""
    mean = points.mean(axis=-2, keepdims=True)
    offset = (points - mean).astype(np.float64)
    square = (offset**2).sum(-1, keepdims=True)  # |p|² = 2 p·c + (r² − |c|²)
    spread = np.swapaxes(offset, -1, -2)
    centre = 0.5 * np.linalg.solve(spread @ offset, spread @ (square - square.mean(-2, keepdims=True)))[..., 0]
    radius = np.sqrt((centre**2).sum(-1) + square.mean((-2, -1)))
    return centre + mean[..., 0, :], radius


def onto_eyeball(
    points: np.ndarray, upper: np.ndarray, lower: np.ndarray, fraction: np.ndarray, eyeball: np.ndarray
) -> np.ndarray:
    """Move a membrane's points radially onto the eyeball, leaving the lid margins gradually.

    points, upper, lower : (..., n, 3), each point and the two margin vertices it lies between at `fraction` (n,);
    eyeball : (..., s, 3) points on the sphere. Returns (..., n, 3) float32.
    """
    centre, radius = fit_sphere(eyeball)
    centre, radius = centre[..., None, :], radius[..., None]
    ray = points - centre
    margin = (1.0 - fraction) * _norm(upper - centre) + fraction * _norm(lower - centre)
    hold = (1.0 - 4.0 * fraction * (1.0 - fraction)) ** _HOLD
    height = radius + hold * (margin - radius)  # (..., n)
    moved: np.ndarray = (centre + ray * (height / _norm(ray))[..., None]).astype(np.float32)
    return moved


def _norm(vectors: np.ndarray) -> np.ndarray:
    """Lengths (...) of vectors (..., 3)."""
    length: np.ndarray = np.linalg.norm(vectors, axis=-1)
    return length
