"""Points carried to a head by its compiled field."""

import numpy as np

from facewright.core.field.field import Field
from facewright.core.parameters import random_head
from facewright.core.surface.carrying import brought, carried, followed, slopes
from facewright.core.surface.cascade import Cascade
from tests.core.tiny_model import tiny_model


def test_points_are_where_the_cascades_inverse_has_them():
    model = tiny_model()
    parameters = random_head(model.components, 0)
    rng = np.random.default_rng(0)
    out = rng.normal(size=(300, 3))
    template = np.array([0.0, 10.0, -5.0]) + 105.0 * out / np.linalg.norm(out, axis=1, keepdims=True)
    template = template.astype(np.float32)
    found = carried(model.field(parameters), template, template)
    cascade = Cascade(model, parameters)
    assert found.off.max() < 0.01
    np.testing.assert_allclose(cascade.to_template(found.points), template, atol=0.02)
    np.testing.assert_allclose(model.field(parameters).to_template(found.points), template, atol=0.02)
    near = np.abs(model.field(parameters).distance(found.points)) < 1.0  # further off it takes longer steps than it may
    assert near.sum() > 50
    distance, _ = cascade.signed_distance(brought(model.field(parameters).distance, found.points[near]))
    assert np.abs(distance).max() < 0.01


def test_from_a_head_nearby_they_are_followed_by_its_jacobian_and_from_a_far_one_found_as_well():
    model = tiny_model()
    template = 100.0 * np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32)
    near, far = random_head(model.components, 0), random_head(model.components, 1, strength=3.0)
    start = carried(model.field(near), template, template).points
    jacobian = slopes(model.field(near), start)[1]
    for share in (0.0, 0.1, 1.0):
        between = near
        for code in model.components:
            between = between.toward(far, code, share)
        field = model.field(between)
        points = followed(field, template, start, jacobian)
        np.testing.assert_allclose(field.to_template(points), template, atol=0.1)
    assert np.abs(points - start).max() > 1.0


def test_points_that_are_not_found_go_along_with_those_beside_them():
    class Torn(Field):
        """All is 5 mm higher, and beyond x = 50 mm nothing is to be found."""

        def __init__(self) -> None:
            """Needs no network."""

        def to_template(self, points: np.ndarray) -> np.ndarray:
            there = points - np.array([0.0, 0.0, 5.0], np.float32)
            there[points[:, 0] > 50.0] = 1000.0
            return there

    start = np.column_stack([np.linspace(0.0, 60.0, 13), np.zeros((13, 2))]).astype(np.float32)
    points = followed(Torn(), start, start, np.broadcast_to(np.eye(3), (13, 3, 3)))
    np.testing.assert_allclose(points - start, np.tile([0.0, 0.0, 5.0], (13, 1)), atol=1e-3)
