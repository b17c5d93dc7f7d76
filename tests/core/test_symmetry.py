from dataclasses import replace

import numpy as np
import pytest

from facewright.core.expressions import Expressions
from facewright.core.facial_units import FACIAL_UNITS, twin
from facewright.core.features import FeatureMap
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters
from facewright.core.parts import CODE_SIZES, CODES
from facewright.core.surgery.plan import Operation, SurgicalPlan
from facewright.core.symmetry import Symmetry
from tests.core.people import people
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
    return Symmetry(replace(model, mirror=maps, expressions={}))


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


@pytest.fixture(scope="module")
def faces() -> tuple[Symmetry, Expressions]:
    model = people()
    return Symmetry(model), Expressions(model)


def with_strengths(expressions: Expressions, **strengths: float) -> Parameters:
    head = Parameters()
    for name, strength in strengths.items():
        head = expressions.with_strength(head, name, strength)
    return head


@pytest.mark.parametrize("name", ["jaw_open", "smile", "brow_raise", "mouthPucker"])
def test_a_symmetric_expression_stays_exactly_what_it_is(faces, name):
    symmetry, expressions = faces
    head = with_strengths(expressions, **{name: 1.0})
    assert symmetry.mirrored(head) == symmetry.symmetric(head) == head


def test_an_expression_in_the_mirror_has_the_strengths_of_the_other_side(faces):
    symmetry, expressions = faces
    told = {"mouthSmile_L": 1.0, "eyeBlink_R": 0.5, "jawLeft": 0.4, "mouthRight": 0.3, "jawOpen": 0.6}
    mirrored = symmetry.mirrored(with_strengths(expressions, **told))
    expected = {name: told.get(twin(name), 0.0) for name in FACIAL_UNITS}
    assert expressions.facial_units.strengths(mirrored) == pytest.approx(expected, abs=1e-9)
    even = expressions.facial_units.strengths(symmetry.symmetric(with_strengths(expressions, **told)))
    assert even == pytest.approx({name: (told.get(name, 0.0) + expected[name]) / 2 for name in FACIAL_UNITS}, abs=1e-9)


def test_what_is_no_sum_of_units_is_mirrored_as_well_and_twice_is_exact(faces):
    symmetry, expressions = faces
    head = Parameters(expression=tuple(np.random.default_rng(3).standard_normal(40)))
    mirrored = symmetry.mirrored(head)
    back = np.array(symmetry.mirrored(mirrored).expression)
    np.testing.assert_allclose(back[:40], head.expression, atol=1e-9)
    np.testing.assert_allclose(back[40:], 0.0, atol=1e-9)
    told, there = (expressions.facial_units.strengths(each) for each in (head, mirrored))
    assert there == pytest.approx({name: told[twin(name)] for name in FACIAL_UNITS}, abs=1e-9)


def test_named_expressions_are_mirrored_by_name_where_a_model_has_no_units():
    model = load(bundled_model("adults"))
    symmetry, expressions = Symmetry(model), Expressions(model)
    assert not expressions.facial_units.names
    smile = with_strengths(expressions, smile=1.0, mouth_left=0.5)
    assert symmetry.mirrored(with_strengths(expressions, smile=1.0)) == with_strengths(expressions, smile=1.0)
    told = dict.fromkeys(expressions.names, 0.0) | {"smile": 1.0, "mouth_right": 0.5}
    mirrored = symmetry.mirrored(smile)
    assert expressions.strengths(mirrored) == pytest.approx(told, abs=1e-6)
    np.testing.assert_allclose(symmetry.mirrored(mirrored).expression, smile.expression, atol=1e-9)


def test_a_slider_of_one_side_goes_where_it_is_set_and_the_other_side_as_far():
    model = load(bundled_model())
    features, symmetry = FeatureMap(model, "eyes"), Symmetry(model)
    basis, name = features.split_basis, "Lid opening, {}".format
    before = basis.with_strength(Parameters(), name("left"), 0.5)
    after = symmetry.with_strength(before, basis, name("right"), 2.0)
    moved = {each: basis.strengths(after)[each] - basis.strengths(before)[each] for each in basis.names}
    assert moved[name("right")] == pytest.approx(2.0 - basis.strengths(before)[name("right")], abs=1e-6)
    assert moved[name("left")] == pytest.approx(moved[name("right")], rel=0.1)
