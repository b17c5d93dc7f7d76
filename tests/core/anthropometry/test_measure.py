"""Formulas on points, a sphere and a plane, where every value is known in closed form."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from facewright.core.anthropometry import measure as measuring
from facewright.core.anthropometry.landmarks import DORSUM_AT, PROFILE, Coverage, Landmarks, profile
from facewright.core.anthropometry.measure import (
    BY_KEY,
    MEASURES,
    RELATIVE,
    difference,
    less_sure,
    measure,
    measure_one,
    shown,
)
from facewright.core.anthropometry.measure_tables import to_csv, to_json
from facewright.core.anthropometry.norms import NORMS_SOURCE
from facewright.core.anthropometry.repeatability import REPEATABILITY_MM, repeatability
from tests.core.tiny_model import tiny_model

CENTRE, RADIUS = np.array([0.0, 5.0, -20.0]), 60.0


def sphere(points):
    return np.linalg.norm(points - CENTRE, axis=1) - RADIUS


def plane(points):
    return points[:, 2] - 10.0


def on_sphere(elevation):
    """The midline point so many degrees above the horizontal."""
    angle = np.radians(elevation)
    return CENTRE + RADIUS * np.array([0.0, np.sin(angle), np.cos(angle)])


def face(dorsum=None, **points):
    named = {"c'" if name == "c_" else name: np.array(point, dtype=float) for name, point in points.items()}
    return Landmarks(named, np.empty((0, 3)) if dorsum is None else dorsum)


def value(key, landmarks):
    return BY_KEY[key].formula(landmarks)


def test_the_dorsum_of_a_sphere_is_as_high_as_its_chord_says():
    nasion, tip = on_sphere(30.0), on_sphere(-10.0)
    found = profile(sphere, nasion, tip)
    assert found.shape == (PROFILE, 3)
    np.testing.assert_allclose(sphere(found), 0.0, atol=1e-4)
    half, away = RADIUS * np.sin(np.radians(20.0)), RADIUS * np.cos(np.radians(20.0))
    nose = face(found, n=nasion, prn=tip)
    for percent in (30, 45, 60):
        aside = half * abs(2 * percent / 100 - 1)
        assert value(f"dorsum_{percent}", nose) == pytest.approx(np.sqrt(RADIUS**2 - aside**2) - away, abs=1e-3)
    # Between 20 and 80 % the arc is over its own chord, which is six tenths as long.
    hump = RADIUS - np.sqrt(RADIUS**2 - (0.6 * half) ** 2)
    assert value("hump", nose) == pytest.approx(hump, abs=0.01)


def test_a_crooked_dorsum_is_as_high_as_it_is_seen_from_the_side():
    """Its ridge is measured where it is, and not the flank that the line from nasion to the tip lies under."""

    def ridge(points):
        x, y, z = points.T
        aside = 5.0 * np.sin(np.pi * (30.0 - y) / 30.0)  # a C, its middle five millimetres to the left
        return (z - 10.0 - 2.0 + (x - aside) ** 2 / 8.0) / np.sqrt(1.0 + ((x - aside) / 4.0) ** 2)

    nasion, tip = np.array([0.0, 30.0, 10.0]), np.array([0.0, 0.0, 10.0])
    crest = profile(ridge, nasion, tip)
    np.testing.assert_allclose(crest[:, 2], 12.0, atol=0.01)
    np.testing.assert_allclose(crest[:, 0], 5.0 * np.sin(np.pi * DORSUM_AT), atol=0.05)
    assert value("dorsum_45", face(crest, n=nasion, prn=tip)) == pytest.approx(2.0, abs=0.01)


def test_a_hump_and_a_saddle_have_signs_and_none_jumps():
    nasion, tip = np.array([0.0, 30.0, 10.0]), np.array([0.0, 0.0, 10.0])
    flat = profile(plane, nasion, tip)
    assert value("hump", face(flat, n=nasion, prn=tip)) == pytest.approx(0.0, abs=1e-9)

    def bent(hump, dip):
        bump = [np.exp(-(((DORSUM_AT - at) / 0.08) ** 2)) for at in (0.4, 0.65)]
        shape = flat + (hump * bump[0] - dip * bump[1])[:, None] * [0.0, 0.0, 1.0]
        return face(shape, n=nasion, prn=tip)

    assert value("hump", bent(2.0, 0.0)) == pytest.approx(2.0, abs=0.02)
    assert value("hump", bent(0.0, 2.0)) == pytest.approx(-2.0, abs=0.1)
    row = [value("hump", bent(2.0, dip)) for dip in np.linspace(0.0, 4.0, 81)]
    assert np.abs(np.diff(row)).max() < 0.06


def test_a_wide_profile_counts_from_the_faces_own_sagittal_plane():
    nasion, tip = np.array([0.0, 30.0, 10.0]), np.array([0.0, 0.0, 10.0])
    flat = face(profile(plane, nasion, tip), n=nasion, prn=tip)
    turned = flat._replace(axes=np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]))
    assert value("dorsum_45", turned) == pytest.approx(0.0, abs=1e-9)


def test_uncertainty_is_the_landmarks_own_along_the_line_between_them():
    wide = face(al_l=(18, 0, 0), al_r=(-18, 0, 0))
    across = REPEATABILITY_MM["al"][0]
    assert repeatability(BY_KEY["nasal_width"], wide) == pytest.approx(1.3 * np.sqrt(2.0) * across, rel=1e-3)


def test_lengths_and_ratios():
    points = face(al_l=(18, 0, 0), al_r=(-18, 0, 0), en_l=(15, 30, 0), en_r=(-15, 30, 0))
    assert value("nasal_width", points) == pytest.approx(36.0)
    assert value("alar_ratio", points) == pytest.approx(1.2)


def test_angles_of_a_right_angled_profile():
    nose = {"n": (0, 40, 0), "prn": (0, 0, 40), "sn": (0, 0, 0), "c_": (0, 0, 10)}
    points = face(g=(0, 60, 0), ls=(0, -10, 0), pg=(0, -60, 0), **nose)
    assert value("nasolabial_angle", points) == pytest.approx(90.0)
    assert value("nasofrontal_angle", points) == pytest.approx(135.0)
    assert value("nasofacial_angle", points) == pytest.approx(45.0)
    assert value("nasomental_angle", points) == pytest.approx(45.0 + np.degrees(np.arctan2(60.0, 40.0)))
    assert value("convexity", points) == pytest.approx(0.0)


def test_the_nasofrontal_angle_is_that_of_the_sagittal_plane():
    straight = face(g=(0, 60, 0), n=(0, 40, 0), prn=(0, 0, 40))
    crooked = face(g=(3, 60, 0), n=(0, 40, 0), prn=(-8, 0, 40))
    assert value("nasofrontal_angle", crooked) == pytest.approx(value("nasofrontal_angle", straight))


def test_a_tip_off_the_midline_deviates_to_its_side():
    midline = {"n": (0, 40, 100), "sn": (0, 0, 100), "en_l": (15, 35, 90), "en_r": (-15, 35, 90)}
    assert value("tip_deviation", face(prn=(2.5, 8, 125), **midline)) == pytest.approx(2.5)
    assert value("tip_deviation", face(prn=(-1.0, 8, 125), **midline)) == pytest.approx(-1.0)


def test_the_longer_ala_is_the_left_one_where_asymmetry_is_positive():
    assert value("ala_asymmetry", face(ac_l=(20, 0, 0), ac_r=(-15, 0, 0), prn=(0, 0, 0))) == pytest.approx(5.0)


def test_goode_and_rotation_follow_the_frankfort_plane():
    points = {"ac_l": (15, 0, 90), "ac_r": (-15, 0, 90), "n": (0, 40, 90), "prn": (0, 0, 120)}
    level = face(**points)
    assert value("goode_ratio", level) == pytest.approx(0.6)
    assert value("tip_rotation", level) == pytest.approx(0.0)
    tilted = face(**points, t_l=(70, 0, 0), t_r=(-70, 0, 0), or_l=(30, -80, 80), or_r=(-30, -80, 80))
    assert value("goode_ratio", tilted) == pytest.approx(0.6 * np.sqrt(0.5))
    assert value("tip_rotation", tilted) == pytest.approx(45.0)
    assert "no ears" in measuring.frame_of(level)
    assert measuring.frame_of(tilted) == "Frankfort horizontal"
    scanned = tilted._replace(coverage=Coverage(frozenset({"prn", "or_l", "or_r", "n"}), np.empty(0, bool), 0.1))
    assert "no ears in the scan" in measuring.frame_of(scanned)


def test_without_ears_in_the_scan_rotation_is_over_what_is_square_to_the_facial_plane():
    points = {"ac_l": (15, 0, 90), "ac_r": (-15, 0, 90), "n": (0, 40, 90), "prn": (0, 0, 120)}
    chin = {"g": (0, 50, 100), "pg": (0, -60, 100)}
    ears = {"t_l": (70, 0, 0), "t_r": (-70, 0, 0), "or_l": (30, -9, 80), "or_r": (-30, -9, 80)}
    covered = Coverage(frozenset({*points, *chin, "or_l", "or_r"}), np.ones(PROFILE, bool), 0.1)
    whole = face(**points, **chin, **ears)
    scanned = whole._replace(coverage=covered, facial_plane=np.array([chin["g"], chin["pg"]], float))
    leaning = scanned._replace(facial_plane=np.array([(0, 55, 100), (0, -55, 80)], float))
    assert value("tip_rotation", scanned) == pytest.approx(0.0)
    assert value("tip_rotation", leaning) == pytest.approx(np.degrees(np.arctan(20 / 110)))
    assert "facial plane" in measuring.frame_of(scanned)
    rotation = BY_KEY["tip_rotation"]
    model = true_scale(True)
    assert measure_one(model, scanned, rotation).uncertainty < measure_one(model, whole, rotation).uncertainty
    assert measure_one(model, whole, rotation).definition.endswith("above the Frankfort horizontal")
    for key in ("tip_rotation", "goode_ratio"):
        levelled = measure_one(model, scanned, BY_KEY[key])
        assert "Frankfort" not in levelled.definition
        assert measuring.frame_of(scanned) in levelled.definition
        assert levelled.definition in to_csv([levelled])
    assert measure_one(model, scanned, BY_KEY["nasofacial_angle"]).definition == "line g–pg against line n–prn"
    projection = measure_one(model, scanned, BY_KEY["chin_projection"])
    assert np.isnan(projection.value)
    assert projection.coverage == "not covered by the scan: t_l, t_r"
    assert "not measured" in measuring.shown(projection.value, "mm", "mm")


def test_a_value_says_what_the_scan_does_not_cover_and_how_far_it_may_be_off():
    nose = {"n": (0, 40, 90), "prn": (0, 0, 120)}
    model, bridge = true_scale(True), BY_KEY["bridge_length"]
    fitted = measure_one(model, face(**nose), bridge)
    assert (fitted.coverage, fitted.uncovered) == ("", ())
    half = face(**nose)._replace(coverage=Coverage(frozenset({"n"}), np.ones(PROFILE, bool), 0.1))
    whole = half._replace(coverage=half.coverage._replace(names=frozenset({"n", "prn"})))
    half, whole = (measure_one(model, each, bridge) for each in (half, whole))
    assert half.coverage == "not covered by the scan: prn"
    assert whole.coverage == ""
    assert whole.uncertainty < half.uncertainty < fitted.uncertainty
    assert whole.spread == f"± {whole.uncertainty:.1f}"
    women = [each.beside("women-25") for each in (half, whole)]
    assert women[0].z is None  # a guess is compared with nobody
    assert whole.z is None
    assert women[1].z is not None
    rows = list(csv.DictReader(io.StringIO(to_csv(women, cohort="women-25"))))
    assert [(row["z"] != "", row["cohort"]) for row in rows] == [(False, ""), (True, "women-25")]
    assert "not covered by the scan: prn" in to_csv([half])
    assert json.loads(to_json([half], face(**nose), {}))["measurements"][0]["coverage"] == half.coverage


WIDTH = face(al_l=(18, 0, 0), al_r=(-18.5, 0, 0))


def true_scale(known):
    return replace(tiny_model(), metadata={"true_scale": known})


def test_a_cohort_gives_z_scores_and_none_gives_none():
    (men,) = measure(true_scale(True), WIDTH, "men-25")
    assert men.z == pytest.approx((36.5 - 35.9) / 2.6)
    (nobody,) = measure(true_scale(True), WIDTH)
    assert nobody.z is None
    assert nobody.unit == "mm"


def test_without_true_scale_lengths_are_relative_and_have_no_norms():
    (found,) = measure(true_scale(False), WIDTH, "men-25")
    assert found.unit == RELATIVE
    assert found.z is None


def test_a_difference_is_of_the_values_as_they_are_shown():
    """12.26 and 12.44 are read as 12.3 and 12.4: 0.2 between them would be doubted."""
    assert shown(12.26, "mm", "mm") == "12.3 mm"
    assert shown(difference(12.44, 12.26, "mm"), "mm", "mm", "+") == "+0.1 mm"
    assert difference(0.604, 0.596, "") == 0.0
    assert np.isnan(difference(float("nan"), 1.0, "mm"))


def test_a_written_table_adds_up_to_its_last_digit():
    one, other = (measure(true_scale(True), face(al_l=(18, 0, 0), al_r=(-right, 0, 0))) for right in (18.0004, 18.0006))
    (row,) = csv.DictReader(io.StringIO(to_csv(other, one)))
    assert (row["before"], row["value"], row["difference"]) == ("36.0", "36.001", "0.001")


def test_what_is_said_of_two_heads_is_as_unsure_as_the_less_sure_of_them():
    (value,) = measure(true_scale(True), WIDTH)
    surer, unknown = replace(value, uncertainty=0.5), replace(value, uncertainty=float("nan"))
    unsure = replace(value, uncertainty=0.8)
    assert less_sure(unsure, surer) is less_sure(surer, unsure) is unsure
    assert less_sure(unsure, unknown) is less_sure(unknown, unsure) is unknown
    (row,) = csv.DictReader(io.StringIO(to_csv([surer], [unsure])))
    assert row["uncertainty"] == "0.8"
    (row,) = csv.DictReader(io.StringIO(to_csv([surer])))
    assert row["uncertainty"] == "0.5"


def test_tables_can_be_read_back():
    values = measure(true_scale(True), WIDTH, "women-25")
    (row,) = csv.DictReader(io.StringIO(to_csv(values)))
    assert float(row["value"]) == 36.5
    assert "before" not in row
    wider = measure(true_scale(True), face(al_l=(20, 0, 0), al_r=(-18.5, 0, 0)))
    (changed,) = csv.DictReader(io.StringIO(to_csv(wider, values)))
    assert (changed["value"], changed["before"], changed["difference"]) == ("38.5", "36.5", "2.0")
    record = json.loads(to_json(values, WIDTH, {"model": "tiny"}))
    assert record["measurements"][0]["key"] == row["key"] == "nasal_width"
    assert record["landmarks"]["al_r"] == [-18.5, 0.0, 0.0]
    assert record["norms"] == NORMS_SOURCE


def test_numbers_are_written_as_people_read_them():
    assert shown(-0.04, "mm", "mm", "+") == "0.0 mm"
    assert shown(-2.25, "°", "°", "+") == "−2.2°"
    assert shown(1.0, "mm", RELATIVE, "+") == "+1.0 relative units"
    assert shown(0.956, "", "") == "0.96"


def test_keys_are_unique():
    assert len(BY_KEY) == len(MEASURES)
