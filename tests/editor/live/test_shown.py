"""What is to be seen follows from what is chosen, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from facewright.core.parameters import Parameters
from facewright.core.project import EditState, Variant
from facewright.core.scan.align import Alignment
from facewright.core.scan.scan import Scan
from facewright.editor.live.scan_surface import StillScan
from facewright.editor.live.shown import DisplayState, shown
from facewright.editor.viewport.display_options import DisplayOptions
from tests.editor.ellipsoid_head import EllipsoidHead

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.scan.fitted_scan import FittedScan

MODEL = cast("HeadModel", EllipsoidHead())
PATIENT, OTHERS = cast("FittedScan", object()), cast("FittedScan", object())
"""Scans: what is to be seen is told apart by which one it is."""
HEAD = Variant("Plan", Parameters(nose=(1.0,)), scan=PATIENT)
OTHER = Variant("Before", scan=OTHERS)


def seen(display: DisplayOptions, head: Variant = HEAD, placing: StillScan | None = None) -> DisplayState:
    return shown(MODEL, EditState((head,)), display, OTHER, placing, project=1, moving=False)


def test_the_edited_variant_is_seen_by_its_name() -> None:
    now = seen(DisplayOptions())
    assert (now.model, now.parameters, now.name) == (MODEL, HEAD.parameters, "Plan")


def test_the_other_head_is_computed_only_where_something_shows_it() -> None:
    assert not seen(DisplayOptions()).compares
    for display in (
        DisplayOptions(comparison="split"),
        DisplayOptions(comparison="overlay"),
        DisplayOptions(colouring="displacement"),
    ):
        assert seen(display).compares
    assert seen(DisplayOptions()).other is OTHER


def test_the_patients_own_surface_is_seen_on_both_sides_where_the_look_shows_it() -> None:
    assert (seen(DisplayOptions()).scan, seen(DisplayOptions()).other_scan) == (None, None)
    alone = seen(DisplayOptions(own_surface=True))
    assert (alone.scan, alone.other_scan) == (PATIENT, None)
    both = seen(DisplayOptions(own_surface=True, comparison="split"))
    assert (both.scan, both.other_scan) == (PATIENT, OTHERS)
    assert seen(DisplayOptions(colouring="residual")).scan is PATIENT
    assert seen(DisplayOptions(own_surface=True), replace(HEAD, scan=None)).scan is None


def test_a_scan_that_is_being_placed_goes_first() -> None:
    nowhere = Alignment(np.eye(3), np.zeros(3), 1.0)
    placing = StillScan(Scan(np.zeros((3, 3)), np.array([[0, 1, 2]])), nowhere, np.empty((0, 3)), "Scan 1")
    for display in (DisplayOptions(), DisplayOptions(own_surface=True)):
        now = seen(display, placing=placing)
        assert now.scan is placing
        assert now.name == "Scan 1, not fitted"
        assert now.subject != seen(display).subject


def test_what_is_drawn_alone_asks_for_no_painting() -> None:
    display = DisplayOptions()
    for drawn in ({"shade": "pearl"}, {"wireframe": True}, {"dark": False}):
        assert seen(replace(display, **drawn)).painted == seen(display).painted
    for painted in ({"colouring": "parts"}, {"landmarks": True}, {"comparison": "wipe"}, {"own_surface": True}):
        assert seen(replace(display, **painted)).painted != seen(display).painted
