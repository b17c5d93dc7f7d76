"""Landmarks searched for on a face: the extremes that their definitions name, and five for each stage."""

import numpy as np
import pytest

from facewright.core.anatomy import bundled_anatomy
from facewright.core.parts import CODES
from facewright.train.anatomy.landmarks import find_points, stage_landmarks
from facewright.train.anatomy.skin import Skin
from facewright.train.data.ict_facekit import read_neutral
from facewright.train.data.make_anatomy import SKIN


@pytest.fixture(scope="module")
def found(ict_folder):
    positions, polygons, standard = read_neutral(ict_folder)
    own = polygons[(polygons < SKIN[1]).all(axis=1)]
    skin = Skin(positions[: SKIN[1]], own)
    mirror = bundled_anatomy("ict_facekit").mirror[: SKIN[1]]
    return skin.positions, find_points(skin.positions, skin.faces, np.array(standard), mirror), mirror


def test_landmarks_are_the_extremes_that_their_definitions_name(found):
    positions, points, _ = found
    at = {name: positions[vertex] for name, vertex in points.items()}
    assert at["prn"][2] == positions[np.abs(positions[:, 0]) < 0.01, 2].max()
    assert at["n"][2] < min(at["g"][2], at["prn"][2])
    above = positions[positions[:, 1] > at["g"][1] + 15.0]
    assert at["eu_r"][0] == above[:, 0].min()
    assert at["v"][1] > at["g"][1]
    assert at["op"][2] < at["t_r"][2] < at["ex_r"][2]
    for name in ("g", "n", "prn", "sn", "ls", "sto", "li", "pg", "gn", "v", "op"):
        assert abs(at[name][0]) < 0.5, name


def test_left_landmarks_are_the_right_ones_mirror_images(found):
    positions, points, mirror = found
    sides = [name for name in points if name.endswith("_r")]
    assert len(sides) > 8
    for name in sides:
        left = points[f"{name[:-2]}_l"]
        assert mirror[points[name]] == left
        np.testing.assert_allclose(positions[left] * (-1.0, 1.0, 1.0), positions[points[name]], atol=0.5)


def test_every_stage_has_five_and_they_are_apart(found):
    stages = stage_landmarks(*found)
    assert stages.keys() == set(CODES)
    for code, vertices in stages.items():
        assert len(vertices) == 5
        apart = np.linalg.norm(found[0][list(vertices)][:, None] - found[0][list(vertices)], axis=-1)
        assert apart[np.triu_indices(5, 1)].min() > 5.0, code
