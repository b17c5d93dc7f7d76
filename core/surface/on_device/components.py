"""Connected components on a device, and the one that encloses the most: no lists, no queues, a few rounds.

FastSV (Zhang, Azad & Hu 2020, "FastSV: a distributed-memory connected component algorithm with fast convergence"):
every node points to one with a smaller number; in each round trees are hooked onto smaller neighbours and halved in
height. Minima do not depend on the order in which they are taken, so that the result is the same every time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

_ROUNDS_AT_A_TIME = 4
"""Rounds between two looks at whether labels have settled, each of which waits for the device."""


def unlinked(count: int, device: torch.device) -> Tensor:
    """Labels (N,) of nodes before any round, each its own.

    They are int64, which spares conversions; on Apple's MPS, which scatters no minima of those, int32.
    """
    return torch.arange(count, dtype=torch.int32 if device.type == "mps" else torch.int64, device=device)


def hooked(labels: Tensor, start: Tensor, end: Tensor, rounds: int) -> Tensor:
    """Labels (N,) after some rounds over links from nodes `start` to nodes `end`, (M,) int64.

    A link whose ends have one label tells that label nothing: it is kept from it, for on a card thousands that write to
    one place wait for each other.
    """
    for _ in range(rounds):
        above = labels[labels.long()]  # the label's own label
        first, second = above[start], above[end]
        least, differ = torch.minimum(first, second), first != second
        new = above.clone()
        for index in (start, end):
            new.scatter_reduce_(0, torch.where(differ, labels[index].long(), index), least, "amin")
            new.scatter_reduce_(0, index, least, "amin")
        labels = new
    return labels


def settled(labels: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Whether more rounds would change nothing, () bool; labels (N,), and links as in `hooked`."""
    return (labels[start] == labels[end]).all() & (labels[labels.long()] == labels).all()


def connected(count: int, start: Tensor, end: Tensor) -> Tensor:
    """Component of each of `count` nodes, (N,) int64: the smallest number of a node in it; links as in `hooked`."""
    labels = unlinked(count, start.device)
    while True:
        labels = hooked(labels, start, end, _ROUNDS_AT_A_TIME)
        if bool(settled(labels, start, end)):
            return labels.long()


def links(faces: Tensor) -> tuple[Tensor, Tensor]:
    """The links, from (2 F,) vertices to (2 F,), that connect those of faces (F, 3)."""
    return faces[:, :2].reshape(-1), faces[:, 1:].reshape(-1)


def volumes(points: Tensor, faces: Tensor) -> Tensor:
    """det/6 (F,) of the corners, points (V, 3), of faces (F, 3): over a closed surface they sum to its volume."""
    a, b, c = points[faces].unbind(1)
    return (a * torch.linalg.cross(b, c)).sum(1) / 6.0
