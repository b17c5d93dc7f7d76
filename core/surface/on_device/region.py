"""What a drag of one part can change, and what stays: found once, when the drag begins.

The samples in the part's window within a band of the surface are evaluated again in every step; the cells with such a
corner are marched again; the faces of all other cells, the *rest*, are the same to the bit for the whole drag.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from facewright.core.surface.on_device.mesh import DeviceMesh, Vertices

if TYPE_CHECKING:
    from torch import Tensor

    from facewright.core.surface.on_device.cubes import Cubes


@dataclass(frozen=True, eq=False)
class RegionSamples:
    """Samples in a part's window.

    flat : (S,) int64, ascending; states : (S, 3) float32, what the part's stage reads; weight : (S, 1) float32 of its
    window there, above 0.
    """

    flat: Tensor
    states: Tensor
    weight: Tensor


@dataclass(frozen=True, eq=False)
class RegionRest:
    """The faces that stay.

    vertices : those of all of them; order : (R,) the vertices of the components that meet the region, those that the
    region shares last, as indices into `vertices`; faces : (F, 3) int32 into that order; volume : (components,) what
    each of these adds to the volume; speck : the volume of the largest other.
    """

    vertices: Vertices
    order: Tensor
    faces: Tensor
    volume: Tensor
    speck: Tensor


@dataclass(frozen=True, eq=False)
class Region:
    """The cells that are marched again, by indices into what they share.

    known : (A,) int64, the samples at their corners, ascending; values : (A,) float32; place : (S,) which of them are
    evaluated; corners : (K, 8) of each cell; unknown : (K,) bool, whether a corner is; edges : (K, 12) of each cell,
    into keys : (E,) int64; ends : (E, 2) samples; seam : (E,) the rest's vertex on the edge, in its order, or −1;
    component : (E,) the rest's component there, or −1. faces : how many there are in these cells now.
    """

    samples: RegionSamples
    known: Tensor
    values: Tensor
    place: Tensor
    corners: Tensor
    unknown: Tensor
    edges: Tensor
    keys: Tensor
    ends: Tensor
    seam: Tensor
    component: Tensor
    rest: RegionRest
    faces: int


def near(mask: Tensor, reach: int) -> Tensor:
    """Samples (X, Y, Z) within so many samples of those of a mask along each axis."""
    for axis in range(3):
        count = mask.shape[axis]
        sums = mask.to(torch.int32).cumsum(axis, dtype=torch.int32)
        ahead = torch.arange(count, device=mask.device)
        upper = sums.index_select(axis, (ahead + reach).clamp(max=count - 1))
        lower = sums.index_select(axis, (ahead - reach - 1).clamp(min=0))
        first = [1, 1, 1]
        first[axis] = count
        mask = upper - lower.masked_fill((ahead <= reach).view(first), 0) > 0
    return mask


def region(samples: RegionSamples, values: Tensor, mesh: DeviceMesh, cubes: Cubes) -> Region:
    """Find what changes with samples; values : the whole grid's (X, Y, Z), and the mesh that they give."""
    values = values.view(-1)
    is_cell = torch.zeros_like(values, dtype=torch.bool)
    cells = _cells_at(samples.flat, cubes)
    is_cell[cells] = True
    known, corners = torch.unique(cells[:, None] + cubes.corner_steps, return_inverse=True)
    keys, edges = torch.unique(3 * cells[:, None] + cubes.edge_steps, return_inverse=True)
    place = torch.searchsorted(known, samples.flat)
    held = values[known]
    infinite = held.isinf()
    infinite[place] = False
    ends = torch.stack([torch.searchsorted(known, end) for end in cubes.ends(keys)], dim=1)
    rest, on_rest, component = _rest(mesh, is_cell, keys)
    unknown = infinite[corners].any(dim=1)
    faces = int(is_cell[mesh.cells].sum())
    return Region(samples, known, held, place, corners, unknown, edges, keys, ends, on_rest, component, rest, faces)


def _cells_at(flat: Tensor, cubes: Cubes) -> Tensor:
    """The cells, ascending, with one of some samples at a corner."""
    x, y, _ = cubes.strides
    shape = torch.tensor(cubes.shape, device=flat.device)
    index = torch.stack([flat // x, flat // y % cubes.shape[1], flat % cubes.shape[2]], dim=1)
    corner = torch.cartesian_prod(*[torch.arange(2, device=flat.device)] * 3)
    first = index[:, None] - corner  # (S, 8, 3)
    within = ((first >= 0) & (first < shape - 1)).all(dim=2)
    return torch.unique((flat[:, None] - cubes.corner_steps)[within])


def _rest(mesh: DeviceMesh, is_cell: Tensor, keys: Tensor) -> tuple[RegionRest, Tensor, Tensor]:
    """The faces outside the cells of a region whose edges are `keys`, and where on these edges it has vertices."""
    faces = mesh.faces[~is_cell[mesh.cells]]
    used = torch.zeros_like(mesh.vertices.keys, dtype=torch.bool)
    used[faces.reshape(-1)] = True
    number = used.cumsum(0) - 1
    outside = DeviceMesh(mesh.vertices[used], number[faces], mesh.cells[:0])
    labels, volume = outside.components()
    place, present = outside.vertices.find(keys)
    shared = torch.zeros_like(labels, dtype=torch.bool)
    shared[place[present]] = True
    meets = torch.zeros_like(shared)  # by label
    meets[labels[shared]] = True
    kept = meets[labels]
    order = torch.cat([(kept & ~shared).nonzero()[:, 0], shared.nonzero()[:, 0]])
    ranked = torch.full_like(labels, -1)
    ranked[order] = torch.arange(len(order), device=labels.device)
    component = meets.cumsum(0)[labels] - 1
    none = torch.full_like(place, -1)
    rest = RegionRest(
        vertices=outside.vertices,
        order=order,
        faces=ranked[outside.faces[kept[outside.faces[:, 0]]]].int(),
        volume=volume[meets],
        speck=torch.cat([volume[~meets], volume.new_zeros(1)]).max(),
    )
    if not len(labels):
        return rest, none, none
    return rest, torch.where(present, ranked[place], none), torch.where(present, component[place], none)
