"""Points carried to a head by its compiled field."""

import numpy as np

from facewright.core.parameters import random_head
from facewright.core.surface.carrying import brought, carried
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
    on = brought(model.field(parameters), found.points)
    distance, _ = cascade.signed_distance(on)
    assert np.percentile(np.abs(distance), 95) < 0.01
