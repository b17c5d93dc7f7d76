"""The mesh that the graphics card holds: replaced in place, thinned while a hand moves it, a cloud without faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import pyvista

from facewright.core.mesh import Mesh
from facewright.core.parameters import Parameters
from facewright.editor.live.detail import FULL
from facewright.editor.live.evaluation import Job, evaluate
from facewright.editor.live.painting import drawable
from facewright.editor.viewport.overlay_shell import OverlayShell
from facewright.editor.viewport.scene import Scene
from facewright.editor.viewport.surface_actor import SurfaceActor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.live.evaluation import HeadEvaluation


@pytest.fixture
def evaluation(model: HeadModel) -> HeadEvaluation:
    return evaluate(Job(1, model, Parameters(), FULL))


@pytest.fixture
def renderer() -> Iterator[pyvista.Renderer]:
    plotter = pyvista.Plotter(off_screen=True, window_size=[60, 40])
    yield plotter.renderer
    plotter.close()


def test_the_arrays_stay_and_their_content_changes(evaluation: HeadEvaluation) -> None:
    surface, mesh = SurfaceActor(), evaluation.mesh
    assert surface.triangles == 0
    surface.show(mesh, evaluation.normals)
    np.testing.assert_array_equal(surface.points, mesh.vertices)
    assert surface.triangles == len(mesh.faces)
    held = surface.data.GetPoints()
    surface.show(Mesh(mesh.vertices * np.float32(0.5), mesh.faces), evaluation.normals)
    assert surface.data.GetPoints() is held
    np.testing.assert_allclose(surface.points, 0.5 * mesh.vertices)


def test_a_live_surface_is_thinned_and_another_one_where_it_comes_with_fewer_triangles(
    evaluation: HeadEvaluation,
) -> None:
    surface, mesh = SurfaceActor(), evaluation.mesh
    limit = len(mesh.faces) // 4
    surface.show(mesh, evaluation.normals, evaluation.surface)
    surface.thin(limit)
    assert 0 < surface.triangles <= 1.3 * limit
    surface.show(mesh, evaluation.normals)
    assert surface.triangles == len(mesh.faces)
    surface.show(mesh, evaluation.normals, fewer=mesh.faces[: limit - 1])
    assert surface.triangles == limit - 1
    surface.thin(None)
    assert surface.triangles == len(mesh.faces)


def test_points_without_faces_are_seen_as_points(evaluation: HeadEvaluation) -> None:
    surface, points = SurfaceActor(), evaluation.mesh.vertices[:50]
    surface.show(Mesh(points, np.empty((0, 3), np.int32)), evaluation.normals[:50])
    assert (surface.data.n_verts, surface.triangles) == (50, 0)
    surface.show(evaluation.mesh, evaluation.normals)
    assert surface.data.n_verts == 0


def test_a_scene_says_by_its_name_what_is_tinted(renderer: pyvista.Renderer, evaluation: HeadEvaluation) -> None:
    scene = Scene(renderer)
    assert scene.title("Plan")
    assert not scene.title("Plan")
    scene.show(drawable(evaluation))
    scene.show_as_shell(True)
    assert scene.triangles == 0  # the shell draws it, not the surface
    scene.show_as_shell(False)
    assert scene.triangles == len(evaluation.mesh.faces)


def test_a_shell_is_two_actors_that_come_and_go_together(renderer: pyvista.Renderer) -> None:
    before = renderer.GetActors().GetNumberOfItems()
    shell = OverlayShell(pyvista.Sphere(), renderer)
    actors = [renderer.GetActors().GetItemAsObject(i) for i in range(before, before + 2)]
    assert [actor.GetVisibility() for actor in actors] == [0, 0]
    shell.set_visible(True)
    assert [actor.GetVisibility() for actor in actors] == [1, 1]
