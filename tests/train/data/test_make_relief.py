"""The maps of the face's relief and roughness."""

import io

import numpy as np
import pytest
from PIL import Image

from facewright.core.anatomy import bundled_anatomy
from facewright.core.exchange.skin_maps import NORMALS, ROUGHNESS, skin_map
from facewright.core.production.complexion import lips
from facewright.core.production.topology import bundled_topology
from facewright.train.data.make_relief import heights, make_normals, make_roughness, roughness, tangent_normals


@pytest.fixture(scope="module")
def topology():
    return bundled_topology()


def test_a_slope_leans_the_normals_away_from_what_is_higher():
    down, right = np.mgrid[0:9, 0:9].astype(np.float64)
    places = np.stack([2.0 * right, -3.0 * down, np.zeros_like(down)], axis=2)
    for height, expected in (
        (0.5 * 2.0 * right, (-0.5, 0.0)),  # rises by half a millimetre a millimetre to the right
        (-0.25 * 3.0 * down, (0.0, -0.25)),  # and up the image
        (np.zeros_like(down), (0.0, 0.0)),
    ):
        normals = tangent_normals(height, places)
        np.testing.assert_allclose(normals[..., :2] / normals[..., 2:], np.broadcast_to(expected, (9, 9, 2)), atol=1e-9)
        np.testing.assert_allclose(np.linalg.norm(normals, axis=2), 1.0)


def test_where_nothing_is_there_is_no_slope():
    height = np.arange(25.0).reshape(5, 5)
    height[2, 2] = np.nan
    down, right = np.mgrid[0:5, 0:5].astype(np.float64)
    normals = tangent_normals(height, np.dstack([right, down, np.zeros((5, 5))]))
    np.testing.assert_array_equal(normals[2, 1], [0.0, 0.0, 1.0])
    assert normals[0, 0, 0] < 0.0


def test_pores_are_shallow_and_deepest_at_the_nose_and_lips_shine(topology):
    places, neutral = bundled_anatomy(topology.name).points, topology.neutral.astype(np.float64)
    rng = np.random.default_rng(0)

    def about(name: str) -> np.ndarray:
        return neutral[places[name]] + rng.normal(scale=2.0, size=(4000, 3))

    nose, temple = heights(topology, about("prn")), heights(topology, about("zy_l"))
    assert -0.2 < nose.min() < temple.min() < 0.0
    assert max(nose.max(), temple.max()) <= 0.0
    skin = neutral[topology.vertices_of("skin")]
    lip = skin[lips(topology, skin).argmax()]
    rough_lip, rough_nose, rough_cheek = (
        float(roughness(topology, point[None])[0]) for point in (lip, neutral[places["prn"]], neutral[places["zy_l"]])
    )
    assert rough_lip < rough_nose < rough_cheek


def test_the_maps_that_ship_are_these(topology):
    with Image.open(io.BytesIO(skin_map(NORMALS))) as image:
        shipped = np.asarray(image).astype(np.float64) / 127.5 - 1.0
    assert image.size == (2048, 2048)
    np.testing.assert_allclose(np.linalg.norm(shipped, axis=2), 1.0, atol=0.02)
    assert np.abs(shipped[..., :2].mean(axis=(0, 1))).max() < 0.01  # no lean as a whole
    small = make_normals(topology, 256)
    assert small.shape == (256, 256, 3)
    assert (small[:4, :4] == (128, 128, 255)).all()  # beyond the corner of the face nothing is
    with Image.open(io.BytesIO(skin_map(ROUGHNESS))) as image:
        np.testing.assert_array_equal(np.asarray(image), make_roughness(topology, 256))
