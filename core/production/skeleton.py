"""The joints of a production mesh, and which of its vertices they carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from facewright.core.production.followers import Followers, Frames
    from facewright.core.production.topology import Topology

_NECK, _HEAD, _HINGE = (0.0, -110.0, -20.0), (0.0, -40.0, -10.0), (0.0, -5.0, 15.0)
"""Where neck and head turn, and about which line the jaw does, on the topology's neutral head, mm."""

_SKULL_MM, _COLLAR_MM = -60.0, -140.0
"""Above the one, skin is carried by the head alone, below the other by the neck."""


class Joint(NamedTuple):
    """A joint: its name, its parent's (none for the root), and its position (3,) float32, mm, head frame."""

    name: str
    parent: str | None
    position: np.ndarray


def joints_of(topology: Topology, followers: Followers, frames: Frames, vertices: np.ndarray) -> tuple[Joint, ...]:
    """Neck, head, jaw and eyes of a head (V, 3)."""
    eyes = {name: vertices[getattr(followers, name)].mean(axis=0) for name in ("eye_left", "eye_right")}
    neck, head, hinge = (frames.upper_jaw(np.array(point)).astype(np.float32) for point in (_NECK, _HEAD, _HINGE))
    return (
        Joint("neck", None, neck),
        Joint("head", "neck", head),
        Joint("jaw", "head", hinge),
        Joint("eye_left", "head", eyes["eye_left"]),
        Joint("eye_right", "head", eyes["eye_right"]),
    )


def skin_weights(topology: Topology, followers: Followers) -> np.ndarray:
    """How much each joint of `joints_of` carries each vertex, (V, 5) float32."""
    weights = np.zeros((len(topology.neutral), 5), dtype=np.float32)
    share = ((topology.neutral[:, 1] - _COLLAR_MM) / (_SKULL_MM - _COLLAR_MM)).clip(0.0, 1.0)
    skull = share * share * (3.0 - 2.0 * share)
    inside = np.ones(len(skull), dtype=bool)
    inside[topology.vertices_of("skin", "skin_head")] = False
    skull[inside] = 1.0
    jaw = topology.jaw.copy()
    jaw[followers.lower_mouth], jaw[followers.upper_mouth] = 1.0, 0.0
    weights[:, 0] = 1.0 - skull
    weights[:, 2] = skull * jaw
    weights[:, 1] = skull * (1.0 - jaw)
    for column, name in ((3, "eye_left"), (4, "eye_right")):
        weights[getattr(followers, name)] = np.eye(5, dtype=np.float32)[column]
    return weights
