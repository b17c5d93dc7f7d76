"""The other head as a shell over this one: seen where either stands out, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from facewright.core.mesh import Mesh
from facewright.core.parameters import Parameters
from facewright.editor.live.evaluation import HeadEvaluation, Job, evaluate
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.painting import Drawable
from facewright.editor.viewport.picture import Photographer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facewright.core.model.head_model import HeadModel

SIZE = (300, 200)
OVERLAY = DisplayOptions(comparison="overlay")


@pytest.fixture
def evaluation(model: HeadModel) -> HeadEvaluation:
    return evaluate(Job(1, model, Parameters(), 1))


@pytest.fixture
def photographer(evaluation: HeadEvaluation) -> Iterator[Photographer]:
    """The mean head, seen from the front."""
    with Photographer(SIZE, DisplayOptions()) as photographer:
        photographer.panes.head.show(Drawable(evaluation.mesh, evaluation.normals))
        photographer.panes.look_from("front")
        yield photographer


def grown(evaluation: HeadEvaluation, times: float) -> Mesh:
    return Mesh(evaluation.mesh.vertices * np.float32(times), evaluation.mesh.faces)


def taken(photographer: Photographer, display: DisplayOptions) -> np.ndarray:
    photographer.panes.set_display(display)
    return np.asarray(photographer.take(), dtype=np.int64)


def blue(picture: np.ndarray) -> np.ndarray:
    """Where the picture is bluer than clay and both grounds are, (H, W) bool."""
    return picture[..., 2] - picture[..., 0] > 15


def orange(picture: np.ndarray) -> np.ndarray:
    """Where the picture is more orange than clay, (H, W) bool."""
    return picture[..., 0] - picture[..., 2] > 65


def test_where_the_other_head_is_the_same_nothing_of_it_is_seen(
    photographer: Photographer, evaluation: HeadEvaluation
) -> None:
    photographer.panes.other.show(Drawable(evaluation.mesh, evaluation.normals))
    alone, over = taken(photographer, DisplayOptions()), taken(photographer, OVERLAY)
    assert np.abs(over - alone).mean() < 0.4  # edges are smoothed twice
    assert not (blue(over) | orange(over)).any()
    assert np.abs(taken(photographer, DisplayOptions()) - alone).mean() < 0.3  # soft shadows are drawn at random


@pytest.mark.parametrize("dark", [True, False])
def test_what_stands_out_is_a_thin_film_over_the_head_and_beside_it(
    photographer: Photographer, evaluation: HeadEvaluation, dark: bool
) -> None:
    photographer.panes.other.show(Drawable(grown(evaluation, 1.1), evaluation.normals))
    alone = taken(photographer, DisplayOptions(dark=dark))
    over = taken(photographer, DisplayOptions(comparison="overlay", dark=dark))
    film = blue(over)
    head = np.abs(alone - alone[:, :3].mean(axis=1, keepdims=True)).sum(axis=2) > 40
    assert film.sum() > 1.1 * head.sum()
    assert film[head].mean() > 0.95
    assert abs(over[2, 290] - alone[2, 290]).max() <= 1
    lit, shaded = (60, 130), (130, 170)  # seen through the film
    assert over[lit].sum() > over[shaded].sum() + 20
    gap = np.linalg.norm(over - alone, axis=2)[film]
    assert np.quantile(gap, 0.05) > 40  # of 442: told from what is beneath
    assert not orange(over).any()


@pytest.mark.parametrize("dark", [True, False])
def test_where_this_head_stands_out_it_is_tinted_itself(
    photographer: Photographer, evaluation: HeadEvaluation, dark: bool
) -> None:
    photographer.panes.other.show(Drawable(grown(evaluation, 0.9), evaluation.normals))
    alone = taken(photographer, DisplayOptions(dark=dark))
    over = taken(photographer, DisplayOptions(comparison="overlay", dark=dark))
    head = np.abs(alone - alone[:, :3].mean(axis=1, keepdims=True)).sum(axis=2) > 20
    assert not orange(alone).any()
    assert not blue(over).any()
    assert orange(over)[head].mean() > 0.95
    assert not orange(over)[~head].any()
    assert over[60, 130].sum() > over[130, 170].sum() + 20  # its shading is seen
    mapped = taken(photographer, DisplayOptions(comparison="overlay", dark=dark, colouring="displacement"))
    assert not orange(mapped)[:150].any()  # above the legend: the map's colours are not tinted


def test_of_the_shell_only_the_nearest_side_is_drawn(photographer: Photographer, evaluation: HeadEvaluation) -> None:
    vertices, faces, normals = (*vars(grown(evaluation, 1.1)).values(), evaluation.normals)
    inner = vertices * np.float32(0.99)  # a second skin beneath the first, whose triangles come later
    panes = photographer.panes
    panes.other.show(Drawable(Mesh(vertices, faces), normals))
    single = taken(photographer, OVERLAY)
    both = np.concatenate([faces, faces + len(vertices)])
    panes.other.show(Drawable(Mesh(np.concatenate([vertices, inner]), both), np.concatenate([normals, normals])))
    assert np.quantile(np.abs(taken(photographer, OVERLAY) - single), 0.99) <= 2


def test_a_clear_picture_has_the_shells_own_colour_where_nothing_is_behind_it(
    photographer: Photographer, evaluation: HeadEvaluation
) -> None:
    panes = photographer.panes
    panes.other.show(Drawable(grown(evaluation, 1.1), evaluation.normals))
    pictures = []
    for dark in (True, False):
        panes.set_display(DisplayOptions(comparison="overlay", dark=dark))
        pictures.append(np.asarray(photographer.take(transparent=True), dtype=np.int64))
    thin = (pictures[0][..., 3] > 60) & (pictures[0][..., 3] < 230) & (np.arange(SIZE[0]) > 40)  # beside the names
    assert thin.sum() > 100
    assert blue(pictures[0])[thin].all()
    apart = np.abs(pictures[0] - pictures[1]).max(axis=2)[thin]
    assert np.quantile(apart, 0.9) <= 2  # but where the head's edge is smoothed


def test_over_a_head_without_another_there_is_nothing(photographer: Photographer) -> None:
    over = taken(photographer, OVERLAY)
    assert not (blue(over) | orange(over)).any()


def test_both_heads_are_named(photographer: Photographer, evaluation: HeadEvaluation) -> None:
    photographer.panes.other.show(Drawable(grown(evaluation, 0.9), evaluation.normals))
    unnamed = taken(photographer, OVERLAY)
    photographer.panes.head.title("Plan A")
    photographer.panes.other.title("Before")
    named = np.abs(taken(photographer, OVERLAY) - unnamed).sum(axis=2) > 60
    assert named[:5, :60].any()
    assert named[11:18, :60].any()
