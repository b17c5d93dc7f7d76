"""What an iris looks like."""

import numpy as np

from facewright.core.production.irises import PUPIL, iris_colours

COLOUR, WHITE = (0.3, 0.45, 0.62), (0.9, 0.87, 0.84)


def test_pupil_ring_and_white_are_where_they_belong():
    share = np.array([0.0, 0.9 * PUPIL, 1.2, 3.0])
    dark, edge, outside, far = iris_colours(share, np.zeros(4), COLOUR, WHITE)
    assert (dark < 0.05).all()
    assert (edge < 0.05).all()
    np.testing.assert_allclose([outside, far], [WHITE, WHITE])
    angles = np.linspace(-np.pi, np.pi, 400)
    middle, ring = (iris_colours(np.full(400, at), angles, COLOUR, WHITE) for at in (0.65, 0.99))
    np.testing.assert_allclose(middle.mean(axis=0) / COLOUR, np.mean(middle / COLOUR), rtol=1e-6)  # its own hue
    assert ring.mean() < 0.5 * middle.mean()
    assert middle.std(axis=0).min() > 0.02  # fibres


def test_it_goes_round_without_a_seam():
    share = np.linspace(PUPIL, 1.0, 50)
    first, last = (iris_colours(share, np.full(50, at), COLOUR, WHITE) for at in (-np.pi, np.pi))
    np.testing.assert_allclose(first, last, atol=1e-9)
