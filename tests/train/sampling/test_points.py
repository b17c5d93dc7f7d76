"""Stage points lie on heads or about them, and what displaces them is where the next state has the same place."""

import numpy as np
import pytest
import torch

from facewright.core.metrics import nearest_on_surface
from facewright.core.network.config import NetworkConfig
from facewright.core.parts import CODES
from facewright.train.sampling.draws import WHOLE, Share
from facewright.train.sampling.points import DENSITY_RANGE, OFFSETS_MM, StageSampler

COUNT = 60


@pytest.fixture(scope="module")
def sampler(registered):
    return StageSampler(registered, registered.frame(), NetworkConfig())


def drawn(sampler, registered, share=WHOLE):
    generator = torch.Generator().manual_seed(0)
    batch = registered.batch(4, generator)
    heads = share.halves(torch.arange(4))
    return batch, sampler.draw(batch, heads, COUNT, generator, share)


def test_points_without_an_offset_lie_on_the_state_before_and_go_onto_the_one_after(sampler, registered):
    batch, draw = drawn(sampler, registered)
    frame, faces = registered.frame(), registered.faces.numpy()
    for stage in range(len(CODES)):
        for head in (0, 3):
            on = draw.points[stage, head, :: len(OFFSETS_MM)]
            after = on + draw.displacement[stage, head, :: len(OFFSETS_MM)]
            for points, state in ((on, stage), (after, stage + 1)):
                mesh = batch.states[state][head].numpy()
                away = nearest_on_surface(frame.to_head(points.numpy()), mesh, faces).distance
                assert away.max() < 1e-2


def test_offsets_grow_with_the_share(sampler, registered):
    batch, draw = drawn(sampler, registered)
    mesh, faces = batch.states[0][0].numpy(), registered.faces.numpy()
    points = registered.frame().to_head(draw.points[0, 0].numpy())
    away = nearest_on_surface(points, mesh, faces).distance
    spread = [away[scale :: len(OFFSETS_MM)].mean() for scale in range(len(OFFSETS_MM))]
    assert spread[0] < 0.01 < spread[1] < spread[2]


def test_shares_are_the_whole_draw(sampler, registered):
    whole = drawn(sampler, registered)[1]
    shares = [drawn(sampler, registered, Share(index, 2))[1] for index in range(2)]
    for index, each in enumerate(shares):
        torch.testing.assert_close(each.points, whole.points[:, [index, 2 + index]])
        torch.testing.assert_close(each.landmarks, whole.landmarks[:, [index, 2 + index]])


def test_parts_are_sampled_more_densely_within_bounds(sampler, registered):
    density = sampler.density()
    nose = torch.zeros(registered.vertex_count, dtype=torch.bool)
    for graft in registered.swap.grafts["nose"]:
        nose[graft.vertices] = True
    within = nose[registered.faces].all(dim=1)
    assert density[within].mean() > 2.0 * density[~within].median()
    assert DENSITY_RANGE[0] <= density.min()
    assert density.max() <= DENSITY_RANGE[1]


def test_landmarks_on_the_template_are_where_the_last_state_has_them(sampler, registered):
    template = sampler.template_landmarks()
    frame = registered.frame()
    for number, code in enumerate(CODES):
        expected = frame.to_network(registered.template[registered.landmarks[code]].numpy())
        np.testing.assert_allclose(template[number].numpy(), expected, atol=1e-6)
