"""The images that a file's surface has, corner by corner."""

import numpy as np
import pytest

from facewright.core.reading.image_map import LARGEST_SIDE, image_map, keep
from facewright.core.reading.material import Material, Texture

GREY = np.full((2, 2, 3), 100, np.uint8)


def test_images_are_numbered_in_their_materials_order_and_faces_without_one_told():
    materials = [
        Material(),
        Material(texture=Texture("a", b"")),
        Material((0.5, 0.5, 1.0), Texture("b", b""), tints=True),
    ]
    uv = np.array([[0, 0], [1, 0], [0, 1], [0, 0], [np.nan, 0], [0, 1], [0.5, 0.5], [1, 1], [1, 0], [2, 2]])
    found = image_map(uv, np.array([2, 1, 0]), np.array([3, 3, 4]), materials, {1: GREY, 2: GREY})
    assert found is not None
    assert found.image.tolist() == [1, -1, -1]
    assert found.images[0].tolist() == GREY.tolist()
    assert found.images[1][0, 0].tolist() == [50, 50, 100]
    np.testing.assert_array_equal(found.uv[:3], uv[:3])


def test_coordinates_are_scaled_and_moved_as_the_material_says():
    materials = [Material(texture=Texture("a", b"", scale=(2.0, 1.0), offset=(0.5, -1.0)))]
    found = image_map(np.array([[0.0, 0], [1, 0], [0, 1]]), np.array([0]), np.array([3]), materials, {0: GREY})
    assert found is not None
    assert found.uv.tolist() == [[0.5, -1.0], [2.5, -1.0], [0.5, 0.0]]


@pytest.mark.parametrize("material", [-1, 0])
def test_without_an_image_there_is_no_map(material):
    assert image_map(np.zeros((3, 2)), np.array([material]), np.array([3]), [Material()], {}) is None


def test_an_image_is_kept_small_and_not_more_than_there_is_room_for():
    decoded: dict[int, np.ndarray] = {}
    keep(decoded, 0, np.zeros((4, 2 * LARGEST_SIDE, 3), np.uint8))
    assert decoded[0].shape == (2, LARGEST_SIDE, 3)
    large = np.zeros((LARGEST_SIDE, LARGEST_SIDE, 3), np.uint8)
    for number in range(1, 9):
        keep(decoded, number, large)
    assert set(decoded) == {0, 1, 2, 3, 4, 5}
