"""A picture behind the head."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pytest
import pyvista
from PIL import Image

from facewright.core.errors import FacewrightError
from facewright.core.mesh import Mesh
from facewright.editor.viewport.display_options import DisplayOptions, ReferenceLook
from facewright.editor.viewport.painting import Drawable
from facewright.editor.viewport.panes import SHAPE, Panes
from facewright.editor.viewport.reference import read_reference

if TYPE_CHECKING:
    from pathlib import Path


def test_a_picture_stands_in_the_middle_in_its_own_shape_and_goes_again() -> None:
    plotter = pyvista.Plotter(shape=SHAPE, border=False, off_screen=True, window_size=[300, 200])
    panes = Panes(plotter)
    panes.set_display(DisplayOptions(dark=True))
    assert plotter.render_window

    def seen() -> np.ndarray:
        assert plotter.render_window
        plotter.render_window.Render()
        return np.asarray(plotter.screenshot(return_img=True), dtype=np.int64)

    plain = seen()
    panes.set_reference(Image.new("RGB", (80, 80), (200, 30, 30)))
    red = seen()
    is_red = (red[..., 0] > 150) & (red[..., 1] < 80)
    rows, columns = np.nonzero(is_red)
    assert np.ptp(rows) > 190
    assert abs(np.ptp(columns) - np.ptp(rows)) < 6  # a square
    assert abs(columns.mean() - 149.5) < 3
    panes.set_reference(None)
    np.testing.assert_array_equal(seen(), plain)
    plotter.close()


def test_it_can_be_faint_and_small_and_lie_over_the_head() -> None:
    plotter = pyvista.Plotter(shape=SHAPE, border=False, off_screen=True, window_size=[300, 200])
    panes = Panes(plotter)
    sphere = pyvista.Sphere(radius=30.0)
    sphere.compute_normals(inplace=True)
    mesh = Mesh(np.asarray(sphere.points, np.float32), sphere.regular_faces.astype(np.int32))
    panes.head.show(Drawable(mesh, np.asarray(sphere["Normals"], np.float32)))
    panes.look_from("front")
    panes.set_reference(Image.new("RGB", (80, 80), (200, 30, 30)))

    def seen(**look: float) -> np.ndarray:
        panes.set_display(DisplayOptions(reference=ReferenceLook(**look)))  # type: ignore[arg-type]
        assert plotter.render_window
        plotter.render_window.Render()
        return np.asarray(plotter.screenshot(return_img=True), dtype=np.int64)

    def red(picture: np.ndarray) -> np.ndarray:
        return (picture[..., 0] > 150) & (picture[..., 1] < 80)

    behind, front = seen(), seen(in_front=True)
    assert not red(behind)[100, 150]
    assert red(front)[100, 150]
    assert red(front).sum() == pytest.approx(200 * 200, rel=0.03)
    small = red(seen(in_front=True, scale=0.5))
    assert small.sum() == pytest.approx(100 * 100, rel=0.05)
    assert small[100, 150]
    assert red(seen(in_front=True, scale=4.0)).all()
    faint, head = seen(in_front=True, opacity=0.5)[100, 150], behind[100, 150]
    np.testing.assert_allclose(faint, (head + np.array([200, 30, 30])) / 2, atol=4)
    dim = seen(opacity=0.25)[100, 55]  # in the picture, beside the head
    ground = seen(opacity=0.0)[100, 55]
    upright = Image.new("RGB", (80, 80), (200, 30, 30))
    upright.paste((30, 30, 200), (0, 0, 30, 20))
    panes.set_reference(upright)
    for look in ({}, {"in_front": True}):
        corner = seen(**look)
        assert list(corner[20, 60]) == [30, 30, 200]
        assert list(corner[180, 60]) == [200, 30, 30]
    np.testing.assert_allclose(dim, 0.75 * ground + 0.25 * np.array([200, 30, 30]), atol=4)
    plotter.close()


@pytest.mark.parametrize("record", [None, 3, {}, {"opacity": 0.5}, {"opacity": 2, "scale": 1, "in_front": True}])
def test_a_look_that_cannot_be_is_the_first_one(record: object) -> None:
    assert ReferenceLook.of_record(record) == ReferenceLook()
    look = ReferenceLook(0.5, 2.0, in_front=True)
    assert ReferenceLook.of_record(asdict(look)) == look


def test_pictures_are_read_small_and_what_is_none_is_refused(tmp_path: Path) -> None:
    Image.new("L", (4000, 100)).save(tmp_path / "wide.png")
    picture = read_reference(tmp_path / "wide.png")
    assert (picture.mode, picture.size) == ("RGB", (1600, 40))
    (tmp_path / "text.png").write_text("no picture")
    for name in ("text.png", "missing.png"):
        with pytest.raises(FacewrightError, match="PNG"):
            read_reference(tmp_path / name)
