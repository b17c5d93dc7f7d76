"""Of faces that vary in known ways the ways are learnt, in one pose and size; and what was learnt survives its file."""

import io

import numpy as np
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.face_shape import FaceShape
from facewright.train.data.make_face_shape import LANDMARKS, learnt, packed, spread


def test_the_ways_that_faces_vary_are_learnt_whatever_their_poses_and_sizes():
    rng = np.random.default_rng(0)
    mean, bend = rng.normal(0.0, 30.0, (40, 3)), np.zeros((40, 3))
    bend[::3, 2] = 2.0
    strengths = rng.standard_normal(300)
    heads = np.stack(
        [
            rng.uniform(0.7, 1.3) * (mean + strength * bend) @ Rotation.random(rng=rng).as_matrix() + rng.normal(size=3)
            for strength in strengths
        ]
    )
    shape = learnt(("a", "b"), mean, heads, 3)
    sizes = np.linalg.norm(shape.modes, axis=(1, 2))
    assert sizes[1] < 0.05 * sizes[0]
    posed = bend - bend.mean(axis=0)  # pose and size are none of its ways
    way = shape.modes[0].ravel()
    assert abs(way @ posed.ravel()) > 0.9 * np.linalg.norm(way) * np.linalg.norm(posed)
    assert np.linalg.norm(shape.mean - mean, axis=1).max() < 1.0


def test_places_are_spread_and_closer_about_landmarks():
    rng = np.random.default_rng(1)
    points = rng.uniform(-50.0, 50.0, (4000, 3)) * [1.0, 1.0, 0.0]
    chosen = spread(points, np.zeros((1, 3)), 200)
    assert len(set(chosen.tolist())) == 200
    about = np.linalg.norm(points[chosen], axis=1)
    density = [((about < 10.0).sum() / 10.0**2), ((about > 30.0) & (about < 50.0)).sum() / (50.0**2 - 30.0**2)]
    assert density[0] > 3.0 * density[1]
    first = points[chosen[:50]]
    assert np.abs(first.mean(axis=0)).max() < 12.0


def test_what_was_learnt_is_packed_to_half_a_per_mille():
    rng = np.random.default_rng(2)
    shape = FaceShape(LANDMARKS[:2], rng.normal(0.0, 50.0, (10, 3)), rng.normal(size=(4, 10, 3)))
    with np.load(io.BytesIO(packed(shape))) as file:
        assert file["names"].tolist() == list(shape.names)
        np.testing.assert_allclose(file["mean"], shape.mean, rtol=1e-5)
        np.testing.assert_allclose(file["modes"], shape.modes, rtol=1e-3, atol=1e-6)
