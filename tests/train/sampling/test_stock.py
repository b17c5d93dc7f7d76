"""A stock of heads: the oldest lot is renewed with every draw, and a stock is restored to the bit."""

import pytest
import torch

from facewright.train.sampling.draws import WHOLE, Share
from facewright.train.sampling.registered import STATES
from facewright.train.sampling.stock import LOTS, Stock

LEARNT = 16


def stocked(registered, share=WHOLE):
    generator = torch.Generator().manual_seed(3)
    return Stock.drawn(registered, LEARNT, generator, share), generator


def states(stock):
    """All heads at every stage, (states, heads, V, 3)."""
    return stock.batch.vertices[:-1].unflatten(0, (STATES, -1)).clone()


@pytest.mark.parametrize(("learnt", "size"), [(1, 4), (16, 4), (64, 8), (100, 12), (256, 32)])
def test_lots_are_a_few_heads_of_which_half_have_expressions(learnt, size):
    assert Stock.lot_size(learnt) == size


def test_a_draw_replaces_the_oldest_lot_alone(registered):
    stock, generator = stocked(registered)
    size = Stock.lot_size(LEARNT)
    for lot in range(3):
        before = states(stock)
        heads = stock.draw(LEARNT, generator)
        changed = (states(stock) != before).any(dim=-1).any(dim=-1).any(dim=0)
        assert changed[lot * size : (lot + 1) * size].any()
        assert not changed[: lot * size].any()
        assert not changed[(lot + 1) * size :].any()
        assert len(heads) == LEARNT
        expressive = (heads % size) < size // 2
        assert expressive[: LEARNT // 2].all()
        assert not expressive[LEARNT // 2 :].any()
        assert heads.min() >= 0
        assert heads.max() < LOTS * size


def test_heads_are_what_their_recipe_says(registered):
    stock, generator = stocked(registered)
    stock.draw(LEARNT, generator)
    size = Stock.lot_size(LEARNT)
    for lot in (0, 1, LOTS - 1):
        rows = torch.arange(lot * size, (lot + 1) * size)
        made = registered.made(stock.batch.recipe.select(rows))
        expected = made.vertices[:-1].unflatten(0, (STATES, -1))
        torch.testing.assert_close(states(stock)[:, rows], expected, atol=1e-4, rtol=0)


def test_a_restored_stock_goes_on_as_the_one_that_was_saved(registered):
    stock, generator = stocked(registered)
    for _ in range(5):
        stock.draw(LEARNT, generator)
    saved = {name: tensor.clone() for name, tensor in stock.tensors().items()}
    again, other = Stock.restored(registered, saved, WHOLE), torch.Generator()
    other.set_state(generator.get_state())
    for _ in range(2):
        assert torch.equal(states(again), states(stock))
        assert torch.equal(again.draw(LEARNT, other), stock.draw(LEARNT, generator))


def test_workers_hold_the_heads_of_one_stock_between_them(registered):
    whole, _ = stocked(registered)
    shares = [stocked(registered, Share(index, 2))[0] for index in range(2)]
    size = Stock.lot_size(LEARNT)
    own = states(whole)[0].unflatten(0, (LOTS, 2, size // 2))
    for index, share in enumerate(shares):
        torch.testing.assert_close(states(share)[0].unflatten(0, (LOTS, 2, -1)), own[:, :, index::2])
