"""How far from the training heads a head is: said, never enforced.

Codes of training heads are normally distributed, 1 σ along every component. Their number hides much: along a hundred
components every training head is far from the mean, and one that is far out along a few ways is nearer than most. So
a code is looked at as a whole, along its first components, and along the ways that people move it (`Ways`). The
rarest of n looks is expected to be rarer than one, by the n-th power.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import bdtrc, chdtr, erfc

from facewright.core.parts import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName

Level = Literal["typical", "unusual", "extreme"]

UNUSUAL, EXTREME = 0.95, 0.999
"""Share of training heads that are more usual from which a head is called so."""

_LEADING = 10
"""Of more components the first are also looked at alone: among a hundred faint ones a gross excess would drown."""

_NOTHING = 1e-6
"""σ that are left over from rounding."""


@dataclass(frozen=True)
class Plausibility:
    """How a head compares with the training heads.

    distance : Mahalanobis distance from their mean, in σ; share : 0 to 1, the share of them that are more usual.
    """

    distance: float
    share: float

    @property
    def level(self) -> Level:
        """The share in a word."""
        if self.share < UNUSUAL:
            return "typical"
        return "unusual" if self.share < EXTREME else "extreme"


class Ways:
    """Directions of one code, such as its sliders in words, along which a head may be far out.

    Each spreads over many components, so that no component tells of it.
    """

    def __init__(self, directions: np.ndarray) -> None:
        """directions : (m, k) float64, σ, of length 1 each."""
        self._directions, self._inverse = directions, np.linalg.pinv(directions)
        left, _, right = np.linalg.svd(directions, full_matrices=False)
        self._square: np.ndarray = left @ right  # orthonormal, and as near to them as can be (Löwdin 1950)

    def along(self, values: np.ndarray) -> np.ndarray:
        """How far out coefficients (k,) are along each, (m,), made independent: N(0, 1) for training heads."""
        amounts: np.ndarray = self._square @ self._filled(values)
        return amounts

    def count(self, values: np.ndarray) -> int:
        """How many of them make coefficients (k,); if none do, how many components are not 0."""
        values = self._filled(values)
        amounts = values @ self._inverse
        count = int(np.count_nonzero(np.abs(amounts) > _NOTHING))
        is_made = np.abs(values - amounts @ self._directions).max() < _NOTHING
        return min(count, int(np.count_nonzero(values))) if is_made else int(np.count_nonzero(values))

    def _filled(self, values: np.ndarray) -> np.ndarray:
        return np.pad(values, (0, self._directions.shape[1] - len(values)))


def of_coefficients(coefficients: Sequence[float] | np.ndarray, ways: Ways | None = None) -> Plausibility:
    """Plausibility of one code's coefficients (k,), σ.

    The squared Mahalanobis distance of normally distributed codes along n components follows χ² of n degrees of
    freedom. Components at exactly 0 were not chosen and are not counted; a code that was made along few `ways` has as
    many degrees of freedom.
    """
    values = np.asarray(coefficients, dtype=np.float64)
    count = _count(values, ways)
    looks = [_share(values, count)]
    if count > _LEADING:
        looks.append(_share(values[:_LEADING], _count(values[:_LEADING])))
    if ways and np.any(values):
        looks.append(_far_out(ways.along(values)))
    return Plausibility(float(np.linalg.norm(values)), max(looks) ** len(looks))


def of_head(
    parameters: Parameters,
    expression: Sequence[float] | np.ndarray | None = None,
    ways: Mapping[CodeName, Ways] | None = None,
) -> Plausibility:
    """Plausibility of a whole head: that of all its codes together, or of the worst of them if that is worse.

    expression : what counts of the expression, (k,) σ (`Expressions.beyond`); by default all of it; ways : of the
    parts. The worst of n parts is expected to be worse than any one, by the n-th power.
    """
    ways = ways or {}
    values = {code: np.asarray(parameters.code(code), dtype=np.float64) for code in CODES}
    if expression is not None:
        values["expression"] = np.asarray(expression, dtype=np.float64)
    parts = [of_coefficients(part, ways.get(code)) for code, part in values.items() if np.any(part)]
    worst = max((part.share for part in parts), default=0.0) ** len(parts) if parts else 0.0
    everything = np.concatenate([values[code] for code in CODES])
    looks = [_share(everything, sum(_count(part, ways.get(code)) for code, part in values.items()))]
    if ways and parts:
        looks.append(_far_out(np.concatenate([own.along(values[code]) for code, own in ways.items()])))
    return Plausibility(float(np.linalg.norm(everything)), max(max(looks) ** len(looks), worst))


def _count(values: np.ndarray, ways: Ways | None = None) -> int:
    return ways.count(values) if ways else int(np.count_nonzero(values))


def _share(values: np.ndarray, count: int) -> float:
    """χ² of so many degrees of freedom."""
    return float(chdtr(count, np.square(values).sum())) if count else 0.0


def _far_out(amounts: np.ndarray) -> float:
    """How rare it is that so many of independent amounts (n,), N(0, 1), are so far from 0, whichever number is rarest.

    The statistic is Berk and Jones's (1979), of up to half of the amounts. Neighbouring numbers tell much the same: all
    together are about 1 + log₂ n looks (as measured for n from 1 to 36).
    """
    tails = np.sort(erfc(np.abs(amounts) / np.sqrt(2.0)))[: max(1, len(amounts) // 2)]
    rarest = bdtrc(np.arange(len(tails)), len(amounts), tails).min()
    return float((1.0 - rarest) ** (1.0 + np.log2(len(amounts))))
