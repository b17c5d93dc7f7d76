"""Places of a scan that are told from the shape of its whole face, on the bundled model's heads."""

import numpy as np
import pytest

from facewright.core.anatomy import bundled_anatomy
from facewright.core.metrics import in_face
from facewright.core.parameters import Parameters
from facewright.core.production.topology import bundled_topology
from facewright.core.scan.align import Alignment
from facewright.core.scan.held_places import held_places
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import ScanFitSettings, fit_scan
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import head_mesh
from tests.core.people import people
from tests.core.tiny_model import tiny_model

HEAD = Parameters(nose=(1.0, -0.5), mouth=(0.5,), remainder=(0.5, -0.5, 0.5))


@pytest.fixture(scope="module")
def model():
    return people()


@pytest.fixture(scope="module")
def face(model):
    mesh = head_mesh(model, HEAD, 3.0)
    return mesh.vertices[mesh.vertices[:, 2] > 40.0]


def test_places_are_where_the_heads_own_cascade_has_them(model, face):
    """Told from the surface alone: a fit that has slid along it by 1.5 mm, as many do, is further off."""
    places = held_places(model, HEAD, face)
    assert places is not None
    assert len(places.points) > 1000
    assert np.abs(model.field(HEAD).distance(places.points.astype(np.float32))).mean() < 0.3
    apart = np.linalg.norm(Cascade(model, HEAD).to_template(places.points.astype(np.float32)) - places.template, axis=1)
    assert np.median(apart) < 1.0


def test_places_are_told_where_the_scan_has_points_alone(model, face):
    left, whole = held_places(model, HEAD, face[face[:, 0] > 0.0]), held_places(model, HEAD, face)
    assert left is not None
    assert whole is not None
    assert left.points[:, 0].min() > -3.0
    assert len(left.points) < 0.7 * len(whole.points)


def test_nothing_is_told_of_what_is_no_face(model, face):
    tiny = tiny_model()
    assert held_places(tiny, Parameters(), head_mesh(tiny, Parameters(), 6.0).vertices) is None
    assert held_places(model, HEAD, face + np.float32(500.0)) is None


def test_a_fit_that_is_held_slides_less_along_the_scan(model):
    """The template's vertices are carried nearer to where ICT-FaceKit's neutral head has them."""
    topology, known = bundled_topology(), model.registration
    tip = topology.neutral[bundled_anatomy(topology.name).points["prn"]]
    skin = topology.triangles[topology.on_surface[topology.triangles].all(axis=1)]
    face = in_face(topology.neutral, tip)
    scan = Scan(topology.neutral.astype(np.float64), skin[face[skin].all(axis=1)].astype(np.int64))
    at = known.vertices[topology.on_surface[known.vertices] & face[known.vertices]]

    def slid(hold: float) -> float:
        settings = ScanFitSettings(steps=60, surface_points=150, space_points=100, hold=hold)
        fit = fit_scan(model, scan, Alignment(np.eye(3), np.zeros(3), 1.0, 1.0, 0.0), settings)
        true = fit.alignment.to_head(topology.neutral[at].astype(np.float64)).astype(np.float32)
        there = Cascade(model, fit.parameters).from_template(known.of(at), true)
        return float(np.linalg.norm(there - true, axis=1).mean())

    assert slid(0.3) < 0.85 * slid(0.0)
