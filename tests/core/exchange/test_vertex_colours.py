import io

import numpy as np
from PIL import Image

from facewright.core.exchange.head_shapes import shape_of
from facewright.core.exchange.pbr_material import PbrMaterial
from facewright.core.exchange.ply import to_ply
from facewright.core.exchange.shape import Shape, TextureMap
from facewright.core.exchange.vertex_colours import vertex_colours
from facewright.core.parameters import Parameters
from facewright.core.production.complexion import LIGHT
from facewright.core.production.production_mesh import production_mesh
from tests.core.people import people

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)


def test_an_image_is_read_at_the_vertices_of_its_tile_and_what_is_seen_through_is_like_what_is_behind():
    stream = io.BytesIO()
    pixels = np.array([[[10, 0, 0], [20, 0, 0]], [[30, 0, 0], [40, 0, 0]]], np.uint8)  # the first row is on top
    Image.fromarray(pixels).save(stream, "PNG")
    shape = Shape(
        "two",
        np.concatenate([SQUARE, SQUARE + np.float32(0.1)]),
        np.array([[0, 1, 2, 3], [4, 5, 6, 7]], np.int32),
        texture=TextureMap(
            np.concatenate([SQUARE[:, :2] + np.array([2, 0], np.float32), SQUARE[:, :2]]),
            np.arange(8, dtype=np.int32),
            np.array([[0, 1, 2, 3], [4, 5, 6, 7]], np.int32),
        ),
        materials=(PbrMaterial("image", image=stream.getvalue()), PbrMaterial("clear", opacity=0.1)),
        material=np.array([0, 1]),
    )
    colours = vertex_colours(shape)
    assert colours is not None
    np.testing.assert_array_equal(colours[:, 0], [30, 40, 20, 10] * 2)


def test_a_shape_without_images_has_its_own_colours_or_none():
    shape = Shape("plain", SQUARE, np.array([[0, 1, 2, 3]], np.int32))
    assert vertex_colours(shape) is None
    assert b"red" not in to_ply(shape, "mm").partition(b"end_header")[0]


def test_a_production_mesh_has_red_lips_white_teeth_and_an_iris_behind_its_cornea():
    head = production_mesh(people(), Parameters())
    shape = shape_of(head)
    colours = vertex_colours(shape)
    assert colours is not None
    assert b"property uchar red" in to_ply(shape, "mm").partition(b"end_header")[0]
    topology = head.topology
    skin = colours[topology.vertices_of("skin_head")]
    np.testing.assert_allclose(np.median(skin, axis=0), 255 * np.array(LIGHT.skin), atol=1.0)
    face = colours[topology.vertices_of("skin")].astype(float)
    assert (face[:, 1] / face[:, 0]).min() < 0.7  # of lips
    assert np.median(colours[topology.vertices_of("teeth")], axis=0).min() > 190
    front = topology.vertices_of("cornea")
    front = front[head.vertices[front, 2] > head.vertices[front, 2].max() - 1.0]
    assert colours[front].max(axis=1).min() < 120


def test_a_vertex_has_the_mean_of_the_texels_about_it():
    """Of a hair and the skin beside it, say, where there are more texels than vertices."""
    stream = io.BytesIO()
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:, ::2] = 200
    Image.fromarray(pixels).save(stream, "PNG")
    texture = TextureMap(SQUARE[:, :2], np.arange(4, dtype=np.int32), np.array([[0, 1, 2, 3]], np.int32))
    image = PbrMaterial("hair", image=stream.getvalue())
    shape = Shape("one", SQUARE, np.array([[0, 1, 2, 3]], np.int32), texture=texture, materials=(image,))
    colours = vertex_colours(shape)
    assert colours is not None
    assert (colours == 100).all()
