"""The topology that ships, and its file."""

import numpy as np
import pytest

from facewright.core.production.engine_names import ENGINE_UNITS
from facewright.core.production.topology import bundled_topology, packed, unpacked


@pytest.fixture(scope="module")
def topology():
    return bundled_topology()


def test_it_is_of_quads_that_use_every_vertex(topology):
    count = len(topology.neutral)
    assert (topology.polygons[:, 3] >= 0).mean() > 0.95
    assert len(np.unique(topology.triangles)) == count
    assert topology.uv_polygons.shape == topology.polygons.shape
    np.testing.assert_array_equal(topology.uv_polygons < 0, topology.polygons < 0)
    assert topology.uv_polygons.max() == len(topology.uv) - 1


def test_faces_look_outwards(topology):
    corners = topology.neutral[topology.triangles].astype(np.float64)
    skull = (corners.mean(axis=1)[:, 1] > 80.0) & np.isin(topology.triangles, topology.vertices_of("skin_head")).all(1)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.einsum("fc,fc->f", normals, corners.mean(axis=1))[skull] > 0.0).all()


def test_each_material_has_one_uv_tile(topology):
    for name in topology.materials:
        corners = topology.uv_polygons[topology.polygons_of(name)]
        tiles = np.floor(topology.uv[corners[corners >= 0], 0])
        assert len(np.unique(tiles)) <= 2, name  # two where left and right have their own
    skin, head = (topology.uv[topology.uv_polygons[topology.polygons_of(name)]] for name in ("skin", "skin_head"))
    assert skin.max() <= 1.0
    assert head[..., 0].min() >= 1.0


def test_shapes_are_the_engines(topology):
    assert list(topology.shapes) == list(ENGINE_UNITS)
    for shape in topology.shapes.values():
        assert (np.diff(shape.vertices) > 0).all()
        assert shape.vertices[-1] < len(topology.neutral)


def test_the_lower_teeth_go_with_the_jaw_and_the_upper_ones_stay(topology):
    teeth = topology.vertices_of("teeth")
    shares = topology.jaw[teeth]
    assert ((shares < 0.01) | (shares > 0.99)).all()
    assert topology.neutral[teeth[shares > 0.5], 1].mean() < topology.neutral[teeth[shares < 0.5], 1].mean()


def test_a_file_gives_back_what_was_packed(topology):
    again = unpacked(packed(topology))
    np.testing.assert_array_equal(again.polygons, topology.polygons)
    np.testing.assert_array_equal(again.neutral, topology.neutral)
    for name, shape in topology.shapes.items():
        np.testing.assert_array_equal(again.shapes[name].vertices, shape.vertices)
        np.testing.assert_array_equal(again.shapes[name].mm, shape.mm)
    assert again.materials == topology.materials
