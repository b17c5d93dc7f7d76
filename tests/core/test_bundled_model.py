"""The model that ships: what a newcomer sees first has to be a head."""

import numpy as np
import pytest

from core.model_file import bundled_model, load
from core.parameters import Parameters
from core.parts import LOCAL_PARTS
from core.surface import head_mesh

VOXEL_MM = 3.0


@pytest.fixture(scope="module")
def model():
    return load(bundled_model())


def test_the_mean_head_is_a_closed_head_of_a_persons_size(model):
    mesh = head_mesh(model, Parameters(), VOXEL_MM)
    assert mesh.watertight
    assert mesh.component_count == 1
    assert 200.0 < mesh.height_mm < 320.0
    x, _, z = np.ptp(mesh.vertices, axis=0)
    assert 130.0 < x < 220.0
    assert 170.0 < z < 270.0


def test_the_mean_head_is_its_own_mirror_image(model):
    field = model.field(Parameters())
    vertices = head_mesh(model, Parameters(), VOXEL_MM).vertices
    face = vertices[vertices[:, 2] > 60.0]
    assert np.abs(field.distance(face * np.array([-1.0, 1.0, 1.0], np.float32))).mean() < 0.5


@pytest.mark.parametrize("part", LOCAL_PARTS)
def test_a_part_moves_by_millimetres_inside_its_window_and_by_nothing_outside(model, part):
    mean, moved = model.field(Parameters()), model.field(Parameters().with_value(part, 0, 3.0))
    points = head_mesh(model, Parameters(), VOXEL_MM).vertices
    outside = mean.window(part, points) == 0.0
    change = np.abs(mean.distance(points) - moved.distance(points))
    assert (change[outside] == 0.0).all()
    assert change.max() > 2.0
    assert outside.mean() > 0.8


def test_its_data_and_licence_are_told(model):
    assert model.metadata["data"] == "ICT-FaceKit"
    assert "MIT" in str(model.metadata["licence"])
    assert model.metadata["true_scale"] is True
