"""What the surface on a device is made of: its sampling, components and masks, against what others make of the same."""

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import maximum_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from facewright.core.surface.growing import Growing
from facewright.core.surface.on_device.components import connected
from facewright.core.surface.on_device.lattice import Lattices
from facewright.core.surface.on_device.region import near


@pytest.mark.parametrize("shape", [(33, 49, 65), (17, 33, 33)])
def test_all_cells_with_the_surface_are_known_and_little_else(shape):
    centre = (np.array(shape) - 1) / 2
    tip = centre + np.array([0, 0, 12])

    def distance(indices):
        away = np.linalg.norm(indices - centre, axis=-1) - 7.3
        stick = np.linalg.norm(indices - np.clip(indices, centre, tip), axis=-1) - 0.9  # no coarse lattice meets it
        return np.minimum(away, stick).astype(np.float32)

    def on_device(flat):
        return torch.from_numpy(distance(np.column_stack(np.unravel_index(flat.numpy(), shape))))

    found = Lattices(shape, torch.device("cpu")).refine(on_device).numpy()
    dense = distance(np.indices(shape).reshape(3, -1).T).reshape(shape)
    np.testing.assert_array_equal(found < 0.0, dense < 0.0)
    known = np.isfinite(found)
    np.testing.assert_array_equal(found[known], dense[known])
    assert known.mean() < 0.5
    assert sliding_window_view(known, (2, 2, 2))[crossed(dense)].all()


def crossed(dense):
    negative = sliding_window_view(dense < 0.0, (2, 2, 2)).reshape(*(n - 1 for n in dense.shape), 8)
    return negative.any(axis=-1) & ~negative.all(axis=-1)


@pytest.mark.parametrize("centre", [(16, 20, 24), (16, 24, 40), (16, 12, 52)])
def test_another_head_is_found_whole_from_where_the_last_was(centre):
    shape = (33, 33, 65)

    def ball(at, radius):
        dense = np.linalg.norm(np.moveaxis(np.indices(shape), 0, -1) - at, axis=-1).astype(np.float32) - radius
        return dense, lambda flat: torch.from_numpy(dense).view(-1)[flat]

    lattices = Lattices(shape, torch.device("cpu"))
    lattices.refine(ball((16, 20, 24), np.float32(9.3))[1])
    dense, read = ball(centre, np.float32(8.6))
    found = lattices.refine(read, anew=False).numpy()
    np.testing.assert_array_equal(found < 0.0, dense < 0.0)
    known = np.isfinite(found)
    np.testing.assert_array_equal(found[known], dense[known])
    assert sliding_window_view(known, (2, 2, 2))[crossed(dense)].all()
    assert known.mean() < 0.4
    np.testing.assert_array_equal(lattices.refine(read).numpy() < 0.0, dense < 0.0)


@pytest.mark.parametrize("links", [0, 150, 300, 3000])
def test_components_are_those_of_scipy(links):
    rng = np.random.default_rng(links)
    start, end = rng.integers(0, 400, (2, links))
    labels = connected(400, torch.from_numpy(start), torch.from_numpy(end)).numpy()
    expected = connected_components(coo_array((np.ones(links), (start, end)), shape=(400, 400)), directed=False)[1]
    assert len(np.unique(np.column_stack([labels, expected]), axis=0)) == expected.max() + 1 == len(np.unique(labels))


def test_a_path_is_one_component_however_its_nodes_are_numbered():
    order = torch.from_numpy(np.random.default_rng(0).permutation(5000))
    assert (connected(5000, order[:-1], order[1:]) == 0).all()


@pytest.mark.parametrize("reach", [1, 3, 40])
def test_near_is_a_box_about_every_sample(reach):
    mask = np.random.default_rng(reach).random((20, 17, 23)) < 0.002
    expected = maximum_filter(mask, 2 * reach + 1, mode="constant")
    np.testing.assert_array_equal(near(torch.from_numpy(mask), reach).numpy(), expected)


def test_memory_is_used_again_only_when_nobody_looks_at_it():
    rows = Growing(np.arange(12.0).reshape(4, 3))
    first = rows.ending_with(np.full((2, 3), 1.0))
    seen = first[-1]
    del first
    second = rows.ending_with(np.full((1, 3), 2.0))
    np.testing.assert_array_equal(seen, 1.0)
    np.testing.assert_array_equal(second, [*np.arange(12.0).reshape(4, 3), [2.0] * 3])
    place = seen.__array_interface__["data"][0]
    del seen
    third = rows.ending_with(np.full((2, 3), 3.0))
    assert third[-1].__array_interface__["data"][0] == place
    longer = rows.ending_with(np.full((50, 3), 4.0))
    np.testing.assert_array_equal(longer[:4], second[:4])
    np.testing.assert_array_equal(third[4:], 3.0)
