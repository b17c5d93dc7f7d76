"""Hairs that are finer than a pixel."""

from __future__ import annotations

import numpy as np
import pytest

from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.hair import widened
from facewright.editor.viewport.painting import Drawable, Strands
from facewright.editor.viewport.picture import Photographer
from facewright.editor.viewport.pose import Pose, View
from tests.editor.viewport.test_gleam import ball

HALF_MM = 0.2


def strand() -> Strands:
    """One upright hair before a ball of 12 mm."""
    middles = np.array([[0.0, -6.0, 13.0], [0.0, 6.0, 13.0]])
    aside = np.full_like(middles, (HALF_MM, 0.0, 0.0))
    faces = np.array([(0, 1, 3), (0, 3, 2), (0, 1, 5), (0, 5, 4)], np.int32)
    return Strands(middles, aside, faces, np.zeros((2, 3)))


@pytest.mark.parametrize("pixel_mm", [0.01, 1.0])
def test_a_hair_is_as_wide_as_it_must_be_and_covers_as_much(pixel_mm: float) -> None:
    mesh, colours = widened(strand(), pixel_mm)
    reach, opacity = mesh.vertices[2, 0], colours[0, 3] / 255.0
    assert reach == pytest.approx(max(2.0 * HALF_MM, 1.5 * pixel_mm))
    assert reach * opacity == pytest.approx(2.0 * HALF_MM, rel=0.02)  # a triangle of the opacity across
    assert (colours[2:, 3] == 0).all()
    np.testing.assert_allclose(mesh.vertices[4:, 0], -mesh.vertices[2:4, 0])


def darkest(photographer: Photographer, hair: Strands | None, distance: float) -> np.ndarray:
    """The darkest column of a white ball's middle rows, less its neighbours, and how wide it is."""
    mesh, normals = ball(12.0)
    white = np.full((len(normals), 3), 255, np.uint8)
    photographer.panes.head.show(Drawable(mesh, normals, white, hair=hair))
    photographer.panes.stand(Pose(View(0.0, 0.0), (0.0, 0.0, 0.0), distance))
    return np.asarray(photographer.take()).astype(int).mean(axis=2)[96:104, 90:110].mean(axis=0)


def test_hair_is_drawn_fainter_from_afar_and_goes_with_its_head(qapp: object) -> None:
    with Photographer((200, 200), DisplayOptions(dark=False), quick=True) as photographer:
        near, bare = (darkest(photographer, hair, 100.0) for hair in (strand(), None))
        assert (bare - near).max() > 100
        far, bare = (darkest(photographer, hair, 900.0) for hair in (strand(), None))
        assert 2 < (bare - far).max() < 0.7 * (bare.max())
