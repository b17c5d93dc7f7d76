import numpy as np
import pytest
import torch

from facewright.core.parts import LOCAL_PARTS
from facewright.train.data.heads import open_source
from facewright.train.sampling.swap import PartSwap, affine_map, apply_affine, biharmonic_extension


@pytest.fixture(scope="module")
def heads(ict_folder):
    return open_source(f"ict:{ict_folder}", "train", 4)


@pytest.fixture(scope="module")
def neutral(heads):
    return torch.from_numpy(heads.neutral.copy())


def make_swap(heads, collar=True):
    names = [component.name for component in heads.anatomy.components]
    return PartSwap(heads.neutral.mean(axis=0), heads.surface, names, collar)


@pytest.fixture(scope="module")
def swap(heads):
    return make_swap(heads)


def test_an_affine_map_is_put_back_without_the_prior():
    generator = torch.Generator().manual_seed(0)
    points = torch.randn(2, 30, 3, dtype=torch.float64, generator=generator)
    maps = torch.randn(2, 3, 4, dtype=torch.float64, generator=generator)
    torch.testing.assert_close(affine_map(points, apply_affine(maps, points), ridge=0.0), maps)


def test_the_prior_holds_a_flat_rim_at_the_identity_across_its_plane():
    points = torch.randn(1, 30, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    points[..., 2] = 0.0
    found = affine_map(points, points + 1.0, ridge=0.1)
    torch.testing.assert_close(found, torch.cat([torch.eye(3), torch.ones(3, 1)], dim=1)[None].double())


def test_without_a_prior_a_flat_rim_is_at_the_identity_across_its_plane_all_the_same():
    points = torch.randn(1, 30, 3, generator=torch.Generator().manual_seed(0))
    points[..., 2] = 0.0
    grown = points * torch.tensor([2.0, 0.5, 1.0])
    found = affine_map(points, grown, ridge=0.0)[0, :, :3]
    torch.testing.assert_close(found, torch.diag(torch.tensor([2.0, 0.5, 1.0])), atol=1e-5, rtol=0)


@pytest.mark.parametrize("part", LOCAL_PARTS)
def test_the_plain_swap_is_least_squares(heads, neutral, part):
    """Each component lies where numpy's own least squares, on homogeneous coordinates, puts it."""
    owner, receiver = neutral[0].double().numpy(), neutral[1].double().numpy()
    moved = neutral[1:2] + make_swap(heads, collar=False).displacement(part, neutral[:1], neutral[1:2])
    for index, component in enumerate(heads.anatomy.components):
        if component.part == part:
            rim, inside = heads.surface.rims[index], np.flatnonzero(heads.surface.component == index)
            found, *_ = np.linalg.lstsq(np.pad(owner[rim], ((0, 0), (0, 1)), constant_values=1.0), receiver[rim])
            goal = np.pad(owner[inside], ((0, 0), (0, 1)), constant_values=1.0) @ found
            np.testing.assert_allclose(moved[0].numpy()[inside], goal, atol=2e-3)


def test_biharmonic_extension_joins_known_values_without_a_kink():
    """On a strip with the left half 1 and the right half 0, the middle is the cubic 1 − t²(3 − 2t)."""
    columns, rows = 41, 7
    x, y = np.meshgrid(np.arange(columns, dtype=float), np.arange(rows, dtype=float), indexing="ij")
    vertices = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    index = np.arange(x.size).reshape(columns, rows)
    a, b, c, d = index[:-1, :-1].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel(), index[:-1, 1:].ravel()
    faces = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])]).astype(np.int64)
    known, free = np.flatnonzero(vertices[:, 0] <= 10), np.flatnonzero((vertices[:, 0] > 10) & (vertices[:, 0] < 30))
    spread = biharmonic_extension(vertices, faces, known, free) @ np.ones(len(known))
    t = (vertices[free, 0] - 10) / 20
    np.testing.assert_allclose(spread, 1 - t**2 * (3 - 2 * t), atol=0.03)


def test_a_head_swapped_with_itself_is_itself(swap, neutral):
    torch.testing.assert_close(swap.states(neutral, neutral)[0], neutral, atol=1e-4, rtol=0)


def test_the_stages_undo_one_part_each_and_end_at_the_template(heads, swap, neutral):
    states = swap.states(neutral[:2], neutral[2:])
    for part, before, after in zip(LOCAL_PARTS, states, states[1:], strict=False):
        moved = (before - after).norm(dim=-1).amax(dim=0) > 1e-4
        reach = torch.zeros_like(moved)
        for index, component in enumerate(heads.anatomy.components):
            if component.part == part:
                reach[torch.from_numpy(np.flatnonzero(heads.surface.component == index))] = True
                reach[torch.from_numpy(heads.surface.collars[index])] = True
        assert moved.any()
        assert not moved[~reach].any()
    torch.testing.assert_close(states[-1][0], swap.template[0])


def test_after_all_parts_are_undone_only_the_receiver_is_left(swap, neutral):
    one, other = swap.states(neutral[:1], neutral[2:3]), swap.states(neutral[1:2], neutral[2:3])
    assert (one[0] - other[0]).abs().max() > 0.5
    torch.testing.assert_close(one[3], other[3], atol=1e-3, rtol=0)


def test_the_collar_takes_the_step_out_of_the_rim(heads, swap, neutral):
    """Across the rim's edges the displacement of a graft jumps far less than in the paper's plain swap."""
    plain = make_swap(heads, collar=False)
    faces = heads.surface.faces
    part = heads.surface.component == [c.name for c in heads.anatomy.components].index("nose")
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    across = torch.from_numpy(edges[part[edges[:, 0]] & ~part[edges[:, 1]]].astype(np.int64))

    def jump(method):
        moved = method.displacement("nose", neutral[:1], neutral[1:2])[0]
        return (moved[across[:, 0]] - moved[across[:, 1]]).norm(dim=-1).mean().item()

    assert jump(swap) < 0.6 * jump(plain)
