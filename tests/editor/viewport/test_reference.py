"""A picture behind the head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import pyvista
from PIL import Image

from facewright.core.errors import FacewrightError
from facewright.editor.viewport.display_options import DisplayOptions
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


def test_pictures_are_read_small_and_what_is_none_is_refused(tmp_path: Path) -> None:
    Image.new("L", (4000, 100)).save(tmp_path / "wide.png")
    picture = read_reference(tmp_path / "wide.png")
    assert (picture.mode, picture.size) == ("RGB", (1600, 40))
    (tmp_path / "text.png").write_text("no picture")
    for name in ("text.png", "missing.png"):
        with pytest.raises(FacewrightError, match="PNG"):
            read_reference(tmp_path / name)
