"""Named expressions over any head: the means of the training expressions, added up with a strength each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.parameters import LIMIT

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters


class Expressions:
    """A model's named expressions as directions of its expression code; neutral is the origin of them all.

    The strengths of a head are the least-squares ones, so they need no memory: they are found again after undo, in a
    file, or for a head that was fitted.
    """

    def __init__(self, model: HeadModel) -> None:
        """Take the expressions from the model; there may be none."""
        space = model.latent["expression"]
        told = model.metadata.get("expressions")  # in the training data's order; a file sorts its arrays by name
        order = {name: place for place, name in enumerate(told if isinstance(told, list) else ())}
        self.names = tuple(sorted(model.expressions, key=lambda name: order.get(name, len(order))))
        self._directions = np.array([space.coefficients(model.expressions[name]) for name in self.names])  # (n, k), σ
        self._inverse = np.linalg.pinv(self._directions) if self.names else np.zeros((len(space), 0))

    def strengths(self, parameters: Parameters) -> dict[str, float]:
        """How much of each expression a head has, 1 being its training mean."""
        strengths = self._padded(parameters) @ self._inverse
        return dict(zip(self.names, strengths.tolist(), strict=True))

    def with_strength(self, parameters: Parameters, name: str, strength: float) -> Parameters:
        """The head with another strength of one expression; those of the others stay."""
        change = strength - self.strengths(parameters)[name]
        values = self._padded(parameters) + change * self._directions[self.names.index(name)]
        return parameters.with_code("expression", values.clip(-LIMIT, LIMIT).tolist())

    def beyond(self, parameters: Parameters) -> np.ndarray:
        """What of the expression no training head does, (k,) float64, σ: 0 for any sum of expressions up to 1 each.

        Expressions are few shapes and all that lies between, not a cloud about neutral: its σ tell nothing of them.
        """
        values = self._padded(parameters)
        if not len(self._directions) or not values.any():
            return values
        within = (values @ self._inverse).clip(0.0, 1.0)
        rest: np.ndarray = values - within @ self._directions
        return rest

    def _padded(self, parameters: Parameters) -> np.ndarray:
        """The expression's coefficients, (k,)."""
        values = np.zeros(len(self._inverse))
        values[: len(parameters.expression)] = parameters.expression
        return values
