"""A buffer of heads: the oldest group is renewed with every draw, and a buffer is restored to the bit."""

import pytest
import torch

from facewright.train.sampling.draws import WHOLE, Share
from facewright.train.sampling.head_buffer import GROUPS, HeadBuffer
from facewright.train.sampling.registered import STATES

LEARNT = 16


def filled(registered, share=WHOLE):
    generator = torch.Generator().manual_seed(3)
    return HeadBuffer.drawn(registered, LEARNT, generator, share), generator


def states(buffer):
    """All heads at every stage, (states, heads, V, 3)."""
    return buffer.batch.vertices[:-1].unflatten(0, (STATES, -1)).clone()


@pytest.mark.parametrize(("learnt", "size"), [(1, 4), (16, 4), (64, 8), (100, 12), (256, 32)])
def test_lots_are_a_few_heads_of_which_half_have_expressions(learnt, size):
    assert HeadBuffer.group_size(learnt) == size


def test_a_draw_replaces_the_oldest_lot_alone(registered):
    buffer, generator = filled(registered)
    size = HeadBuffer.group_size(LEARNT)
    for group in range(3):
        before = states(buffer)
        heads = buffer.draw(LEARNT, generator)
        changed = (states(buffer) != before).any(dim=-1).any(dim=-1).any(dim=0)
        assert changed[group * size : (group + 1) * size].any()
        assert not changed[: group * size].any()
        assert not changed[(group + 1) * size :].any()
        assert len(heads) == LEARNT
        expressive = (heads % size) < size // 2
        assert expressive[: LEARNT // 2].all()
        assert not expressive[LEARNT // 2 :].any()
        assert heads.min() >= 0
        assert heads.max() < GROUPS * size


def test_heads_are_what_their_recipe_says(registered):
    buffer, generator = filled(registered)
    buffer.draw(LEARNT, generator)
    size = HeadBuffer.group_size(LEARNT)
    for group in (0, 1, GROUPS - 1):
        rows = torch.arange(group * size, (group + 1) * size)
        made = registered.made(buffer.batch.recipe.select(rows))
        expected = made.vertices[:-1].unflatten(0, (STATES, -1))
        torch.testing.assert_close(states(buffer)[:, rows], expected, atol=1e-4, rtol=0)


def test_a_restored_stock_goes_on_as_the_one_that_was_saved(registered):
    buffer, generator = filled(registered)
    for _ in range(5):
        buffer.draw(LEARNT, generator)
    saved = {name: tensor.clone() for name, tensor in buffer.tensors().items()}
    again, other = HeadBuffer.restored(registered, saved, WHOLE), torch.Generator()
    other.set_state(generator.get_state())
    for _ in range(2):
        assert torch.equal(states(again), states(buffer))
        assert torch.equal(again.draw(LEARNT, other), buffer.draw(LEARNT, generator))


def test_workers_hold_the_heads_of_one_stock_between_them(registered):
    whole, _ = filled(registered)
    shares = [filled(registered, Share(index, 2))[0] for index in range(2)]
    size = HeadBuffer.group_size(LEARNT)
    own = states(whole)[0].unflatten(0, (GROUPS, 2, size // 2))
    for index, share in enumerate(shares):
        torch.testing.assert_close(states(share)[0].unflatten(0, (GROUPS, 2, -1)), own[:, :, index::2])
