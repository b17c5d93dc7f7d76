"""People whom a benchmark does not hold, to measure a model on: other sources, wide draws, children, changed noses.

All are of the test split, whose draws no training sees; surgical noses carry changes of unseen strengths and kinds
together, and the sums of facial units are of two to five of them, and some of the presets.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.train.data.expressions import draw_expressions, summed_units
from facewright.train.data.heads import open_source
from facewright.train.data.noses import with_noses
from facewright.train.data.people import BENCHMARK, SLOTS, People, subject_rng
from facewright.train.data.sources import parted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from facewright.train.data.heads import HeadSet

    Population = Callable[[int], HeadSet]
    """Reads its first so many subjects."""

_BY_KIND: dict[str, dict[str, People]] = {
    "anny": {"anny_adults": BENCHMARK, "anny_children": People(wide=1.0, ages="children")},
    "ict": {"ict_wide": People(wide=1.0), "surgical": People(noses=1.0)},
}
"""By the kind of source, what is drawn of it."""


def populations(sources: Sequence[str]) -> dict[str, Population]:
    """What can be drawn of some sources, by name; FacewrightError if that is nothing."""
    sets: dict[str, Population] = {}
    for source in sources:
        for name, people in _BY_KIND.get(parted(source)[0], {}).items():
            sets[name] = _drawn(source, people)
        if parted(source)[0] == "ict":
            sets["ict_sums"] = partial(summed, source)
    if not sets:
        raise FacewrightError("Other people are drawn of ICT-FaceKit and Anny alone: give --data anny: or ict:FOLDER.")
    return sets


def _drawn(source: str, people: People) -> Population:
    return lambda count: with_noses(open_source(source, "test", count, people), "test", people.noses)


_DRAWN = 12
"""Expressions of a subject that are drawn, so that nearly surely there are four sums among them."""


def summed(source: str, count: int, each: int = 1) -> HeadSet:
    """The first so many of the benchmark's subjects, of each those expressions that are the first sums of units drawn.

    Raises FacewrightError if a subject has not so many sums.
    """
    heads = open_source(source, "test", count, People(expressions=_DRAWN))
    chosen = []
    for subject in range(len(heads.subjects)):
        units = summed_units(draw_expressions(subject_rng("test", subject, SLOTS), _DRAWN + 1))
        sums = np.flatnonzero(units > 1)[:each]
        if len(sums) < each:
            raise FacewrightError(f"{heads.subjects[subject]} has {len(sums)} sums of facial units: ask for no more.")
        chosen.append(heads.vertices[subject, sums])
    names = tuple(f"sum {number}" for number in range(1, each + 1))
    return replace(heads, vertices=np.stack(chosen), expressions=names)
