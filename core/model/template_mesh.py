"""The template as a mesh of its own: what gives every head of a model the same topology, UVs and part labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, eq=False)
class TemplateMesh:
    """A closed, left-right symmetric triangle mesh of a model's template.

    vertices : (V, 3) float32, mm, head frame; faces : (F, 3) int32, counter-clockwise from outside; part : (F,) uint8,
    index into `PARTS`; mirror : (V,) int32, each vertex's twin across x = 0; uv : (U, 2) float32, in [0, 1], one row
    for every corner that a seam tells apart; uv_vertex : (U,) int32, the vertex of each; uv_faces : (F, 3) int32 into
    `uv`, so that faces = uv_vertex[uv_faces]; landmarks : the vertex of each anthropometric landmark by name;
    membrane : (M, 3) int32, each vertex between the lips, and the ones of the upper and the lower lip that it lies
    between; membrane_share : (M,) float32, how far from the upper one to the lower, between 0 and 1. Both are empty in
    meshes of before there was a membrane.

    Raises ValueError if these contradict one another.
    """

    vertices: np.ndarray
    faces: np.ndarray
    part: np.ndarray
    mirror: np.ndarray
    uv: np.ndarray
    uv_vertex: np.ndarray
    uv_faces: np.ndarray
    landmarks: Mapping[str, int] = field(default_factory=dict)
    membrane: np.ndarray = field(default_factory=lambda: np.empty((0, 3), dtype=np.int32))
    membrane_share: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.float32))

    def __post_init__(self) -> None:
        """Freeze the mapping and look for contradictions: the arrays may come from a file."""
        object.__setattr__(self, "landmarks", MappingProxyType(dict(self.landmarks)))
        count, faces = len(self.vertices), len(self.faces)
        sound = (
            self.vertices.shape == (count, 3)
            and self.faces.shape == self.uv_faces.shape == (faces, 3)
            and self.uv.shape == (len(self.uv_vertex), 2)
            and self.part.shape == (faces,)
            and self.mirror.shape == (count,)
            and self.membrane.shape == (len(self.membrane_share), 3)
            and _indices(self.part, len(PARTS))
            and all(_indices(index, count) for index in (self.faces, self.mirror, self.uv_vertex, self.membrane))
            and _indices(self.uv_faces, len(self.uv))
            and _indices(np.array([*self.landmarks.values()], dtype=np.int64), count)
            and np.array_equal(self.uv_vertex[self.uv_faces], self.faces)
            and not np.isin(self.membrane[:, 1:], self.membrane[:, 0]).any()
        )
        if not sound:
            raise ValueError("the template mesh contradicts itself")


def _indices(values: np.ndarray, count: int) -> bool:
    """Whether all are indices of `count` things."""
    return values.dtype.kind in "iu" and (not values.size or (values.min() >= 0 and values.max() < count))
