"""Samples of signed distances: exact about a ball, drawn as they were made, and kept for the next run."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import trimesh

from facewright.core.network.config import NetworkConfig
from facewright.core.network.frame import Frame
from facewright.train.interrupt import Stopped
from facewright.train.sampling.draws import WHOLE, Share
from facewright.train.sampling.points import StageSampler
from facewright.train.sampling.pool import SamplePool, Sampler
from facewright.train.sampling.registered import RegisteredHeads
from facewright.train.workers import Workers
from tests.train.small_run import small_config

FRAME = Frame((1.0, 2.0, 3.0), 120.0)
BALL_MM = 80.0
BALL = trimesh.creation.icosphere(4, BALL_MM)
CONFIG = small_config("anny:", pool_points=240, pool_heads=3, seed=5)


@pytest.fixture
def ball():
    """The ball as the template of heads, and what samples it."""
    vertices = torch.tensor(BALL.vertices + FRAME.centre_mm, dtype=torch.float32)
    heads: Any = SimpleNamespace(template=vertices, faces=torch.tensor(BALL.faces), device=torch.device("cpu"))
    density: Any = SimpleNamespace(density=lambda: torch.ones(len(BALL.faces)))
    return heads, Sampler(heads, FRAME, density, 0)


def test_a_balls_samples_have_its_distances_and_normals_in_the_network_frame(ball):
    heads, sampler = ball
    on, normals, space, distance = sampler(heads.template.numpy(), 0, 3000)
    assert (len(on), len(space)) == (1000, 2000)
    radius = BALL_MM / FRAME.radius_mm
    np.testing.assert_allclose(np.linalg.norm(on, axis=1), radius, atol=0.003)
    np.testing.assert_allclose(normals, on / radius, atol=0.05)
    np.testing.assert_allclose(distance, np.linalg.norm(space, axis=1) - radius, atol=0.003)
    assert np.linalg.norm(space, axis=1).max() <= 1.0
    again = sampler(heads.template.numpy(), 0, 3000)
    other = sampler(heads.template.numpy(), 1, 3000)
    np.testing.assert_array_equal(again[0], on)
    assert not np.array_equal(other[0], on)


def test_draws_are_of_the_samples_and_shares_are_the_whole(ball):
    heads, sampler = ball
    pool = SamplePool.of_template(heads, sampler, CONFIG, Workers(), lambda done, of: None)

    def drawn(share):
        return pool.draw(1, 64, 32, torch.Generator().manual_seed(1), share)

    whole, recipe = drawn(WHOLE)
    assert recipe is None
    radius = BALL_MM / FRAME.radius_mm
    torch.testing.assert_close(whole.distance, whole.space.norm(dim=-1) - radius, atol=0.003, rtol=0)
    torch.testing.assert_close(whole.surface.norm(dim=-1), torch.full((1, 64), radius), atol=0.003, rtol=0)
    halves = [drawn(Share(index, 2))[0] for index in range(2)]
    torch.testing.assert_close(torch.stack([half.distance for half in halves], dim=-1).flatten(1), whole.distance)


def test_what_was_sampled_before_a_stop_is_read_and_gives_the_same_pool(registered, tmp_path, monkeypatch):
    frame = registered.frame()
    sampler = Sampler(registered, frame, StageSampler(registered, frame, NetworkConfig()), 0)
    file = tmp_path / "pool.safetensors"

    def made(facts, stop=None):
        told: list[int] = []

        def progress(done, of):
            told.append(done)
            if done == stop:
                raise Stopped

        pool = SamplePool.of_heads(registered, sampler, CONFIG, Workers(), progress, (file, facts))
        return pool.draw(4, 20, 20, torch.Generator().manual_seed(1), WHOLE)[0], told

    with pytest.raises(Stopped):
        made({"data": "a"}, stop=2)
    resumed, told = made({"data": "a"})
    assert told[0] == 2
    file.unlink()
    fresh, told = made({"data": "a"})
    assert told[0] == 0
    for one, other in zip(resumed, fresh, strict=True):
        assert torch.equal(one, other)
    assert made({"data": "a"})[1] == []
    assert made({"data": "other"})[1][0] == 0
    made({"data": "a"})
    drawn = RegisteredHeads.recipe
    monkeypatch.setattr(RegisteredHeads, "recipe", lambda own, count, rng: drawn(own, count, rng, signed=True))
    assert made({"data": "a"})[1][0] == 0  # other heads of the same data
    monkeypatch.undo()
    file.write_bytes(b"damaged")
    assert made({"data": "a"})[1][0] == 0


def test_a_blank_pool_has_the_shape_of_a_real_one(registered):
    draw, recipe = SamplePool.blank(registered, CONFIG, template=False).draw(
        4, 6, 5, torch.Generator().manual_seed(0), WHOLE
    )
    assert draw.surface.shape == (4, 6, 3)
    assert draw.distance.shape == (4, 5)
    assert recipe is not None
    assert len(recipe.owner.rows) == 4
