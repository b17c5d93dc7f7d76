"""The scene: the surface replaced in place, looks, comparison, pictures."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
import pyvista
from PIL import Image

from facewright.core.errors import FacewrightError
from facewright.core.mesh import Mesh
from facewright.core.parameters import Parameters
from facewright.editor.live.detail import FULL
from facewright.editor.live.evaluation import HeadEvaluation, Job, evaluate
from facewright.editor.live.painting import drawable
from facewright.editor.viewport import render_png
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.painting import Drawable, Painting
from facewright.editor.viewport.panes import SHAPE, Panes
from facewright.editor.viewport.picture import Photographer
from facewright.editor.viewport.shading import Shade
from facewright.editor.viewport.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from facewright.core.model.head_model import HeadModel

SIZE = (300, 200)


@pytest.fixture
def plotter() -> Iterator[pyvista.Plotter]:
    plotter = pyvista.Plotter(shape=SHAPE, border=False, off_screen=True, window_size=list(SIZE))
    yield plotter
    plotter.close()


@pytest.fixture
def panes(plotter: pyvista.Plotter, evaluation: HeadEvaluation) -> Panes:
    """The mean head, seen from the front."""
    panes = Panes(plotter)
    show(panes, evaluation)
    panes.look_from("front")
    return panes


@pytest.fixture
def evaluation(model: HeadModel) -> HeadEvaluation:
    return evaluate(Job(1, model, Parameters(), 0))


@pytest.fixture
def other(model: HeadModel) -> HeadEvaluation:
    """Another head than the mean, as is plain from every side."""
    return evaluate(Job(2, model, Parameters(nose=(3,), remainder=(3,)), 0))


def show(panes: Panes, evaluation: HeadEvaluation) -> None:
    panes.head.show(Drawable(evaluation.mesh, evaluation.normals))


def photograph(plotter: pyvista.Plotter) -> np.ndarray:
    assert plotter.render_window
    plotter.render_window.Render()
    return np.asarray(plotter.screenshot(return_img=True), dtype=np.int64)


def test_a_surface_is_replaced_in_place_and_the_camera_stays(
    plotter: pyvista.Plotter, panes: Panes, other: HeadEvaluation
) -> None:
    actors, pose = [dict(r.actors) for r in plotter.renderers], panes.pose
    before = photograph(plotter)
    show(panes, other)
    assert not np.array_equal(before, photograph(plotter))
    assert [dict(r.actors) for r in plotter.renderers] == actors
    assert panes.pose == pose
    np.testing.assert_array_equal(panes.head.points, other.mesh.vertices)


def test_moved_vertices_and_turned_faces_are_seen_though_their_number_is_the_same(
    plotter: pyvista.Plotter, panes: Panes, evaluation: HeadEvaluation
) -> None:
    mesh, normals = evaluation.mesh, evaluation.normals
    whole = photograph(plotter)
    panes.head.show(Drawable(Mesh(mesh.vertices * np.float32(0.8), mesh.faces), normals))
    smaller = photograph(plotter)
    faces = np.where(mesh.vertices[mesh.faces[:, :1], 1] > 0, mesh.faces, mesh.faces[:, :1])  # the upper half alone
    panes.head.show(Drawable(Mesh(mesh.vertices, faces.astype(np.int32)), normals))
    half = photograph(plotter)
    panes.head.show(Drawable(mesh, normals))
    np.testing.assert_array_equal(photograph(plotter), whole)
    assert is_head(smaller).sum() < 0.8 * is_head(whole).sum()
    assert is_head(half).sum() < 0.7 * is_head(whole).sum()


def test_every_shade_lights_the_head_in_its_own_way(plotter: pyvista.Plotter, panes: Panes) -> None:
    pictures = []
    for shade in get_args(Shade):
        panes.set_display(DisplayOptions(shade=shade))
        pictures.append(photograph(plotter))
    for first, second in pairwise(pictures):
        assert np.abs(first - second)[80:120, 130:170].mean() > 3


def test_studio_light_comes_from_the_upper_left(plotter: pyvista.Plotter, panes: Panes) -> None:
    grey = photograph(plotter).sum(axis=2)
    assert grey[60:90, 125:140].mean() > grey[120:150, 165:180].mean() + 60


def test_dark_skin_shines_and_what_is_as_dark_in_a_fold_does_not(
    plotter: pyvista.Plotter, panes: Panes, evaluation: HeadEvaluation
) -> None:
    dark = np.full((len(evaluation.mesh.vertices), 3), 70, dtype=np.uint8)
    pictures = []
    for skin in ((70 / 255,) * 3, (0.9, 0.9, 0.9)):
        panes.head.show(Drawable(evaluation.mesh, evaluation.normals, dark, skin=skin))
        pictures.append(photograph(plotter))
    shines, folded = pictures
    assert (shines >= folded).all()
    assert (shines - folded).max() > 20


def test_colours_are_those_of_the_vertices_until_the_next_surface(
    plotter: pyvista.Plotter, panes: Panes, evaluation: HeadEvaluation
) -> None:
    clay = photograph(plotter)
    count = len(evaluation.mesh.vertices)
    panes.head.show_painting(Painting(drawable(evaluation, np.tile(np.array([0, 60, 220], np.uint8), (count, 1)))))
    blue = photograph(plotter)
    middle = blue[95:105, 145:155].mean(axis=(0, 1))
    assert middle[2] > 2 * middle[0]
    show(panes, evaluation)
    np.testing.assert_array_equal(photograph(plotter), clay)


def test_split_shows_the_other_head_at_the_left_by_the_same_camera(
    plotter: pyvista.Plotter, panes: Panes, evaluation: HeadEvaluation, other: HeadEvaluation
) -> None:
    panes.other.show(Drawable(evaluation.mesh, evaluation.normals))
    panes.set_display(DisplayOptions(comparison="split"))
    panes.look_from("front")
    same = photograph(plotter)
    halves = same[20:180, 5:140], same[20:180, 155:290]  # no seam, no corners
    assert np.abs(halves[0] - halves[1]).mean() < 1.0
    panes.other.show(Drawable(other.mesh, other.normals))
    differing = photograph(plotter)
    assert not np.array_equal(differing[:, :140], same[:, :140])
    np.testing.assert_array_equal(differing[:, 155:], same[:, 155:])


def test_under_a_wipe_both_heads_make_one_picture(
    plotter: pyvista.Plotter, panes: Panes, evaluation: HeadEvaluation
) -> None:
    whole = photograph(plotter)
    panes.other.show(Drawable(evaluation.mesh, evaluation.normals))
    panes.set_display(DisplayOptions(comparison="wipe"))
    for share in (0.3, 0.5, 0.7):
        panes.set_wipe(share)
        seam = round(share * SIZE[0])
        wiped = photograph(plotter)
        away = np.r_[0 : seam - 5, seam + 5 : SIZE[0]]
        assert np.abs(wiped - whole)[:, away].mean() < 1.0


def test_the_legend_and_the_landmarks_come_with_their_look(
    plotter: pyvista.Plotter, panes: Panes, evaluation: HeadEvaluation
) -> None:
    plain = photograph(plotter)
    panes.show_painting(Painting(Drawable(evaluation.mesh, evaluation.normals), has_map=True))
    panes.head.mark(np.array([[0.0, 10.0, 60.0]]))
    np.testing.assert_array_equal(photograph(plotter), plain)
    panes.set_display(DisplayOptions(landmarks=True, colouring="displacement"))
    changed = np.abs(photograph(plotter) - plain).sum(axis=2) > 60
    assert changed[:, :60].any()
    assert changed[60:110, 135:165].any()


def test_a_transparent_picture_is_clear_around_the_head_and_solid_on_it(evaluation: HeadEvaluation) -> None:
    with Photographer(SIZE, DisplayOptions()) as photographer:
        photographer.panes.head.show(Drawable(evaluation.mesh, evaluation.normals))
        photographer.panes.look_from("front")
        snapshot = Snapshot(
            Painting(drawable(evaluation)), None, DisplayOptions(shade="clay"), photographer.panes.pose, 0.5
        )
        photographer.panes.show(snapshot)
        picture = photographer.take(transparent=True)
    assert (picture.mode, picture.size) == ("RGBA", SIZE)
    alpha = np.asarray(picture)[..., 3]
    assert alpha[2, 2] == 0
    assert alpha[100, 150] == 255


def test_a_picture_is_written_whole_or_not_at_all(model: HeadModel, tmp_path: Path) -> None:
    evaluation = evaluate(Job(1, model, Parameters(), FULL))
    render_png(drawable(evaluation), "front", tmp_path / "head.png", (200, 300))
    with Image.open(tmp_path / "head.png") as picture:
        assert picture.size == (200, 300)
    with pytest.raises(FacewrightError):
        render_png(drawable(evaluation), "front", tmp_path / "missing" / "head.png", (200, 300))
    assert [path.name for path in tmp_path.iterdir()] == ["head.png"]


def test_dark_and_light_change_the_space_and_not_the_head(plotter: pyvista.Plotter, panes: Panes) -> None:
    dark = photograph(plotter)
    panes.set_display(replace(DisplayOptions(), dark=False))
    light = photograph(plotter)
    assert light[2, 2].sum() > dark[2, 2].sum() + 300
    np.testing.assert_array_equal(light[100, 150], dark[100, 150])


def test_a_heads_surface_looks_the_same_without_its_far_side_and_nearly_so_by_few_triangles(
    plotter: pyvista.Plotter, panes: Panes, model: HeadModel
) -> None:
    head = evaluate(Job(1, model, Parameters(), FULL))
    show(panes, head)
    whole = photograph(plotter)
    panes.head.show(Drawable(head.mesh, head.normals, live=head.surface))
    np.testing.assert_array_equal(photograph(plotter), whole)
    panes.thin(len(head.mesh.faces) // 4)
    assert panes.triangles < len(head.mesh.faces) // 3
    assert np.abs(photograph(plotter) - whole).mean() < 1.0
    panes.thin(None)
    np.testing.assert_array_equal(photograph(plotter), whole)


def is_head(picture: np.ndarray) -> np.ndarray:
    """Where something is in front of the background, (H, W) bool."""
    return np.abs(picture - picture[:, :3].mean(axis=1, keepdims=True)).sum(axis=2) > 30
