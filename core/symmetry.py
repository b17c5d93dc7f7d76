"""Left and right: heads mirrored and made symmetric, and coefficients changed alike on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.expressions import Expressions
from facewright.core.facial_units import PRESETS, preset_units, twin
from facewright.core.parameters import LIMIT
from facewright.core.parts import CODES, PARTS
from facewright.core.sculpt import dabs
from facewright.core.sculpt.by_part import parts_of
from facewright.core.surgery.mirror import mirrored, symmetric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.basis import Basis
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.sculpt.dabs import Dab

_SIDED = 0.25
"""A component of which less than this share is symmetric has no symmetric change to speak of."""

_ROUNDING = 1e-5
"""σ: a code that a mirror changes by no more is symmetric, and stays as it is. Files round the codes of expressions."""

_LEAST_OWN = 1e-3
"""Units one of which moves nothing of its own beyond such a share have no strengths to speak of."""


class Symmetry:
    """How a model's coefficients change when a head is mirrored.

    The file's maps are fitted over the training heads and their twins. In σ the mirror must be a reflection:
    orthogonal, as twins are spread alike, and its own inverse. The nearest reflection to the fitted map is used, so
    that mirroring twice is exact, and a symmetric change leaves the rest of a head's asymmetry as it was.

    An expression that is a sum of facial units is mirrored by name: the strengths of left and right change places. Only
    what is no sum of units goes through the reflection. In a model without units the named expressions are mirrored so.
    """

    def __init__(self, model: HeadModel) -> None:
        """Find each code's map, (k, k) float64, its own inverse."""
        self._model = model
        self._maps = {code: _reflection(_fitted(model, code)) for code in CODES}
        self._maps["expression"] = _by_name(model, self._maps["expression"])

    def mirrored(self, parameters: Parameters, codes: Sequence[CodeName] = CODES) -> Parameters:
        """The head with the given codes mirrored, with the brush work on their parts, and the nose's operations."""
        for code in codes:
            values = self._padded(parameters, code)
            parameters = _changed(parameters, code, values, values @ self._maps[code])
        own, others = self._work(parameters, codes)
        plan = mirrored(parameters.plan) if "nose" in codes else parameters.plan
        return parameters.with_plan(plan).with_dabs((*others, *(one.mirrored for one in own)))

    def symmetric(self, parameters: Parameters, codes: Sequence[CodeName] = CODES) -> Parameters:
        """The head with the asymmetry of the given codes taken away, and as `mirrored` that of what lies over them.

        Raises FacewrightError if it needs more dabs than a head can have.
        """
        for code in codes:
            values = self._padded(parameters, code)
            parameters = _changed(parameters, code, values, (values + values @ self._maps[code]) / 2)
        own, others = self._work(parameters, codes)
        plan = symmetric(parameters.plan) if "nose" in codes else parameters.plan
        return parameters.with_plan(plan).with_dabs((*others, *dabs.symmetric(own)))

    def share(self, code: CodeName, index: int) -> float:
        """How symmetric a component is: 1 if both sides change alike, 0 if they change oppositely."""
        return float(1.0 + self._maps[code][index, index]) / 2

    def is_sided(self, code: CodeName, index: int) -> bool:
        """Whether a component does nothing alike on both sides."""
        return self.share(code, index) < _SIDED

    def change(self, before: Parameters, after: Parameters) -> Parameters:
        """`before` with the symmetric part of the change to `after`: its asymmetry stays as it is."""
        for code in after.changed_from(before):
            start = self._padded(before, code)
            change = self._padded(after, code) - start
            after = _within_limit(after, code, start + (change + change @ self._maps[code]) / 2)
        return after

    def even_ways(self, code: CodeName) -> np.ndarray:
        """The changes of a part that are alike on both sides: (k, m) float64, orthonormal columns."""
        values, vectors = np.linalg.eigh(self._maps[code])
        even: np.ndarray = vectors[:, values > 0.0]
        return even

    def slide(self, before: Parameters, code: CodeName, index: int, value: float) -> Parameters:
        """`before` with one coefficient set to `value` (σ) by a symmetric change; a sided component stays."""
        if self.is_sided(code, index):
            return before
        start = self._padded(before, code)
        direction = self._maps[code][index].copy()
        direction[index] += 1.0
        values = start + (value - start[index]) / direction[index] * direction
        values[index] = value  # to the last bit
        return _within_limit(before, code, values)

    def with_strength(self, before: Parameters, basis: Basis, name: str, strength: float) -> Parameters:
        """`before` with another strength of a direction by a symmetric change, be it a direction of one side alone.

        Half of what moves one side is symmetric: it is asked for so much more.
        """
        start = basis.strengths(before)[name]
        after = self.change(before, basis.with_strength(before, name, strength))
        share = (basis.strengths(after)[name] - start) / (strength - start) if strength != start else 1.0
        if share < _SIDED:
            return after
        return self.change(before, basis.with_strength(before, name, start + (strength - start) / share))

    def _work(self, parameters: Parameters, codes: Sequence[CodeName]) -> tuple[list[Dab], list[Dab]]:
        """The dabs on the parts of codes, and the others."""
        if set(PARTS) <= set(codes):
            return list(parameters.dabs), []
        work: tuple[list[Dab], list[Dab]] = [], []
        for one, part in zip(parameters.dabs, parts_of(self._model, parameters.dabs), strict=True):
            work[part not in codes].append(one)
        return work

    def _padded(self, parameters: Parameters, code: CodeName) -> np.ndarray:
        """Coefficients of all the code's components, (k,)."""
        values = np.zeros(len(self._maps[code]))
        values[: len(parameters.code(code))] = parameters.code(code)
        return values


def _fitted(model: HeadModel, code: CodeName) -> np.ndarray:
    """A code's mirror map as the file has it, in terms of coefficients (row @ matrix), (k, k) float64."""
    space = model.latent[code]
    sigma = space.sigma.astype(np.float64)
    fitted: np.ndarray = (sigma[:, None] * space.components) @ model.mirror[code] @ space.components.T / sigma
    return fitted


def _reflection(fitted: np.ndarray) -> np.ndarray:
    """The symmetric orthogonal matrix nearest to one, (k, k)."""
    values, vectors = np.linalg.eigh((fitted + fitted.T) / 2)
    return (vectors * np.where(values < 0.0, -1.0, 1.0)) @ vectors.T


def _by_name(model: HeadModel, reflection: np.ndarray) -> np.ndarray:
    """The expression's map (k, k): what has a name changes sides, and what is at right angles to that is reflected.

    The reflection alone where nothing has a name and a twin, or such as are sums of others.
    """
    known = Expressions(model)
    twins = _twins(known)
    if not twins:
        return reflection
    basis = (known.facial_units if known.facial_units.names else known.presets).renamed({name: name for name in twins})
    _, spread, ways = np.linalg.svd(basis.directions)
    if len(twins) > len(reflection) or spread[-1] < _LEAST_OWN * spread[0]:
        return reflection
    rest = ways[len(twins) :]
    swapped = basis.directions[[basis.names.index(other) for other in twins.values()]]
    return np.linalg.pinv(basis.directions) @ swapped + rest.T @ _reflection(rest @ reflection @ rest.T) @ rest


def _twins(known: Expressions) -> dict[str, str]:
    """What each unit is in a mirror, or each expression that is a known sum of units where a model has no units."""
    if known.facial_units.names:
        found = {name: twin(name) for name in known.facial_units.names}
    else:
        sums = {name: preset_units(name) for name in known.names if name in PRESETS}
        turned = {name: {twin(unit): weight for unit, weight in own.items()} for name, own in sums.items()}
        found = {name: other for name, own in turned.items() for other in sums if sums[other] == own}
    return {name: other for name, other in found.items() if other in found}


def _within_limit(parameters: Parameters, code: CodeName, values: np.ndarray) -> Parameters:
    return parameters.with_code(code, values.clip(-LIMIT, LIMIT).tolist())


def _changed(parameters: Parameters, code: CodeName, before: np.ndarray, after: np.ndarray) -> Parameters:
    """The head with a code (k,) as it is after a mirror."""
    is_same = np.abs(after - before).max(initial=0.0) <= _ROUNDING
    return parameters if is_same else _within_limit(parameters, code, after)
