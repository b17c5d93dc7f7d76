"""Planned and achieved are measured alike: in one horizontal, by landmarks that are told on one scan."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from facewright.core.anthropometry.measure import BY_KEY
from facewright.core.parameters import Parameters
from facewright.core.project import Variant
from facewright.core.scan.align import Alignment
from facewright.core.scan.fitted_scan import FittedScan
from facewright.core.scan.own_points import OwnPoints
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import ScanFit, residuals
from facewright.core.surface.extraction import head_mesh
from facewright.core.surgery.plan import NO_PLAN, Operation
from facewright.core.surgery.solve import solve_plan
from facewright.core.surgery.subject import Subject
from facewright.editor.live.scan_surface import CarriedSurface
from facewright.editor.measurement.measurer import HeadPair
from facewright.editor.report.achieved_lines import footing
from facewright.editor.report.achieved_study import AchievedReport, AchievedStudy, achieved_study
from facewright.editor.report.study import Details
from tests.core.people import people

PLACE = Alignment(np.eye(3), np.zeros(3), 1.0, 0.9, 1.0)
EARLESS_MM = 30.0
"""What is further back the scans do not have."""


def carried_out(operation: Operation, later_head: Parameters) -> tuple[AchievedStudy, HeadPair]:
    """A plan of one operation on the mean head's scan without ears, achieved to the last point, and the same as a pair.

    later_head : that the later scan is said to have been fitted by.
    """
    model, head = people(), Parameters()
    mesh = head_mesh(model, head, 2.5)
    seen = mesh.vertices[:, 2] > EARLESS_MM
    faces = (np.cumsum(seen) - 1)[mesh.faces[seen[mesh.faces].all(axis=1)]]
    front = mesh.vertices[seen]

    def scan_of(points: np.ndarray, fitted: Parameters, *, follows: bool) -> FittedScan:
        distance, regions = residuals(model, head, front)
        fit = ScanFit(fitted, PLACE, distance, regions, np.ones(1), True)
        return FittedScan("S", "mm", Scan(points.astype(float), faces), fit, follows=follows)

    earlier = scan_of(front, head, follows=False)
    subject = Subject(model, head, scan=OwnPoints(model, earlier).at(head))
    plan = solve_plan(subject, NO_PLAN.with_operation(operation)).plan
    planned = Variant("Plan", head.with_plan(plan), scan=earlier)
    moved = CarriedSurface(model, earlier).at(planned.parameters).mesh.vertices
    later = scan_of(moved, later_head, follows=True)
    study = achieved_study(model, {}, planned, Variant("Later", later_head, scan=later), threading.Event())
    points = OwnPoints(model, earlier), OwnPoints(model, later)
    return study, HeadPair(model, {}, "Plan", planned.parameters, later_head, *points)


def test_a_chin_that_was_moved_turns_no_horizontal() -> None:
    """Of a plan that was achieved to the last point, the tip's rotation is what was planned."""
    study, ways = carried_out(Operation("chin_projection", 4.0), Parameters())
    assert study.faces[0].facial_plane is not None
    advanced = study.faces[2].points["pg"] - study.faces[0].points["pg"]
    assert advanced[2] == pytest.approx(4.0, abs=0.3)
    for key, most in (("tip_rotation", 0.3), ("goode_ratio", 0.01)):
        before, wanted, achieved = (BY_KEY[key].formula(face) for face in study.faces)
        assert achieved == pytest.approx(wanted, abs=most)
        assert wanted == pytest.approx(before, abs=most)
    compared = ways.measured()
    rotations = [BY_KEY["tip_rotation"].formula(face) for face in (compared.before, compared.now)]
    assert rotations[1] == pytest.approx(rotations[0], abs=0.3)
    alone = replace(ways, before=Parameters(), own_before=None).measured(compared)
    assert BY_KEY["tip_rotation"].formula(alone.now) < rotations[1] - 1.0  # in the horizontal of its own chin
    (small,) = footing(AchievedReport(study, Details(), {}, "")).small[:1]
    assert "square to the facial plane g–pg (no ears in the scan), as the earlier scan has it" in small


def test_what_was_narrowed_is_measured_where_it_is_now() -> None:
    """The creases of alae lie elsewhere after surgery, and eyes where they lay."""
    study, ways = carried_out(Operation("alar_base", -3.0), Parameters(nose=(0.05,)))
    for face in (study.faces[2], ways.measured().now):
        for key, most in (("alar_base", 0.4), ("nasal_volume", 0.3), ("subnasal_width", 0.4)):
            before, planned = (BY_KEY[key].formula(each) for each in study.faces[:2])
            assert planned < before - 0.9
            assert BY_KEY[key].formula(face) == pytest.approx(planned, abs=most)
        for name in ("en_l", "en_r", "ex_l", "ch_l"):
            np.testing.assert_allclose(face.points[name], study.faces[0].points[name], atol=0.05)
