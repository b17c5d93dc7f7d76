"""People whom a benchmark does not hold, to measure a model on: other sources, wide draws, children, changed noses.

All are of the test split, whose draws no training sees; surgical noses carry changes of unseen strengths and kinds
together, and the sums of facial units are of two to five of them, and some of the presets.
"""

from __future__ import annotations

from dataclasses import replace
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
            sets["ict_sums"] = _summed(source)
    if not sets:
        raise FacewrightError("Other people are drawn of ICT-FaceKit and Anny alone: give --data anny: or ict:FOLDER.")
    return sets


def _drawn(source: str, people: People) -> Population:
    return lambda count: with_noses(open_source(source, "test", count, people), "test", people.noses)


_DRAWN = 12
"""Expressions of a subject that are drawn, so that nearly surely there is a sum among them."""


def _summed(source: str) -> Population:
    """The benchmark's subjects, each with the first of its drawn expressions that is a sum of units, and no other."""

    def read(count: int) -> HeadSet:
        heads = open_source(source, "test", count, People(expressions=_DRAWN))
        chosen = []
        for subject in range(len(heads.subjects)):
            summed = summed_units(draw_expressions(subject_rng("test", subject, SLOTS), _DRAWN + 1))
            chosen.append(heads.vertices[subject, int(np.argmax(summed > 1))])
        return replace(heads, vertices=np.stack(chosen)[:, None], expressions=("sum",))

    return read
