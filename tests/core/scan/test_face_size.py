"""How large a face is does not depend on the model's mean head."""

import pytest

from facewright.core.anthropometry.landmarks import FIVE, find_landmarks
from facewright.core.directions import moved
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters
from facewright.core.scan.face_size import SIZES, face_size


@pytest.mark.parametrize("name", ["people", "adults"])
def test_grown_ups_are_of_an_adults_size_in_every_model(name):
    model = load(bundled_model(name))
    grown = moved(model, Parameters(), "age", 1.0) if name == "people" else Parameters()
    points = find_landmarks(model, grown, names=FIVE).points
    assert face_size(points) == pytest.approx(1.0, abs=0.06)
    for size in (0.6, 1.2):
        assert SIZES[0] < face_size({mark: size * point for mark, point in points.items()}) < SIZES[1]
    assert not SIZES[0] < face_size({mark: 0.1 * point for mark, point in points.items()}) < SIZES[1]
