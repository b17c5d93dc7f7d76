"""Text in the picture can be read: the legend of a map, names of landmarks, captions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import pyvista

from facewright.editor.viewport.annotation import Annotation
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.legend import Legend
from facewright.editor.viewport.painting import NOTHING, Painting
from facewright.editor.viewport.panes import SHAPE, Panes
from facewright.editor.viewport.pose import VIEWS, Pose
from facewright.editor.viewport.text_room import text_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facewright.editor.viewport.display_options import Colouring


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


def ink_of(panes: Panes, plotter: pyvista.Plotter) -> np.ndarray:
    """Where the right half of a window has text, (H, W) bool."""
    panes.stand(Pose(VIEWS["front"], (0.0, 0.0, 0.0), 800.0))
    plotter.render()
    picture = np.asarray(plotter.screenshot(return_img=True)).astype(int)
    right = picture[:, picture.shape[1] // 2 + 4 :]
    return (np.ptp(right, axis=2) < 12) & (right.max(axis=2) < 120)


@pytest.fixture
def split(request: pytest.FixtureRequest) -> Iterator[tuple[Panes, pyvista.Plotter]]:
    plotter = pyvista.Plotter(shape=SHAPE, border=False, off_screen=True, window_size=[request.param, 420])
    panes = Panes(plotter)
    panes.set_display(DisplayOptions(colouring="residual", comparison="split", dark=False))
    yield panes, plotter
    plotter.close()


@pytest.mark.parametrize("split", [320, 460, 1200], indirect=True)
def test_the_whole_legend_is_within_half_a_window(split: tuple[Panes, pyvista.Plotter]) -> None:
    panes, plotter = split
    panes.show_painting(Painting(NOTHING, has_map=True))
    ink = ink_of(panes, plotter)
    columns = np.flatnonzero(ink.any(axis=0))
    assert columns[0] > 0
    assert columns[-1] < ink.shape[1] - 1
    title = ink[: np.flatnonzero(ink.any(axis=1))[0] + 10]
    assert np.ptp(np.flatnonzero(title.any(axis=0))) > 90  # all of the title


@pytest.mark.parametrize(
    ("colouring", "title"),
    [
        ("residual", "scan + outside, − inside the fit, mm"),
        ("displacement", "+ outside, − inside the other head, mm"),
    ],
)
def test_the_title_says_which_sign_is_which(colouring: Colouring, title: str) -> None:
    plotter = pyvista.Plotter(off_screen=True, window_size=[340, 420])
    legend = Legend(plotter.renderer)
    legend.set_display(DisplayOptions(colouring=colouring))
    assert legend._bar.GetTitle() == title
    plotter.close()


@pytest.mark.parametrize("split", [460], indirect=True)
def test_a_head_without_a_map_has_no_legend(split: tuple[Panes, pyvista.Plotter]) -> None:
    panes, plotter = split
    panes.show_painting(Painting(NOTHING, has_map=True))
    assert ink_of(panes, plotter).any()
    panes.show_painting(Painting(NOTHING))
    assert not ink_of(panes, plotter).any()
    panes.set_display(DisplayOptions(colouring="displacement", comparison="split", dark=False))
    assert not ink_of(panes, plotter).any()


@pytest.mark.parametrize("split", [300, 700], indirect=True)
@pytest.mark.parametrize("anchor", [(300.0, 0.0, 0.0), (-300.0, 0.0, 0.0), (0.0, 300.0, 0.0)])
def test_what_a_landmark_is_called_is_read_at_the_panes_edge(
    split: tuple[Panes, pyvista.Plotter], anchor: tuple[float, float, float]
) -> None:
    panes, _ = split
    panes.stand(Pose(VIEWS["front"], (0.0, 0.0, 0.0), 800.0))
    panes.head.annotate(Annotation(text="prn: pronasale, most protruded of the tip", anchor=np.array(anchor)))
    text = panes.head._annotation._text
    left, up = text.GetPositionCoordinate().GetComputedViewportValue(panes.head._renderer)
    width, height = text_size(text, panes.head._renderer)
    room = panes.head._renderer.GetSize()
    assert left >= 0
    assert left + width <= room[0] + 1
    assert up + height <= room[1] + 1
    assert text.GetInput().split() == ["prn:", "pronasale,", "most", "protruded", "of", "the", "tip"]


@pytest.mark.parametrize("split", [300, 1200], indirect=True)
def test_a_long_name_keeps_both_its_ends(split: tuple[Panes, pyvista.Plotter]) -> None:
    panes, _ = split
    panes.stand(Pose(VIEWS["front"], (0.0, 0.0, 0.0), 800.0))
    name = "Scan 2026-11-30, before: being computed…"
    panes.head.title(name)
    text = panes.head._title
    room = panes.head._renderer.GetSize()[0]
    assert text_size(text, panes.head._renderer)[0] <= room
    assert text.GetInput().startswith("Scan")
    assert text.GetInput().endswith("ted…")
    assert (text.GetInput() == name) == (room > 500)
