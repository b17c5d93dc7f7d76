"""Places of vertices on a template, by what a model was trained with."""

import numpy as np

from facewright.core.model.registration import Registration


def test_places_are_those_of_the_vertices_asked_for_in_their_order():
    known = Registration("heads", np.array([2, 5, 9], np.int32), np.arange(9, dtype=np.float32).reshape(3, 3))
    np.testing.assert_array_equal(known.of(np.array([9, 2])), [[6.0, 7.0, 8.0], [0.0, 1.0, 2.0]])


def test_nothing_is_told_where_a_vertex_is_not_known():
    known = Registration("heads", np.array([2, 5], np.int32), np.zeros((2, 3), np.float32))
    for vertex in (0, 3, 7):
        assert known.of(np.array([2, vertex])) is None
