"""Left and right of a mesh: vertex pairs where its faces are symmetric, else the nearest points of its mirror image."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import igl
import numpy as np
from scipy.spatial import cKDTree

from facewright.core.metrics import nearest_on_surface
from facewright.core.rigid import rigid

if TYPE_CHECKING:
    from collections.abc import Mapping

FLIP = np.array([-1.0, 1.0, 1.0])

_SEEDS, _CANDIDATES = 8, 12
"""Edges tried as the first of a pairing, and vertices near each end's mirror image."""

_AGREES = 0.1
"""Pairs lie no further from each other's mirror images, on average, than this share of the mesh's spread."""

_ROUNDS = 5


class MirrorBlend(NamedTuple):
    """Each vertex's mirror image as a point of a face: corners (V, 3) int64, weights (V, 3) float32."""

    corners: np.ndarray
    weights: np.ndarray


def mirror_pairs(positions: np.ndarray, polygons: np.ndarray, about: int) -> np.ndarray | None:
    """Each vertex's twin (n,) int64 where the faces of a connected mesh are symmetric, None where they are not.

    positions : (n, 3), roughly symmetric about x = 0, in any unit; polygons : (f, 4) int, -1 in a triangle's last
    place; about : a vertex on or near the middle, where the search begins. Vertices without faces are their own
    twins. The positions only say where to begin: one pair of edges decides all others, face by face.
    """
    faces = [[corner for corner in row if corner >= 0] for row in polygons.tolist()]
    sides = {(a, b): (f, i) for f, face in enumerate(faces) for i, (a, b) in enumerate(_edges(face))}
    used = np.unique(polygons[polygons >= 0])
    tree = cKDTree(positions[used])
    near = used[tree.query(positions[about], k=min(_SEEDS, len(used)))[1]]
    spread = float(np.linalg.norm(positions[used].std(axis=0)))
    for a, b in (edge for edge in sides if edge[0] in near and edge[1] in near):
        starts, ends = (
            used[tree.query(positions[v] * FLIP, k=min(_CANDIDATES, len(used)))[1]].tolist() for v in (a, b)
        )
        for start, end in ((s, e) for s in starts for e in ends if (e, s) in sides):
            twin = _paired(faces, sides, (a, b), (start, end), len(positions))
            if twin is None or (twin[used] < 0).any():
                continue
            apart = np.linalg.norm(positions[twin[used]] - positions[used] * FLIP, axis=1)
            if np.array_equal(twin[twin[used]], used) and apart.mean() < _AGREES * spread:
                return np.where(twin < 0, np.arange(len(positions)), twin)
    return None


def _paired(
    faces: list[list[int]],
    sides: Mapping[tuple[int, int], tuple[int, int]],
    edge: tuple[int, int],
    image: tuple[int, int],
    count: int,
) -> np.ndarray | None:
    """Twins (count,) int64 that follow from an edge and its mirror image, -1 where none reaches; None if they clash."""
    twin = [-1] * count
    queue, seen = deque([(edge, image)]), {sides[edge][0]}
    while queue:
        (a, b), (c, d) = queue.popleft()
        here, there = sides.get((a, b)), sides.get((d, c))
        if here is None or there is None:
            return None
        own, other = faces[here[0]], faces[there[0]]
        if len(own) != len(other):
            return None
        ring = [own[(here[1] + k) % len(own)] for k in range(len(own))]  # a, b, and on
        back = [other[(there[1] + 1 - k) % len(own)] for k in range(len(own))]  # c, d, and on, the other way round
        for vertex, match in zip(ring, back, strict=True):
            if twin[vertex] not in (-1, match):
                return None
            twin[vertex] = match
        for (p, q), (r, s) in zip(_edges(ring), _edges(back), strict=True):
            beyond, beyond_there = sides.get((q, p)), sides.get((r, s))
            if (beyond is None) != (beyond_there is None):
                return None
            if beyond is not None and beyond[0] not in seen:
                seen.add(beyond[0])
                queue.append(((q, p), (s, r)))
    return np.array(twin)


def _edges(face: list[int]) -> list[tuple[int, int]]:
    return list(zip(face, face[1:] + face[:1], strict=True))


def mirror_blend(vertices: np.ndarray, faces: np.ndarray) -> MirrorBlend:
    """Where each vertex's mirror image lies on a mesh whose faces are not symmetric: at the nearest point.

    vertices : (V, 3) mm, head frame; faces : (F, 3) int. The mirror image is first laid on the head as well as a rigid
    motion can (iterated closest points).
    """
    own = np.asarray(vertices, dtype=np.float64)
    image = own * FLIP
    for _ in range(_ROUNDS):
        image = rigid(image, nearest_on_surface(image, own, faces).point)(image)
    nearest = nearest_on_surface(image, own, faces)
    corners = np.asarray(faces, dtype=np.int64)[nearest.face]
    a, b, c = (np.ascontiguousarray(own[corners[:, k]]) for k in range(3))
    weights = np.asarray(igl.barycentric_coordinates(nearest.point, a, b, c)).clip(0.0)
    return MirrorBlend(corners, (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32))
