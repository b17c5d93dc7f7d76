"""An anatomy from one mesh and a few landmarks: pairs, parts, openings, and what cannot be one."""

from dataclasses import replace

import numpy as np
import pytest

from facewright.core.anatomy import bundled_anatomy, load_anatomy
from facewright.core.errors import FacewrightError
from facewright.core.mesh import Mesh
from facewright.core.rigid import rigid
from facewright.train.anatomy.closed_surface import ClosedSurface
from facewright.train.anatomy.mirror import mirror_pairs
from facewright.train.anatomy.placement import reference_face
from facewright.train.anatomy.user_anatomy import LANDMARKS, RELATIVE, Topology, user_anatomy
from facewright.train.data.ict_facekit import read_neutral
from facewright.train.data.make_anatomy import make_reference
from tests.train.plain_head import FLIP, plain_head


@pytest.fixture(scope="module")
def head():
    return plain_head()


@pytest.fixture(scope="module")
def topology(head):
    return Topology(head.positions, head.quads, head.landmarks, "mm")


@pytest.fixture(scope="module")
def anatomy(topology):
    return user_anatomy("plain", topology)


def halved(topology):
    """The same surface with the quads of its left cut into triangles, so that its faces are not symmetric."""
    left = topology.positions[topology.polygons][..., 0].mean(axis=1) > 0.0
    quads = topology.polygons[left]
    none = np.full((len(quads), 1), -1)
    triangles = [np.hstack([quads[:, corners], none]) for corners in ([0, 1, 2], [0, 2, 3])]
    return replace(topology, polygons=np.concatenate([topology.polygons[~left], *triangles]).astype(np.int32))


def test_the_right_sides_landmarks_are_enough_and_close_the_head(topology, anatomy, tmp_path):
    right = {name: vertex for name, vertex in topology.landmarks.items() if not name.endswith("_l")}
    again = user_anatomy("plain", replace(topology, landmarks=right))
    assert again.points == anatomy.points
    anatomy.save(tmp_path / "anatomy.json")
    surface = ClosedSurface.build(load_anatomy(tmp_path / "anatomy.json"), topology.polygons, topology.positions)
    closed = surface.close(topology.positions)
    assert Mesh(closed, surface.faces).watertight
    np.testing.assert_allclose(surface.mirrored(closed), closed, atol=5e-3)
    assert {opening.component for opening in anatomy.closing.openings} == {"eye_right", "eye_left", "mouth"}
    assert all(len(opening.eyeball) for opening in anatomy.closing.openings if opening.component != "mouth")


def test_pose_unit_and_order_of_corners_do_not_matter(topology, anatomy):
    turn = rigid(np.eye(3), np.roll(np.eye(3), 1, axis=0)).rotation
    moved = (0.1 * topology.positions + [3.0, -70.0, 12.0]) @ turn.T
    for unit, factor in (("cm", 10.0), (RELATIVE, None)):
        other = user_anatomy("plain", Topology(moved, np.roll(topology.polygons, 1, axis=1), topology.landmarks, unit))
        assert [c.vertices.tolist() for c in other.components] == [c.vertices.tolist() for c in anatomy.components]
        assert other.true_scale == (factor is not None)
        assert other.mm_per_unit == pytest.approx(10.0, rel=0.05)


def test_painted_parts_are_taken_as_they_are_on_both_sides(topology, anatomy):
    nose, right, left, _ = anatomy.components
    painted = {"nose": np.setdiff1d(nose.vertices, nose.rim), "eye_left": left.vertices}
    other = user_anatomy("plain", replace(topology, parts=painted))
    np.testing.assert_array_equal(other.components[0].vertices, painted["nose"])
    np.testing.assert_array_equal(other.components[1].vertices, right.vertices)


def test_pairs_follow_from_faces_alone(head, topology):
    skin = topology.polygons[(topology.polygons < head.skin).all(axis=1)]
    bent = head.positions + 2.0 * np.sin(head.positions[:, [1, 2, 0]] / 30.0)  # no longer symmetric
    twin = mirror_pairs(bent, skin, head.landmarks["prn"])
    assert twin is not None
    used = np.unique(skin)
    np.testing.assert_allclose(head.positions[twin[used]], head.positions[used] * FLIP, atol=1e-6)
    assert mirror_pairs(bent, halved(topology).polygons, head.landmarks["prn"]) is None


def test_faces_that_are_not_symmetric_have_approximate_mirror_images(topology):
    uneven = halved(topology)
    anatomy = user_anatomy("uneven", uneven)
    assert len(anatomy.mirror) == 0
    surface = ClosedSurface.build(anatomy, uneven.polygons, uneven.positions)
    closed = surface.close(uneven.positions)
    assert Mesh(closed, surface.faces).watertight
    apart = np.linalg.norm(surface.mirrored(closed) - closed, axis=1)
    assert np.percentile(apart, 95) < 0.5
    right = {name: vertex for name, vertex in uneven.landmarks.items() if not name.endswith("_l")}
    with pytest.raises(FacewrightError, match="pick en_l"):
        user_anatomy("uneven", replace(uneven, landmarks=right))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: replace(t, landmarks={"prn": t.landmarks["prn"]}), "landmarks n, sn"),
        (lambda t: replace(t, landmarks={**t.landmarks, "tail": 3}), "tail is no landmark"),
        (lambda t: replace(t, landmarks={**t.landmarks, "n": t.landmarks["prn"]}), "same vertex"),
        (lambda t: replace(t, landmarks={n: 97 * i for i, n in enumerate(LANDMARKS)}), "from a face's"),
        (lambda t: replace(t, landmarks={**t.landmarks, "n": 10**6}), "does not have"),
        (lambda t: replace(t, landmarks={**t.landmarks, "n": -1}), "does not have"),
        (lambda t: replace(t, parts={"nose": np.array([-1])}), "does not have"),
        (lambda t: replace(t, unit="cm"), "10 times as large"),
        (lambda t: replace(t, unit="ell"), "no unit"),
        (lambda t: replace(t, parts={"ear": np.array([1])}), "no part"),
        (lambda t: replace(t, parts={"nose": np.array([t.landmarks["prn"], t.landmarks["gn"]])}), "several pieces"),
        (lambda t: replace(t, positions=np.where(t.positions > 139.0, np.nan, t.positions)), "finite"),
        (lambda t: replace(t, polygons=t.polygons[:, ::-1]), "inside out"),
    ],
)
def test_what_cannot_be_one_gets_one_sentence(topology, change, words):
    with pytest.raises(FacewrightError, match=words):
        user_anatomy("bad", change(topology))


def test_on_ict_facekit_it_agrees_with_the_shipped_anatomy(ict_folder):
    positions, polygons, standard = read_neutral(ict_folder)
    shipped = bundled_anatomy("ict_facekit")
    saved = make_reference(positions, standard, shipped)
    for name, at in reference_face().points.items():
        np.testing.assert_allclose(at, saved.points[name], atol=1e-3)
    picked = {name: shipped.points[name] for name in LANDMARKS if not name.endswith("_l")}
    made = user_anatomy("ict", Topology(positions / 10.0, polygons, picked, "cm"))
    np.testing.assert_array_equal(made.mirror[: len(shipped.mirror)], shipped.mirror)
    for own, other in zip(made.components, shipped.components, strict=True):
        np.testing.assert_array_equal(own.rim, other.rim)
        np.testing.assert_array_equal(own.collar, other.collar)
    surface = ClosedSurface.build(made, polygons, positions)
    assert Mesh(surface.close(positions), surface.faces).watertight
