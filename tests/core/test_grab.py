"""A point of the surface pulled: it comes along, its part alone changes, plausibly."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from facewright.core.grab import FURTHEST, Grab, part_at
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import head_mesh
from facewright.core.symmetry import Symmetry
from tests.core.tiny_model import PLANES, tiny_model

FORWARD = np.array([0.0, 0.0, 1.0], np.float32)
HEAD = Parameters(nose=(0.5, -0.5), remainder=(0.5,))


@pytest.fixture
def nose_point():
    """A point of the tiny head's surface, on its nose."""
    model = tiny_model()
    near = model.frame.to_head(np.array(PLANES["nose"][0]))
    return Cascade(model, HEAD).from_template(near[None], near[None])[0]


def test_the_slopes_are_the_differences_of_the_points_way(nose_point):
    model, step = tiny_model(), 0.05
    grab = Grab(model, HEAD, nose_point)
    slopes = grab._slopes()
    for index in range(3):
        ends = []
        for sign in (-step, step):
            moved = HEAD.with_value("nose", index, HEAD.value("nose", index) + sign)
            ends.append(Cascade(model, moved).inverse(grab._goal, nose_point[None])[0])
        np.testing.assert_allclose(slopes[:, index], (ends[1] - ends[0]) / (2 * step), atol=0.02)


def test_a_pull_does_not_go_where_only_sources_of_heads_differ(nose_point):
    two, one = tiny_model(), replace(tiny_model(), source_spread={})
    last = one.components["nose"] - 1
    for model, stays in ((one, False), (two, True)):
        pulled = Grab(model, HEAD, nose_point).pull(np.array([2.0, 0.0, 0.0]))
        assert pulled.value("nose", 0) != HEAD.value("nose", 0)
        assert (pulled.value("nose", last) == HEAD.value("nose", last)) == stays


def test_a_symmetric_pull_takes_the_point_along_and_the_other_side_as_far():
    model = load(bundled_model(), torch.device("cpu"))
    cascade = Cascade(model, Parameters())
    alae = np.stack([model.points["al_l"], model.points["al_r"]]).astype(np.float32)
    goals = cascade.to_template(alae)
    before = cascade.from_template(goals, alae)
    out = np.array([2.0, 0.0, 0.0])
    for symmetry in (None, Symmetry(model)):
        grab = Grab(model, Parameters(), before[0], symmetry)
        after = Cascade(model, grab.pull(out)).from_template(goals, before)
        left, right = (after - before)[:, 0]
        assert left > 1.5
        assert (abs(left + right) < 0.1) == (symmetry is not None)


class _NoDoubles(TorchDispatchMode):
    """As on Apple's MPS, no tensor is of double precision."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        assert not any(isinstance(leaf, torch.Tensor) and leaf.dtype == torch.float64 for leaf in tree_leaves(result))
        return result


def test_a_device_without_double_precision_will_do(nose_point):
    with _NoDoubles():
        grab = Grab(tiny_model(), HEAD, nose_point)
        grab.pull(2.0 * FORWARD)
    assert grab.point[2] > grab.origin[2] + 0.1


def test_a_pulled_point_comes_along_and_the_other_parts_stay(nose_point):
    model = tiny_model()
    grab = Grab(model, HEAD, nose_point)
    assert grab.part == "nose"
    reachable = HEAD.with_value("nose", 0, 1.5)
    target = Cascade(model, reachable).from_template(grab._goal, nose_point[None])[0]
    pulled = grab.pull(target - grab.origin)
    assert np.linalg.norm(grab.point - target) < 0.5 * np.linalg.norm(nose_point - target)
    assert pulled.with_code("nose", ()) == HEAD.with_code("nose", ())


def test_a_point_that_is_not_pulled_leaves_the_head_as_it_is(nose_point):
    grab = Grab(tiny_model(), HEAD, nose_point)
    pulled = grab.pull(np.zeros(3))
    np.testing.assert_allclose([pulled.value("nose", index) for index in range(3)], [0.5, -0.5, 0.0], atol=0.05)


def test_a_point_of_no_window_belongs_to_the_remainder():
    model, whole = tiny_model(), tiny_model(windows=False)
    assert part_at(model, model.field(HEAD), np.array([0.0, 10.0, -110.0])) == "remainder"
    assert part_at(whole, whole.field(HEAD), np.array([0.0, 10.0, 100.0])) == "remainder"


def test_the_bundled_models_nose_tip_follows_five_millimetres_and_nothing_beyond_its_window_moves():
    model = load(bundled_model(), torch.device("cpu"))
    before = Parameters()
    mesh = head_mesh(model, before, 6.0)
    tip = mesh.vertices[np.argmax(np.where(np.abs(mesh.vertices[:, 0]) < 4.0, mesh.vertices[:, 2], -np.inf))]
    grab = Grab(model, before, tip)
    for share in np.linspace(0.2, 1.0, 5):  # as a mouse does it
        after = grab.pull(5.0 * share * FORWARD)
    assert grab.part == "nose"
    assert np.linalg.norm(grab.point - (grab.origin + 5.0 * FORWARD)) < 0.5
    field, pulled = (model.field(head) for head in (before, after))
    outside = mesh.vertices[field.window("nose", mesh.vertices) == 0.0]
    np.testing.assert_array_equal(pulled.distance(outside), field.distance(outside))
    assert np.abs(after.nose).max() < 6.0


def test_a_pull_ends_where_people_end_however_far_the_hand_goes(nose_point):
    grab = Grab(tiny_model(), HEAD, nose_point)
    after = grab.pull(80.0 * FORWARD)
    for _ in range(10):
        after = grab.pull(80.0 * FORWARD)
    assert grab.ends
    change = [after.value("nose", index) - HEAD.value("nose", index) for index in range(3)]
    assert np.linalg.norm(change) <= FURTHEST + 1e-6
    grab.pull(np.zeros(3))
    assert not grab.ends


def test_a_pull_at_the_chin_moves_the_chin_and_leaves_the_rest_of_the_head():
    model = load(bundled_model(), torch.device("cpu"))
    names = ["gn", "v", "g", "t_l", "t_r", "zy_l", "zy_r"]
    template = np.stack([model.points[name] for name in names]).astype(np.float32)
    before = Cascade(model, Parameters()).from_template(template, template)
    after = Grab(model, Parameters(), before[0]).pull(np.array([0.0, -6.0, 2.0]))
    moved = np.linalg.norm(Cascade(model, after).from_template(template, before) - before, axis=1)
    assert moved[0] > 4.0
    assert (moved[1:] < 2.5).all()
