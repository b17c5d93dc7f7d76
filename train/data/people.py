"""How subjects are drawn: as a data set's benchmark has them, or as wide as people are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    import numpy as np

    from facewright.train.data.heads import Split

MOST_SUBJECTS = 5000
"""Subjects of a split that are drawn as `People` say; a benchmark's are counted."""


@dataclass(frozen=True)
class People:
    """What subjects are drawn beside, or in place of, those of a data set's benchmark; by default none.

    Only sources that draw their heads can be wide or make units; noses are changed on heads of any source.
    """

    wide: float = 0.0
    """Share of the subjects that are as wide as people are: ICT-FaceKit's with σ 1.5 and of every size from newborn to
    large adult; Anny's of all ages, weights and muscles, lopsided, and with nose shapes at full strength."""
    ages: Literal["all", "children"] = "all"
    """Ages of Anny's wide subjects."""
    noses: float = 0.0
    """Share of the subjects whose noses are changed as noses of patients are: humps, deviations, tips, alae."""
    expressions: int = 0
    """Expressions of a subject that are drawn of all 53 units, alone, by side and in sums of up to five; 0 for the
    benchmark's."""

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        for name in ("wide", "noses"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise FacewrightError(f"{name} is a share of the subjects: give a number from 0 to 1.")
        if not 0 <= self.expressions <= 200:
            raise FacewrightError("expressions must be from 0 to 200.")

    def most(self, benchmark: int) -> int:
        """How many subjects a split may have whose benchmark has so many."""
        return MOST_SUBJECTS if self.wide else benchmark


BENCHMARK = People()
"""The subjects as the open benchmark has them."""

_SEEDS: dict[Split, int] = {"train": 20251128, "validation": 20251129, "test": 20251130}


def subject_rng(split: Split, subject: int, purpose: int) -> np.random.Generator:
    """Random numbers of one subject for one purpose, whatever else is drawn."""
    import numpy as np

    return np.random.default_rng([_SEEDS[split], subject, purpose])


WIDTH, SLOTS, NOSE = range(3)
"""Purposes: how wide a subject is, its expressions, its nose."""

_USUAL_SIZE = 0.5
_SIZES = (0.62, 1.12)
"""Least and greatest head over an adult's mean: a newborn's circumference is 350 mm, a large man's 630, of 565."""


def draw_size(rng: np.random.Generator) -> float:
    """Size of a head over an adult's mean: half of them adults', half of any age."""
    usual = rng.random() < _USUAL_SIZE
    spread = float(rng.normal(1.0, 0.045))
    anywhere = float(rng.uniform(*_SIZES))
    return min(max(spread, _SIZES[0]), _SIZES[1]) if usual else anywhere
