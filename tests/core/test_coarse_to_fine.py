"""How coefficients are searched, on a bowl whose bottom is known."""

import pytest
import torch

from facewright.core.coarse_to_fine import CoarseToFine
from facewright.core.fit import FitSettings

SETTINGS = FitSettings(steps=200, coarse=0.5, leading=2, learning_rate=0.2, fine=0.5)
BOTTOM = torch.tensor([1.0, -0.5, 0.7, -1.2])


def searched(settings):
    """Where a search is after each of its steps, from 0."""
    at = torch.zeros(4, requires_grad=True)
    search, places = CoarseToFine([at], settings), []
    for step in range(settings.steps):
        leading = search.begin(step)
        search.take((at[:leading] - BOTTOM[:leading]).square().sum())
        places.append(at.detach().clone())
    return torch.stack(places)


def test_the_leading_axes_move_first_then_all_arrive():
    places = searched(SETTINGS)
    assert (places[99, 2:] == 0.0).all()
    torch.testing.assert_close(places[99, :2], BOTTOM[:2], atol=0.1, rtol=0.0)
    torch.testing.assert_close(places[-1], BOTTOM, atol=0.01, rtol=0.0)


def test_no_step_is_longer_than_its_rate_however_late_an_axis_begins():
    lengths = searched(SETTINGS).diff(dim=0).abs()
    assert lengths[:99].max() <= 0.2 * 1.01
    assert lengths[99:, 2:].max() <= 0.1 * 1.01


def test_without_a_coarse_part_all_move_at_once():
    search = CoarseToFine([torch.zeros(4, requires_grad=True)], FitSettings(steps=4, coarse=0.0))
    assert [search.begin(step) for step in range(4)] == [None] * 4


@pytest.mark.parametrize(("step", "leading"), [(0, 2), (99, 2), (100, None), (199, None)])
def test_it_tells_along_how_many_axes_a_step_goes(step, leading):
    assert CoarseToFine([torch.zeros(4, requires_grad=True)], SETTINGS).begin(step) == leading
