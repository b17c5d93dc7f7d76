"""Of faces that vary in known ways the ways are learnt, in one pose and size; and what was learnt survives its file."""

import numpy as np
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.face_mixture import FaceMixture, read_face_mixture
from facewright.core.anthropometry.face_shape import FaceShape
from facewright.train.data.face_draws import LANDMARKS, Topology
from facewright.train.data.heads import open_source
from facewright.train.data.make_face_shape import between, learnt, packed, spread


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


def test_what_was_learnt_is_packed_to_half_a_per_mille(tmp_path):
    rng = np.random.default_rng(2)
    mixture = FaceMixture(
        {
            name: FaceShape(LANDMARKS[:2], rng.normal(0.0, 50.0, (10, 3)), rng.normal(size=(modes, 10, 3)))
            for name, modes in (("some people", 4), ("everyone", 6))
        },
        "heads",
        np.arange(8)[::-1],
    )
    (tmp_path / "faces.npz").write_bytes(packed(mixture))
    read = read_face_mixture(tmp_path / "faces.npz")
    assert [*read.populations] == ["some people", "everyone"]
    assert read.names == LANDMARKS[:2]
    assert read.topology == "heads"
    np.testing.assert_array_equal(read.vertices, mixture.vertices)
    assert read.everyone is read.populations["everyone"]
    for name, shape in mixture.populations.items():
        np.testing.assert_allclose(read.populations[name].mean, shape.mean, rtol=1e-5)
        np.testing.assert_allclose(read.populations[name].modes, shape.modes, rtol=1e-3, atol=1e-6)


def test_everyone_is_half_of_each_source_and_what_lies_between():
    some, others = np.zeros((6, 5, 3)), np.ones((4, 5, 3))
    made = between(some, others, np.random.default_rng(3))
    assert len(made) == 3 + 2 + 4
    assert (made[:3] == 0.0).all()
    assert (made[3:5] == 1.0).all()
    shares = made[5:].reshape(4, -1)
    assert (shares == shares[:, :1]).all()  # a face is mixed as a whole
    assert ((shares > 0.0) & (shares < 1.0)).all()


def test_places_and_landmarks_are_the_same_on_heads_that_were_closed(ict_folder):
    heads = open_source(f"ict:{ict_folder}", "train", 1)
    sources = heads.surface.sources
    own = np.flatnonzero(sources >= 0)
    assert len(np.unique(sources[own])) == len(own) > 0.9 * heads.surface.vertex_count
    rows = [int(np.flatnonzero(sources == heads.anatomy.points[name])[0]) for name in ("prn", "ch_l")]
    assert rows == [heads.surface.points[name] for name in ("prn", "ch_l")]
    topology = Topology(sources[own[:7]], np.array([[heads.anatomy.points["prn"], heads.anatomy.points["ch_l"]]]))
    found = topology.closed(heads.surface).of(heads.vertices[0, 0])
    np.testing.assert_allclose(found[:7], heads.vertices[0, 0, own[:7]])
    np.testing.assert_allclose(found[7], heads.vertices[0, 0, rows].mean(axis=0), rtol=1e-6)
