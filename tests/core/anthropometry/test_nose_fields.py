"""Changes of the nose as fields: exact where they are measured, smooth, and nothing beyond the nose."""

import numpy as np
import pytest

from facewright.core.anthropometry.nose_fields import BY_KEY, FIELDS, FINER, LANDMARKS, NoseFrame, displacement
from facewright.core.errors import FacewrightError
from facewright.train.anatomy.placement import reference_face

KEYS = [field.key for field in FIELDS]
POINTS = reference_face().points


@pytest.fixture(scope="module", params=["as it is", "a child's, turned and moved"])
def landmarks(request):
    points = {name: POINTS[name] for name in (*LANDMARKS, *FINER)}
    if request.param == "as it is":
        return points
    angle = np.radians(20.0)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0], [0.0, 0.0, 1.0]])
    return {name: 0.6 * at @ turn.T + [30.0, -20.0, 5.0] for name, at in points.items()}


def placed(frame, at):
    """A point (3,) in mm at coordinates (u, v, w)."""
    return frame.origin + (np.asarray(at) * [1.0, frame.length, 1.0]) @ frame.axes


@pytest.mark.parametrize("key", KEYS)
def test_a_field_moves_its_landmark_by_its_strength_exactly(key, landmarks):
    field, frame = BY_KEY[key], NoseFrame.of(landmarks)
    mark = placed(frame, field.landmark(frame))
    moved = displacement({key: 0.8 * field.most}, landmarks, mark)
    if field.unit == "mm":
        assert np.linalg.norm(moved) == pytest.approx(0.8 * field.most, rel=1e-9)
        np.testing.assert_allclose(displacement({key: -field.most}, landmarks, mark), -moved / 0.8, rtol=1e-9)
        return
    pivot = (landmarks["ac_l"] + landmarks["ac_r"]) / 2.0
    across = frame.axes[0]
    before, after = ((at - pivot) - ((at - pivot) @ across) * across for at in (mark, mark + moved))
    cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
    assert np.degrees(np.arccos(cosine)) == pytest.approx(0.8 * field.most, rel=1e-6)
    assert moved @ frame.axes[1] > 0.0  # up


@pytest.mark.parametrize("key", KEYS)
def test_a_field_is_smooth_and_nothing_beyond_the_nose(key, landmarks):
    frame = NoseFrame.of(landmarks)
    u, v, w = np.meshgrid(
        *(np.linspace(-2.0, 2.0, 41), np.linspace(-0.6, 1.6, 41), np.linspace(-2.0, 3.5, 41)), indexing="ij"
    )
    at = np.stack([u * frame.half, v, w * frame.tip], axis=-1)
    field = BY_KEY[key]
    moved = displacement({key: field.most}, landmarks, placed(frame, at))
    size = np.linalg.norm(moved, axis=-1)
    outside = (np.abs(u) > 1.3) | (v < -0.07) | (v > 1.12) | (w < -0.45) | (w > 2.6)
    assert size[outside].max() < 1e-12  # but for rounding where the window ends
    assert size[~outside].max() > 0.0
    # C¹ on lines through the field: halving the step halves the greatest change of the slope, which a kink's stays.
    for axis in range(3):
        for middle in (15, 20, 23, 26):
            index = [middle, middle, middle]
            ends = np.array([at[tuple(index)], at[tuple(index)]])
            ends[:, axis] = at[..., axis].min(), at[..., axis].max()
            jumps = []
            for count in (801, 1601):
                line = np.linspace(ends[0], ends[1], count)
                values = displacement({key: field.most}, landmarks, placed(frame, line))
                step = np.linalg.norm(placed(frame, line[1]) - placed(frame, line[0]))
                slope = np.diff(values, axis=0) / step
                jumps.append(np.abs(np.diff(slope, axis=0)).max())
            assert jumps[1] < 0.6 * jumps[0] + 1e-9


def test_fields_add_up_and_take_one_another_back():
    marks = {name: POINTS[name] for name in LANDMARKS}
    rng = np.random.default_rng(0)
    points = POINTS["prn"] + rng.normal(0.0, 12.0, (200, 3))
    both = displacement({"dorsum": 3.0, "columella": -2.0}, marks, points)
    apart = displacement({"dorsum": 3.0}, marks, points) + displacement({"columella": -2.0}, marks, points)
    np.testing.assert_allclose(both, apart)
    np.testing.assert_allclose(
        displacement({"dorsum": -3.0}, marks, points), -displacement({"dorsum": 3.0}, marks, points)
    )
    mirrored = points * [-1.0, 1.0, 1.0]
    left, right = (
        displacement({"collapse_left": 3.0}, marks, points),
        displacement({"collapse_right": 3.0}, marks, mirrored),
    )
    np.testing.assert_allclose(left * [-1.0, 1.0, 1.0], right, atol=1e-3)  # the reference face is symmetric to that


def test_landmarks_that_are_missing_are_placed_near_where_they_are():
    found = NoseFrame.of({name: POINTS[name] for name in LANDMARKS})
    exact = NoseFrame.of({name: POINTS[name] for name in (*LANDMARKS, *FINER)})
    for name in FINER:
        assert np.linalg.norm((found.at[name] - exact.at[name]) * [1.0, exact.length, 1.0]) < 2.5, name


def test_what_cannot_be_changed_is_told():
    marks = {name: POINTS[name] for name in LANDMARKS}
    with pytest.raises(FacewrightError, match="no change of the nose called hump"):
        displacement({"hump": 1.0}, marks, np.zeros((1, 3)))
    with pytest.raises(FacewrightError, match="landmark prn is needed"):
        displacement({"dorsum": 1.0}, {k: v for k, v in marks.items() if k != "prn"}, np.zeros((1, 3)))
    with pytest.raises(FacewrightError, match="not where a nose has them"):
        displacement({"dorsum": 1.0}, {**marks, "al_l": marks["al_r"], "al_r": marks["al_l"]}, np.zeros((1, 3)))
