"""What drawn heads are made of: whole people, blends within reach, and parts opposite to those of people."""

import torch

from facewright.train.sampling.registered import REACH


def test_parts_of_composites_alone_may_be_opposite(registered):
    count = 2000
    recipe = registered.recipe(count, torch.Generator().manual_seed(0), signed=True)
    whole, composites = recipe.owner.weights.split(count // 2)
    assert torch.equal(whole, recipe.receiver.weights[: count // 2])
    assert (recipe.receiver.weights >= 0.0).all()
    share = float((composites < 0.0).any(dim=1).float().mean())
    assert 0.3 < share < 0.45  # three quarters of the half that are blends
    assert float(composites.norm(dim=1).max()) <= REACH
    assert (registered.recipe(count, torch.Generator().manual_seed(0)).owner.weights >= 0.0).all()


def test_expressions_may_be_negative_where_signed(registered):
    for signed in (False, True):
        weights = registered.recipe(400, torch.Generator().manual_seed(1), signed=signed).expression.weights
        assert bool((weights < 0.0).any()) == signed
