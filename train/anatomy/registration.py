"""One topology's mean head laid on another's surface: landmarks and the margins of lids and lips first, then non-rigid.

The displacement d of the vertices is the one that is least bent and brings them onto the other surface:
min ∫ s⁴ (Δd)² + |x + d − nearest(x + d)|² dA, with s falling from round to round, as in optimal-step non-rigid ICP
(Amberg et al. 2007), which here bends no more than a thin plate does. Margins are held where they belong: between two
ends of an opening, points correspond by the length along it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import igl
import numpy as np
from scipy.sparse import diags_array
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from facewright.core.errors import FacewrightError
from facewright.core.sheet import Sheet, sheet_normals

if TYPE_CHECKING:
    from facewright.train.anatomy.closed_surface import ClosedOpening, ClosedSurface

_REACH_MM = (30.0, 20.0, 14.0, 10.0, 7.0, 5.0, 3.5, 2.5, 1.8, 1.3, 1.0, 1.0)
"""s of every round: what is smaller than that may differ between the two heads."""

_HOLD = 100.0
"""Weight of margins, over that of a nearest point."""

_GUIDED_MM = 5.0
"""s down to which landmarks guide; what is finer than that they are not placed to."""

_BESIDE_MM = 6.0
"""Landmarks this near a margin are left out: the margin is known better."""

_FARTHEST_MM = 12.0

_LEAST_NORMAL_MM = 3.0
"""How far apart, at least, opposite normals count as when the nearest point is looked for, halved."""

LEAST_LANDMARKS = 8
"""Landmarks that two topologies must have in common."""


class Curves(NamedTuple):
    """Vertices of one head on the edges of another's margins.

    own : (n,) int64; first, second : (n,) int64, the ends of the other's edges; share : (n,) float64, of the second.
    """

    own: np.ndarray
    first: np.ndarray
    second: np.ndarray
    share: np.ndarray

    def points(self, vertices: np.ndarray) -> np.ndarray:
        """Where they lie (..., n, 3) on heads (..., V, 3) of the other topology."""
        share = self.share[:, None]
        placed: np.ndarray = (1.0 - share) * vertices[..., self.first, :] + share * vertices[..., self.second, :]
        return placed


def can_register(own: ClosedSurface, other: ClosedSurface) -> bool:
    """Whether two topologies have enough landmarks in common for one to be laid on the other."""
    return len(own.points.keys() & other.points.keys()) >= LEAST_LANDMARKS


def common_landmarks(own: ClosedSurface, other: ClosedSurface) -> list[str]:
    """Names of the landmarks that both have; FacewrightError if they are too few to lay one on the other."""
    names = [name for name in own.points if name in other.points]
    if not can_register(own, other):
        raise FacewrightError(
            f"Two sources of heads have {len(names)} landmarks in common, {LEAST_LANDMARKS} are needed to lay one on "
            "the other: name them in the anatomy of the heads."
        )
    return names


def margin_curves(own: ClosedSurface, at: np.ndarray, other: ClosedSurface, there: np.ndarray) -> Curves:
    """Where the vertices of own margins lie on the other's, by the length along them; heads (V, 3) and (W, 3), mm."""
    pieces = []
    for opening, theirs in paired_openings(own, other):
        for side in ("upper", "lower"):
            mine, goal = getattr(opening, side), getattr(theirs, side)
            length = lengths(there[goal])
            where = lengths(at[mine]).clip(0.0, 1.0)
            edge = np.searchsorted(length, where, side="right").clip(1, len(length) - 1) - 1
            span = np.maximum(length[edge + 1] - length[edge], 1e-12)
            pieces.append((mine, goal[edge], goal[edge + 1], ((where - length[edge]) / span).clip(0.0, 1.0)))
    if not pieces:
        empty = np.empty(0, dtype=np.int64)
        return Curves(empty, empty, empty, np.empty(0))
    own_vertices, first, second, share = (np.concatenate(arrays) for arrays in zip(*pieces, strict=True))
    _, unique = np.unique(own_vertices, return_index=True)  # margins may share their ends
    return Curves(own_vertices[unique], first[unique], second[unique], share[unique])


def paired_openings(own: ClosedSurface, other: ClosedSurface) -> list[tuple[ClosedOpening, ClosedOpening]]:
    """Openings of both with the same name."""
    theirs = {opening.component: opening for opening in other.openings}
    return [(opening, theirs[opening.component]) for opening in own.openings if opening.component in theirs]


def lengths(line: np.ndarray) -> np.ndarray:
    """Share (k,) of a line's (k, 3) length up to each of its points."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    share: np.ndarray = length / max(float(length[-1]), 1e-12)
    return share


def register(own: ClosedSurface, at: np.ndarray, other: ClosedSurface, there: np.ndarray) -> np.ndarray:
    """Own head (V, 3) laid on the other's (W, 3); both mm, one head frame. Returns its vertices (V, 3) there.

    Raises FacewrightError if they have too few landmarks in common.
    """
    from scipy.interpolate import RBFInterpolator  # late, as trimesh in core.mesh

    at, there = at.astype(np.float64), there.astype(np.float64)
    curves, names = margin_curves(own, at, other, there), common_landmarks(own, other)
    guides, guided = (np.array([surface.points[name] for name in names]) for surface in (own, other))
    if len(curves.own):
        beside = cKDTree(at[curves.own]).query(at[guides])[0] < _BESIDE_MM
        guides, guided = guides[~beside], guided[~beside]
    held, goals = curves.own, curves.points(there)
    warp = RBFInterpolator(
        np.concatenate([at[held], at[guides]]), np.concatenate([goals, there[guided]]),
        kernel="thin_plate_spline", smoothing=1.0,
    )  # fmt: skip
    start = warp(at)
    faces = own.faces.astype(np.int64)
    laplacian = igl.cotmatrix(start, faces).tocsr()
    masses = igl.massmatrix(start, faces).diagonal()
    bending = (laplacian @ diags_array(1.0 / masses) @ laplacian).tocsr()
    sheet, outside = Sheet(there, skin_faces(other)), vertex_mask(own)
    here = start.copy()
    for reach in _REACH_MM:
        facing = sheet.nearest(here, sheet_normals(here, own.faces), max(reach, _LEAST_NORMAL_MM))
        weights, nearest = masses * (outside & facing.within(_FARTHEST_MM)), facing.point
        if reach >= _GUIDED_MM:
            weights[guides], nearest[guides] = _HOLD * masses[guides], there[guided]
        weights[held], nearest[held] = _HOLD * masses[held], goals
        system = (reach**4 * bending + diags_array(weights)).tocsc()
        here = start + splu(system).solve(weights[:, None] * (nearest - start))
        here = (here + own.mirrored(here)) / 2.0 if _is_symmetric(there, other) else here
    return here


def skin_faces(surface: ClosedSurface) -> np.ndarray:
    """Faces (F, 3) without those of membranes."""
    membrane = ~vertex_mask(surface)
    return surface.faces[~membrane[surface.faces].any(axis=1)]


def vertex_mask(surface: ClosedSurface) -> np.ndarray:
    """Which vertices (V,) are not a membrane's own."""
    mask = np.ones(surface.vertex_count, dtype=bool)
    for opening in surface.openings:
        mask[opening.own] = False
    return mask


def _is_symmetric(vertices: np.ndarray, surface: ClosedSurface) -> bool:
    return bool(np.abs(surface.mirrored(vertices) - vertices).max() < 0.1)
