"""Heads of the bundled model on the production topology."""

from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pytest

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.network.frame import Frame
from facewright.core.parameters import random_head
from facewright.core.production import laid
from facewright.core.production.followers import bundled_followers
from facewright.core.production.production_mesh import production_mesh
from facewright.core.production.topology import bundled_topology
from facewright.core.surface.cascade import Cascade
from tests.core.people import people
from tests.core.tiny_model import tiny_model


@pytest.fixture(scope="module")
def model():
    return people()


@pytest.fixture(scope="module")
def parameters(model):
    return random_head(model.components, 1)


@pytest.fixture(scope="module")
def laid_anew(model):
    """The topology laid on the model, whatever is kept of it."""
    topology = bundled_topology()
    return laid._lay(model, topology, bundled_followers(topology), lambda: None)


@pytest.fixture(scope="module")
def mesh(model, parameters):
    return production_mesh(model, parameters, morphs=("jawOpen", "eyeBlinkLeft"))


def test_the_skin_is_on_the_heads_surface(model, parameters, mesh):
    skin = mesh.topology.on_surface
    distance = np.abs(Cascade(model, parameters).signed_distance(mesh.vertices[skin])[0])
    left = mesh.on_surface[skin] < 1.0
    assert distance[~left].mean() < 0.01
    assert np.percentile(distance[~left], 98) < 0.11  # lifted by 0.1 mm where the face is round
    neck = bundled_followers(mesh.topology).neck
    assert neck.end[skin][left].all()  # where the model's heads end in a rim, and nowhere else
    assert left.mean() < 0.05


def test_weights_add_up_and_joints_follow_their_parents(mesh):
    np.testing.assert_allclose(mesh.weights.sum(axis=1), 1.0, atol=1e-5)
    assert (mesh.weights >= 0.0).all()
    names = [joint.name for joint in mesh.joints]
    assert names == ["neck", "head", "jaw", "eye_left", "eye_right"]
    for place, joint in enumerate(mesh.joints):
        assert joint.parent is None or joint.parent in names[:place]


def test_normals_are_of_unit_length(mesh):
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-4)


def test_a_topology_is_laid_once(model):
    topology = bundled_topology()
    first, second = (laid.lay(model, topology, bundled_followers(topology), lambda: None) for _ in range(2))
    assert first is second


def test_what_is_laid_is_kept_in_a_file_and_a_damaged_one_is_replaced(model, laid_anew, tmp_path, monkeypatch):
    topology = bundled_topology()
    followers = bundled_followers(topology)
    monkeypatch.setattr(laid, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(laid, "_laid", OrderedDict())
    monkeypatch.setattr(laid, "_lay", lambda *_: laid_anew)
    first = laid.lay(model, topology, followers, lambda: None)
    monkeypatch.setattr(laid, "_lay", lambda *_: pytest.fail("it is laid anew"))
    (file,) = tmp_path.iterdir()
    laid._laid.clear()
    again = laid.lay(model, topology, followers, lambda: None)
    np.testing.assert_array_equal(again.placed, first.placed)
    monkeypatch.setattr(laid, "_lay", lambda *_: laid_anew)
    for damaged in (b"no archive", b""):
        file.write_bytes(damaged)
        assert laid._kept(file.stem.removeprefix("laid-"), topology) is None
        laid._laid.clear()
        laid.lay(model, topology, followers, lambda: None)
        assert laid._kept(file.stem.removeprefix("laid-"), topology) is not None


def test_what_is_kept_is_known_by_all_that_it_depends_on(model):
    topology = bundled_topology()
    points = {name: point + np.float32(0.5) for name, point in model.points.items()}
    moved = replace(topology, neutral=topology.neutral + np.float32(0.1))
    others = [
        (replace(model, frame=Frame((1.0, 2.0, 3.0), 2.0 * model.frame.radius_mm)), topology),
        (replace(model, points=points), topology),
        (replace(model, registration=None), topology),
        (model, moved),
        (model, replace(topology, on_surface=np.roll(topology.on_surface, 1))),
    ]
    keys = {laid.fingerprint(*pair) for pair in [(model, topology), *others]}
    assert len(keys) == len(others) + 1
    assert laid.fingerprint(replace(model, name="another"), replace(topology, credit="")) in keys


def test_it_is_laid_on_heads_of_another_size_and_place(model, parameters, mesh, monkeypatch):
    size, way = 0.75, np.array([4.0, -12.0, 20.0])
    frame = Frame(tuple((size * np.array(model.frame.centre_mm) + way).tolist()), size * model.frame.radius_mm)
    points = {name: (size * point + way).astype(np.float32) for name, point in model.points.items()}
    registration = replace(model.registration, places=(size * model.registration.places + way).astype(np.float32))
    small = replace(
        model, frame=frame, points=points, bounds_mm=size * model.bounds_mm + way, registration=registration
    )
    monkeypatch.setattr(laid, "cache_folder", lambda: None)
    monkeypatch.setattr(laid, "_laid", OrderedDict())
    found = production_mesh(small, parameters, morphs=("jawOpen",))
    away = np.linalg.norm(found.vertices - (size * mesh.vertices + way), axis=1)
    face = mesh.topology.vertices_of("skin", "teeth", "sclera", "lashes")
    assert away[face].mean() < 0.1
    assert np.abs(found.morphs["jawOpen"] - size * mesh.morphs["jawOpen"]).max() < 0.1


def test_vertices_go_where_the_model_was_trained_with_them(model, laid_anew):
    """By shape alone they are most of a millimetre from there, and about the mouth further."""
    topology, known = bundled_topology(), model.registration
    at = known.vertices[~bundled_followers(topology).neck.end[known.vertices]]
    untold = laid._lay(replace(model, registration=None), topology, bundled_followers(topology), lambda: None)
    apart = [np.linalg.norm(each.placed[at] - known.of(at), axis=1) for each in (laid_anew, untold)]
    assert np.median(apart[0]) < 0.1
    assert np.percentile(apart[0], 95) < 0.5 < np.median(apart[1])


def test_a_registration_of_another_topology_tells_nothing(model):
    topology = bundled_topology()
    others = [
        replace(model.registration, topology="another"),
        replace(model.registration, vertices=model.registration.vertices + np.int32(len(topology.neutral))),
    ]
    for registration in others:
        assert not len(laid._registered(replace(model, registration=registration), topology).vertices)


def test_a_model_of_other_heads_is_refused(monkeypatch):
    topology = bundled_topology()
    monkeypatch.setattr(laid, "cache_folder", lambda: None)
    monkeypatch.setattr(laid, "_unfit", set())
    rounds, counts = [], []
    for _ in range(2):  # the second time it is known
        with pytest.raises(FacewrightError, match="does not fit"):
            laid.lay(tiny_model(), topology, bundled_followers(topology), lambda: rounds.append("round"))
        counts.append(len(rounds))
    assert counts[0] == counts[1] > 1


def test_it_can_be_cancelled(model, parameters):
    with pytest.raises(Cancelled):
        production_mesh(model, parameters, cancelled=lambda: True)
