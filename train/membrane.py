"""The membrane between the lips of a template's mesh: the strip of faces along the slit, in rows.

A closed mouth needs one row of faces between its lips, an open one as many as its centimetres ask for. So every edge
across the slit gets vertices of its own, which `core.surface.membrane` spreads over the mouth as it opens.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from facewright.train.anatomy.caps import cosine_fractions

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROWS = 12
"""Vertices on an edge across the slit."""

_REACH_MM = 4.0
"""Faces further from the slit's middle line than that do not span it."""

_SAMPLES = 101

_END_MM = 0.3
"""So much before the slit's ends the strip ends."""


class Strung(NamedTuple):
    """A mesh with a membrane.

    vertices : (V + M, 3) float64, mm, the membrane's last; faces : (G, 3) int64; membrane : (M, 3) int64, each of its
    vertices, and the ones on the upper and the lower lip that it lies between; share : (M,) float64, how far from the
    upper one to the lower.
    """

    vertices: np.ndarray
    faces: np.ndarray
    membrane: np.ndarray
    share: np.ndarray


def slit(landmarks: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """The left half (k, 3) of a closed mouth's middle line, mm: the parabola from the stomion to the corner.

    None if these are not among the landmarks, (3,) mm, head frame.
    """
    if not {"sto", "ch_l"} <= set(landmarks):
        return None
    middle, corner = landmarks["sto"], landmarks["ch_l"]
    t = np.linspace(0.0, 1.0, _SAMPLES)[:, None]
    line: np.ndarray = middle + (corner - middle) * np.where([True, False, False], t, t**2)
    return line


def string(vertices: np.ndarray, faces: np.ndarray, line: np.ndarray | None) -> Strung:
    """Give the half of a mesh at x ≥ 0 a membrane along its `slit` (k, 3); none if there is no line.

    vertices (V, 3) mm, head frame; faces (F, 3).
    """
    if line is None:
        return Strung(vertices, faces, np.empty((0, 3), dtype=np.int64), np.empty(0))
    is_upper = vertices[:, 1] > np.interp(vertices[:, 0], line[:, 0], line[:, 1])
    spans = _spanning(vertices, faces, line, is_upper)
    across = Counter(edge for face in faces[spans].tolist() for edge in _across(face, is_upper))
    middle = {edge for edge in across if (vertices[list(edge), 0] == 0.0).all()}  # on the half's border
    divided = sorted(edge for edge, count in across.items() if count == 2 or edge in middle)
    first = len(vertices) + _ROWS * np.arange(len(divided))
    rows = {edge: list(range(start, start + _ROWS)) for edge, start in zip(divided, first.tolist(), strict=True)}
    added = [triangle for face in faces[spans].tolist() for triangle in _in_rows(face, is_upper, rows)]
    ends = np.repeat(np.array(divided, dtype=np.int64).reshape(-1, 2), _ROWS, axis=0)
    own = len(vertices) + np.arange(len(ends))
    share = np.tile(cosine_fractions(_ROWS), len(divided))
    between = vertices[ends[:, 0]] + share[:, None] * (vertices[ends[:, 1]] - vertices[ends[:, 0]])
    return Strung(
        np.concatenate([vertices, between]),
        np.concatenate([faces[~spans], np.array(added, dtype=np.int64).reshape(-1, 3)]),
        np.column_stack([own, ends]),
        share,
    )


def _spanning(vertices: np.ndarray, faces: np.ndarray, line: np.ndarray, is_upper: np.ndarray) -> np.ndarray:
    """Which faces, (F,) bool, join the upper lip with the lower."""
    centres = vertices[faces].mean(axis=1)
    sides = is_upper[faces].sum(axis=1)
    near = cKDTree(line).query(centres)[0] < _REACH_MM
    before_its_ends = centres[:, 0] < line[-1, 0] - _END_MM
    return np.asarray((sides > 0) & (sides < 3) & near & before_its_ends)


def _across(face: list[int], is_upper: np.ndarray) -> list[tuple[int, int]]:
    """The two edges of a spanning face that do so, each from the upper lip to the lower."""
    edges = [(face[k], face[k - 1]) for k in range(3)]
    return [(a, b) if is_upper[a] else (b, a) for a, b in edges if is_upper[a] != is_upper[b]]


def _in_rows(face: list[int], is_upper: np.ndarray, rows: dict[tuple[int, int], list[int]]) -> list[tuple[int, ...]]:
    """The triangles of a spanning face whose edges across the slit have vertices; at the strip's ends one has none."""
    turn = next(k for k in range(3) if is_upper[face[k - 1]] == is_upper[face[k - 2]])
    tip, one, other = face[turn], face[turn - 2], face[turn - 1]

    def along(end: int) -> list[int]:
        """From the tip to the end; the end alone where nothing lies between."""
        between = rows.get((tip, end) if is_upper[tip] else (end, tip), [])
        return [tip, *(between if is_upper[tip] else between[::-1]), end] if between else [end]

    return _zipped(along(one), along(other)) if len(along(one)) > 1 or len(along(other)) > 1 else [(tip, one, other)]


def _zipped(left: list[int], right: list[int]) -> list[tuple[int, ...]]:
    """Triangles between two chains of vertices, counter-clockwise with the first down the left one."""
    triangles, i, j = [], 0, 0
    while i < len(left) - 1 or j < len(right) - 1:
        if j == len(right) - 1 or (i < len(left) - 1 and i <= j):
            triangles.append((left[i], left[i + 1], right[j]))
            i += 1
        else:
            triangles.append((left[i], right[j + 1], right[j]))
            j += 1
    return [triangle for triangle in triangles if len(set(triangle)) == 3]
