"""A surface in the place of what of another lies below a plane."""

from __future__ import annotations

import numpy as np

from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.painting import Beside, Drawable
from facewright.editor.viewport.picture import Photographer
from tests.editor.viewport.test_gleam import FRONT, SIZE, ball

UP = np.array([0.0, 1.0, 0.0])


def light(photographer: Photographer, beside: Beside | None) -> tuple[float, float]:
    """How light a white ball is above its middle, and below."""
    mesh, normals = ball(12.0)
    photographer.panes.head.show(Drawable(mesh, normals, np.full((len(normals), 3), 255, np.uint8), beside=beside))
    photographer.panes.stand(FRONT)
    picture = np.asarray(photographer.take()).astype(float).mean(axis=2)
    return float(picture[80:90, 95:105].mean()), float(picture[112:122, 95:105].mean())


def test_it_takes_the_place_of_what_is_below_and_goes_again(qapp: object) -> None:
    mesh, normals = ball(11.0)
    black = Beside(Drawable(mesh, normals, np.zeros((len(normals), 3), np.uint8)), np.zeros(3), UP)
    with Photographer(SIZE, DisplayOptions(dark=True), quick=True) as photographer:
        above, below = light(photographer, None)
        assert min(above, below) > 60.0
        above_it, dark = light(photographer, black)
        assert abs(above_it - above) < 2.0
        assert dark < 0.5 * below
        assert np.abs(np.subtract(light(photographer, None), (above, below))).max() < 2.0
