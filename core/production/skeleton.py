"""The joints of a production mesh, and which of its vertices they carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.rigid import rigid

if TYPE_CHECKING:
    from facewright.core.production.followers import Followers, Frames

_NECK, _HEAD = (0.0, -110.0, -20.0), (0.0, -40.0, -10.0)
"""Where the neck turns, about the seventh vertebra, and the head, about the first, on the neutral head, mm."""

_SKULL_MM, _COLLAR_MM = -60.0, -140.0
"""Above the one, skin is carried by the head alone, below the other by the neck."""


class Joint(NamedTuple):
    """A joint: its name, its parent's (none for the root), and its position (3,) float32, mm, head frame."""

    name: str
    parent: str | None
    position: np.ndarray


def joints_of(followers: Followers, frames: Frames) -> tuple[Joint, ...]:
    """Neck, head, jaw and eyes of a head by its frames."""

    def placed(point: tuple[float, ...] | np.ndarray) -> np.ndarray:
        return frames.upper_jaw(np.array(point)).astype(np.float32)

    eyes = [
        frame(rest.centre).astype(np.float32) for frame, rest in zip(frames.eyes, followers.lids.spheres, strict=True)
    ]
    return (
        Joint("neck", None, placed(_NECK)),
        Joint("head", "neck", placed(_HEAD)),
        Joint("jaw", "head", placed(_hinge(followers))),
        Joint("eye_left", "head", eyes[0]),
        Joint("eye_right", "head", eyes[1]),
    )


def _hinge(followers: Followers) -> np.ndarray:
    """The point (3,) of the middle plane about which the lower teeth of the neutral head turn when the jaw opens."""
    topology, lower = followers.topology, followers.rigid["lower_jaw"]
    shape, moved = topology.shapes["jawOpen"], np.zeros(topology.neutral.shape)
    moved[shape.vertices] = shape.mm
    before = topology.neutral[lower].astype(np.float64)
    turn = rigid(before, before + moved[lower])
    hinge: np.ndarray = np.linalg.lstsq(np.eye(3) - turn.rotation, turn.translation)[0]
    return hinge


def skin_weights(followers: Followers) -> np.ndarray:
    """How much each joint of `joints_of` carries each vertex, (V, 5) float32."""
    topology = followers.topology
    weights = np.zeros((len(topology.neutral), 5), dtype=np.float32)
    share = ((topology.neutral[:, 1] - _COLLAR_MM) / (_SKULL_MM - _COLLAR_MM)).clip(0.0, 1.0)
    skull = share * share * (3.0 - 2.0 * share)
    inside = np.ones(len(skull), dtype=bool)
    inside[topology.vertices_of("skin", "skin_head")] = False
    skull[inside] = 1.0
    jaw = topology.jaw.copy()
    jaw[followers.rigid["lower_jaw"]], jaw[followers.rigid["upper_jaw"]] = 1.0, 0.0
    weights[:, 0], weights[:, 1], weights[:, 2] = 1.0 - skull, skull * (1.0 - jaw), skull * jaw
    for column, name in ((3, "eye_left"), (4, "eye_right")):
        weights[followers.rigid[name]] = np.eye(5, dtype=np.float32)[column]
    return weights
