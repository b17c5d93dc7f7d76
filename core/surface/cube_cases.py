"""The 256 cases of marching cubes (Lorensen & Cline 1987), made so that all cells agree on the faces that they share.

A corner c of a cell lies at (c >> 2, c >> 1 & 1, c & 1); the case of a cell has bit c set where the value at that
corner is negative, inside the head. Edge e = 4 a + k runs along axis a from corner `EDGES[e][0]` to `EDGES[e][1]`.

On each face of a cell the surface cuts off every run of negative corners by itself: where two negative corners lie
across from each other, what is outside stays connected, so that lips and lids a voxel apart are not joined. The rule
reads the four signs of the face alone, so that the two cells on either side cut it alike and every mesh is closed
(the original table has holes: Dürst 1988). The segments of the six faces form closed loops, and each loop is
triangulated without a diagonal in a face of the cell, where that of the neighbour might lie as well.
"""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np

CORNERS = np.array(list(itertools.product((0, 1), repeat=3)))
"""(8, 3): where the corners of a cell lie."""

_AXIS_BIT = (4, 2, 1)

EDGES = np.array([(c, c | bit) for bit in _AXIS_BIT for c in range(8) if not c & bit])
"""(12, 2): the two corners of each edge, four edges along x, then four along y, then four along z."""


def _faces() -> list[tuple[int, ...]]:
    """The corners of each face, counter-clockwise as seen from outside the cell."""
    faces: list[tuple[int, ...]] = []
    for axis, side in itertools.product(range(3), (0, 1)):
        u, v = _AXIS_BIT[(axis + 1) % 3], _AXIS_BIT[(axis + 2) % 3]
        first = _AXIS_BIT[axis] * side
        around = (first, first | u, first | u | v, first | v)
        faces.append(around if side else around[::-1])
    return faces


_FACES = _faces()
_EDGE_OF = {frozenset(ends): number for number, ends in enumerate(EDGES.tolist())}
_FACES_OF_EDGE = [{f for f, corners in enumerate(_FACES) if set(ends) <= set(corners)} for ends in EDGES.tolist()]
_MIDDLES = CORNERS[EDGES].mean(axis=1)


def _loops(case: int) -> list[list[int]]:
    """The closed loops of edges in which the surface of a case cuts the faces of the cell."""
    following = {}
    for corners in _FACES:
        inside = [bool(case >> corner & 1) for corner in corners]
        crossed = [_EDGE_OF[frozenset((corners[i], corners[(i + 1) % 4]))] for i in range(4)]
        for i in range(4):
            if inside[i] and not inside[i - 1]:  # a run of negative corners begins
                end = next(j for j in itertools.count(i) if not inside[(j + 1) % 4])
                following[crossed[i - 1]] = crossed[end % 4]
    loops = []
    while following:
        edge, after = following.popitem()
        loop = [edge]
        while after != edge:
            loop.append(after)
            after = following.pop(after)
        start = loop.index(min(loop))
        loops.append(loop[start:] + loop[:start])
    return sorted(loops)


@cache
def _triangulated(loop: tuple[int, ...]) -> tuple[tuple[int, float], tuple[tuple[int, ...], ...]]:
    """The best triangulation of a loop, and how bad it is: diagonals within a face of the cell, then their length."""
    if len(loop) < 3:
        return (0, 0.0), ()
    triangles = []
    for apex in range(1, len(loop) - 1):  # of the triangle on the side from the last to the first edge
        (a, la), left = _triangulated(loop[: apex + 1])
        (b, lb), right = _triangulated(loop[apex:])
        diagonals = [(0, apex)] * (apex > 1) + [(apex, -1)] * (apex < len(loop) - 2)
        within = sum(bool(_FACES_OF_EDGE[loop[i]] & _FACES_OF_EDGE[loop[j]]) for i, j in diagonals)
        length = sum(float(np.linalg.norm(_MIDDLES[loop[i]] - _MIDDLES[loop[j]])) for i, j in diagonals)
        triangles.append(((a + b + within, la + lb + length), (*left, (loop[0], loop[apex], loop[-1]), *right)))
    return min(triangles)


def _triangles(case: int) -> list[tuple[int, ...]]:
    """The triangles of a case, their corners given by edges of the cell."""
    return [triangle for loop in _loops(case) for triangle in _triangulated(tuple(loop))[1]]


_ALL = [_triangles(case) for case in range(256)]

COUNTS = np.array([len(triangles) for triangles in _ALL], dtype=np.int8)
"""(256,): the number of triangles of each case."""

TRIANGLES = np.full((256, int(COUNTS.max()), 3), -1, dtype=np.int8)
"""(256, most, 3): edges of the cell on which the triangles' corners lie, −1 beyond `COUNTS`; outwards is to the right
hand, towards positive values."""
for _case, _three in enumerate(_ALL):
    TRIANGLES[_case, : len(_three)] = np.reshape(_three, (-1, 3))

for _array in (CORNERS, EDGES, COUNTS, TRIANGLES):
    _array.setflags(write=False)
