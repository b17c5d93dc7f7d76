"""A linear model fitted to heads whose vertices are not its own: by non-rigid registration, as to a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.train.anatomy.registration import register

if TYPE_CHECKING:
    from facewright.train.anatomy.closed_surface import ClosedSurface
    from facewright.train.baselines.linear import LinearModel

_ROUNDS = 2
"""A registration that begins at the model's own guess matches better than one from the mean head does."""


class RegisteredPca:
    """Lays its mean head on another surface, takes the nearest of its heads, and lays that on once more."""

    def __init__(self, model: LinearModel, surface: ClosedSurface, mean: np.ndarray) -> None:
        """model : of heads of `surface`, whose mean (V, 3), mm, is where registration begins."""
        self._model, self._mean = model, mean
        self.surface = surface

    def reconstruct(self, head: np.ndarray, surface: ClosedSurface) -> np.ndarray:
        """The model's head (V, 3) float32, mm, for one (W, 3), mm, of another surface, in the same head frame.

        Raises FacewrightError if the two have too few landmarks in common.
        """
        nearest = self._mean
        for _ in range(_ROUNDS):
            laid = register(self.surface, nearest, surface, head)
            nearest = self._model.reconstruct(laid.astype(np.float32))
        return nearest
