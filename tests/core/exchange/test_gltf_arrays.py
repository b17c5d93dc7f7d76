"""The binary part of a GLB file: where its views begin, and what costs nothing."""

import numpy as np

from facewright.core.exchange.gltf_arrays import GltfArrays


def test_views_begin_at_multiples_of_four_and_hold_what_was_added():
    arrays = GltfArrays()
    arrays.view(b"abc")
    number = arrays.attribute(np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.uint8), normalized=True)
    view = arrays.views[arrays.accessors[number]["bufferView"]]
    assert (view["byteOffset"], view["byteLength"]) == (4, 8)
    assert bytes(arrays.data) == b"abc\0\1\2\3\4\5\6\7\10"
    assert arrays.accessors[number] | {"bufferView": 1} == {
        "bufferView": 1, "componentType": 5121, "count": 2, "type": "VEC4", "normalized": True,
    }  # fmt: skip


def test_a_morph_that_moves_nothing_takes_no_room():
    arrays = GltfArrays()
    still = arrays.accessors[arrays.places(np.zeros((3, 3), np.float32))]
    assert (still["count"], still["max"], "bufferView" in still, len(arrays.data)) == (3, [0.0, 0.0, 0.0], False, 0)


def test_matrices_are_written_column_by_column():
    arrays = GltfArrays()
    place = np.eye(4)
    place[:3, 3] = 1, 2, 3
    arrays.matrices(place[None])
    assert np.frombuffer(arrays.data, "<f4")[12:15].tolist() == [1, 2, 3]
