"""What of a mesh is seen from outside."""

import numpy as np
import trimesh

from facewright.core.scan.outside import outer_triangles


def test_what_lies_in_a_closed_surface_is_not_seen_and_what_is_beside_it_is():
    inner, outer = trimesh.creation.icosphere(3, 4.0), trimesh.creation.icosphere(4, 10.0)
    beside = trimesh.creation.icosphere(2, 3.0)
    beside.apply_translation([15.0, 0.0, 0.0])
    balls = (inner, outer, beside)
    starts = np.cumsum([0, *(len(ball.vertices) for ball in balls)])
    faces = np.concatenate([ball.faces + start for ball, start in zip(balls, starts, strict=False)])
    seen = outer_triangles(np.concatenate([ball.vertices for ball in balls]), faces)
    first, second = len(inner.faces), len(inner.faces) + len(outer.faces)
    assert seen[:first].mean() < 0.01
    assert seen[first:second].all()
    assert seen[second:].all()
