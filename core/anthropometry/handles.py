"""Millimetres and degrees as sliders of a nose: a measure's gradient in the nose code, and a hand that follows it.

The nose code in σ varies over the training heads as N(0, 1), so of all changes that move a measure by a unit the
most plausible is the shortest, along the gradient g: g / |g|². Other measures that are held are kept by leaving
their gradients' directions out of it. How far that leads is said by the training heads as well: along any unit
direction 99.7 % of them lie within ±3 σ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.measure import BY_KEY
from facewright.core.anthropometry.solve import RANGE, Linear, NoseValues, approach, goals

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters

HANDLES = (
    *("hump", "dorsum_45", "bridge_length", "nasofrontal_angle", "tip_protrusion", "tip_rotation", "tip_deviation"),
    *("columella_length", "nasolabial_angle", "nasal_width", "subnasal_width", "nasal_height"),
)
"""The measures that are sliders of the nose, from the root down and outwards."""

_ITERATIONS = 2
"""Steps that a pull may take: the hand moves on, and the next pull goes on from there."""


class Handles:
    """Measures of a head, and how they answer to its nose code.

    keys : of those of `HANDLES` that the model's landmarks allow; values : of each.
    """

    def __init__(
        self,
        model: HeadModel,
        parameters: Parameters,
        template: Mapping[str, np.ndarray] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Measure a head and some twenty noses about it.

        template : corrected landmarks, as for `find_landmarks`. Raises Cancelled once `cancelled` answers true.
        """
        named = {*model.points, *(template or {})}
        self.model, self.parameters, self.template = model, parameters, template
        self.keys = tuple(key for key in HANDLES if set(BY_KEY[key].landmarks) <= named)
        nose = NoseValues(model, parameters, [BY_KEY[key] for key in self.keys], template, cancelled)
        values = nose.values(nose.start) if self.keys else np.empty(0)
        slopes = nose.slopes(nose.start, values) if self.keys else np.empty((0, len(nose.start)))
        self._linear = Linear(nose.start, values, slopes)
        self.values: dict[str, float] = dict(zip(self.keys, values.tolist(), strict=True))

    def direction(self, key: str, held: Collection[str] = ()) -> np.ndarray:
        """The shortest change (k,) of the nose, σ, for a unit of a measure while those `held` stay, as far as linear.

        0 where nothing moves it alone.
        """
        rows = self._rows([key, *(other for other in self.keys if other in held and other != key)])
        inverse: np.ndarray = np.linalg.pinv(rows, rcond=1e-3)[:, 0]
        return inverse if rows[0] @ inverse > 0.5 else np.zeros_like(inverse)

    def limits(self, key: str, held: Collection[str] = ()) -> tuple[float, float]:
        """The least and greatest value at which the nose is within ±3 σ along the measure's direction.

        A nose that is further out already is the limit itself.
        """
        way, value = self.direction(key, held), self.values[key]
        length = float(np.linalg.norm(way))
        if length == 0.0:
            return value, value
        place = float(self._linear.nose @ way) / length
        return value + min(-RANGE - place, 0.0) / length, value + max(RANGE - place, 0.0) / length

    def grip(self, parameters: Parameters, key: str, held: Collection[str] = ()) -> Grip:
        """Take hold of one measure of a head that is, but for its nose, the one that was measured."""
        keys = [key, *(other for other in self.keys if other in held and other != key)]
        return Grip(self, parameters, keys, self._rows(keys))

    def _rows(self, keys: Sequence[str]) -> np.ndarray:
        return self._linear.slopes[[self.keys.index(key) for key in keys]]


class Grip:
    """One measure in hand: the nose follows, from where it was taken, and others are held.

    The gradient that the handles know is improved by every step (Broyden 1965), so that it serves far from where it
    was measured.
    """

    def __init__(self, handles: Handles, parameters: Parameters, keys: Sequence[str], slopes: np.ndarray) -> None:
        """The first of `keys` follows, the others are held; slopes (m, k) of all of them."""
        self._measures = [BY_KEY[key] for key in keys]
        self._nose = NoseValues(handles.model, parameters, self._measures, handles.template)
        self._before = self._nose.values(self._nose.start)
        self._at = Linear(self._nose.start, self._before, slopes)

    def pull(self, value: float) -> Parameters:
        """The head at which the measure has come nearer to a value, as a rule there."""
        goal, scale = goals(self._measures, self._before, {self._measures[0].key: value})
        self._at = approach(self._nose, self._at, goal, scale, _ITERATIONS)
        return self._nose.head(self._at.nose)
