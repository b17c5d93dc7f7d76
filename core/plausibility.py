"""How far from the training heads a head is: said, never enforced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import chdtr

from facewright.core.parts import CODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.parameters import Parameters

Level = Literal["typical", "unusual", "extreme"]

UNUSUAL, EXTREME = 0.95, 0.999
"""Share of training heads nearer to the mean from which a head is called so."""

_LEADING = 10
"""The first components are also looked at alone: among a hundred faint ones a gross excess would drown."""


@dataclass(frozen=True)
class Plausibility:
    """How a head compares with the training heads.

    distance : Mahalanobis distance from their mean, in σ; share : 0 to 1, the share of them that are nearer, along
    the components in which the head differs from the mean at all.
    """

    distance: float
    share: float

    @property
    def level(self) -> Level:
        """The share in a word."""
        if self.share < UNUSUAL:
            return "typical"
        return "unusual" if self.share < EXTREME else "extreme"


def of_coefficients(coefficients: Sequence[float] | np.ndarray) -> Plausibility:
    """Plausibility of one code's coefficients (σ).

    The squared Mahalanobis distance of normally distributed codes along n components follows χ² of n degrees of
    freedom. Components at exactly 0 were not chosen and are not counted. The rarer of two looks is expected to be
    rarer than one, by the square.
    """
    values = np.asarray(coefficients, dtype=np.float64)
    share = _share(values)
    if np.any(values[_LEADING:]):
        share = max(share, _share(values[:_LEADING])) ** 2
    return Plausibility(float(np.linalg.norm(values)), share)


def of_head(parameters: Parameters, expression: Sequence[float] | np.ndarray | None = None) -> Plausibility:
    """Plausibility of a whole head: that of all its codes together, or of the worst of them if that is worse.

    expression : what counts of the expression, in σ (`Expressions.beyond`); by default all of it.
    The worst of n parts is expected to be worse than any one, by the n-th power.
    """
    values = {code: np.asarray(parameters.code(code), dtype=np.float64) for code in CODES}
    if expression is not None:
        values["expression"] = np.asarray(expression, dtype=np.float64)
    parts = [of_coefficients(part) for part in values.values() if np.any(part)]
    everything = np.concatenate([values[code] for code in CODES])
    worst = max((part.share for part in parts), default=0.0) ** len(parts) if parts else 0.0
    return Plausibility(float(np.linalg.norm(everything)), max(_share(everything), worst))


def _share(values: np.ndarray) -> float:
    count = int(np.count_nonzero(values))
    return float(chdtr(count, np.square(values).sum())) if count else 0.0
