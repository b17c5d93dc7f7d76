"""The camera: standard views, and what a hand does to it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import get_args

import numpy as np
import pytest

from facewright.editor.viewport.pose import VIEWS, Pose, View, ViewName, framed

HEAD = np.random.default_rng(0).normal(size=(500, 3)) * [40.0, 60.0, 50.0] + [3.0, -5.0, 8.0]
POSE = Pose(View(35.0, 10.0), (1.0, 2.0, 3.0), 700.0)


def seen(pose: Pose, points: np.ndarray) -> np.ndarray:
    """Where points (N, 3) are in the picture, (N, 2): right and up from its middle, in heights."""
    right, up, backward = ((points - pose.position) @ pose.axes.T).T
    return np.stack([right, up], axis=1) / -backward[:, None] * pose.distance / pose.height_mm


@pytest.mark.parametrize("name", get_args(ViewName))
@pytest.mark.parametrize("aspect", [0.6, 1.7])
def test_a_framed_head_is_whole_and_fills_the_picture(name: ViewName, aspect: float) -> None:
    places = np.abs(seen(framed(VIEWS[name], HEAD, aspect), HEAD)) / [aspect / 2, 0.5]
    assert 0.65 < places.max() <= 1.0


def test_left_is_the_subjects_left() -> None:
    np.testing.assert_allclose(VIEWS["left"].direction, [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(VIEWS["front"].direction, [0, 0, 1], atol=1e-12)
    assert VIEWS["basal"].direction[1] < -0.7
    assert VIEWS["top"].direction[1] > 0.7


def test_an_orbit_keeps_its_pivot_where_it_is_seen() -> None:
    pivot = np.array([20.0, -30.0, 40.0])
    turned = POSE.orbited(50.0, -20.0, pivot)
    np.testing.assert_allclose(seen(turned, pivot[None]), seen(POSE, pivot[None]), atol=1e-9)
    assert turned.view == View(85.0, -10.0)
    assert np.linalg.norm(turned.position - pivot) == pytest.approx(np.linalg.norm(POSE.position - pivot))


def test_an_orbit_there_and_back_changes_nothing_and_stops_at_the_poles() -> None:
    back = POSE.orbited(170.0, 30.0).orbited(-170.0, -30.0)
    assert back.view.azimuth == pytest.approx(POSE.view.azimuth)
    assert back.view.elevation == pytest.approx(POSE.view.elevation)
    assert abs(POSE.orbited(0.0, 500.0).view.elevation) < 90.0
    assert -180.0 <= POSE.orbited(1000.0, 0.0).view.azimuth <= 180.0


def test_a_pan_moves_the_picture_with_the_hand() -> None:
    focus = np.array(POSE.focus)[None]
    np.testing.assert_allclose(seen(POSE.panned(0.2, -0.1), focus), [[0.2, -0.1]], atol=1e-9)


def test_a_zoom_keeps_the_place_under_the_pointer() -> None:
    right, up = 0.3, -0.2
    place = np.array(POSE.focus) + POSE.height_mm * (right * POSE.axes[0] + up * POSE.axes[1])
    nearer = POSE.zoomed(1.5, right, up)
    assert nearer.distance == pytest.approx(POSE.distance / 1.5)
    np.testing.assert_allclose(seen(nearer, place[None]), [[right, up]], atol=1e-9)
    assert POSE.zoomed(1e9).distance > 0.0


def test_a_pose_survives_a_file_and_nonsense_gives_none() -> None:
    record = json.loads(json.dumps(asdict(POSE)))
    assert Pose.of_record(record) == POSE
    changes: list[dict[str, object]] = [
        {"distance": float("nan")},
        {"distance": 1.0},
        {"focus": [1, 2]},
        {"view": 3},
        {"view": {}},
    ]
    for change in changes:
        assert Pose.of_record({**record, **change}) is None
    assert Pose.of_record(None) is None
