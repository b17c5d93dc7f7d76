from dataclasses import replace

import pytest
import torch

from facewright.core.errors import FacewrightError
from facewright.core.network.config import NetworkConfig
from facewright.core.network.jet import Jet
from facewright.core.network.network import LandmarkNet, Network
from facewright.core.network.stage import Stage
from facewright.core.parts import CODE_SIZES, CODES, COMPONENTS, LANDMARKS_PER_STAGE, LOCAL_PARTS
from tests.core.tiny_model import tiny_model

HEADS = 2
SIZES = NetworkConfig(width=8, layers=3, hyper_width=8, blend_width=8, landmark_width=8, sdf_width=8)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Network(SIZES).double()


@pytest.fixture
def codes():
    generator = torch.Generator().manual_seed(1)
    return {c: torch.randn(HEADS, CODE_SIZES[c], dtype=torch.float64, generator=generator) for c in CODES}


@pytest.fixture
def points():
    return torch.rand(HEADS, 40, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(2)) - 0.5


def test_code_sizes_are_the_papers():
    assert CODE_SIZES == {"expression": 128, "nose": 48, "eyes": 48, "mouth": 48, "remainder": 112}
    state = Network(NetworkConfig()).state_dict()
    for code, size in CODE_SIZES.items():
        assert state[f"stages.{code}.hypernet.hidden.0.weight"].shape[1] == size


def test_the_field_is_the_templates_distance_after_all_displacements_plus_the_correction(network, codes, points):
    fixed = network.condition(codes)
    p, shift = Jet.points(points, derivatives=False), torch.zeros_like(points)
    for code in CODES:
        moved = network.stage(code)(Jet.points(points + shift, derivatives=False), fixed.stages[code]).value
        shift = shift + moved[..., :3]
    expected = network.sdf(Jet.points(points + shift, derivatives=False)).value + moved[..., 3:]
    torch.testing.assert_close(network(p, fixed).value, expected)


def test_a_stages_first_layer_on_points_equals_that_on_concatenated_offsets(points):
    stage = Stage("remainder", NetworkConfig(width=8, layers=2, hyper_width=8, omega=7.0)).double()
    code = torch.randn(HEADS, CODE_SIZES["remainder"], dtype=torch.float64)
    landmarks = torch.randn(HEADS, LANDMARKS_PER_STAGE, 3, dtype=torch.float64)
    fixed = stage.condition(code, landmarks, None)
    first, last = stage.hypernet(code)
    offsets = (points[:, :, None] - landmarks[:, None]).flatten(2)  # (B, N, 3·L)
    local = torch.sin(7.0 * (offsets @ first.weight + first.bias[:, None])) @ last.weight + last.bias[:, None]
    hidden, out = stage.blend
    share = out(torch.sin(hidden(offsets))).softmax(dim=-1)
    expected = (share[..., None] * local.unflatten(2, (LANDMARKS_PER_STAGE, 4))).sum(dim=2)
    torch.testing.assert_close(stage(Jet.points(points, derivatives=False), fixed).value, expected)


def test_gradient_of_the_field_is_that_of_automatic_differentiation(network, codes, points):
    points.requires_grad_()
    value = network(Jet.points(points, derivatives=True), network.condition(codes))
    (expected,) = torch.autograd.grad(value.value.sum(), points)
    torch.testing.assert_close(value.gradient, expected)


def test_heads_in_a_batch_do_not_touch_each_other(network, codes, points):
    together = network(Jet.points(points, False), network.condition(codes)).value
    alone = network(Jet.points(points[1:], False), network.condition({c: z[1:] for c, z in codes.items()})).value
    torch.testing.assert_close(together[1:], alone)


@pytest.mark.parametrize("part", LOCAL_PARTS)
def test_expression_landmarks_know_nothing_of_the_parts(codes, part):
    net = LandmarkNet(NetworkConfig(landmark_width=8)).double()
    changed = {**codes, part: codes[part] + 1.0}
    before, after = net(codes), net(changed)
    for code in CODES:
        assert torch.equal(before[code], after[code]) == (code != part)


@pytest.mark.parametrize("part", LOCAL_PARTS)
def test_a_parts_code_changes_nothing_outside_its_window_to_the_last_bit(part):
    network = tiny_model().network
    codes = {c: torch.zeros(1, CODE_SIZES[c]) for c in CODES}
    changed = {**codes, part: torch.full((1, CODE_SIZES[part]), 0.5)}
    cube = torch.rand(1, 4096, 3, generator=torch.Generator().manual_seed(3)) * 1.6 - 0.8
    points = Jet.points(cube, derivatives=False)
    with torch.inference_mode():
        before, after = network.condition(codes), network.condition(changed)
        read = network.deform(points, before, CODES[: CODES.index(part)]).states[-1]
        weight = network.stage(part).weight(read, before.stages[part])
        assert weight is not None
        inside = weight.value[0, :, 0] > 0.0
        difference = (network(points, before).value - network(points, after).value)[0, :, 0]
    assert inside.any()
    assert not inside.all()
    assert (difference[~inside] == 0.0).all()
    assert (difference[inside] != 0.0).float().mean() > 0.5


def test_without_windows_a_parts_code_reaches_everywhere():
    network = tiny_model(windows=False).network
    assert not any("window" in name for name in network.state_dict())
    codes = {c: torch.zeros(1, CODE_SIZES[c]) for c in CODES}
    points = Jet.points(torch.rand(1, 256, 3, generator=torch.Generator().manual_seed(3)) - 0.5, derivatives=False)
    changed = {**codes, "nose": torch.full((1, CODE_SIZES["nose"]), 0.5)}
    with torch.inference_mode():
        difference = network(points, network.condition(codes)).value - network(points, network.condition(changed)).value
    assert (difference != 0.0).all()


def test_every_local_part_has_components():
    assert tuple(COMPONENTS) == LOCAL_PARTS


IMFACE = replace(SIZES, stages=("expression", "remainder"), windows=False)
DEEPSDF = replace(SIZES, stages=(), windows=False)


def test_the_last_stage_reads_the_codes_of_those_left_out(codes, points):
    network = Network(IMFACE).double()
    assert IMFACE.read_by("expression") == ("expression",)
    assert IMFACE.read_by("remainder") == ("nose", "eyes", "mouth", "remainder")
    p = Jet.points(points, derivatives=False)
    for code in CODES:
        before, after = (network.condition(z) for z in (codes, {**codes, code: codes[code] + 1.0}))
        moved = [network.deform(p, fixed, CODES[:1]).states[-1].value for fixed in (before, after)]
        assert not torch.equal(network(p, before).value, network(p, after).value)
        if code != "expression":  # ExpNet's landmarks alone know of the identity
            torch.testing.assert_close(*moved, atol=1e-2, rtol=0.0)


def test_without_stages_the_distance_itself_reads_all_codes(codes, points):
    network = Network(DEEPSDF).double()
    for shift in network.sdf.shifts:
        torch.nn.init.normal_(shift.get_parameter("weight"), std=0.1)
    p = Jet.points(points, derivatives=True)
    fixed = network.condition(codes)
    deformed = network.deform(p, fixed)
    assert deformed.states == [p]
    assert deformed.correction is None
    for code in CODES:
        changed = network.condition({**codes, code: codes[code] + 1.0})
        assert not torch.equal(network(p, fixed).value, network(p, changed).value)
    at_rest = {code: torch.zeros_like(z) for code, z in codes.items()}
    torch.testing.assert_close(network(p, network.condition(at_rest)).value, network.sdf(p).value)


@pytest.mark.parametrize("stages", [("nose",), ("remainder", "expression"), ("expression", "nose")])
def test_stages_out_of_order_are_refused(stages):
    with pytest.raises(FacewrightError, match="in this order"):
        NetworkConfig(stages=stages)
