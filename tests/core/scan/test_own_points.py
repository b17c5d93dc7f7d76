"""A scan's points are those of the head alone, thinned, and go where the head's edits take them."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from facewright.core.parameters import Parameters
from facewright.core.scan.own_points import OwnPoints
from facewright.core.surface.extraction import head_mesh
from tests.core.anthropometry.test_solve import nosed


def scanned(parameters: Parameters) -> Any:
    """The head itself as its scan, each point twice, and one that is no head's."""
    points = head_mesh(nosed(), parameters, 8.0).vertices
    points = np.concatenate([points, points + 0.01, [[0.0, 0.0, 900.0]]]).astype(np.float32)
    residual = np.zeros(len(points), np.float32)
    residual[-1] = np.nan
    return SimpleNamespace(points=points, fit=SimpleNamespace(parameters=parameters, residual=residual))


def test_points_are_thinned_and_follow_the_head() -> None:
    fitted = scanned(Parameters())
    own = OwnPoints(nosed(), fitted)
    still = own.at(Parameters()).points
    assert len(still) < 0.7 * len(fitted.points)
    assert still[:, 2].max() < 900.0
    wider = Parameters(nose=(2.0,))
    there = own.at(wider).points
    assert np.linalg.norm(there - still, axis=1).max() > 0.5
    assert np.abs(nosed().field(wider).distance(there)).mean() < 0.3
    np.testing.assert_array_equal(own.at(Parameters()).points, still)
