"""The template's mesh on other heads: the same topology, on their surfaces."""

from typing import Any

import numpy as np
import pytest

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.metrics import nearest_on_surface
from facewright.core.model.template_mesh import TemplateMesh
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.surface.correspondence import template_topology
from facewright.core.surface.extraction import head_mesh
from tests.core.tiny_model import tiny_model, tiny_model_with_template


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("value", [-3.0, 3.0])
def test_a_heads_vertices_lie_on_its_surface_and_its_faces_are_the_templates(code, value):
    model, head = tiny_model_with_template(), Parameters().with_value(code, 0, value)
    mesh = template_topology(model, head)
    assert model.template is not None
    np.testing.assert_array_equal(mesh.faces, model.template.faces)
    assert mesh.watertight
    assert np.abs(model.field(head).distance(mesh.vertices)).max() < 0.01


def test_it_is_as_near_to_marching_cubes_as_its_edges_allow():
    model, head = tiny_model_with_template(), Parameters(nose=(2.0,), mouth=(-1.0,))
    mesh, cubes = template_topology(model, head), head_mesh(model, head, 2.5)
    centres = mesh.vertices[mesh.faces].mean(axis=1)
    edge = np.linalg.norm(mesh.vertices[mesh.faces[:, 0]] - mesh.vertices[mesh.faces[:, 1]], axis=1).max()
    sag = edge**2 / (8.0 * 105.0)  # of an edge on the ball that the head is made of
    for points, other in ((centres, cubes), (cubes.vertices, mesh)):
        distance = nearest_on_surface(points, other.vertices, other.faces).distance
        assert distance.mean() < 2.0 * sag
        assert distance.max() < 8.0 * sag  # on its bumps


def test_a_part_leaves_the_vertices_outside_its_window_where_they_were():
    model = tiny_model_with_template()
    before, after = Parameters(), Parameters(nose=(3.0,))
    vertices = [template_topology(model, head).vertices for head in (before, after)]
    outside = model.field(before).window("nose", vertices[0]) + model.field(after).window("nose", vertices[1]) == 0.0
    np.testing.assert_allclose(vertices[0][outside], vertices[1][outside], atol=1e-3)
    assert np.abs(vertices[0] - vertices[1]).max() > 0.5


def test_it_can_be_called_off():
    with pytest.raises(Cancelled):
        template_topology(tiny_model_with_template(), Parameters(), lambda: True)


def test_a_model_without_a_template_mesh_says_so():
    with pytest.raises(FacewrightError, match="no template mesh"):
        template_topology(tiny_model(), Parameters())


@pytest.mark.parametrize(
    "change",
    [
        {"faces": np.array([[0, 1, 10_000]], np.int32)},
        {"part": np.array([9], np.uint8)},
        {"uv_vertex": np.array([0, 1], np.int32)},
        {"landmarks": {"prn": -1}},
        {"membrane": np.array([[0, 1, 2]], np.int32)},
        {"membrane": np.array([[0, 0, 2]], np.int32), "membrane_share": np.array([0.5], np.float32)},
        {"membrane": np.array([[0, 1, 3]], np.int32), "membrane_share": np.array([0.5], np.float32)},
    ],
)
def test_a_template_mesh_that_contradicts_itself_is_refused(change):
    flat: dict[str, Any] = {
        "vertices": np.eye(3, dtype=np.float32),
        "faces": np.array([[0, 1, 2]], np.int32),
        "part": np.array([0], np.uint8),
        "mirror": np.arange(3, dtype=np.int32),
        "uv": np.zeros((3, 2), np.float32),
        "uv_vertex": np.arange(3, dtype=np.int32),
        "uv_faces": np.array([[0, 1, 2]], np.int32),
    }
    TemplateMesh(**flat)
    with pytest.raises(ValueError, match="contradicts"):
        TemplateMesh(**{**flat, **change})
