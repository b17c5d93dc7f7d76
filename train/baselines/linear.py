"""Linear models of the same heads: what the implicit models have to be compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.parts import CODE_SIZES, CODES, PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.train.data.heads import HeadSet

_HEADS = 1000
"""Training heads, evenly picked, whose principal components are taken: more add nothing at these sizes."""


class _Block(NamedTuple):
    """Vertices (n,) that have components (k, 3n) of their own about their mean (3n,)."""

    vertices: np.ndarray
    mean: np.ndarray
    components: np.ndarray


class LinearModel:
    """Principal components of registered vertices, of all together or of each part on its own."""

    def __init__(self, heads: np.ndarray, blocks: Sequence[np.ndarray], sizes: Sequence[int]) -> None:
        """Fit to heads (n, V, 3), mm; blocks : vertices (m,) of each; sizes : how many components each has."""
        self._blocks = []
        for vertices, size in zip(blocks, sizes, strict=True):
            data = heads[:, vertices].reshape(len(heads), -1)
            mean = data.mean(axis=0)
            self._blocks.append(_Block(vertices, mean, _principal_components(data - mean, size)))

    def reconstruct(self, vertices: np.ndarray) -> np.ndarray:
        """The model's head (V, 3) nearest to a registered one, (V, 3), mm."""
        result = np.empty_like(vertices)
        for block in self._blocks:
            offset = vertices[block.vertices].reshape(-1) - block.mean
            nearest = block.mean + (offset @ block.components.T) @ block.components
            result[block.vertices] = nearest.reshape(-1, 3)
        return result


def _principal_components(centred: np.ndarray, count: int) -> np.ndarray:
    """The first components (k, m), orthonormal rows, of centred data (n, m), by way of its (n, n) Gram matrix."""
    values, vectors = np.linalg.eigh(centred @ centred.T)
    kept = [index for index in np.argsort(values)[::-1][:count] if values[index] > 1e-6 * values[-1]]
    components: np.ndarray = vectors[:, kept].T @ centred
    return components / np.linalg.norm(components, axis=1, keepdims=True)


def linear_pca(heads: HeadSet) -> LinearModel:
    """PCA of whole heads, with as many components as the network's codes have numbers."""
    return LinearModel(_picked(heads), [np.arange(heads.surface.vertex_count)], [sum(CODE_SIZES.values())])


def part_pca(heads: HeadSet) -> LinearModel:
    """PCA of each part's vertices, with the sizes of the parts' codes; the remainder's has the expression's as well."""
    sizes = [CODE_SIZES[part] + (CODE_SIZES[CODES[0]] if part == "remainder" else 0) for part in PARTS]
    return LinearModel(_picked(heads), [np.flatnonzero(heads.vertex_parts == i) for i in range(len(PARTS))], sizes)


def _picked(heads: HeadSet) -> np.ndarray:
    """Evenly picked heads (n, V, 3) of all subjects and expressions."""
    every = heads.vertices.reshape(-1, *heads.vertices.shape[2:])
    return every[np.unique(np.linspace(0, len(every) - 1, _HEADS).astype(int))]
