"""Images on a surface: finer than its vertices, upright, with seams, and gone when another surface is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import pyvista

from facewright.core.mesh import Mesh
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.painting import Drawable
from facewright.editor.viewport.pose import Pose, View
from facewright.editor.viewport.scene import Scene
from facewright.editor.viewport.texture import SurfaceTexture

if TYPE_CHECKING:
    from collections.abc import Iterator

SIDE = 200
RED, GREEN, BLUE, WHITE = (230, 20, 20), (20, 230, 20), (20, 20, 230), (230, 230, 230)
CORNERS = np.array([[-50, -50, 0], [50, -50, 0], [50, 50, 0], [-50, 50, 0]], np.float32)
SHEET = Mesh(CORNERS, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
NORMALS = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
UV = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
CHECKS = np.array([[RED, GREEN], [BLUE, WHITE]], np.uint8).repeat(16, axis=0).repeat(16, axis=1)
WHOLE = SurfaceTexture(np.arange(4, dtype=np.int32), UV, SHEET.faces, np.zeros(2, np.int16), (CHECKS,))


@pytest.fixture
def plotter() -> Iterator[pyvista.Plotter]:
    plotter = pyvista.Plotter(off_screen=True, window_size=[SIDE, SIDE])
    yield plotter
    plotter.close()


def seen(plotter: pyvista.Plotter, scene: Scene, *drawables: Drawable) -> np.ndarray:
    """The picture of the last of some surfaces shown one after the other, seen from the front."""
    scene.set_display(DisplayOptions())
    for drawable in drawables:
        scene.show(drawable)
    pose = Pose(View(0.0, 0.0), (0.0, 0.0, 0.0), 300.0)
    scene.stand(pose)
    plotter.render()
    return np.asarray(plotter.screenshot(return_img=True))


def hue(picture: np.ndarray, x: float, y: float) -> str:
    """What colour is at a place of the sheet, mm."""
    pixels_per_mm = SIDE / Pose(View(0.0, 0.0), (0.0, 0.0, 0.0), 300.0).height_mm
    column, row = round(SIDE / 2 + pixels_per_mm * x), round(SIDE / 2 - pixels_per_mm * y)
    pixel = picture[row, column, :3].astype(int)
    if pixel.max() - pixel.min() < 40:
        return "white"
    return ("red", "green", "blue")[int(pixel.argmax())]


def test_an_image_is_finer_than_the_vertices_and_upright(plotter: pyvista.Plotter) -> None:
    picture = seen(plotter, Scene(plotter.renderer), Drawable(SHEET, NORMALS, texture=WHOLE))
    assert [hue(picture, x, y) for x, y in ((-25, 25), (25, 25), (-25, -25), (25, -25))] == [
        "red", "green", "blue", "white",
    ]  # fmt: skip


def test_the_two_sides_of_a_seam_and_faces_without_an_image_have_their_own(plotter: pyvista.Plotter) -> None:
    red_corner = np.tile(np.array([[0.1, 0.9]], np.float32), (3, 1))
    torn = SurfaceTexture(
        np.array([0, 1, 2, 0, 2, 3], np.int32),
        np.concatenate([red_corner, UV[[0, 2, 3]]]),
        np.array([[0, 1, 2], [3, 4, 5]], np.int32),
        np.array([0, -1], np.int16),
        (CHECKS,),
    )
    colours = np.tile(np.array(GREEN, np.uint8), (4, 1))
    picture = seen(plotter, Scene(plotter.renderer), Drawable(SHEET, NORMALS, colours, texture=torn))
    assert (hue(picture, 25, -25), hue(picture, -25, 25)) == ("red", "green")


def test_the_next_surface_is_seen_without_the_last_ones_image(plotter: pyvista.Plotter) -> None:
    scene = Scene(plotter.renderer)
    colours = np.tile(np.array(BLUE, np.uint8), (4, 1))
    picture = seen(plotter, scene, Drawable(SHEET, NORMALS, texture=WHOLE), Drawable(SHEET, NORMALS, colours))
    assert hue(picture, -25, 25) == "blue"
    again = seen(plotter, scene, Drawable(SHEET, NORMALS, texture=WHOLE))
    assert hue(again, -25, 25) == "red"
