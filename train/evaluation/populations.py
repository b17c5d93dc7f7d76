"""People whom a benchmark does not hold, to measure a model on: other sources, wide draws, children, changed noses.

All are of the test split, whose draws no training sees; surgical noses carry changes of unseen strengths and kinds
together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from facewright.core.errors import FacewrightError
from facewright.train.data.heads import open_source
from facewright.train.data.noses import with_noses
from facewright.train.data.people import BENCHMARK, People
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
    if not sets:
        raise FacewrightError("Other people are drawn of ICT-FaceKit and Anny alone: give --data anny: or ict:FOLDER.")
    return sets


def _drawn(source: str, people: People) -> Population:
    return lambda count: with_noses(open_source(source, "test", count, people), "test", people.noses)
