"""Measurements of a head that was fitted badly are told to be doubtful, before anything else is said of them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pytest

from facewright.core.parameters import Parameters
from facewright.core.project import Variant
from facewright.core.scan.align import Alignment
from facewright.core.scan.fitted_scan import FittedScan
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import Residual, ScanFit
from facewright.editor.fit_verdict import warning, warnings

if TYPE_CHECKING:
    from facewright.core.scan.scan_fit import Verdict

BAD, GOOD = 9.0, 0.2


def fitted(face_mm: float, nose_mm: float) -> FittedScan:
    """A head fitted to a scan that is so far from it."""
    regions = MappingProxyType({"face": Residual(face_mm, 2.0, 5000), "nose": Residual(nose_mm, 1.2, 700)})
    pose = Alignment(np.eye(3), np.zeros(3), 1.0, 0.9, 1.0)
    fit = ScanFit(Parameters(), pose, np.zeros(1, np.float32), regions, np.ones(1), True)
    return FittedScan("Anna", "mm", Scan(np.zeros((1, 3)), np.empty((0, 3), np.int64)), fit)


@pytest.mark.parametrize(
    ("scan", "verdict", "words"),
    [
        (fitted(GOOD, GOOD), "good", ""),
        (fitted(GOOD, BAD), "check the nose", "Check the nose"),
        (fitted(BAD, GOOD), "bad alignment", "Bad alignment"),
    ],
)
def test_a_head_is_warned_about_by_its_verdict(scan: FittedScan, verdict: Verdict, words: str) -> None:
    assert scan.fit.verdict == verdict
    text = warning(Variant("Plan", scan=scan))
    assert text.startswith(words)
    assert ("“Plan”" in text) == bool(words)


def test_two_heads_of_one_bad_scan_are_warned_about_once() -> None:
    bad = fitted(BAD, BAD)
    before, after = Variant("Before", scan=bad), Variant("After", scan=bad)
    assert warnings(before, after) == (warning(after),)
    other = Variant("Other", scan=fitted(BAD, BAD))
    assert warnings(other, after) == (warning(after), warning(other))
    assert warnings(Variant("Mean"), Variant("Head")) == ()
