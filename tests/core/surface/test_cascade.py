"""Points carried through a head's cascade and back."""

import numpy as np
import pytest

from facewright.core.parameters import Parameters, random_head
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import head_mesh
from tests.core.people import people
from tests.core.tiny_model import tiny_model

HEAD = Parameters(nose=(1.0,), remainder=(1.0, -0.5))


def test_there_and_back_is_where_it_began():
    cascade = Cascade(tiny_model(), HEAD)
    points = head_mesh(tiny_model(), HEAD, 20.0).vertices
    template = cascade.to_template(points)
    np.testing.assert_allclose(cascade.inverse(template, template), points, atol=0.01)


@pytest.mark.parametrize("last", ["nose", "remainder"])
def test_a_stages_inverse_is_that_of_the_stages_up_to_it(last):
    cascade = Cascade(tiny_model(), HEAD)
    points = head_mesh(tiny_model(), HEAD, 20.0).vertices
    there = cascade.through(points, last)[0]
    np.testing.assert_allclose(cascade.inverse(there, there, last), points, atol=0.01)


def test_places_are_found_that_lie_far_from_where_newtons_method_begins():
    """The template lies centimetres outside of this head: without more, a fifth of the places end up to 15 mm off."""
    model = people()
    assert model.template is not None
    skin = np.setdiff1d(np.arange(len(model.template.vertices)), model.template.membrane[:, 0])
    template = np.concatenate([np.stack(list(model.points.values())), model.template.vertices[skin[::40]]])
    cascade = Cascade(model, random_head(model.components, 1))
    back = cascade.to_template(cascade.inverse(template, template))
    assert np.linalg.norm(back - template, axis=1).max() < 0.01
