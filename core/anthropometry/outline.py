"""Where a plane cuts a head: its profile as a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from facewright.core.mesh import Mesh


def sagittal_outline(mesh: Mesh, x: float) -> list[np.ndarray]:
    """The curves in which the sagittal plane at `x` mm cuts a mesh: polylines (n, 2) of (z, y), mm.

    The last point of a closed one is its first; a mesh with borders, such as a scan's, has open ones too. None where
    the plane misses the mesh.
    """
    beyond = mesh.vertices[:, 0] > x
    cut = mesh.faces[beyond[mesh.faces].any(axis=1) & ~beyond[mesh.faces].all(axis=1)]
    edges = np.stack([cut, np.roll(cut, -1, axis=1)], axis=-1)  # (F, 3, 2)
    crossing = beyond[edges[..., 0]] != beyond[edges[..., 1]]  # two of the three
    ends, number = np.unique(np.sort(edges[crossing], axis=1), axis=0, return_inverse=True)
    first, second = (mesh.vertices[ends[:, end]].astype(np.float64) for end in (0, 1))
    share = (x - first[:, :1]) / (second[:, :1] - first[:, :1])
    points = (first + share * (second - first))[:, [2, 1]]
    return [points[loop] for loop in _loops(number.reshape(-1, 2).tolist())]


def _loops(pairs: list[list[int]]) -> list[list[int]]:
    """Chains of numbers that are paired, each from one end to the other, or from a number back to it."""
    partners: dict[int, list[int]] = {}
    for a, b in pairs:
        partners.setdefault(a, []).append(b)
        partners.setdefault(b, []).append(a)
    loops = []
    ends = [number for number, others in partners.items() if len(others) % 2]
    for start in (*ends, *partners):
        loop = [start]
        while following := partners[loop[-1]]:
            after = following.pop()
            partners[after].remove(loop[-1])
            loop.append(after)
        if len(loop) > 1:
            loops.append(loop)
    return loops
