"""The legend of a map can be read."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista

from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.legend import Legend


@pytest.mark.parametrize("size", [(340, 420), (500, 700), (1000, 800)])
def test_the_title_is_clear_of_the_numbers(size: tuple[int, int]) -> None:
    plotter = pyvista.Plotter(off_screen=True, window_size=list(size))
    plotter.renderer.SetBackground(1.0, 1.0, 1.0)
    Legend(plotter.renderer).set_display(DisplayOptions(colouring="displacement", dark=False))
    picture = np.asarray(plotter.screenshot(return_img=True)).astype(int)
    plotter.close()
    ink = (np.ptp(picture, axis=2) < 12) & (picture.max(axis=2) < 200)  # grey: the bar is coloured
    rows = np.flatnonzero(ink.any(axis=1))
    title, numbers = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    assert numbers[0] - title[-1] > 4
