"""What a person has made of a model so far: variants of a head, locks, and every step on the way.

All of it is immutable: a step holds the whole state it led to, so that going back is showing an older one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, CodeName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facewright.core.scan.fitted_scan import FittedScan


MOST_VARIANTS = 100
LONGEST_NAME = 300
"""Of a variant, and of what a step did: far more than a screen shows."""


@dataclass(frozen=True)
class Blend:
    """A head between two others, which it keeps: neither changes by being blended, nor the blend when they do.

    weights : one for each of `CODES`, 0 gives the first head's code, 1 the second's. How the two came about is
    forgotten: blends of blends would otherwise grow without end.
    """

    first: Variant
    second: Variant
    weights: tuple[float, ...] = (0.0,) * len(CODES)

    def __post_init__(self) -> None:
        """Keep the two heads alone."""
        for name in ("first", "second"):
            variant: Variant = getattr(self, name)
            object.__setattr__(self, name, replace(variant, blend=None, scan=None))

    @property
    def parameters(self) -> Parameters:
        """The blended head."""
        result = self.first.parameters
        for code, weight in zip(CODES, self.weights, strict=True):
            result = result.toward(self.second.parameters, code, weight)
        return result

    def with_weight(self, code: CodeName, weight: float) -> Blend:
        """The same blend with another share (0 to 1) of the second head in one code."""
        weights = list(self.weights)
        weights[CODES.index(code)] = weight
        return replace(self, weights=tuple(weights))


@dataclass(frozen=True)
class Variant:
    """A named head.

    blend : how it came about, while nothing else was done to it since; scan : the patient's own, if the head goes back
    to one.
    """

    name: str
    parameters: Parameters = field(default_factory=Parameters)
    blend: Blend | None = None
    scan: FittedScan | None = None

    @property
    def heads(self) -> tuple[Parameters, ...]:
        """The head, those that it is a blend of, and the one that was fitted to its scan."""
        sources = (self.blend.first, self.blend.second) if self.blend else ()
        fitted = (self.scan.fit.parameters,) if self.scan else ()
        return (self.parameters, *(source.parameters for source in sources), *fitted)


@dataclass(frozen=True)
class EditState:
    """Everything that undo brings back: the variants, which of them is edited, the parts that are locked.

    landmarks : those that a person has corrected, by name: places (x, y, z) on the template, mm, so that they ride on
    every variant (`core.anthropometry.landmarks.corrected`).
    """

    variants: tuple[Variant, ...] = (Variant("Head 1"),)
    active: int = 0
    locked: frozenset[CodeName] = frozenset()
    landmarks: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Freeze the mapping; raise ValueError if no variant is active, two have one name, or there are too many."""
        object.__setattr__(self, "landmarks", MappingProxyType(dict(self.landmarks)))
        if not 0 <= self.active < len(self.variants):
            raise ValueError(f"variant {self.active} of {len(self.variants)} cannot be active")
        if len({variant.name for variant in self.variants}) < len(self.variants):
            raise ValueError("two variants have the same name")
        if len(self.variants) > MOST_VARIANTS or any(len(variant.name) > LONGEST_NAME for variant in self.variants):
            raise ValueError(f"there are more than {MOST_VARIANTS} variants, or a name is too long")

    @property
    def variant(self) -> Variant:
        """The variant that is edited."""
        return self.variants[self.active]

    @property
    def parameters(self) -> Parameters:
        """The head that is edited (σ)."""
        return self.variant.parameters

    def named(self, name: str) -> int | None:
        """Index of the variant of that name, if there is one."""
        return next((index for index, variant in enumerate(self.variants) if variant.name == name), None)

    def with_locked(self, parameters: Parameters) -> Parameters:
        """These parameters with locked parts, and with a locked nose the operations, as the active variant has them.

        Which brush work is on a locked part a model alone tells (`core.sculpt.by_part`).
        """
        for code in self.locked:
            parameters = parameters.with_code(code, self.parameters.code(code))
        return parameters.with_plan(self.parameters.plan) if "nose" in self.locked else parameters

    def edited(self, parameters: Parameters) -> EditState:
        """The active variant changed to these parameters, but for what `with_locked` keeps."""
        parameters = self.with_locked(parameters)
        if parameters == self.parameters:
            return self
        return self._with_active(replace(self.variant, parameters=parameters, blend=None))

    def blended(self, blend: Blend, codes: Sequence[CodeName] = CODES) -> EditState:
        """The active variant with codes as a blend has them. Locked parts stay; it is the blend's variant all the same.

        Were it not, going on with the blend would begin another variant.
        """
        parameters = self.parameters
        for code in codes:
            parameters = parameters.with_code(code, blend.parameters.code(code))
        state = self.edited(parameters)
        return state._with_active(replace(state.variant, blend=blend))

    def blend_of(self, first: Variant, second: Variant) -> Blend:
        """The blend of two heads that is edited; else one that begins at that of the two which is, or at the first."""
        fresh = Blend(first, second, (float(first.name != second.name == self.variant.name),) * len(CODES))
        current = self.variant.blend
        return current if current and (current.first, current.second) == (fresh.first, fresh.second) else fresh

    def branched(self, name: str, parameters: Parameters | None = None, scan: FittedScan | None = None) -> EditState:
        """A new variant after the active one, and active; by default the same head, made from the same scan.

        Raises FacewrightError if there are as many as there may be.
        """
        if len(self.variants) >= MOST_VARIANTS:
            raise FacewrightError(f"There already are {MOST_VARIANTS} variants: delete one that is not needed.")
        name = name[: LONGEST_NAME - 10]  # room for a number behind it
        new = Variant(self.unused(name), self.parameters, scan=self.variant.scan)
        if parameters is not None:
            new = Variant(new.name, parameters, scan=scan)
        place = self.active + 1
        return replace(self, variants=(*self.variants[:place], new, *self.variants[place:]), active=place)

    def activated(self, index: int) -> EditState:
        """Another variant is edited from now on."""
        return replace(self, active=index)

    def renamed(self, index: int, name: str) -> EditState:
        """A variant under another name.

        Raises FacewrightError if the name is empty or another variant's.
        """
        name = " ".join(name.split())
        if not name:
            raise FacewrightError("A variant needs a name: give it at least one letter.")
        if len(name) > LONGEST_NAME:
            raise FacewrightError(f"A variant's name has {LONGEST_NAME} letters at most: give a shorter one.")
        if self.named(name) not in (None, index):
            raise FacewrightError(f"There already is a variant called {name}: choose another name.")
        variants = list(self.variants)
        variants[index] = replace(variants[index], name=name)
        return replace(self, variants=tuple(variants))

    def moved(self, index: int, place: int) -> EditState:
        """A variant at another place in the row; the active one stays active."""
        variants = list(self.variants)
        variants.insert(place, variants.pop(index))
        return replace(self, variants=tuple(variants), active=variants.index(self.variant))

    def without(self, index: int) -> EditState:
        """One variant less; the one before it takes over if it was active.

        Raises FacewrightError if it is the only one.
        """
        if len(self.variants) == 1:
            raise FacewrightError("The only variant cannot be deleted: there is always a head to edit.")
        active = self.active - (index < self.active or self.active == index > 0)
        return replace(self, variants=(*self.variants[:index], *self.variants[index + 1 :]), active=active)

    def with_lock(self, code: CodeName, locked: bool) -> EditState:
        """A part locked or free."""
        return replace(self, locked=self.locked | {code} if locked else self.locked - {code})

    def with_landmark(self, name: str, place: tuple[float, float, float] | None) -> EditState:
        """A landmark corrected to a place (x, y, z) on the template, mm; None gives it back to the model."""
        others = {other: place_of for other, place_of in self.landmarks.items() if other != name}
        return replace(self, landmarks=others if place is None else {**others, name: place})

    def unused(self, name: str) -> str:
        """The name itself, or with a number behind it that makes it new."""
        stem, _, number = name.rpartition(" ")
        stem = stem if stem and number.isdecimal() else name
        names = {variant.name for variant in self.variants}
        numbers = range(2, len(names) + 3)
        return name if name not in names else next(n for i in numbers if (n := f"{stem} {i}") not in names)

    def _with_active(self, variant: Variant) -> EditState:
        return replace(self, variants=(*self.variants[: self.active], variant, *self.variants[self.active + 1 :]))


@dataclass(frozen=True)
class Step:
    """One step of the history: what was done, and what it led to."""

    text: str
    state: EditState


@dataclass(frozen=True)
class Project:
    """All that a project file keeps.

    model_name, fingerprint : of the model that gives the coefficients their meaning (`HeadModel.fingerprint`);
    steps : the history, its first step the state it began with; current : index of the step that is shown;
    view : how it is looked at, as JSON holds it; before : the head that the others are compared with, None for the mean
    one; cohort : whose norms are shown, by the name that the screen gives it, empty for none; note : what had to be
    left out when it was read, in a sentence for a person, empty for nothing.
    """

    model_name: str
    fingerprint: str
    steps: tuple[Step, ...]
    current: int
    view: Mapping[str, object] = field(default_factory=dict)
    before: Variant | None = None
    cohort: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError if no step is the current one."""
        if not 0 <= self.current < len(self.steps):
            raise ValueError(f"step {self.current} of {len(self.steps)} cannot be the current one")

    @property
    def state(self) -> EditState:
        """What is shown."""
        return self.steps[self.current].state

    def check_model(self, name: str, fingerprints: Sequence[str], components: Mapping[CodeName, int]) -> None:
        """Raise FacewrightError if the project is not of the model with this name and these components.

        fingerprints : the model's own, and those of models in whose place it is.
        """
        if self.fingerprint not in fingerprints:
            other = "another version of it" if name == self.model_name else f"the model {name}"
            raise FacewrightError(
                f"This project was made with the model {self.model_name}, and {other} is open, whose sliders mean "
                "something else: open that model first (File → Open Model), then the project."
            )
        variants = [variant for step in self.steps for variant in step.state.variants]
        variants += [self.before] if self.before else []
        for head in {head for variant in variants for head in variant.heads}:
            if any(len(head.code(code)) > count for code, count in components.items()):
                raise FacewrightError("This project is damaged, it sets components that its model does not have.")
