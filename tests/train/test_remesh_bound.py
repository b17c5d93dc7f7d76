"""Remeshing ends, whatever the surface."""

import numpy as np
import pytest

from facewright.core.errors import FacewrightError
from facewright.train.remesh import remesh


def test_a_surface_that_asks_for_ever_more_faces_is_refused():
    vertices, faces = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), np.array([[0, 1, 2]])
    with pytest.raises(FacewrightError, match="train it for longer"):
        remesh(vertices, faces, lambda at: np.full(len(at), 1e-6), lambda at: at, np.arange(2))
