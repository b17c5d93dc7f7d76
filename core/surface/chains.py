"""Coarse triangles split where they meet cells of half the voxel (`core.surface.half_voxels`).

On the face between a coarse cell and a halved one, the coarse side's segment A–B is a *chain* on the halved side: A,
up to four bends where it crosses the lines from the face's centre to the middles of its sides, and B.
"""

from __future__ import annotations

import numba
import numpy as np

_MOST = 4
"""Bends of a chain."""

_RING = np.array([(-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0)])
"""(8, 2): a face's samples about its centre, counter-clockwise, a corner first."""


@numba.njit(nogil=True, cache=True)
def split(keys, faces, cells, kinds, half, low):  # type: ignore[no-untyped-def]
    """Split faces (F, 3) of coarse cells (F,) at the bends of their sides.

    keys : (V,) edges of the coarse grid; kinds : (of its shape) 2 where a cell is halved; half : the box of halved
    samples, which begins at sample `low` (3,). Returns (M, 3) int64, −1 − k for a bend on edge k of that box, and which
    face (M,) each comes of.
    """
    bends, counts = np.empty((len(faces), 3, _MOST), np.int64), np.zeros((len(faces), 3), np.int64)
    along_y, along_z = kinds.shape[1], kinds.shape[2]
    cell = np.empty(3, np.int64)
    total = len(faces)
    for face in range(len(faces)):
        c = cells[face]
        cell[0], cell[1], cell[2] = c // (along_y * along_z), c // along_z % along_y, c % along_z
        if _beside_halved(kinds, cell):
            for side in range(3):
                start, end = keys[faces[face, side]], keys[faces[face, (side + 1) % 3]]
                counts[face, side] = _chain(start, end, cell, kinds, half, low, bends[face, side])
                total += counts[face, side]
    out, origin, count = np.empty((total, 3), np.int64), np.empty(total, np.int64), np.int64(0)
    for face in range(len(faces)):
        before = count
        count = _fan(faces[face], bends[face], counts[face], out, count)
        origin[before:count] = face
    return out, origin


@numba.njit(nogil=True, cache=True)
def _beside_halved(kinds, cell):  # type: ignore[no-untyped-def]
    """Whether a cell shares a face with one that is halved."""
    for axis in range(3):
        for side in (-1, 1):
            x = cell[0] + side * (axis == 0)
            y = cell[1] + side * (axis == 1)
            z = cell[2] + side * (axis == 2)
            held = min(x, y, z) >= 0 and x < kinds.shape[0] and y < kinds.shape[1] and z < kinds.shape[2]
            if held and kinds[x, y, z] == 2:
                return True
    return False


@numba.njit(nogil=True, cache=True)
def _middle(key, shape, place):  # type: ignore[no-untyped-def]
    """Where the middle of a coarse edge is in the halved grid, into `place` (3,); the edge's axis."""
    sample, axis = key // 3, key % 3
    place[0] = 2 * (sample // (shape[1] * shape[2]))
    place[1] = 2 * (sample // shape[2] % shape[1])
    place[2] = 2 * (sample % shape[2])
    place[axis] += 1
    return axis


@numba.njit(nogil=True, cache=True)
def _chain(start, end, cell, kinds, half, low, bends):  # type: ignore[no-untyped-def]
    """The bends between two edges of a coarse cell, into `bends`, and how many.

    None where the edges do not lie in one face, or no halved cell is on its other side.
    """
    here, there, centre = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    axis, other = _middle(start, kinds.shape, here), _middle(end, kinds.shape, there)
    normal, count = np.int64(-1), 0
    for a in range(3):  # the axis along which neither runs and both have the same place
        if a not in (axis, other) and here[a] == there[a]:
            normal = np.int64(a)
            count += 1
    if count != 1:
        return 0
    for a in range(3):
        centre[a] = here[a] if a == normal else 2 * cell[a] + 1
    beyond = np.empty(3, np.int64)
    for a in range(3):
        beyond[a] = cell[a]
    beyond[normal] = here[normal] // 2 - 1 if cell[normal] == here[normal] // 2 else here[normal] // 2
    for a in range(3):
        if beyond[a] < 0 or beyond[a] >= kinds.shape[a]:
            return 0
    if kinds[beyond[0], beyond[1], beyond[2]] != 2:
        return 0
    return _walk(here, centre, normal, half, low, bends)


@numba.njit(nogil=True, cache=True)
def _walk(here, centre, normal, half, low, bends):  # type: ignore[no-untyped-def]
    """Follow the contour on a face from the side whose middle is `here`, as `core.surface.cube_cases` cuts faces."""
    u, v = (normal + 1) % 3, (normal + 2) % 3
    negative = np.empty(9, np.bool_)  # the ring's, and the centre's
    place, first = np.empty(3, np.int64), 0
    for position in range(9):
        for axis in range(3):  # a loop where an array would do: its errors' texts alone compile for seconds
            place[axis] = centre[axis] - low[axis]
        if position < 8:
            place[u] += _RING[position, 0]
            place[v] += _RING[position, 1]
            if place[u] + low[u] == here[u] and place[v] + low[v] == here[v]:
                first = position
        negative[position] = half[place[0], place[1], place[2]] < 0.0
    after = negative[first] != negative[(first + 1) % 8]  # on which half of the side it begins
    quarter = ((first + 1) // 2 if after else (first - 1) // 2) % 4
    edge, count = (3 if after else 0), 0
    while True:
        edge = _left_by(negative, quarter, edge)
        if edge in (0, 3) or count == _MOST:
            return count
        middle = (2 * quarter + (1 if edge == 1 else -1)) % 8
        for axis in range(3):
            place[axis] = centre[axis] - low[axis]
        along = u if _RING[middle, 0] != 0 else v
        place[u] += min(_RING[middle, 0], 0)
        place[v] += min(_RING[middle, 1], 0)
        bends[count] = 3 * ((place[0] * half.shape[1] + place[1]) * half.shape[2] + place[2]) + along
        count += 1
        quarter = (quarter + (1 if edge == 1 else -1)) % 4
        edge = 2 if edge == 1 else 1


@numba.njit(nogil=True, cache=True)
def _left_by(negative, quarter, edge):  # type: ignore[no-untyped-def]
    """The edge by which the contour leaves a quarter of a face that it enters by `edge`.

    A quarter's samples are its corner of the face, the middle that follows, the centre and the middle before; its
    edge i runs from the i-th to the next.
    """
    ring = (2 * quarter, 2 * quarter + 1, 8, (2 * quarter - 1) % 8)
    if negative[ring[edge]]:
        at = edge
        while negative[ring[(at - 1) % 4]]:
            at -= 1
        return (at - 1) % 4
    at = edge + 1
    while negative[ring[(at + 1) % 4]]:
        at += 1
    return at % 4


@numba.njit(nogil=True, cache=True)
def _fan(face, bends, counts, out, count):  # type: ignore[no-untyped-def]
    """Write a face, split at the bends of its three sides, into `out` from row `count` on; the next row."""
    side = 0
    while side < 2 and counts[side] == 0:
        side += 1
    a, b, c = face[side], face[(side + 1) % 3], face[(side + 2) % 3]
    bent, after, before = bends[side], (side + 1) % 3, (side + 2) % 3
    many = counts[side]
    if many == 0:
        out[count, 0], out[count, 1], out[count, 2] = a, b, c
        return count + 1
    # From the corner across; what is left beside its other two sides, from the nearest bend.
    count = _strip(c, a, bends[before], counts[before], -1 - bent[0], out, count)
    for number in range(many - 1):
        out[count, 0], out[count, 1], out[count, 2] = -1 - bent[number], -1 - bent[number + 1], c
        count += 1
    return _strip(b, c, bends[after], counts[after], -1 - bent[many - 1], out, count)


@numba.njit(nogil=True, cache=True)
def _strip(start, end, bends, many, apex, out, count):  # type: ignore[no-untyped-def]
    """Triangles from `apex` to the pieces of a side from `start` to `end`; the next row."""
    last = start
    for number in range(many + 1):
        following = end if number == many else -1 - bends[number]
        out[count, 0], out[count, 1], out[count, 2] = last, following, apex
        last = following
        count += 1
    return count
