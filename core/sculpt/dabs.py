"""A brush's work as a value: dabs that ride on the face.

Dabs are part of a head (`facewright.core.parameters.Parameters`). Each is held by its place on the template, so that it
stays on its cheek whatever the sliders make of that.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Point = tuple[float, float, float]

MOST_DABS = 4000
"""Of one head: more would be felt with every step of a slider."""
LEAST_MM, WIDEST_MM = 1.0, 60.0
"""How far a dab may reach."""
STEEPEST = 0.5
"""Length of a dab's way over its reach, at most: a steeper one would fold the skin over (its slope is 1.72 times that).
"""

_FARTHEST_MM = 1000.0
_PLACES, _ROUNDED_MM = 4, 1e-3


class Dab(NamedTuple):
    """Skin moved about a point, most of all there, smoothly less and less up to where the dab ends.

    at : (x, y, z) mm, the point's place on the template; way : (x, y, z) mm, head frame, how far the point goes;
    reach : mm, how far from it skin is moved.
    """

    at: Point
    way: Point
    reach: float

    @property
    def mirrored(self) -> Dab:
        """The same on the other side of the face."""
        return Dab((-self.at[0], *self.at[1:]), (-self.way[0], *self.way[1:]), self.reach)


def dab(at: Iterable[float], way: Iterable[float], reach: float) -> Dab:
    """A dab of numbers as they are kept, its way no steeper than skin goes without folding."""
    length = math.hypot(*(way := [float(number) for number in way]))
    most = STEEPEST * reach
    shrunk = [number * min(1.0, most / length) if length else 0.0 for number in way]
    return checked(Dab(_point(at), _point(shrunk), round(float(reach), _PLACES)))


def checked(one: Dab) -> Dab:
    """The same dab. Raises FacewrightError if it is beyond any face, or steeper than skin goes."""
    numbers = (*one.at, *one.way, one.reach)
    if not all(math.isfinite(number) and abs(number) <= _FARTHEST_MM for number in numbers):
        raise FacewrightError("A stroke of the brush is beyond any face: undo it.")
    if not LEAST_MM <= one.reach <= WIDEST_MM:
        raise FacewrightError(f"A dab of the brush reaches {LEAST_MM:g} to {WIDEST_MM:g} mm to each side.")
    if math.hypot(*one.way) > STEEPEST * one.reach + _ROUNDED_MM:
        raise FacewrightError("A dab of the brush goes farther than skin does without folding over: undo it.")
    return one


def toward(before: Sequence[Dab], after: Sequence[Dab], share: float) -> tuple[Dab, ...]:
    """The brush work a share of the way (0 to 1) from one to another: what both have stays; the ends are exact."""
    if share in (0.0, 1.0) or before == after:
        return tuple(after if share == 1.0 else before)
    both = frozenset(before) & frozenset(after)
    going, coming = (
        [one._replace(way=_point(part * number for number in one.way)) for one in dabs if one not in both]
        for dabs, part in ((before, 1.0 - share), (after, share))
    )
    return (*(one for one in after if one in both), *going, *coming)


def symmetric(dabs: Sequence[Dab]) -> tuple[Dab, ...]:
    """The mean of brush work and its mirror image: pairs of mirrored dabs stay, of others a half goes to each side."""
    count = Counter(dabs)
    pairs = {one: min(number, count[one.mirrored]) for one, number in count.items()}
    result: list[Dab] = []
    for one in dabs:
        pairs[one] -= 1
        if pairs[one] >= 0:
            result.append(one)
        elif one.at[0] == 0.0:
            result.append(one._replace(way=(0.0, *one.way[1:])))
        else:
            half = dab(one.at, (part / 2 for part in one.way), one.reach)
            result += (half, half.mirrored)
    return tuple(result)


def to_record(dabs: Sequence[Dab]) -> list[list[float]]:
    """Dabs as JSON holds them: seven numbers each."""
    return [[*one.at, *one.way, one.reach] for one in dabs]


def from_record(record: Any, made: dict[tuple[float, ...], Dab] | None = None) -> tuple[Dab, ...]:
    """The dabs of a record. Raises ValueError or TypeError if it is none.

    made : dabs by their numbers, which takes those of this record too: what many records share is one object.
    """
    if len(record) > MOST_DABS:
        raise ValueError("there are more dabs than any head has")
    made = {} if made is None else made
    rows = [tuple(row) for row in record]
    for row in rows:
        if row not in made:
            made[row] = _of_numbers(row)
    return tuple(made[row] for row in rows)


def _of_numbers(row: Sequence[float]) -> Dab:
    x, y, z, across, up, out, reach = (float(number) for number in row)
    try:
        return checked(Dab((x, y, z), (across, up, out), reach))
    except FacewrightError as error:
        raise ValueError(f"a dab is none of a face: {error}") from error


def _point(numbers: Iterable[float]) -> Point:
    x, y, z = (round(float(number), _PLACES) for number in numbers)
    return x, y, z
