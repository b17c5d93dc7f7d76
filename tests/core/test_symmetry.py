from dataclasses import replace

import numpy as np
import pytest

from facewright.core.parameters import Parameters
from facewright.core.parts import CODE_SIZES, CODES
from facewright.core.surgery.plan import Operation, SurgicalPlan
from facewright.core.symmetry import Symmetry
from tests.core.tiny_model import tiny_model

SIGNS = np.array([1.0, -1.0, 1.0])
"""Of the tiny model's three components the second is one-sided, in a map that is only nearly a reflection."""


@pytest.fixture(scope="module")
def symmetry() -> Symmetry:
    model = tiny_model()
    rng = np.random.default_rng(0)
    maps = {}
    for code in CODES:
        space = model.latent[code]
        wanted = np.diag(SIGNS) + 0.03 * rng.standard_normal((3, 3))
        scaled = space.components / space.sigma[:, None]
        maps[code] = (scaled.T @ wanted @ (space.components * space.sigma[:, None])).astype(np.float32)
        assert maps[code].shape == (CODE_SIZES[code],) * 2
    return Symmetry(replace(model, mirror=maps))


HEAD = Parameters(nose=(1.0, 0.5, -0.3), eyes=(0.2,), expression=(0.0, 2.0))


def close(first: Parameters, second: Parameters, tolerance: float = 1e-9) -> bool:
    return all(abs(first.value(c, i) - second.value(c, i)) <= tolerance for c in CODES for i in range(3))


def test_a_head_mirrored_twice_is_itself(symmetry):
    assert close(symmetry.mirrored(symmetry.mirrored(HEAD)), HEAD)


def test_mirroring_turns_the_sign_of_one_sided_components(symmetry):
    expected = Parameters(nose=(1.0, -0.5, -0.3), eyes=(0.2,), expression=(0.0, -2.0))
    assert close(symmetry.mirrored(HEAD), expected, 0.15)
    assert symmetry.is_sided("nose", 1)
    assert not symmetry.is_sided("nose", 0)


def test_a_symmetric_head_is_its_own_mirror_image(symmetry):
    even = symmetry.symmetric(HEAD)
    assert close(symmetry.mirrored(even), even)


def asymmetry(symmetry: Symmetry, head: Parameters) -> np.ndarray:
    mirrored = symmetry.mirrored(head)
    return np.array([[head.value(c, i) - mirrored.value(c, i) for i in range(3)] for c in CODES])


def test_operations_go_with_the_nose(symmetry):
    plan = SurgicalPlan((Operation("tip_deviation", 3.0), Operation("dorsum", -2.0)), (("tip_deviation", 2.9),))
    head = HEAD.with_plan(plan)
    other = SurgicalPlan((Operation("tip_deviation", -3.0), Operation("dorsum", -2.0)), (("tip_deviation", -2.9),))
    assert symmetry.mirrored(head).plan == symmetry.mirrored(head, ["nose"]).plan == other
    assert symmetry.symmetric(head).plan == SurgicalPlan((Operation("dorsum", -2.0),))
    assert symmetry.mirrored(head, ["mouth"]).plan == symmetry.symmetric(head, ["mouth"]).plan == plan


def test_symmetric_changes_keep_the_asymmetry_there_is(symmetry):
    changed = symmetry.change(HEAD, Parameters(nose=(-2.0, 1.0, 1.0), mouth=(1.0, 1.0)))
    slid = symmetry.slide(HEAD, "nose", 0, 2.5)
    for after in (changed, slid):
        np.testing.assert_allclose(asymmetry(symmetry, after), asymmetry(symmetry, HEAD), atol=1e-9)
    assert slid.value("nose", 0) == 2.5
    assert changed != HEAD


def test_a_one_sided_component_does_not_slide(symmetry):
    assert symmetry.slide(HEAD, "nose", 1, 3.0) == HEAD
