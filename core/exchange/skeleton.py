"""Joints, and how much each of them moves each vertex, as files hold it: four joints a vertex at most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from facewright.core.production.skeleton import Joint


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Joints that stand upright, parents before their children, in the unit of `scale` a mm; the vertices' shares.

    which : (V, 4) uint8, indices of joints; shares : (V, 4) float32, each row's sum is 1.
    """

    joints: tuple[Joint, ...]
    which: np.ndarray
    shares: np.ndarray
    scale: float = 1.0

    @property
    def places(self) -> np.ndarray:
        """Where the joints are, (J, 3) float64, in the file's unit."""
        return np.array([joint.position for joint in self.joints], dtype=np.float64) * self.scale

    @property
    def parents(self) -> list[int]:
        """The index of each joint's parent, −1 for the root."""
        names = [joint.name for joint in self.joints]
        return [-1 if joint.parent is None else names.index(joint.parent) for joint in self.joints]

    def scaled(self, factor: float) -> Skeleton:
        """The same in another unit."""
        return replace(self, scale=self.scale * factor)


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
