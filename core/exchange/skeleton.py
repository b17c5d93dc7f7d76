"""Joints, and how much each of them moves each vertex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Joint:
    """A joint that stands upright in the head frame.

    parent : its name, empty for the root; place : (3,), in the unit of the vertices.
    """

    name: str
    parent: str
    place: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Joints, parents before their children, and the vertices' shares in them.

    which : (V, 4) uint8, indices of joints; shares : (V, 4) float32, each row's sum is 1.
    """

    joints: tuple[Joint, ...]
    which: np.ndarray
    shares: np.ndarray

    def parent(self, index: int) -> int:
        """The index of a joint's parent, −1 for the root."""
        names = [joint.name for joint in self.joints]
        return names.index(self.joints[index].parent) if self.joints[index].parent else -1

    def scaled(self, factor: float) -> Skeleton:
        """The same in another unit."""
        joints = tuple(Joint(j.name, j.parent, _scaled(j.place, factor)) for j in self.joints)
        return Skeleton(joints, self.which, self.shares)


def strongest(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The four largest of weights (V, J) for each vertex, as `Skeleton.which` and `Skeleton.shares` hold them."""
    order = np.argsort(-weights, axis=1, kind="stable")[:, :4]
    shares = np.zeros((len(weights), 4), np.float32)
    which = np.zeros((len(weights), 4), np.uint8)
    kept = np.take_along_axis(weights, order, axis=1).clip(min=0.0)
    shares[:, : kept.shape[1]] = kept / kept.sum(axis=1, keepdims=True).clip(min=np.finfo(np.float32).tiny)
    which[:, : kept.shape[1]] = order
    which[shares == 0.0] = 0
    return which, shares


def _scaled(place: tuple[float, float, float], factor: float) -> tuple[float, float, float]:
    x, y, z = place
    return x * factor, y * factor, z * factor
