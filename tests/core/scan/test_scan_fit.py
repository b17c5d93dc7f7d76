"""Scans of the tiny model's heads, out of place and with dirt on them, are fitted."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.scan.align import Alignment
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import ScanFitSettings, fit_scan
from facewright.core.scan.scan_points import REACH_MM
from facewright.core.surface.extraction import head_mesh
from tests.core.tiny_model import tiny_model

HEAD = Parameters(nose=(1.0, -1.0), remainder=(0.5, 1.0, -1.0))
SETTINGS = ScanFitSettings(steps=80, surface_points=150, space_points=100)


@pytest.fixture(scope="module")
def model():
    return replace(tiny_model(), points={"prn": np.array([0.0, 10.0, 100.0], np.float32)})


@pytest.fixture(scope="module")
def scan(model):
    """The head's front with a wall far behind it, in cm."""
    mesh = head_mesh(model, HEAD, 6.0)
    wall = np.array([[-200, -200, -300], [200, -200, -300], [0, 200, -300]], dtype=float)
    faces = mesh.faces[(mesh.vertices[mesh.faces][..., 2] > -20.0).all(axis=1)]
    points = np.concatenate([mesh.vertices, wall]) / 10.0
    return Scan(points, np.concatenate([faces, [[len(points) - 3, len(points) - 2, len(points) - 1]]]).astype(np.int64))


@pytest.fixture(scope="module")
def rough():
    """Where the scan is, not quite."""
    return Alignment(Rotation.from_rotvec([0.02, 0.03, 0.0]).as_matrix(), np.array([2.0, -2.0, 3.0]), 10.0, 1.0, 1.0)


@pytest.fixture(scope="module")
def found(model, scan, rough):
    return fit_scan(model, scan, rough, SETTINGS)


def test_the_surface_is_found_and_what_is_not_of_it_left_out(model, scan, found):
    assert found.complete
    assert found.regions["whole"].mean_mm < 0.5
    assert found.history[0] > 2.0 > 1.0 > found.history[-5:].mean()
    assert np.isnan(found.residual[-3:]).all()
    known = found.residual[np.isfinite(found.residual)]
    assert np.abs(known).max() <= REACH_MM


def test_the_residual_is_the_distance_of_the_scans_own_points(model, scan, found):
    points = found.alignment.to_head(scan.points).astype(np.float32)
    known = np.isfinite(found.residual)
    np.testing.assert_allclose(found.residual[known], model.field(found.parameters).distance(points[known]), atol=1e-4)


def test_a_mesh_turned_inside_out_is_fitted_alike(model, scan, rough):
    inside_out = Scan(scan.points, scan.faces[:, ::-1].copy())
    assert fit_scan(model, inside_out, rough, SETTINGS).regions["whole"].mean_mm < 0.5


def test_a_vertex_that_was_flung_far_away_does_no_harm(model, scan, rough):
    points = scan.points.copy()
    points[scan.faces[0, 0]] += [0.0, 1e6, 0.0]
    assert fit_scan(model, Scan(points, scan.faces), rough, SETTINGS).regions["whole"].mean_mm < 0.5


def test_called_off_it_keeps_the_head_as_it_stands(model, scan, rough):
    told: list[float] = []
    part = fit_scan(model, scan, rough, SETTINGS, lambda: len(told) == 30, lambda step, error: told.append(error))
    assert not part.complete
    assert len(part.history) == len(told) == 30
    assert np.isfinite(part.regions["whole"].mean_mm)


def test_the_verdict_follows_the_figures(found):
    face = found.regions["whole"]
    own = face._replace(mean_mm=0.5, p95_mm=1.2)
    good = replace(found, regions={"face": face._replace(mean_mm=0.6), "nose": own})
    assert good.verdict == "good"
    bridge = replace(good, regions={**good.regions, "nose": own._replace(p95_mm=1.9)})  # lost, and the rest followed
    assert bridge.verdict == "check the nose"
    nose = replace(good, regions={**good.regions, "nose": own._replace(mean_mm=1.5)})
    assert nose.verdict == "check the nose"
    assert replace(nose, regions={"face": face._replace(mean_mm=4.0)}).verdict == "bad alignment"


def test_what_speaks_against_a_face_is_told_and_never_good(found):
    face = found.regions["whole"]._replace(mean_mm=0.5)
    good = replace(found, regions={"face": face, "nose": face}, beside=0.9, size=1.0)
    assert good.verdict == "good"
    assert good.doubts == ()
    for change, words in (
        ({"beside": 0.19}, "19% of the face"),
        ({"size": 0.4}, "0.4 times as large as an adult's"),
        ({"parameters": Parameters(nose=(2.0, -2.0, 2.0))}, "like no person's, 2.0 σ"),
    ):
        doubted = replace(good, **change)
        assert words in doubted.doubts[0]
        assert doubted.verdict == "bad alignment"
    lost = replace(good, alignment=replace(good.alignment, covered=0.3))
    assert lost.verdict == "check the nose"
    assert replace(lost, beside=0.3).verdict == "bad alignment"


def test_an_unusual_head_whose_earlier_scan_lies_beside_it_is_a_persons(found):
    face = found.regions["whole"]._replace(mean_mm=0.5)
    unlike = Parameters(nose=(2.0, -2.0, 2.0))
    doubted = replace(found, regions={"face": face, "nose": face}, beside=0.9, size=1.0, parameters=unlike)
    assert doubted.verdict == "bad alignment"
    laid = replace(doubted, alignment=replace(doubted.alignment, covered=0.998, residual_mm=0.075))
    assert laid.verdict == "good"
    for change in ({"residual_mm": 0.5}, {"covered": 0.6}):
        assert replace(laid, alignment=replace(laid.alignment, **change)).verdict == "bad alignment"
    far = {"face": face._replace(mean_mm=4.0)}
    for other in (replace(laid, beside=0.19), replace(laid, size=0.4), replace(laid, regions=far)):
        assert other.verdict == "bad alignment"
    missed = {"face": face, "nose": face._replace(mean_mm=1.5)}
    assert replace(laid, regions=missed).verdict == "check the nose"


def test_a_part_of_a_face_that_was_surely_found_is_a_partial_scan(found):
    face = found.regions["whole"]._replace(mean_mm=0.5)
    part = replace(found, regions={"face": face, "nose": face}, beside=0.4, size=1.0, nose_beside=0.4)
    sure = replace(part.alignment, covered=0.5, evidence=0.4, rival=0.1)
    assert replace(part, alignment=sure).verdict == "partial scan"
    for change in ({"rival": 0.35}, {"evidence": 0.2}, {"plane_mm": 2.0}):
        assert replace(part, alignment=replace(sure, **change)).verdict == "bad alignment"
    assert replace(part, alignment=sure, size=1.5).verdict == "bad alignment"
    assert replace(part, alignment=sure, beside=0.1).verdict == "bad alignment"


def test_a_nose_of_few_points_is_good_and_one_that_was_not_scanned_is_not(found):
    face = found.regions["whole"]._replace(mean_mm=0.5)
    sparse = replace(found, regions={"face": face, "nose": face._replace(points=40)})
    sparse = replace(sparse, beside=0.9, size=1.0, nose_beside=None)
    assert sparse.verdict == "check the nose"  # of a file that does not tell how much of it was scanned
    assert replace(sparse, nose_beside=0.9).verdict == "good"
    assert replace(sparse, nose_beside=0.3).verdict == "check the nose"


def test_how_much_of_the_face_has_scan_beside_it_is_measured(model, scan, rough, found):
    assert found.beside is not None
    assert found.beside > 0.95
    half = scan.points[scan.faces].mean(axis=1)[:, 0] < 0.0
    part = fit_scan(model, Scan(scan.points, scan.faces[half]), rough, replace(SETTINGS, steps=5))
    assert part.beside == pytest.approx(0.5, abs=0.1)
    cloud = fit_scan(model, Scan(scan.points[:-3], scan.faces[:0]), rough, replace(SETTINGS, steps=5))
    assert cloud.beside is not None
    assert cloud.beside > 0.8


def test_a_scan_that_lies_elsewhere_is_refused(model, scan):
    away = Alignment(np.eye(3), np.array([900.0, 0.0, 0.0]), 10.0)
    with pytest.raises(FacewrightError, match="five landmarks"):
        fit_scan(model, scan, away, SETTINGS)


@pytest.mark.parametrize("faces", [True, False])
def test_a_scan_without_any_area_is_refused(model, faces):
    points = np.linspace([-60.0, 10.0, 95.0], [60.0, 10.0, 95.0], 999)
    corners = np.arange(999).reshape(-1, 3) if faces else np.empty((0, 3), np.int64)
    if faces:
        with pytest.raises(FacewrightError, match="Hardly anything"):
            fit_scan(model, Scan(points, corners), Alignment(np.eye(3), np.zeros(3), 1.0), SETTINGS)
    else:
        assert fit_scan(model, Scan(points, corners), Alignment(np.eye(3), np.zeros(3), 1.0), SETTINGS).complete
