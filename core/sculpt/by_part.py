"""Brush work part by part, so that what holds for a part's sliders holds for the brush work on it too."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from facewright.core.grab import parts_at
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.sculpt.warp import dab_centres

if TYPE_CHECKING:
    from collections.abc import Collection

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName
    from facewright.core.sculpt.dabs import Dab


def parts_of(model: HeadModel, dabs: tuple[Dab, ...]) -> list[CodeName]:
    """The part that each dab is of, by its place on the mean head: a dab stays on its part whatever head it is on."""
    if not dabs or not model.network.config.windows:
        return [CODES[-1]] * len(dabs)
    return parts_at(model, model.field(Parameters()), dab_centres(model, Parameters(), dabs))


def with_locked_work(
    model: HeadModel, before: Parameters, after: Parameters, locked: Collection[CodeName]
) -> Parameters:
    """The head `after`, with the brush work that `before` has on locked parts, and no other there.

    Raises FacewrightError if that is more than a head can have.
    """
    if not locked or after.dabs == before.dabs:
        return after
    parts, count = parts_of(model, (*before.dabs, *after.dabs)), len(before.dabs)
    kept = [one for one, part in zip(before.dabs, parts[:count], strict=True) if part in locked]
    there = [one for one, part in zip(after.dabs, parts[count:], strict=True) if part in locked]
    if Counter(kept) == Counter(there):
        return after
    free = [one for one, part in zip(after.dabs, parts[count:], strict=True) if part not in locked]
    return after.with_dabs((*kept, *free))
