"""Heads to choose from: drawn, or children of heads that a person picked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.parameters import LIMIT, RANDOM_COMPONENTS, random_head
from facewright.core.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName

COUNT = 12
"""Heads of a sheet."""
_MUTATION = 0.35
"""σ by which a child differs from its parents, along the first components."""
_SEEDS = 10_000


def drawn(
    components: Mapping[CodeName, int],
    base: Parameters,
    locked: Collection[CodeName],
    strength: float,
    rng: np.random.Generator,
) -> list[tuple[int, Parameters]]:
    """`COUNT` random heads, each with the seed that Random Head would draw it from.

    Locked parts and the expression are those of `base`.
    """
    seeds = rng.choice(np.arange(1, _SEEDS), COUNT, replace=False).tolist()
    return [(seed, _kept(random_head(components, seed, strength), base, locked)) for seed in seeds]


def bred(
    parents: Sequence[Parameters],
    components: Mapping[CodeName, int],
    base: Parameters,
    locked: Collection[CodeName],
    rng: np.random.Generator,
) -> list[Parameters]:
    """`COUNT` children: each part of one parent or between two of them, and a little of its own."""
    children = []
    for _ in range(COUNT):
        child = base
        for part in PARTS:
            first, second = (parents[int(index)] for index in rng.integers(len(parents), size=2))
            share = float(rng.choice([0.0, rng.uniform(0.25, 0.75)]))
            own = first.toward(second, part, share)
            values = np.zeros(components[part])
            values[: len(own.code(part))] = own.code(part)
            few = min(components[part], RANDOM_COMPONENTS)
            values[:few] += _MUTATION * rng.standard_normal(few)
            child = child.with_code(part, values.clip(-LIMIT, LIMIT).tolist())
        children.append(_kept(child, base, locked))
    return children


def _kept(head: Parameters, base: Parameters, locked: Collection[CodeName]) -> Parameters:
    for code in {"expression", *locked}:
        head = head.with_code(code, base.code(code))
    return head
