"""The compiled kernels give what torch gives, at every width that fills a pack of outputs or does not."""

import os

import numpy as np
import pytest

from facewright.core.field.compiled_stages import CompiledStages
from facewright.core.field.kernels import TILE
from facewright.core.field.torch_stages import TorchStages
from facewright.core.field.workers import allowed_cores
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, LOCAL_PARTS
from tests.core.tiny_model import tiny_model

STATES = np.random.default_rng(0).uniform(-0.8, 0.8, (1000, 3)).astype(np.float32)
HEAD = Parameters(nose=(1.0,), eyes=(-1.0,), mouth=(0.5,), remainder=(1.0,), expression=(-1.0,))


def stages(kind, head=HEAD, windows=True):
    model = tiny_model(windows)
    return kind(model.network, model.codes(head))


@pytest.mark.parametrize("windows", [True, False])
def test_kernels_give_what_torch_gives(windows):
    compiled, by_torch = stages(CompiledStages, windows=windows), stages(TorchStages, windows=windows)
    np.testing.assert_allclose(compiled.distance(STATES), by_torch.distance(STATES), atol=2e-6)
    for code in CODES:
        np.testing.assert_allclose(compiled.weight(code, STATES), by_torch.weight(code, STATES), atol=2e-5)
    (moved, inside), (expected, expected_inside) = (s.move(STATES, CODES[:-1]) for s in (compiled, by_torch))
    np.testing.assert_allclose(moved, expected, atol=5e-6)
    assert inside.keys() == expected_inside.keys() == set(LOCAL_PARTS if windows else ())
    for part, within in inside.items():
        assert (within != expected_inside[part]).mean() < 0.01  # at the very end of a window


@pytest.mark.parametrize("count", [0, 1, TILE - 1, TILE + 1])
def test_any_number_of_points(count):
    compiled = stages(CompiledStages)
    assert (compiled.distance(STATES[:count]) == compiled.distance(STATES)[:count]).all()


@pytest.mark.parametrize("kind", [CompiledStages, TorchStages])
@pytest.mark.parametrize("changed", [*((code,) for code in CODES), ("nose", "mouth"), ("expression", "remainder")])
def test_stages_like_others_give_what_all_codes_from_the_start_give(kind, changed):
    model, head = tiny_model(), HEAD
    for code in changed:
        head = head.with_value(code, 1, 2.0)
    found, expected = kind(model.network, model.codes(head), stages(kind), changed), stages(kind, head)
    np.testing.assert_array_equal(found.move(STATES, CODES[:-1])[0], expected.move(STATES, CODES[:-1])[0])
    distances = [each.trace(STATES, CODES[:-1])[0] for each in (found, expected, stages(kind))]
    np.testing.assert_array_equal(*distances[:2])
    assert (distances[0] != distances[2]).any()


def test_only_the_cores_that_are_allowed_are_used(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {1, 5}, raising=False)
    assert allowed_cores() == 2
    monkeypatch.delattr(os, "sched_getaffinity")
    assert allowed_cores() == 64
