"""A head of the bundled model, cut and turned, is found where it was put."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.landmarks import FIVE, find_landmarks
from facewright.core.errors import FacewrightError
from facewright.core.exchange.shape import UNITS_PER_MM
from facewright.core.parameters import Parameters
from facewright.core.scan.align import Alignment, _best, align, align_by_landmarks
from facewright.core.scan.evidence import Pose
from facewright.core.scan.mean_face import mean_face, sampled
from facewright.core.scan.scan import Scan
from facewright.core.surface.extraction import head_mesh
from tests.core.people import people

HEAD = Parameters(nose=(1.5, -1.0), eyes=(1.0,), mouth=(-1.0,), remainder=(1.0, -1.0, 0.5))
TURN = Rotation.from_rotvec([1.9, -0.7, 1.1])
SHIFT = np.array([30.0, -400.0, 90.0])


@pytest.fixture(scope="module")
def model():
    found = people()
    if not found.points:
        pytest.skip("the bundled model is from before landmarks were kept")
    return found


@pytest.fixture(scope="module")
def mean(model):
    return mean_face(model)


@pytest.fixture(scope="module")
def front(model):
    """The front of a head with a shoulder's worth of clutter below it, mm, head frame."""
    mesh = head_mesh(model, HEAD, 4.0)
    kept = (mesh.vertices[:, 2] > 0.0) & (mesh.vertices[:, 0] < 55.0)
    number = np.cumsum(kept) - 1
    faces = number[mesh.faces[kept[mesh.faces].all(axis=1)]]
    clutter = np.random.default_rng(0).uniform([-150, -320, -60], [150, -200, 40], (1500, 3))
    return np.concatenate([mesh.vertices[kept], clutter]), faces


def turned(points, unit):
    return (TURN.apply(points) + SHIFT) * UNITS_PER_MM[unit]


@pytest.mark.parametrize("unit", ["mm", "m"])
def test_a_turned_and_cut_face_is_found(front, mean, unit):
    points, faces = front
    found = align(Scan(turned(points, unit), faces), mean)
    assert found.found
    face = points[:, 2] > 60.0
    off = np.linalg.norm(found.to_head(turned(points, unit)) - points, axis=1)[face]
    assert off.mean() < 5.0


def test_a_right_pose_is_found_behind_wrong_ones_that_come_nearer_at_first(front, mean):
    points, faces = front
    surface = sampled(Scan(points, faces), 1.0)
    rolls = [Rotation.from_rotvec([0.0, 0.0, angle]).as_matrix() for angle in np.linspace(0.9, 5.4, 8)]
    wrong = [Pose(roll, mean.tip - roll @ mean.tip + 8.0 * n, mean.shape) for n, roll in enumerate(rolls)]
    right = Pose(np.eye(3), np.full(3, 2.0), mean.shape)

    def worth(pose):
        return -pose.rotation[0, 0]

    found = _best([right, *wrong], surface, mean, 1.0, lambda: False, worth)
    assert found.found
    assert np.linalg.norm(found.to_head(points) - points, axis=1)[points[:, 2] > 60.0].mean() < 5.0


def test_a_place_that_is_like_nobodys_face_is_not_the_last_that_is_tried(front, mean, monkeypatch):
    points, faces = front
    wrong = Alignment(TURN.as_matrix(), np.zeros(3), 1.0, 0.9, 1.5, 0.9, 0.9, 0.52, 0.1, 0.7)
    assert wrong.found
    monkeypatch.setattr("facewright.core.scan.align._of_whole", lambda *given: wrong)
    monkeypatch.setattr("facewright.core.scan.align._unlike", lambda pose, *given: 2.3 if pose is wrong else 0.9)
    found = align(Scan(points, faces), mean, "mm")
    assert found.found
    assert np.linalg.norm(found.to_head(points) - points, axis=1)[points[:, 2] > 60.0].mean() < 5.0


def test_a_childs_face_is_found(model, front, mean):
    """Of the smallest size that is looked for."""
    size, (points, faces) = 0.6, front
    found = align(Scan(turned(size * points, "mm"), faces), mean, "mm")
    assert found.found
    turn = Rotation.from_matrix(found.rotation) * TURN
    assert np.degrees(turn.magnitude()) < 6.0
    tip = find_landmarks(model, HEAD, names=("prn",)).points["prn"]
    assert np.linalg.norm(found.to_head(turned(size * tip[None], "mm"))[0] - mean.tip) < 12.0


def test_a_vertex_that_was_flung_far_away_does_no_harm(front, mean):
    points, faces = front
    flung = points.copy()
    flung[faces[0, 0]] += [0.0, 1e7, 0.0]
    found = align(Scan(turned(flung, "mm"), faces), mean, "mm")
    assert found.found
    assert np.linalg.norm(found.to_head(turned(points, "mm")) - points, axis=1)[points[:, 2] > 60.0].mean() < 5.0


def test_a_cloud_without_faces_is_found(front, mean):
    points, _ = front
    found = align(Scan(turned(points[points[:, 2] > 0.0], "cm"), np.empty((0, 3), np.int64)), mean)
    assert found.found
    assert np.linalg.norm(found.to_head(turned(points, "cm")) - points, axis=1)[points[:, 2] > 60.0].mean() < 5.0


def no_faces():
    """What has been taken for a face: mm, by name."""
    ball = trimesh.creation.icosphere(subdivisions=4, radius=90.0)
    sheet = np.stack(np.meshgrid(np.linspace(-120, 120, 60), np.linspace(-150, 150, 60)), axis=-1).reshape(-1, 2)
    wave = 8.0 * np.sin(sheet[:, 0] / 40.0) * np.cos(sheet[:, 1] / 50.0)
    corner = (np.arange(59)[:, None] * 60 + np.arange(59)).reshape(-1, 1)
    triangles = np.concatenate([corner + np.array([0, 1, 60]), corner + np.array([1, 61, 60])])
    return {
        "ball": Scan(np.asarray(ball.vertices), np.asarray(ball.faces)),
        "sheet": Scan(np.column_stack([sheet, wave]), triangles),
    }


@pytest.mark.parametrize("name", no_faces())
def test_what_is_no_face_is_not_found(name, mean):
    assert not align(no_faces()[name], mean).found


def test_the_back_of_a_head_is_not_found(model, mean):
    mesh = head_mesh(model, HEAD, 5.0)
    back = mesh.vertices[:, 2] < -10.0
    number = np.cumsum(back) - 1
    assert not align(Scan(mesh.vertices[back], number[mesh.faces[back[mesh.faces].all(axis=1)]]), mean, "mm").found


@pytest.mark.parametrize(("spread", "faces"), [((100.0, 0.0, 0.0), False), ((100.0, 100.0, 0.0), True)])
def test_points_on_a_line_or_a_plane_do_no_harm(mean, monkeypatch, spread, faces):
    for name in ("_CANDIDATES", "_MORE", "_OTHERS"):  # one place is as flat as another
        monkeypatch.setattr(f"facewright.core.scan.align.{name}", 10)
    points = np.random.default_rng(0).uniform(-1.0, 1.0, (1000, 3)) * spread
    corners = np.arange(999).reshape(-1, 3) if faces else np.empty((0, 3), np.int64)
    found = align(Scan(points, corners), mean)
    np.testing.assert_allclose(found.rotation @ found.rotation.T, np.eye(3), atol=1e-9)
    assert not found.found or spread[1] > 0.0  # a wall is taken for a flat face, to be seen and refused by a person


def test_five_landmarks_place_it(model, front, mean):
    points, faces = front
    known = find_landmarks(model, HEAD, names=FIVE).points
    clicked = {name: turned(point[None], "cm")[0] for name, point in known.items()}
    found = align_by_landmarks(Scan(turned(points, "cm"), faces), clicked, mean, "cm")
    assert found.found
    assert np.linalg.norm(found.to_head(turned(points, "cm")) - points, axis=1)[points[:, 2] > 60.0].mean() < 5.0


@pytest.mark.parametrize(("size", "most_mm"), [(0.72, 5.0), (0.65, 9.0), (1.2, 9.0)])
def test_a_childs_face_and_a_large_one_can_be_clicked(model, front, mean, size, most_mm):
    points, faces = front
    known = find_landmarks(model, HEAD, names=FIVE).points
    clicked = {name: turned(size * point[None], "cm")[0] for name, point in known.items()}
    pose = align_by_landmarks(Scan(turned(size * points, "cm"), faces), clicked, mean, "cm")
    tip = known["prn"]
    off = pose.to_head(turned(size * points, "cm")) - (tip + size * (points - tip))
    assert np.linalg.norm(off, axis=1)[points[:, 2] > 60.0].mean() < most_mm


def test_landmarks_that_are_no_face_are_refused(front, mean):
    points, faces = front
    scan = Scan(points, faces)
    known = {name: mean.landmarks[name] for name in FIVE}
    with pytest.raises(FacewrightError, match="missing: click prn"):
        align_by_landmarks(scan, {name: point for name, point in known.items() if name != "prn"}, mean, "mm")
    with pytest.raises(FacewrightError, match="the unit"):
        align_by_landmarks(scan, known, mean, "cm")
    swapped = known | {"en_r": known["en_l"], "en_l": known["en_r"], "ch_r": known["ch_l"], "ch_l": known["ch_r"]}
    with pytest.raises(FacewrightError, match="left and right"):
        align_by_landmarks(scan, swapped, mean, "mm")
    stray = known | {"prn": known["en_l"]}
    with pytest.raises(FacewrightError, match="most of all prn: pronasale"):
        align_by_landmarks(scan, stray, mean, "mm")


@pytest.mark.parametrize("part", ["half", "without its nose"])
def test_a_part_of_a_face_is_found_or_refused_and_never_wrong(model, mean, part):
    mesh = head_mesh(model, HEAD, 3.0)
    x, _, z = mesh.vertices.T
    tip = find_landmarks(model, HEAD).points["prn"]
    away = np.linalg.norm(mesh.vertices - tip, axis=1)
    kept = (z > 20.0) & (away < 110.0)
    kept &= {"half": x < 2.0, "without its nose": away > 28.0}[part]
    number = np.cumsum(kept) - 1
    points, faces = mesh.vertices[kept], number[mesh.faces[kept[mesh.faces].all(axis=1)]]
    pose = align(Scan(turned(points, "mm"), faces), mean, "mm")
    off = np.linalg.norm(pose.to_head(turned(points, "mm")) - points, axis=1).mean()
    assert off < 8.0 or not pose.found
    assert part != "half" or off < 8.0


def test_another_place_that_is_as_likely_makes_it_unsure():
    sure = Alignment(np.eye(3), np.zeros(3), 1.0, 0.9, 1.0, 0.5, 0.5, 0.8, 0.2)
    assert sure.finding == "found"
    assert replace(sure, rival=0.75).finding == "unsure"


def test_a_shape_that_nobody_has_makes_a_whole_face_unsure():
    sure = Alignment(np.eye(3), np.zeros(3), 1.0, 0.9, 1.0, 0.5, 0.5, 0.8, 0.2, unlike=1.8)
    assert sure.finding == "found"
    assert replace(sure, unlike=2.3).finding == "unsure"
    assert replace(sure, unlike=2.3, covered=0.6).finding == "found"  # cut faces are bent at their borders
    assert replace(sure, evidence=0.2, rival=None).finding == "unsure"
    assert replace(sure, evidence=0.1).finding == "not found"
    assert replace(sure, plane_mm=1.5).finding == "not found"
    assert replace(sure, evidence=None, rival=None).finding == "found"  # of a file of before
    assert replace(sure, evidence=None, covered=0.5).finding == "not found"
