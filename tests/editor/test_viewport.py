"""The scene: cameras, the surface replaced in place, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
import pyvista

from core.errors import FacewrightError
from core.parameters import Parameters
from editor.evaluation import FULL, Job, evaluate
from editor.viewport import VIEWS, Scene, ViewName, render_png

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.head_model import HeadModel


@pytest.fixture
def plotter() -> Iterator[pyvista.Plotter]:
    plotter = pyvista.Plotter(off_screen=True, window_size=[300, 200])
    yield plotter
    plotter.close()


def photograph(plotter: pyvista.Plotter) -> np.ndarray:
    plotter.render()
    return np.asarray(plotter.screenshot(return_img=True), dtype=np.int64)


@pytest.mark.parametrize("name", get_args(ViewName))
def test_a_view_shows_the_whole_head_upright_in_the_middle(
    plotter: pyvista.Plotter, model: HeadModel, name: ViewName
) -> None:
    scene = Scene(plotter)
    scene.show(evaluate(Job(1, model, Parameters(), 0)))
    scene.look(name)
    picture = photograph(plotter)
    background = np.median(picture[:, :8], axis=1, keepdims=True)
    rows, columns = np.nonzero(np.abs(picture - background)[:, 60:].sum(axis=2) > 30)  # right of the axes
    assert rows.min() > 2
    assert rows.max() < 197
    assert (rows.min() + rows.max()) / 2 == pytest.approx(100, abs=4)
    assert (columns.min() + columns.max()) / 2 + 60 == pytest.approx(150, abs=4)
    assert plotter.camera.up == (0.0, 1.0, 0.0)


def test_left_is_the_subjects_left() -> None:
    np.testing.assert_allclose(VIEWS["left"].direction, [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(VIEWS["front"].direction, [0, 0, 1], atol=1e-12)
    assert VIEWS["basal"].direction[1] < -0.7


def test_a_surface_is_replaced_in_place_and_the_camera_stays(plotter: pyvista.Plotter, model: HeadModel) -> None:
    scene = Scene(plotter)
    scene.show(evaluate(Job(1, model, Parameters(), 0)))
    scene.look("left")
    actors, camera = dict(plotter.actors), plotter.camera_position
    before = photograph(plotter)
    scene.show(evaluate(Job(2, model, Parameters(nose=(3,)), 0)))
    after = photograph(plotter)
    assert dict(plotter.actors) == actors
    assert plotter.camera_position == camera
    assert not np.array_equal(before, after)


def test_a_picture_is_written_whole_or_not_at_all(model: HeadModel, tmp_path: Path) -> None:
    evaluation = evaluate(Job(1, model, Parameters(), FULL))
    render_png(evaluation, "front", tmp_path / "head.png", (200, 300))
    picture = pyvista.read(tmp_path / "head.png")
    assert picture.dimensions == (200, 300, 1)
    with pytest.raises(FacewrightError):
        render_png(evaluation, "front", tmp_path / "missing" / "head.png", (200, 300))
    assert [path.name for path in tmp_path.iterdir()] == ["head.png"]
