"""Where the vertices that a model was trained on lie on its template."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Registration:
    """The training heads' vertices on the template, by which what has their topology finds its place there.

    topology : name of their anatomy; vertices : (n,) int32, ascending, of its source meshes; places : (n, 3) float32,
    mm, head frame.
    """

    topology: str
    vertices: np.ndarray
    places: np.ndarray

    def of(self, vertices: np.ndarray) -> np.ndarray | None:
        """Places (k, 3) float32, mm, of vertices (k,) of the topology's source meshes; None if one is not known."""
        rows = np.searchsorted(self.vertices, vertices).clip(max=len(self.vertices) - 1)
        return self.places[rows] if np.array_equal(self.vertices[rows], vertices) else None
