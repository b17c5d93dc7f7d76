"""A face is laid on a surface: on a shape of its own, in any pose and size, its landmarks are where they belong."""

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.face_mixture import FaceMixture, face_mixture
from facewright.core.anthropometry.face_shape import FaceShape
from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.locate import FRAME, TOPS
from facewright.core.anthropometry.own_face import OwnFace, own_places
from facewright.core.metrics import in_face
from facewright.core.model.model_file import bundled_model, load
from facewright.core.normals import vertex_normals
from facewright.core.parameters import Parameters
from facewright.core.surface.extraction import head_mesh

SIDE, STEP_MM = 24, 3.0
LANDMARKS = [(4, 6), (4, 17), (9, 3), (9, 20), (14, 8), (14, 15), (20, 11), (18, 19)]


def wave(points, shift):
    """Heights of a surface whose bumps lie by `shift` mm, (x, y), further."""
    x, y = points[:, 0] - shift[0], points[:, 1] - shift[1]
    return 6.0 * np.sin(x / 9.0) + 5.0 * np.cos(y / 7.0) + 3.0 * np.sin((x + 2.0 * y) / 16.0)


def known() -> FaceShape:
    """Two modes, 2 mm of each axis, carry the bumps and what lies on them."""
    grid = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij"), -1).reshape(-1, 2) * STEP_MM
    marks = np.array(LANDMARKS) * STEP_MM
    points = np.concatenate([np.random.default_rng(0).permutation(grid), marks])
    mean = np.c_[points, wave(points, (0.0, 0.0))]
    modes = np.zeros((2, len(mean), 3))
    modes[0, :, 0] = modes[1, :, 1] = 2.0
    return FaceShape(FRAME, mean, modes)


def surface(shift, turn, away, size):
    """Φ near the surface in some pose, with its slope of about one."""

    def distance(points):
        own = (points - away) @ turn / size
        return size * (own[:, 2] - wave(own, shift))

    return distance


def seen(points):
    return np.ones(len(points), bool)


@pytest.mark.parametrize("size", [1.0, 1.4])
def test_landmarks_slide_to_where_the_shape_has_them_in_any_pose_and_size(size):
    shape, shift = known(), np.array([3.0, -2.0])
    turn, away = Rotation.from_rotvec([0.3, -0.2, 0.5]).as_matrix(), np.array([5.0, -80.0, 30.0])
    mean = shape.mean[-len(FRAME) :]
    true = size * (mean + np.append(shift, 0.0)) @ turn.T + away
    start = dict(zip(FRAME, size * (mean + np.array([0.0, 0.0, 0.5])) @ turn.T + away, strict=True))
    start["other"] = np.zeros(3)
    laid = shape.laid(surface(shift, turn, away, size), seen, start)
    assert laid.landmarks.keys() == set(FRAME)
    for name, point in zip(FRAME, true, strict=True):
        assert np.linalg.norm(laid.landmarks[name] - point) < 0.05 * np.linalg.norm(start[name] - point)
    assert laid.off_mm < 0.05
    assert laid.places.shape == (SIDE * SIDE, 3)


def test_the_evidence_is_that_of_the_modes_that_are_integrated_out():
    """On a plane that both modes only move along its normal, the surface is one Gaussian, whose logarithm is known."""
    rng = np.random.default_rng(1)
    mean = np.concatenate(
        [np.c_[rng.uniform(-40.0, 40.0, (60, 2)), np.zeros(60)], np.c_[rng.normal(size=(8, 2)), np.zeros(8)] * 30]
    )
    modes = np.zeros((2, len(mean), 3))
    modes[0, :, 2], modes[1, :, 2] = np.sin(mean[:, 0] / 9.0), np.cos(mean[:, 1] / 7.0)
    shape = FaceShape(FRAME, mean, modes)
    start = dict(zip(FRAME, mean[-len(FRAME) :], strict=True))
    laid = shape.laid(plane, seen, start)
    spread, own = 0.25, modes[:, :60, 2].T
    covariance = spread**2 * np.eye(60) + own @ own.T
    expected = -0.5 * (np.linalg.slogdet(covariance)[1] - 60 * np.log(spread**2))
    assert laid.evidence == pytest.approx(expected, abs=1e-3)


def mixture_of(populations):
    """Populations whose places are of vertices that nobody else knows."""
    return FaceMixture(populations, "", np.empty(0, np.int32))


def plane(points):
    return points[:, 2]


def test_nothing_is_told_without_the_frame():
    shape = known()
    start = dict(zip(FRAME[1:], shape.mean[-len(FRAME) + 1 :], strict=True))
    assert mixture_of({"waves": shape}).laid(plane, seen, start) is None


def ripples(points):
    """Two patterns (n,) mm that no motion makes."""
    return 2.0 * np.sin(points[:, 0] / 4.0), 2.0 * np.cos(points[:, 1] / 3.0)


def test_a_face_is_like_the_population_that_makes_it_likeliest():
    """Of three that all explain some of the faces: sharp ones with one pattern each, and a broad one with both."""
    mean = known().mean
    modes = np.zeros((2, len(mean), 3))
    modes[0, :, 2], modes[1, :, 2] = ripples(mean)
    one, other = FaceShape(FRAME, mean, modes[:1]), FaceShape(FRAME, mean, modes[1:])
    mixture = mixture_of({"one": one, "other": other, "everyone": FaceShape(FRAME, mean, modes)})
    start = dict(zip(FRAME, mean[-len(FRAME) :], strict=True))
    for strengths, population in (((1.5, 0.0), "one"), ((0.0, -1.0), "other"), ((1.0, 1.0), "everyone")):

        def distance(points, strengths=strengths):
            heights = sum(share * pattern for share, pattern in zip(strengths, ripples(points), strict=True))
            return points[:, 2] - wave(points, (0.0, 0.0)) - heights

        likeliest = mixture.laid(distance, seen, start)
        assert likeliest is not None
        assert likeliest[0] == population


def scanned(model, head):
    """Points of a head as its fit leaves a scan: up to 0.4 mm off, in waves."""
    mesh = head_mesh(model, head, 4.0)
    waves = 0.4 * np.sin(mesh.vertices / 5.0).prod(axis=1)
    return mesh.vertices + waves[:, None] * vertex_normals(mesh.vertices, mesh.faces)


@pytest.mark.parametrize("population", [*face_mixture().populations])
def test_what_ships_are_mean_faces_and_ways_to_vary_that_do_not_depend_on_each_other(population):
    shape = face_mixture().populations[population]
    assert set(FRAME) | {TOPS, "ch_l", "prn", "gn"} <= set(shape.names)
    marks = dict(zip(shape.names, shape.mean[-len(shape.names) :], strict=True))
    assert marks["en_l"][0] == pytest.approx(-marks["en_r"][0], abs=0.3)
    assert 25.0 < np.linalg.norm(marks["en_l"] - marks["en_r"]) < 40.0
    flat = shape.modes.reshape(len(shape.modes), -1)
    sizes = np.linalg.norm(flat, axis=1)
    assert (np.diff(sizes) < 1e-2 * sizes[:-1]).all()
    alike = (flat / sizes[:, None]) @ (flat / sizes[:, None]).T
    assert np.abs(alike - np.eye(len(flat))).max() < 0.02
    spread = cKDTree(shape.mean[:400]).query(shape.mean[: -len(shape.names)])[0]
    assert spread.max() < 15.0  # the first places are spread over the face


def test_on_a_scan_of_the_mean_head_landmarks_stay_about_where_the_model_has_them():
    model = load(bundled_model(), torch.device("cpu"))
    before = find_landmarks(model, Parameters(), names=set(face_mixture().names) - {TOPS}).points
    surface = scanned(model, Parameters())
    own = OwnFace.of(model, Parameters(), surface[in_face(surface, before["prn"])])
    assert own.places
    on_scan = find_landmarks(model, Parameters(), scan=own)
    assert max(np.linalg.norm(on_scan.points[name] - point) for name, point in before.items()) < 2.5
    assert on_scan.facial_plane is not None  # of the face alone: it has no ears


def test_where_nobody_like_the_patient_is_known_the_fit_alone_tells():
    model, head = load(bundled_model(), torch.device("cpu")), Parameters(remainder=(2.0, -2.0, 1.5))
    nobody = mixture_of(
        {name: FaceShape(each.names, each.mean, 0.01 * each.modes) for name, each in face_mixture().populations.items()}
    )
    points = scanned(model, head)
    known, unknown = (OwnFace.of(model, head, points, people) for people in (None, nobody))
    assert known.places
    assert unknown.places == {}
    told, alone = (find_landmarks(model, head, scan=own).coverage for own in (known, unknown))
    assert told is not None
    assert alone is not None
    assert told.told
    assert not alone.told


def test_an_edit_of_the_nose_moves_no_corner_of_eyes_or_mouth():
    model = load(bundled_model(), torch.device("cpu"))
    head = Parameters(nose=(2.0,))
    places = own_places(model, Parameters(), scanned(model, Parameters()))
    assert {"ex_l", "ch_r", TOPS} <= places.keys()
    faces = [
        find_landmarks(model, each, scan=OwnFace(head_mesh(model, each, 4.0).vertices, places)).points
        for each in (Parameters(), head)
    ]
    assert np.linalg.norm(faces[1]["prn"] - faces[0]["prn"]) > 0.5
    for name in ("ex_l", "ex_r", "ch_l", "ch_r"):
        np.testing.assert_allclose(faces[1][name], faces[0][name], atol=0.02)
