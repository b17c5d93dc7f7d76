"""Each term of the losses against a closed form, where the network does something known: shifts, and balls."""

from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from facewright.core.network.jet import Jet
from facewright.core.parts import CODES, CodeName
from facewright.train.config import LossWeights
from facewright.train.losses import (
    code_loss,
    deformed_landmark_loss,
    generated_landmark_loss,
    graft_loss,
    sdf_losses,
    stage_losses,
    template_losses,
    total,
    weighted,
)
from facewright.train.sampling.draws import DistanceDraw, StageDraw

STAGES = len(CODES)
RADIUS = 0.7
NOTHING: Any = None


def stub(**facts):
    """What a loss reads of a network, or of a swap."""
    return SimpleNamespace(**facts)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def ball(points, scale=1.0):
    """Φ = scale (|p| − r) as a jet of points."""
    value, slopes = points.split()
    length = value.norm(dim=-1, keepdim=True)
    if slopes is None:
        return Jet.joined(scale * (length - RADIUS), None)
    direction = (value / length)[:, None, : points.sloped]
    return Jet.joined(scale * (length - RADIUS), scale * (direction * slopes).sum(dim=-1, keepdim=True))


def draw(generator, heads=2, on=8, space=5):
    """Points of the ball, and about it with their distances."""
    directions = torch.nn.functional.normalize(torch.randn(heads, on, 3, generator=generator), dim=-1)
    around = torch.randn(heads, space, 3, generator=generator)
    return DistanceDraw(RADIUS * directions, directions, around, around.norm(dim=-1) - RADIUS)


def shifting(*shifts, scale=1.0, correction=None):
    """A network whose stages each shift all points, and whose template is the ball."""
    by_code = dict(zip(CODES, shifts, strict=True))

    def deform(points, fixed, codes):
        states = [points]
        for code in codes:
            states.append(
                Jet(
                    states[-1].flat
                    + torch.nn.functional.pad(
                        by_code[code].expand(states[-1].count, 3), (0, 0, 0, 3 * states[-1].sloped)
                    ),
                    states[-1].sloped,
                )
            )
        last = None if correction is None else Jet(torch.full_like(states[-1].flat[..., :1], correction), points.sloped)
        return stub(states=states, correction=last)

    return stub(
        config=stub(stages=CODES),
        deform=deform,
        distance=lambda deformed, fixed: ball(deformed.states[-1], scale),
        sdf=lambda points: ball(points, scale),
    )


STILL = [torch.zeros(3)] * STAGES


def test_terms_are_weighted_by_their_names_and_those_of_a_stage_alike():
    weights = replace(LossWeights(), stage=2.0, gt=3.0)
    losses = {"stage/nose": 0.5, "stage/mouth": 0.25, "gt": 1.0}
    assert total(losses, weights) == 2.0 * 0.75 + 3.0
    assert float(weighted({name: torch.tensor(value) for name, value in losses.items()}, weights)) == 4.5
    assert "stage" in asdict(weights)


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_a_template_that_is_the_ball_has_no_loss_and_a_steeper_one_the_slopes(generator, scale):
    drawn = draw(generator)
    losses = template_losses(shifting(*STILL, scale=scale), drawn)
    assert float(losses["normal"]) == pytest.approx(0.0, abs=1e-6)
    assert float(losses["eikonal"]) == pytest.approx(scale - 1.0, abs=1e-5)
    assert float(losses["gt"]) == pytest.approx(float((scale - 1.0) * drawn.distance.abs().mean() / 2), abs=1e-5)


def test_normals_that_point_inwards_are_twice_as_wrong_as_ones_that_lie_across(generator):
    drawn = draw(generator)
    inwards = template_losses(shifting(*STILL), drawn._replace(normals=-drawn.normals))
    across = torch.linalg.cross(drawn.normals, torch.randn(drawn.normals.shape, generator=generator))
    assert float(inwards["normal"]) == pytest.approx(2.0, abs=1e-5)
    assert float(template_losses(shifting(*STILL), drawn._replace(normals=across))["normal"]) == pytest.approx(
        1.0, abs=1e-5
    )


def test_distances_are_measured_after_all_stages_and_the_correction_has_its_size(generator):
    shift = torch.tensor([0.1, -0.2, 0.05])
    network = shifting(shift, *STILL[1:-1], shift, correction=-0.25)
    drawn = draw(generator)
    moved = DistanceDraw(drawn.surface - 2 * shift, drawn.normals, drawn.space - 2 * shift, drawn.distance)
    losses = sdf_losses(network, NOTHING, moved)
    assert losses.keys() == {"gt", "normal", "eikonal", "neutral_eikonal", "correction"}
    for name in ("gt", "normal", "eikonal", "neutral_eikonal"):
        assert float(losses[name]) == pytest.approx(0.0, abs=1e-5), name
    assert float(losses["correction"]) == pytest.approx(0.25)
    assert sdf_losses(shifting(*STILL), NOTHING, drawn).keys() == {"gt", "normal", "eikonal"}


def test_stages_are_as_wrong_as_the_sum_of_their_axes_and_neutral_heads_by_squares(generator):
    shape = (STAGES, 4, 6, 3)
    displacement = torch.randn(shape, generator=generator)
    displacement[0, 2:] = 0.0  # neutral heads
    error = torch.tensor([0.1, -0.2, 0.3])
    moved = torch.cat([displacement + error, torch.full((*shape[:-1], 1), -0.5)], dim=-1)
    network = stub(config=stub(stages=CODES), side_by_side=lambda points, fixed: moved)
    drawn = StageDraw(torch.zeros(shape), displacement, *[torch.empty(0)] * 3)
    losses = stage_losses(network, NOTHING, drawn)
    for code in CODES:
        assert float(losses[f"stage/{code}"]) == pytest.approx(0.6, abs=1e-5)
    assert float(losses["neutral_expression"]) == pytest.approx(0.14)
    assert float(losses["correction"]) == 0.5


def test_generated_landmarks_are_as_wrong_as_the_sum_of_their_axes(generator):
    landmarks = torch.randn(STAGES, 2, 5, 3, generator=generator)
    generated = {code: landmarks[k] + torch.tensor([1.0, -2.0, 0.0]) * (k == 0) for k, code in enumerate(CODES)}
    losses = generated_landmark_loss(generated, landmarks)
    assert float(losses["generated_landmarks"]) == pytest.approx(3.0 / STAGES)


def test_landmarks_of_a_stage_are_carried_by_it_and_those_after_it(generator):
    shifts = [torch.randn(3, generator=generator) for _ in CODES]
    template = torch.randn(STAGES, 5, 3, generator=generator)
    rest = torch.stack([torch.stack(shifts[k:]).sum(dim=0) for k in range(STAGES)])
    landmarks = (template - rest[:, None])[:, None].expand(-1, 2, -1, -1)
    network = shifting(*shifts)
    exact = deformed_landmark_loss(network, NOTHING, landmarks, template)
    assert float(exact["deformed_landmarks"]) == pytest.approx(0.0, abs=1e-5)
    off = deformed_landmark_loss(network, NOTHING, landmarks + torch.tensor([0.5, -0.25, 0.0]), template)
    assert float(off["deformed_landmarks"]) == pytest.approx(0.75, abs=1e-5)


def test_rims_are_carried_by_their_components_map_and_every_component_counts_alike(generator):
    swap = stub(
        rim_component=torch.tensor([0, 0, 0, 1]), rim_means=torch.tensor([[1 / 3, 1 / 3, 1 / 3, 0], [0, 0, 0, 1.0]])
    )
    maps, rims = torch.randn(2, 2, 3, 4, generator=generator), torch.randn(2, 4, 3, generator=generator)
    own = maps[:, [0, 0, 0, 1]]
    images = (own[..., :3] @ rims[..., None])[..., 0] + own[..., 3]
    assert float(graft_loss(maps, swap, rims, images)["graft"]) == pytest.approx(0.0, abs=1e-5)
    images[:, 3] += torch.tensor([1.0, -1.0, 2.0])
    assert float(graft_loss(maps, swap, rims, images)["graft"]) == pytest.approx(2.0, abs=1e-5)


def test_codes_are_measured_by_mean_squares():
    codes: dict[CodeName, torch.Tensor] = {"nose": torch.full((3, 4), 2.0), "eyes": torch.tensor([[1.0, 0.0]])}
    assert float(code_loss(codes)["reg"]) == 4.5
