"""A patient whose nose after surgery is known exactly is scanned again, in another pose and unit, and compared."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import measure
from facewright.core.anthropometry.nose_fields import displacement
from facewright.core.anthropometry.own_face import OwnFace
from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.scan import later_scan
from facewright.core.scan.align import Alignment
from facewright.core.scan.fitted_scan import FittedScan
from facewright.core.scan.later_scan import (
    LaterScan,
    follow_up,
    is_follow_up,
    moved_parts,
    place_later,
    registered,
)
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import ScanFit, ScanFitSettings, residuals
from facewright.core.surface.extraction import head_mesh
from facewright.core.surgery.plan import Operation, SurgicalPlan
from tests.core.people import people

HEAD = Parameters(nose=(1.0, -0.5), mouth=(0.5,), remainder=(0.5, -1.0, 0.8))
OTHER = Parameters(nose=(-0.5,), eyes=(1.5, -1.0), mouth=(1.0,), remainder=(-1.5, 1.0, -1.0, 1.0))
SURGERY = {"dorsum": -2.0, "alar_base": -0.8}
NOISE_MM = 0.2
TURN, SHIFT = Rotation.from_rotvec([0.4, 2.2, -0.3]), np.array([12.0, -30.0, 4.0])


@pytest.fixture(scope="module")
def model():
    return people()


def face(model, head):
    """The vertices and faces of a head's front, mm."""
    mesh = head_mesh(model, head, 2.5)
    tip = find_landmarks(model, head, names=["prn"]).points["prn"]
    near = np.linalg.norm(mesh.vertices - tip, axis=1) < 95.0
    faces = mesh.faces[(near & (mesh.vertices[:, 2] > tip[2] - 85.0))[mesh.faces].all(axis=1)]
    used, index = np.unique(faces, return_inverse=True)
    return mesh.vertices[used].astype(np.float64), index.reshape(-1, 3)


@pytest.fixture(scope="module")
def truth(model):
    """The face before and after, (N, 3) mm each, and its faces."""
    before, faces = face(model, HEAD)
    return before, before + displacement(SURGERY, find_landmarks(model, HEAD).points, before), faces


def scanned(points, faces, seed):
    """With noise, and elsewhere, in cm."""
    noisy = points + np.random.default_rng(seed).normal(0.0, NOISE_MM, points.shape)
    return Scan(TURN.apply(noisy) / 10.0 + SHIFT, faces)


TRUE_POSE = Alignment(TURN.inv().as_matrix(), -TURN.inv().apply(10.0 * SHIFT), 10.0, 1.0, 1.0)
ROUGH = TRUE_POSE.moved(Rotation.from_rotvec([0.03, -0.04, 0.02]).as_matrix(), np.array([3.0, -2.0, 2.0]))
"""Where the face is, and about as well as the model finds it."""


@pytest.fixture(scope="module")
def earlier(model, truth):
    before, _, faces = truth
    points = before + np.random.default_rng(1).normal(0.0, NOISE_MM, before.shape)
    distance, regions = residuals(model, HEAD, points)
    pose = Alignment(np.eye(3), np.zeros(3), 1.0, 1.0, 1.0)
    return FittedScan("Scan", "mm", Scan(points, faces), ScanFit(HEAD, pose, distance, regions, np.ones(1), True))


@pytest.fixture(scope="module")
def later(model, truth, earlier):
    _, after, faces = truth
    quick = ScanFitSettings(steps=40, learning_rate=0.1, surface_points=300, space_points=200)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(later_scan, "REFIT", quick)
        return follow_up(model, earlier, LaterScan("Later", scanned(after, faces, 2), "cm", ROUGH), {"nose"})


def test_it_lies_on_the_earlier_one_where_surgery_has_not_been(model, truth, earlier, later):
    before, after, _ = truth
    there = later.fit.alignment.to_head(TURN.apply(after) / 10.0 + SHIFT)
    untouched = (before == after).all(axis=1)
    assert np.linalg.norm(there - before, axis=1)[untouched].max() < 0.2
    how = registered(model, earlier, later, {"nose"})
    assert how.mean_mm < 2.0 * NOISE_MM
    assert how.close > 0.95
    assert how.beside > 0.8


def test_a_later_scan_is_doubted_as_the_earlier_one_is(model, truth, earlier, later, monkeypatch):
    _, after, faces = truth
    pose = later.fit.alignment
    assert pose.residual_mm < 0.3
    assert pose.covered > 0.9
    monkeypatch.setattr(later_scan, "REFIT", ScanFitSettings(steps=1))
    doubted = replace(earlier, fit=replace(earlier.fit, size=0.3))
    assert doubted.fit.doubts
    lies = follow_up(model, doubted, LaterScan("Later", scanned(after, faces, 2), "cm", ROUGH), {"nose"})
    assert lies.fit.alignment.residual_mm == ROUGH.residual_mm


def test_the_head_differs_in_what_was_operated_on_alone(model, earlier, later):
    assert later.fit.parameters.changed_from(HEAD) == ("nose",)
    assert later.follows
    assert later.unit == "cm"
    assert is_follow_up(earlier, later)
    assert not is_follow_up(later, earlier)
    assert not is_follow_up(earlier, earlier)
    assert not is_follow_up(earlier, None)


def test_what_was_achieved_is_right_within_its_error(model, earlier, later):
    before, after = (
        {value.measure.key: value for value in measure(model, find_landmarks(model, head, scan=own))}
        for head, own in (
            (one.fit.parameters, OwnFace.of(model, one.fit.parameters, one.points)) for one in (earlier, later)
        )
    )

    def change(key):
        """Of a measure, and two standard deviations of it."""
        error = 2.0 * np.hypot(before[key].uncertainty, after[key].uncertainty)
        return after[key].value - before[key].value, error

    width, error = change("nasal_width")
    assert width == pytest.approx(2.0 * SURGERY["alar_base"], abs=min(error, 0.8))
    hump, error = change("dorsum_45")
    assert hump == pytest.approx(SURGERY["dorsum"], abs=min(error, 0.8))  # the field is nearly whole there
    for key in ("intercanthal_width", "mouth_width", "face_height", "nasal_height"):
        moved, error = change(key)
        assert abs(moved) < error


def test_another_person_is_told_from_the_patient(model, earlier):
    points, faces = face(model, OTHER)
    with pytest.raises(FacewrightError, match="hardly the same face"):
        place_later(model, earlier, scanned(points, faces, 3), ROUGH, {"nose"})


def test_too_little_of_either_scan_is_told(model, truth, earlier):
    before, after, faces = truth
    tip = find_landmarks(model, HEAD, names=["prn"]).points["prn"]
    near = np.linalg.norm(before - tip, axis=1) < 40.0
    nose = faces[near[faces].all(axis=1)]
    with pytest.raises(FacewrightError, match="scan forehead and cheeks"):
        place_later(model, earlier, scanned(after, nose, 2), TRUE_POSE, {"nose"})
    bare = replace(earlier, scan=Scan(earlier.scan.points, nose))
    with pytest.raises(FacewrightError, match="a scan of the whole face is needed"):
        place_later(model, bare, scanned(after, faces, 2), TRUE_POSE, {"nose"})


def test_where_no_face_is_found_the_way_by_landmarks_is_told(model, truth, earlier, monkeypatch):
    _, after, faces = truth
    lost = replace(ROUGH, covered=0.1, evidence=0.0)
    monkeypatch.setattr(later_scan, "align", lambda *arguments: lost)  # which has tests of its own
    monkeypatch.setattr(later_scan, "mean_face", lambda model: None)
    with pytest.raises(FacewrightError, match="No face was found in the later scan: open it with Open Scan"):
        follow_up(model, earlier, LaterScan("Later", scanned(after, faces, 2), "cm"), {"nose"})


def test_it_can_be_called_off(model, truth, earlier):
    _, after, faces = truth
    with pytest.raises(Cancelled):
        place_later(model, earlier, scanned(after, faces, 2), ROUGH, {"nose"}, lambda: True)


def test_lip_and_chin_are_left_out_where_they_were_operated_on():
    plan = SurgicalPlan((Operation("chin_projection", 3.0), Operation("dorsum", -2.0)))
    assert moved_parts(HEAD, HEAD.with_plan(plan)) == {"nose", "mouth"}
    assert moved_parts(HEAD, HEAD.with_plan(plan.without("chin_projection"))) == {"nose"}
    assert moved_parts(HEAD, HEAD.with_value("mouth", 0, 2.0)) == {"nose", "mouth"}
