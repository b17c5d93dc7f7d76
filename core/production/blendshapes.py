"""The standard blendshapes over any head: the topology's own displacements, carried over and seated.

They are displacements of the neutral head, so that they add up. Carried by local frames they are within 0.3 mm of
ICT-FaceKit's own on its unseen subjects; then closed lids are brought together on the eyeball of the head at hand, and
eyes are turned by gaze.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from facewright.core.errors import FacewrightError
from facewright.core.production.closing_lids import ClosingLids
from facewright.core.production.engine_names import ENGINE_UNITS
from facewright.core.production.followers import EYES
from facewright.core.production.local_frames import local_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from facewright.core.production.followers import Followers, Frames

_GAZE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"Up": (-25.0, 0.0), "Down": (25.0, 0.0), "In": (0.0, -30.0), "Out": (0.0, 30.0)}
)
"""Degrees about x and y by which the left eye turns; the right one is its mirror image."""

GAZE_DEGREES: Mapping[str, float] = MappingProxyType({way: max(map(abs, turn)) for way, turn in _GAZE.items()})
"""How far eyes turn at full strength, up, down, in and out."""

_SIDES = ("Left", "Right")

_HALF = 0.5
"""Blinks of up to this strength are not brought to close."""


@lru_cache(maxsize=1)
def _closing_lids(followers: Followers) -> ClosingLids:
    return ClosingLids(followers)


def blendshapes(
    followers: Followers,
    vertices: np.ndarray,
    frames: Frames,
    names: Sequence[str],
    proceed: Callable[[float], None] = lambda _: None,
) -> dict[str, np.ndarray]:
    """Displacements (V, 3) float32, mm, at full strength, of the named blendshapes over a neutral head (V, 3).

    proceed : is told the share that is done; it may raise. Raises FacewrightError if a name is not one of the 52.
    """
    if unknown := [name for name in names if name not in ENGINE_UNITS]:
        raise FacewrightError(f"{unknown[0]} is none of the standard blendshapes: they are {', '.join(ENGINE_UNITS)}.")
    if not names:
        return {}
    lids, maps = _closing_lids(followers), local_frames(followers).maps(vertices, frames)
    displacements = {}
    for number, name in enumerate(names):
        proceed(number / len(names))
        moved = np.zeros(vertices.shape)
        shape = followers.topology.shapes.get(name)
        if shape is not None:
            moved[shape.vertices] = np.einsum("nij,nj->ni", maps[shape.vertices], shape.mm)
        for eye, side in enumerate(_SIDES):
            if name.endswith(side):
                _turn(followers, vertices, frames, eye, name.removesuffix(side), moved)
            if name == f"eyeBlink{side}":
                lids.close(eye, vertices, frames, moved)
        displacements[name] = moved.astype(np.float32)
    return displacements


def with_lids_closed(
    followers: Followers, vertices: np.ndarray, frames: Frames, moved: np.ndarray, blinks: Sequence[float]
) -> np.ndarray:
    """A sum of displacements (V, 3), mm, over a neutral head (V, 3), whose lids meet where they are to be closed.

    Others of the sum move lids as well. blinks : the strength of the left blink in it, and of the right one.
    """
    lids = _closing_lids(followers)
    for eye, blink in enumerate(blinks):
        share = float(np.clip((blink - _HALF) / (1.0 - _HALF), 0.0, 1.0))
        if share:
            closed = moved.copy()
            lids.close(eye, vertices, frames, closed)
            moved = moved + share * (closed - moved)
    return moved


def _turn(followers: Followers, vertices: np.ndarray, frames: Frames, eye: int, stem: str, moved: np.ndarray) -> None:
    """Turn an eyeball about its centre, if the blendshape is one of gaze, in `moved` (V, 3)."""
    if (angles := _GAZE.get(stem.removeprefix("eyeLook"))) is None or not stem.startswith("eyeLook"):
        return
    x, y = angles
    turn = Rotation.from_euler("xy", [x, y if eye == 0 else -y], degrees=True).as_matrix()
    piece = followers.rigid[EYES[eye]]
    centre = frames.eyes[eye](followers.lids.spheres[eye].centre)
    out = vertices[piece] - centre
    moved[piece] = out @ turn.T - out
