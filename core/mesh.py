"""A triangle mesh, and nothing about where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Mesh:
    """A triangle surface.

    vertices : (V, 3) float32, mm, head frame; faces : (F, 3) int32, counter-clockwise seen from outside.
    """

    vertices: np.ndarray
    faces: np.ndarray
