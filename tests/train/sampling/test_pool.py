"""Samples of signed distances: exact about a ball, drawn as they were made, and kept for the next run."""

import shutil
import sys
import time
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import trimesh

from facewright.core.network.config import NetworkConfig
from facewright.core.network.frame import Frame
from facewright.train.interrupt import Stopped
from facewright.train.sampling import processes
from facewright.train.sampling.draws import WHOLE, Share
from facewright.train.sampling.pieces import PIECE, PoolPieces
from facewright.train.sampling.points import StageSampler
from facewright.train.sampling.pool import SamplePool
from facewright.train.sampling.processes import SamplingProcesses
from facewright.train.sampling.registered import RegisteredHeads
from facewright.train.sampling.sampler import Sampler
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
    return heads, Sampler.of(heads, FRAME, density, 0)


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


@pytest.fixture
def sampler(registered):
    frame = registered.frame()
    return Sampler.of(registered, frame, StageSampler(registered, frame, NetworkConfig()), 0)


def drawn_from(pool):
    return pool.draw(4, 20, 20, torch.Generator().manual_seed(1), WHOLE)[0]


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_what_was_sampled_before_a_stop_is_read_and_gives_the_same_pool(registered, sampler, tmp_path, monkeypatch):
    folder, config = tmp_path / "pool", replace(CONFIG, pool_heads=2 * PIECE)

    def made(facts, stop=None):
        told: list[int] = []

        def progress(done, of):
            told.append(done)
            if done == stop:
                raise Stopped

        pieces = PoolPieces(registered, sampler, config, Workers(), (folder, facts))
        return drawn_from(SamplePool.of_heads(pieces, 0, registered.device, progress)), told

    with pytest.raises(Stopped):
        made({"data": "a"}, stop=PIECE + 2)
    resumed, told = made({"data": "a"})
    assert told[0] == PIECE
    shutil.rmtree(folder)
    fresh, told = made({"data": "a"})
    assert told[0] == 0
    assert same(resumed, fresh)
    assert made({"data": "a"})[1] == []
    assert made({"data": "other"})[1][0] == 0
    made({"data": "a"})
    drawn = RegisteredHeads.recipe
    monkeypatch.setattr(RegisteredHeads, "recipe", lambda own, count, rng: drawn(own, count, rng, signed=True))
    assert made({"data": "a"})[1][0] == 0  # other heads of the same data
    monkeypatch.undo()
    made({"data": "a"})
    for file in folder.iterdir():
        file.write_bytes(b"damaged")
    assert made({"data": "a"})[1][0] == 0


def test_a_pool_that_was_renewed_is_the_one_that_is_made_later(registered, sampler):
    config = replace(CONFIG, pool_heads=3 * PIECE)

    def pieces():
        return PoolPieces(registered, sampler, config, Workers())

    pool, first = (SamplePool.of_heads(pieces(), 0, registered.device, lambda *_: None) for _ in range(2))
    for begin in (1, 2, 5):
        pool.renew(pieces(), begin)
        later = SamplePool.of_heads(pieces(), begin, registered.device, lambda *_: None)
        assert same(drawn_from(pool), drawn_from(later))
    assert not same(drawn_from(pool), drawn_from(first))


def test_processes_sample_the_same_while_the_run_goes_on(registered, sampler, tmp_path):
    config = replace(CONFIG, pool_heads=9 * PIECE)
    pieces = PoolPieces(registered, sampler, config, Workers(), (tmp_path / "pool", {}))
    deadline = time.monotonic() + 120
    with closing(pieces):
        while len(list((tmp_path / "pool").glob("*"))) < 3 and time.monotonic() < deadline:
            pieces.go_on(range(3))
            time.sleep(0.02)
        killed = PoolPieces(registered, sampler, config, Workers(), (tmp_path / "pool", {}))  # what is there is kept
        alone = PoolPieces(registered, sampler, replace(config, pool_heads=PIECE), Workers())
        for piece in range(3):
            own = alone(piece)
            assert same(pieces(piece), own)
            assert same(killed(piece, lambda done: pytest.fail("sampled again")), own)


def test_a_process_that_ends_is_done_without(registered, sampler, monkeypatch):
    monkeypatch.setattr(processes, "module_command", lambda module: [sys.executable, "-c", ""])
    vertices = registered.template.numpy()
    with closing(SamplingProcesses(sampler, 1)) as ended:
        sampled = [ended.submit(vertices, number, 120) for number in range(2)]
        for number, future in enumerate(sampled):
            for one, other in zip(future.result(60), sampler(vertices, number, 120), strict=True):
                np.testing.assert_array_equal(one, other)


def test_a_blank_pool_has_the_shape_of_a_real_one(registered):
    draw, recipe = SamplePool.blank(registered, CONFIG, template=False).draw(
        4, 6, 5, torch.Generator().manual_seed(0), WHOLE
    )
    assert draw.surface.shape == (4, 6, 3)
    assert draw.distance.shape == (4, 5)
    assert recipe is not None
    assert len(recipe.owner.rows) == 4
