"""A scan's fit in words: its verdict, how far the head is from the scan in each part, and what that means."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from facewright.editor.wording import TITLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.project import Variant
    from facewright.core.scan.fitted_scan import FittedScan
    from facewright.core.scan.scan_fit import Residual, Verdict

WORDS: Mapping[Verdict, tuple[str, str]] = MappingProxyType(
    {
        "good": ("Good.", "The head follows this face."),
        "check the nose": (
            "Check the nose.",
            "The head is off there by more than it should be, or the scan has a hole: look at the map before you "
            "measure.",
        ),
        "partial scan": (
            "Partial scan.",
            "The head follows what was scanned of this face; where nothing was, it is the model's guess: measure "
            "nothing there.",
        ),
        "bad alignment": (
            "Bad alignment.",
            "The head does not follow this face. Check the unit, place the scan by its landmarks, and fit again.",
        ),
    }
)
"""Each verdict in short, and what it means."""

_REGIONS = MappingProxyType(
    {"face": "Face", **{part: TITLES[part] for part in ("nose", "eyes", "mouth")}, "remainder": "Rest", "whole": "All"}
)

_WARNINGS: Mapping[Verdict, str] = MappingProxyType(
    {
        "good": "",
        "check the nose": "Check the nose of {}: it is doubtful that the head follows the scan there. "
        "Look at the residual map before you rely on the nose's values.",
        "partial scan": "Only a part of the face of {} was scanned: the rest is the model's guess. "
        "Rely on no value that reaches beyond the scan; the residual map shows where that is.",
        "bad alignment": "Bad alignment of {}: the head does not follow the scan. Its values are not this person's: "
        "place the scan again, and fit anew.",
    }
)


class FitWords(NamedTuple):
    """A fit in words; rows : title of each region, mean and 95th percentile of its distances, mm, and its points."""

    name: str
    verdict: str
    meaning: str
    rows: tuple[tuple[str, str, str, str], ...]


def fit_words(fitted: FittedScan) -> FitWords:
    """What is to be said of a fit, with what speaks against it."""
    verdict, meaning = WORDS[fitted.fit.verdict]
    doubts = "; ".join(fitted.fit.doubts)
    because = f" {doubts[0].upper()}{doubts[1:]}." if doubts else ""
    early = "" if fitted.fit.complete else " The fit was ended early."
    return FitWords(fitted.name, verdict, f"{meaning}{because}{early}", residual_rows(fitted.fit.regions))


def residual_rows(regions: Mapping[str, Residual]) -> tuple[tuple[str, str, str, str], ...]:
    """The distances of each region that there is, as `FitWords` has them."""
    return tuple(
        (title, f"{regions[name].mean_mm:.2f}", f"{regions[name].p95_mm:.2f}", f"{regions[name].points:,}")
        for name, title in _REGIONS.items()
        if name in regions
    )


def warning(head: Variant) -> str:
    """Why the measurements of a head are not to be relied on; empty if it was fitted well, or to no scan."""
    return _WARNINGS[head.scan.fit.verdict].format(f"“{head.name}”") if head.scan else ""


def warnings(before: Variant, after: Variant) -> tuple[str, ...]:
    """The warnings about two heads that are measured against each other, each once, that about `after` first."""
    told = (warning(head) for head in (after, before) if head is after or head.scan is not after.scan)
    return tuple(text for text in told if text)
