"""Making the anatomy from the neutral mesh, and the closed surface that follows from it."""

import json

import numpy as np
import pytest

from facewright.core.anatomy import bundled_anatomy
from facewright.core.errors import FacewrightError
from facewright.train.anatomy.caps import fit_sphere
from facewright.train.anatomy.closed_surface import ClosedSurface
from facewright.train.anatomy.outlines import OUTLINES
from facewright.train.data.ict_facekit import read_neutral
from facewright.train.data.make_anatomy import make_anatomy


@pytest.fixture(scope="module")
def neutral(ict_folder):
    return read_neutral(ict_folder)


@pytest.fixture(scope="module")
def surface(neutral):
    positions, polygons, _ = neutral
    return ClosedSurface.build(bundled_anatomy("ict_facekit"), polygons, positions)


@pytest.fixture(scope="module")
def closed(neutral, surface):
    return surface.close(neutral[0])


def test_the_bundled_file_is_what_the_script_makes(neutral, tmp_path):
    make_anatomy(*neutral).save(tmp_path / "made.json")
    bundled_anatomy("ict_facekit").save(tmp_path / "bundled.json")
    made, bundled = (json.loads((tmp_path / name).read_text()) for name in ("made.json", "bundled.json"))
    assert made == bundled


def test_parts_are_what_their_outlines_hold(surface, closed):
    for index, outline in enumerate(OUTLINES):
        part = closed[surface.component == index]
        x, y, _ = outline.project(part).T
        assert (np.hypot(x, y) < outline.radius(np.arctan2(y, x)) + 1.5).all()


def test_collars_surround_their_parts_within_reach(surface, closed):
    for rim, collar in zip(surface.rims, surface.collars, strict=True):
        gap = np.linalg.norm(closed[collar][:, None] - closed[rim], axis=-1).min(axis=1)
        assert gap.max() < 12.5
        assert (surface.component[collar] == -1).all()


def test_landmarks_are_where_the_face_has_them(surface, closed):
    at = {name: closed[vertex] for name, vertex in surface.points.items()}
    heights = [at[name][1] for name in ("g", "n", "prn", "sn", "ls", "sto", "li", "pg", "gn")]
    assert (np.diff(heights) < 0).all()
    assert at["prn"][2] == closed[:, 2].max()
    assert 30 < at["al_l"][0] - at["al_r"][0] < 42  # mm; MEASUREMENTS' norms ± 2 SD
    assert 50 < at["n"][1] - at["sn"][1] < 62
    assert at["ac_r"][2] < at["al_r"][2]
    assert at["pi_r"][1] < at["en_r"][1] < at["ps_r"][1] < at["sci_r"][1] < at["v"][1]
    rise = at["or_r"] - at["t_r"]
    assert abs(rise[1]) < 0.1 * rise[2]  # the Frankfort plane is nearly level
    assert 180 < at["g"][2] - at["op"][2] < 210  # head length
    assert 140 < at["eu_l"][0] - at["eu_r"][0] < 165  # head width
    assert at["go_r"][0] > at["zy_r"][0] > at["eu_r"][0]
    for code, landmarks in surface.landmarks.items():
        assert landmarks.shape == (5,), code


def test_the_mirror_map_keeps_faces_parts_and_landmarks(surface):
    twin = surface.mirror
    np.testing.assert_array_equal(twin[twin], np.arange(surface.vertex_count))
    faces = {frozenset(face) for face in surface.faces.tolist()}
    assert faces == {frozenset(face) for face in twin[surface.faces].tolist()}
    np.testing.assert_array_equal(np.array([-1, 0, 2, 1, 3])[surface.component[twin] + 1], surface.component)
    assert twin[surface.points["al_r"]] == surface.points["al_l"]


def test_closing_is_linear_but_for_the_eyes(neutral, surface, closed):
    positions = neutral[0].astype(float)
    moved = surface.close(np.stack([2.0 * positions, positions + np.array([1.0, 2.0, 3.0])]))
    np.testing.assert_allclose(moved[0], 2.0 * closed, atol=1e-3)
    np.testing.assert_allclose(moved[1], closed + np.array([1.0, 2.0, 3.0]), atol=1e-3)


def test_eye_openings_lie_on_the_eyeballs(neutral, surface, closed):
    opening = bundled_anatomy("ict_facekit").closing.openings[0]
    centre, radius = fit_sphere(neutral[0][opening.eyeball])
    front = centre + radius * np.array([0.0, 0.0, 1.0])
    nearest = np.linalg.norm(closed - front, axis=1).argmin()
    assert surface.component[nearest] == 1
    assert np.linalg.norm(closed[nearest] - centre) == pytest.approx(radius, abs=0.05)


def test_the_neck_ends_flat_where_the_anatomy_cuts_it(surface, closed):
    closing = bundled_anatomy("ict_facekit").closing
    depth = (closed - closing.neck_point) @ closing.neck_normal
    assert depth.max() < 0.5
    assert ((np.abs(depth) < 0.5) & (surface.component == -1)).sum() > 100


def test_a_mesh_of_another_topology_gets_one_sentence(neutral):
    positions, polygons, _ = neutral
    anatomy = bundled_anatomy("ict_facekit")
    with pytest.raises(FacewrightError, match="another topology"):
        ClosedSurface.build(anatomy, polygons, positions[:-1])
    with pytest.raises(FacewrightError, match="another topology"):
        ClosedSurface.build(anatomy, polygons[::2], positions)
