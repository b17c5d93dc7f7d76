"""The network's frame, which nothing outside of `core` sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Frame:
    """Between the head frame (mm) and the network frame (unit ball): network = (head − centre) / radius.

    centre_mm : (x, y, z) in the head frame; radius_mm : length of one network unit.
    """

    centre_mm: tuple[float, float, float]
    radius_mm: float

    def to_network(self, points: np.ndarray) -> np.ndarray:
        """Points (…, 3) in mm, head frame → float32, network frame."""
        return ((points - np.asarray(self.centre_mm)) / self.radius_mm).astype(np.float32)

    def to_head(self, points: np.ndarray) -> np.ndarray:
        """Points (…, 3), network frame → float32, mm, head frame."""
        return (points * self.radius_mm + np.asarray(self.centre_mm)).astype(np.float32)
