"""Principal components of a code over the training heads: what a slider moves along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEGLIGIBLE = 1e-4
"""Components whose σ is below this share of the first one's are numerical noise and are left out."""

SPREAD_EDGES = np.linspace(-3.0, 3.0, 25)
"""Coefficients in σ between which the training heads are counted, (25,)."""


@dataclass(frozen=True)
class LatentSpace:
    """A code's distribution over the training heads.

    mean : (d,) float32, the code of a head with all coefficients 0; components : (k, d) float32, orthonormal
    rows; sigma : (k,) float32, descending, but for what tells several sources of heads apart, which comes last.
    """

    mean: np.ndarray
    components: np.ndarray
    sigma: np.ndarray

    @classmethod
    def fit(cls, codes: np.ndarray, origin: np.ndarray | None = None) -> LatentSpace:
        """PCA of training codes (n, d): mean, at most d components, σ as standard deviations.

        With `origin` (d,), components and σ are about that point instead of the mean: an expression's σ is
        its spread about neutral.
        """
        codes = np.asarray(codes, dtype=np.float64)
        mean = codes.mean(axis=0) if origin is None else np.asarray(origin, dtype=np.float64)
        _, singular, rows = np.linalg.svd(codes - mean, full_matrices=False)
        sigma = singular / np.sqrt(max(len(codes) - 1, 1))
        kept = sigma > _NEGLIGIBLE * max(float(sigma[0]), np.finfo(float).tiny)
        return cls(mean.astype(np.float32), rows[kept].astype(np.float32), sigma[kept].astype(np.float32))

    def __len__(self) -> int:
        """Number of components."""
        return len(self.sigma)

    def code(self, coefficients: Sequence[float]) -> np.ndarray:
        """The code (d,) float32 at `coefficients` (σ); those beyond the given ones are 0."""
        count = len(coefficients)
        if count > len(self):
            raise ValueError(f"{count} coefficients given, the space has {len(self)} components")
        scaled = np.asarray(coefficients, dtype=np.float32) * self.sigma[:count]
        return self.mean + scaled @ self.components[:count]

    def coefficients(self, code: np.ndarray) -> np.ndarray:
        """Coefficients (k,) float32 in σ of the point of this space nearest to `code` (d,)."""
        return (self.components @ (np.asarray(code, dtype=np.float32) - self.mean)) / self.sigma

    def spread(self, codes: np.ndarray) -> np.ndarray:
        """Share (k, 24) float32 of codes (n, d) between one of `SPREAD_EDGES` and the next, along each component."""
        coefficients = ((codes - self.mean) @ self.components.T) / self.sigma
        counts = [np.histogram(column, SPREAD_EDGES)[0] for column in coefficients.T]
        return (np.reshape(counts, (len(self), len(SPREAD_EDGES) - 1)) / len(codes)).astype(np.float32)
