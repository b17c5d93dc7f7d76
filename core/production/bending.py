"""A surface bent onto another as little as brings it there, in rounds that allow for ever finer differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import igl
import numpy as np
from scipy.sparse import diags_array
from scipy.sparse.linalg import splu

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scipy import sparse


class Plate(NamedTuple):
    """What bending costs.

    bending : (n, n) sparse, ∫ |Δd|² = dᵀ B d; tension : (n, n) sparse, of ∫ |∇d|²; masses : (n,) float64, mm², the
    vertices'.
    """

    bending: sparse.csr_array
    tension: sparse.csr_array
    masses: np.ndarray

    @classmethod
    def of(cls, vertices: np.ndarray, faces: np.ndarray) -> Plate:
        """Of a mesh's vertices (n, 3), mm, each in one of its triangles (F, 3) int64 at least."""
        at = vertices.astype(np.float64)
        laplacian = igl.cotmatrix(at, faces).tocsr()
        masses = igl.massmatrix(at, faces).diagonal()
        return cls((laplacian @ diags_array(1.0 / masses) @ laplacian).tocsr(), -laplacian, masses)


def bent(
    plate: Plate,
    start: np.ndarray,
    reaches: Sequence[float],
    goals: Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]],
) -> np.ndarray:
    """Where vertices (n, 3) float64, mm, go: min ∫ s⁴ (Δd)² + w |x + d − g|² dA, with each of `reaches`, mm, as s.

    goals : is told where the vertices are and s; gives weights w dA (n,) and goals g (n, 3).
    """
    here = start.copy()
    for reach in reaches:
        weights, goal = goals(here, reach)
        system = (reach**4 * plate.bending + diags_array(weights)).tocsc()
        here = start + splu(system).solve(weights[:, None] * (goal - start))
    return here
