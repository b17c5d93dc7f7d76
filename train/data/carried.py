"""Heads of one topology in another's: what lets several sources be learnt as one, and composites mix them.

The other topology's mean head is laid on the source's (`train.anatomy.registration`); every vertex then is a point of
a source face, and moves with it from head to head. What has no counterpart, such as the depth of a nostril that the
source does not have, is a film between what has one. All of it is linear in the source's vertices, so that sums of
expressions stay sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import igl
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from facewright.core.metrics import face_normals, nearest_on_surface
from facewright.core.parts import PARTS
from facewright.core.sheet import Sheet, sheet_normals
from facewright.train.anatomy.caps import cosine_fractions
from facewright.train.anatomy.registration import (
    lengths,
    margin_curves,
    paired_openings,
    register,
    skin_faces,
    vertex_mask,
)
from facewright.train.samples import surface_points

if TYPE_CHECKING:
    from facewright.core.sheet import Facing
    from facewright.train.anatomy.closed_surface import ClosedSurface
    from facewright.train.data.heads import HeadSet

_NEAR_MM = 0.6
"""What is laid further than that from the source's mean head has no counterpart there."""

_FAR_MM = 2.0
_RINGS = 1
"""Vertices so many edges from one that is so far from all of the source have no counterpart either."""

_NORMAL_MM = 3.0

_FOLD, _UNFOLDED = 0.1, 2
"""Cosine of a face's normal with those of its vertices before, below which it is folded; how often one looks for it."""

_SLIGHT = 1e-6

_SAMPLES = 4000


class Distances(NamedTuple):
    """How far a source's surface and the one that carries it are apart on one part, mm, and the share it is seen of."""

    mean_mm: float
    p95_mm: float


@dataclass(frozen=True)
class Carrier:
    """The linear map from heads of a source topology to those of another.

    points : (V, W) sparse float32, each vertex as a combination of source vertices, whose weights sum to 1; free : (f,)
    int64, vertices without a counterpart.
    """

    points: sparse.csr_array
    free: np.ndarray

    @classmethod
    def between(cls, source: HeadSet, mean: np.ndarray, own: ClosedSurface, at: np.ndarray) -> Carrier:
        """From a source with a mean head (W, 3) to a topology with one (V, 3), both mm in the head frame.

        Raises FacewrightError if they have too few landmarks in common.
        """
        theirs, there = source.surface, mean.astype(np.float64)
        rest = register(own, at, theirs, there)
        entries, skin = _Entries(own.vertex_count, theirs.vertex_count), vertex_mask(own)
        facing = Sheet(there, skin_faces(theirs)).nearest(rest, sheet_normals(rest, own.faces), _NORMAL_MM)
        far = skin & ~facing.within(_FAR_MM)
        curves = margin_curves(own, at.astype(np.float64), theirs, there)
        sound = skin & facing.within(_NEAR_MM) & ~_grown(far, own.faces, _RINGS)
        sound[curves.own] = False
        for _ in range(_UNFOLDED):
            sound &= ~_folded(rest, facing, sound, own.faces)
        laid = np.flatnonzero(sound)
        entries.add(laid, facing.corners[laid], facing.shares[laid])
        entries.add(
            curves.own, np.stack([curves.first, curves.second], 1), np.stack([1 - curves.share, curves.share], 1)
        )
        _add_membranes(entries, own, at.astype(np.float64), theirs, there)
        points = entries.matrix()
        free = np.flatnonzero(np.diff(points.indptr) == 0)
        return cls(_filmed(points, free, at.astype(np.float64), own.faces.astype(np.int64)), free)

    def __call__(self, heads: np.ndarray) -> np.ndarray:
        """Heads (..., V, 3) float32 of source heads (..., W, 3), mm."""
        flat = heads.reshape(-1, *heads.shape[-2:])
        carried = np.empty((len(flat), self.points.shape[0], 3), dtype=np.float32)
        for index, head in enumerate(flat):
            carried[index] = self.points @ head
        return carried.reshape(*heads.shape[:-2], *carried.shape[1:])

    @property
    def share_free(self) -> float:
        """Share of the vertices without a counterpart."""
        return len(self.free) / self.points.shape[0]


def _filmed(points: sparse.csr_array, free: np.ndarray, at: np.ndarray, faces: np.ndarray) -> sparse.csr_array:
    """Points (V, W) with rows for those `free` (f,) too: a film over their surroundings, L x = 0.

    L is the cotangent Laplacian on (V, 3), whose rows sum to 0: whatever carries the surroundings affinely carries it.
    """
    if not len(free):
        return points
    laplacian = igl.cotmatrix(at, faces).tocsr()[free]
    held = np.setdiff1d(np.unique(laplacian.indices), free)
    spread = -splu(laplacian[:, free].tocsc()).solve(laplacian[:, held].toarray())
    rows = sparse.csr_array(np.where(np.abs(spread) > _SLIGHT, spread, 0.0)) @ points[held]
    place = sparse.csr_array((np.ones(len(free)), (free, np.arange(len(free)))), shape=(points.shape[0], len(free)))
    return (points + place @ rows).tocsr().astype(np.float32)


class _Entries:
    """Rows of a sparse matrix in the making."""

    def __init__(self, rows: int, columns: int) -> None:
        self._shape, self._pieces = (rows, columns), list[tuple[np.ndarray, np.ndarray, np.ndarray]]()

    def add(self, rows: np.ndarray, columns: np.ndarray, weights: np.ndarray) -> None:
        """Rows (n,) as combinations (n, k)."""
        self._pieces.append((np.repeat(rows, columns.shape[1]), columns.reshape(-1), weights.reshape(-1)))

    def matrix(self) -> sparse.csr_array:
        """The matrix."""
        rows, columns, weights = (np.concatenate(arrays) for arrays in zip(*self._pieces, strict=True))
        matrix = sparse.csr_array((weights, (rows, columns)), shape=self._shape)
        matrix.sum_duplicates()
        return matrix


def _add_membranes(
    entries: _Entries, own: ClosedSurface, at: np.ndarray, theirs: ClosedSurface, there: np.ndarray
) -> None:
    """The membranes of openings that both have: by column along the margins, and by row between them."""
    for opening, other in paired_openings(own, theirs):
        columns, goals = len(opening.upper) - 2, len(other.upper)
        rows, their_rows = len(opening.own) // columns, len(other.own) // (goals - 2)
        grid = np.empty((goals, their_rows + 2), dtype=np.int64)
        grid[:, 0], grid[:, -1] = other.upper, other.lower
        grid[1:-1, 1:-1] = other.own.reshape(goals - 2, their_rows)
        grid[[0, -1], 1:-1] = grid[[0, -1], :1]
        along = np.mean(
            [_columns(at[opening.upper], there[other.upper]), _columns(at[opening.lower], there[other.lower])], 0
        )
        across = np.interp(cosine_fractions(rows), [0.0, *cosine_fractions(their_rows), 1.0], np.arange(their_rows + 2))
        u, v = (grid_at.reshape(-1) for grid_at in np.meshgrid(along[1:-1], across, indexing="ij"))
        i, j = np.floor(u).astype(int).clip(0, goals - 2), np.floor(v).astype(int).clip(0, their_rows)
        a, b = u - i, v - j
        corners = np.stack([grid[i, j], grid[i + 1, j], grid[i, j + 1], grid[i + 1, j + 1]], axis=1)
        shares = np.stack([(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b], axis=1)
        entries.add(opening.own, corners, shares)


def _columns(line: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Where points of a line (k, 3) lie among those of another (g, 3), 0 to g − 1, by the length along it."""
    return np.interp(lengths(line), lengths(goal), np.arange(len(goal)))


def _folded(rest: np.ndarray, facing: Facing, sound: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Vertices (V,) of faces that a surface would be folded at, if those `sound` lay where they were found."""
    laid = np.where(sound[:, None], facing.point, rest)
    before, after = sheet_normals(rest, faces), face_normals(laid, faces)
    turned = np.einsum("fkc,fc->fk", before[faces], after).min(axis=1) < _FOLD
    folded = np.zeros(len(rest), dtype=bool)
    folded[faces[turned & sound[faces].any(axis=1)]] = True
    return folded


def _grown(mask: np.ndarray, faces: np.ndarray, rings: int) -> np.ndarray:
    """A set of vertices (V,) and all that are so many edges from it."""
    mask = mask.copy()
    for _ in range(rings):
        mask[faces[mask[faces].any(axis=1)]] = True
    return mask


def laid_distances(source: HeadSet, heads: np.ndarray, own: HeadSet, carried: np.ndarray) -> dict[str, Distances]:
    """How far source heads (n, W, 3) and the same carried (n, V, 3) are apart on every part, point to surface.

    From the carried surface's parts to the source's surface, mm: rims, lids and lips included, membranes apart.
    """
    rng = np.random.default_rng(0)
    inner = ~vertex_mask(own.surface)[own.surface.faces].all(axis=1)
    distances: dict[str, Distances] = {}
    for index, part in enumerate(PARTS):
        density = ((own.face_parts == index) & ~inner).astype(float)
        apart = [
            nearest_on_surface(
                surface_points(there, own.surface.faces, density, _SAMPLES, rng)[0], here, source.surface.faces
            ).distance
            for here, there in zip(heads, carried, strict=True)
        ]
        distance = np.concatenate(apart)
        distances[part] = Distances(float(distance.mean()), float(np.percentile(distance, 95)))
    return distances
