"""Named directions in the coefficients of a head: how much of each a head has, and the head with another amount."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.parameters import LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName

_SAME = 1e-4
"""Directions that differ by so small a share are sums of one another: what is stored of them is rounded."""


class Basis:
    """Directions over some codes, in σ. The strengths of a head are the least-squares ones.

    So they need no memory: they are found again after undo, in a file, or for a head that was fitted; and moving along
    one direction leaves the strengths of the others as they were, where no direction is a sum of others. Where one is,
    as of ancestries, whose shares make up a whole, they are the smallest such, and more of one is less of the others.
    """

    def __init__(
        self, components: Mapping[CodeName, int], codes: Sequence[CodeName], directions: Mapping[str, np.ndarray]
    ) -> None:
        """components : how many each code has; directions : by name, (n,) σ, the coefficients of `codes` in turn."""
        self._codes = tuple(codes)
        self._sizes = [components[code] for code in codes]
        self.names = tuple(directions)
        size = sum(self._sizes)
        self.directions: np.ndarray = np.array(list(directions.values()), dtype=np.float64).reshape(-1, size)
        """(number of names, size), σ."""
        self._inverse = np.linalg.pinv(self.directions, rcond=_SAME) if self.names else np.zeros((size, 0))

    def renamed(self, names: Mapping[str, str]) -> Basis:
        """The same directions under other names, in the order of `names`."""
        rows = {new: self.directions[self.names.index(old)] for old, new in names.items()}
        return Basis(dict(zip(self._codes, self._sizes, strict=True)), self._codes, rows)

    def strengths(self, parameters: Parameters) -> dict[str, float]:
        """How much of each direction a head has, 1 being all of it."""
        strengths = self.vector(parameters) @ self._inverse
        return dict(zip(self.names, strengths.tolist(), strict=True))

    def with_strength(self, parameters: Parameters, name: str, strength: float) -> Parameters:
        """The head with another strength of one direction; those of the others stay where they can."""
        change, index = strength - self.strengths(parameters)[name], self.names.index(name)
        told = round(self.directions[index] @ self._inverse[:, index], 9)  # 1, or less where others can make the change
        values = self.vector(parameters) + change / (told or 1.0) * self.directions[index]
        return self.with_vector(parameters, values)

    def beyond(self, parameters: Parameters) -> np.ndarray:
        """What of a head, (n,) float64 σ, no sum of the directions makes, each with a strength from 0 to 1."""
        values = self.vector(parameters)
        if not self.names or not values.any():
            return values
        rest: np.ndarray = values - (values @ self._inverse).clip(0.0, 1.0) @ self.directions
        return rest

    def vector(self, parameters: Parameters) -> np.ndarray:
        """The coefficients (n,) of the codes, one after the other."""
        parts = []
        for code, size in zip(self._codes, self._sizes, strict=True):
            own = np.zeros(size)
            own[: len(parameters.code(code))] = parameters.code(code)
            parts.append(own)
        return np.concatenate(parts)

    def with_vector(self, parameters: Parameters, values: np.ndarray) -> Parameters:
        """The head with those coefficients (n,), within what is accepted."""
        parts = np.split(values.clip(-LIMIT, LIMIT), np.cumsum(self._sizes)[:-1])
        for code, own in zip(self._codes, parts, strict=True):
            parameters = parameters.with_code(code, own.tolist())
        return parameters
