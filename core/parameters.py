"""A head as a person sets it: one coefficient per principal component, in σ."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.core.parts import CODES, PARTS
from facewright.core.sculpt.dabs import MOST_DABS, Dab
from facewright.core.surgery.plan import NO_PLAN, SurgicalPlan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facewright.core.parts import CodeName

LIMIT = 6.0
"""Largest coefficient accepted, in σ; beyond it no training head is anywhere near."""

RANDOM_COMPONENTS = 10
"""Components of each part that a random head draws: those that have sliders."""


@dataclass(frozen=True)
class Parameters:
    """The coefficients of one head: position along each code's principal components, in σ.

    Immutable, hashable and independent of any model: `Parameters()` is the mean head of all of them.
    Coefficients that are not given are 0, so trailing zeros are dropped and two ways of writing the
    same head are equal. plan : operations carried out on the face that the codes give; dabs : what a brush did then.

    Raises FacewrightError if a coefficient is not a number or lies outside ±`LIMIT`.
    """

    expression: tuple[float, ...] = ()
    nose: tuple[float, ...] = ()
    eyes: tuple[float, ...] = ()
    mouth: tuple[float, ...] = ()
    remainder: tuple[float, ...] = ()
    plan: SurgicalPlan = NO_PLAN
    dabs: tuple[Dab, ...] = ()

    def __post_init__(self) -> None:
        """Check every value and drop trailing zeros."""
        for code in CODES:
            values = tuple(float(value) for value in getattr(self, code))
            for component, value in enumerate(values, start=1):
                if not math.isfinite(value) or abs(value) > LIMIT:
                    raise FacewrightError(
                        f"{code}.{component} = {value:g} is out of range: give a number from {-LIMIT:g} to {LIMIT:g} σ."
                    )
            end = max((i for i, value in enumerate(values, start=1) if value != 0.0), default=0)
            object.__setattr__(self, code, values[:end])

    @classmethod
    def of(
        cls,
        codes: Mapping[CodeName, Sequence[float]],
        plan: SurgicalPlan = NO_PLAN,
        dabs: tuple[Dab, ...] = (),
    ) -> Parameters:
        """A head of codes (σ) by their names, its operations and its brush work."""
        head = cls(plan=plan, dabs=dabs)
        for code, values in codes.items():
            head = head.with_code(code, values)
        return head

    def code(self, code: CodeName) -> tuple[float, ...]:
        """Coefficients of one code, in σ, without trailing zeros."""
        values: tuple[float, ...] = getattr(self, code)
        return values

    def value(self, code: CodeName, index: int) -> float:
        """Coefficient of the component at `index` (from 0), in σ."""
        values = self.code(code)
        return values[index] if index < len(values) else 0.0

    def with_code(self, code: CodeName, values: Sequence[float]) -> Parameters:
        """The same head with all coefficients of one code replaced (σ)."""
        changed: dict[str, Any] = {code: tuple(values)}
        return replace(self, **changed)

    def with_value(self, code: CodeName, index: int, value: float) -> Parameters:
        """The same head with one coefficient (component `index` from 0, σ) replaced."""
        values = list(self.code(code))
        values += [0.0] * (index + 1 - len(values))
        values[index] = value
        return self.with_code(code, values)

    def with_plan(self, plan: SurgicalPlan) -> Parameters:
        """The same head with other operations."""
        return replace(self, plan=plan)

    def with_dabs(self, dabs: tuple[Dab, ...]) -> Parameters:
        """The same head with other brush work; FacewrightError if that is more than a head can have."""
        if len(dabs) > MOST_DABS:
            raise FacewrightError(
                f"A head holds {MOST_DABS:,} dabs of the brush: undo some, use a wider brush, or clear the brush work."
            )
        return replace(self, dabs=dabs)

    @property
    def bare(self) -> Parameters:
        """The head that the codes give, without operations and brush work."""
        return replace(self, plan=NO_PLAN, dabs=())

    def over(self, other: Parameters) -> Parameters:
        """The same head with what `other` has where it has nothing: coefficients of 0, no operations, no brush work."""
        codes: dict[str, Any] = {}
        for code in CODES:
            pairs = zip_longest(self.code(code), other.code(code), fillvalue=0.0)
            codes[code] = tuple(mine or theirs for mine, theirs in pairs)
        plan = other.plan if self.plan == NO_PLAN else self.plan
        return replace(self, plan=plan, dabs=self.dabs or other.dabs, **codes)

    def toward(self, other: Parameters, code: CodeName, share: float) -> Parameters:
        """The same head with one code moved a share of the way (0 to 1) to another head's; the ends are exact."""
        count = max(len(self.code(code)), len(other.code(code)))
        pairs = ((self.value(code, index), other.value(code, index)) for index in range(count))
        between = ((1.0 - share) * own + share * others for own, others in pairs)
        return self.with_code(code, [min(max(value, -LIMIT), LIMIT) for value in between])  # rounding may pass it

    def changed_from(self, before: Parameters | None) -> tuple[CodeName, ...]:
        """The codes in which this head is not another, in the cascade's order; all if there is no other."""
        return tuple(code for code in CODES if before is None or self.code(code) != before.code(code))

    def with_random(self, code: CodeName, count: int, rng: np.random.Generator, strength: float = 1.0) -> Parameters:
        """The same head with the first `count` coefficients of one code drawn from N(0, strength²) within ±3 σ."""
        return self.with_code(code, (rng.standard_normal(count) * strength).clip(-3.0, 3.0).tolist())


def random_head(components: Mapping[CodeName, int], seed: int, strength: float = 1.0) -> Parameters:
    """A neutral head, every part drawn as `Parameters.with_random` says; the same seed gives the same head.

    `components` says how many components each code of the model has.
    """
    rng = np.random.default_rng(seed)
    head = Parameters()
    for part in PARTS:
        head = head.with_random(part, min(components[part], RANDOM_COMPONENTS), rng, strength)
    return head


def parse_assignments(assignments: Sequence[str], components: Mapping[CodeName, int]) -> Parameters:
    """Parameters from texts such as `nose.1=3`: code, component counted from 1, value in σ.

    `components` says how many components each code of the model has.
    Raises FacewrightError for an unknown code, a component the model lacks, or a bad value.
    """
    parameters = Parameters()
    for text in assignments:
        name, _, value_text = text.partition("=")
        code, _, component_text = name.partition(".")
        if code not in components or not component_text.isdecimal() or not value_text:
            raise FacewrightError(
                f"{text!r} is not a setting: write CODE.COMPONENT=σ with CODE one of "
                f"{', '.join(components)}, such as nose.1=3."
            )
        known_code = CODES[CODES.index(code)]
        component = int(component_text)
        if not 1 <= component <= components[known_code]:
            raise FacewrightError(
                f"{name} does not exist: this model's {code} has components 1 to {components[known_code]}."
            )
        try:
            value = float(value_text)
        except ValueError:
            raise FacewrightError(f"{value_text!r} in {text!r} is not a number.") from None
        parameters = parameters.with_value(known_code, component - 1, value)
    return parameters
