import numpy as np
import pytest
import torch

from facewright.core.features import FeatureMap
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters, random_head
from facewright.core.parts import PARTS
from facewright.core.plausibility import Ways, of_coefficients, of_head


def test_the_mean_is_as_plausible_as_can_be():
    assert of_coefficients(()).share == 0.0
    assert of_head(Parameters()).level == "typical"


@pytest.mark.parametrize(("sigma", "share"), [(1.0, 0.6827), (2.0, 0.9545), (3.0, 0.9973)])
def test_one_component_follows_the_normal_distribution(sigma, share):
    for index in (0, 4):
        found = of_coefficients((0.0,) * index + (sigma,))
        assert found.share == pytest.approx(share, abs=1e-4)
        assert found.distance == pytest.approx(sigma)


@pytest.mark.parametrize("count", [3, 10, 48])
def test_draws_are_as_rare_as_the_meter_says(count):
    draws = np.random.default_rng(0).standard_normal((4000, count))
    shares = np.array([of_coefficients(draw).share for draw in draws])
    assert (shares > 0.95).mean() == pytest.approx(0.05, abs=0.015)
    assert (shares > 0.999).mean() < 0.006


def test_a_gross_excess_is_not_drowned_by_faint_components():
    ordinary = np.random.default_rng(0).standard_normal(112)
    ordinary[0] = 6.0
    assert of_coefficients(ordinary).level == "extreme"
    assert of_head(Parameters(remainder=tuple(ordinary.tolist()), nose=(0.5,), eyes=(0.1,))).level == "extreme"


def test_a_head_is_judged_by_all_of_its_parts():
    twice = (2.0,)
    parts = Parameters(nose=twice, eyes=twice, mouth=twice, remainder=twice, expression=twice)
    assert of_coefficients(twice).level == "unusual"
    assert of_head(parts).share > of_coefficients(twice).share
    assert of_head(parts).distance == pytest.approx(2.0 * np.sqrt(5))


def some_directions(count, size, seed=0):
    """Directions of length 1 that lean towards each other, (count, size)."""
    drawn = np.random.default_rng(seed).standard_normal((count, size)) + 0.3
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.mark.parametrize(("count", "size"), [(1, 10), (7, 48), (16, 112)])
def test_draws_are_as_rare_as_the_meter_says_along_ways_too(count, size):
    ways = Ways(some_directions(count, size))
    draws = np.random.default_rng(1).standard_normal((4000, size))
    shares = np.array([of_coefficients(draw, ways).share for draw in draws])
    assert 0.03 < (shares > 0.95).mean() < 0.065
    assert (shares > 0.999).mean() < 0.006


@pytest.mark.parametrize("count", [1, 2, 5])
def test_what_is_made_along_few_ways_has_as_many_degrees_of_freedom(count):
    directions = some_directions(7, 48)
    made = np.array([3.0, -3.0, 2.5, 2.0, -3.0])[:count] @ directions[:count]
    chi = np.linalg.norm(np.random.default_rng(0).standard_normal((400_000, count)), axis=1)
    nearer = (chi < np.linalg.norm(made)).mean()
    assert of_coefficients(made).share < 0.1
    assert of_coefficients(made, Ways(directions)).share == pytest.approx(nearer**2, abs=1e-3)


def test_components_that_were_set_themselves_are_counted_as_before():
    ways = Ways(some_directions(7, 48))
    assert ways.count(np.array([0.0, 3.0])) == 1
    assert ways.count(np.array([0.5, 3.0]) @ some_directions(7, 48)[:2]) == 2
    assert ways.count(np.zeros(0)) == 0
    assert of_coefficients((), ways).share == 0.0


def test_ways_that_are_sums_of_others_do_no_harm():
    three = some_directions(3, 5)
    ways = Ways(np.concatenate([three, three[:2], np.eye(5)]))
    draws = np.random.default_rng(1).standard_normal((1000, 5))
    assert np.mean([of_coefficients(draw, ways).share > 0.95 for draw in draws]) < 0.07


@pytest.fixture(scope="module")
def maps():
    model = load(bundled_model(), torch.device("cpu"))
    return model.components, {part: FeatureMap(model, part) for part in PARTS}


def with_ends(head, maps, count, rng):
    """The head with so many of all sliders in words at one of their ends."""
    names = [(part, name) for part, own in maps.items() for name in own.basis.names]
    for index in rng.permutation(len(names))[:count]:
        part, name = names[index]
        head = maps[part].basis.with_strength(head, name, float(rng.choice([-3.0, 3.0])))
    return head


@pytest.mark.parametrize(("count", "typical_before"), [(2, 0.9), (4, 0.85), (6, 0.8)])
def test_sliders_at_their_ends_are_not_typical(maps, count, typical_before):
    _, own = maps
    ways, rng = {part: each.ways for part, each in own.items()}, np.random.default_rng(0)
    heads = [with_ends(Parameters(), own, count, rng) for _ in range(60)]
    assert np.mean([of_head(head).level == "typical" for head in heads]) > typical_before  # what the χ² alone tells
    assert not any(of_head(head, ways=ways).level == "typical" for head in heads)


def test_sliders_at_their_ends_are_seen_on_random_heads_which_stay_typical(maps):
    components, own = maps
    ways, rng = {part: each.ways for part, each in own.items()}, np.random.default_rng(0)
    heads = [random_head(components, seed) for seed in range(200)]
    assert np.mean([of_head(head, ways=ways).level != "typical" for head in heads]) < 0.08
    assert not any(of_head(head, ways=ways).level == "extreme" for head in heads)
    levels = [of_head(with_ends(head, own, 4, rng), ways=ways).level for head in heads[:60]]
    assert "typical" not in levels
