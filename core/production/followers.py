"""What a head's skin carries along: teeth and gums with the jaws, eyeballs, lashes, and the skin out of sight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from facewright.core.production.eyeballs import Sphere, fitted_sphere
from facewright.core.production.lids import Lids
from facewright.core.production.neck import Neck
from facewright.core.production.people import People
from facewright.core.production.resting_gaze import RestingGaze
from facewright.core.production.similarity import Similarity, similarity
from facewright.core.production.topology import SKIN
from facewright.core.production.welded import Welded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.production.topology import Topology

_RIM = ("lacrimal_fluid", "eye_occlusion", "lashes")
"""Materials that the lids carry."""

EYES = ("eye_left", "eye_right")

_NEAREST, _LEAST_MM = 12, 0.5
"""Of the lids' skin, by which the lids carry what is beside them."""
_LIDS_MM, _LIPS_MM = 4.0, 12.0
"""What is near the lids and the lips is so near to their margins."""
_BESIDE_MM = 4.0
"""The lids' skin is so near to their margins."""


@dataclass(frozen=True, eq=False)
class Frames:
    """How what is rigid lies in a head, from the topology's neutral one."""

    upper_jaw: Similarity
    lower_jaw: Similarity
    eye_left: Similarity
    eye_right: Similarity

    @property
    def eyes(self) -> tuple[Similarity, Similarity]:
        """The left and the right one."""
        return self.eye_left, self.eye_right


class Followers:
    """What follows the skin, on one topology; everything is known from its neutral head.

    rigid : vertices (n,) of the pieces that `Frames` place, by their names; near_lids, near_lips : (V,) bool;
    from_lips : (V,) mm, how far each is from the lips' margins; lids, welded.
    """

    def __init__(self, topology: Topology) -> None:
        """Takes half a second: one factorisation."""
        self.topology = topology
        neutral = topology.neutral.astype(np.float64)
        self.lids = Lids(topology)
        mouth = topology.vertices_of("teeth", "gums_and_tongue")
        eyes = topology.vertices_of("sclera", "cornea", "iris")
        blend = topology.vertices_of("eye_blend")
        self._still = {"eye_left": blend[neutral[blend, 0] > 0.0], "eye_right": blend[neutral[blend, 0] < 0.0]}
        self.rigid = {
            "upper_jaw": mouth[topology.jaw[mouth] < 0.5],
            "lower_jaw": mouth[topology.jaw[mouth] >= 0.5],
            "eye_left": eyes[neutral[eyes, 0] > 0.0],
            "eye_right": eyes[neutral[eyes, 0] < 0.0],
        }
        irises = [np.intersect1d(self.rigid[name], topology.vertices_of("iris")) for name in EYES]
        self._gaze = RestingGaze(neutral, irises, self.lids)
        self._people = People(topology)
        self._of = {name: np.flatnonzero(np.isin(topology.handles, piece)) for name, piece in self.rigid.items()}
        sockets = topology.vertices_of("eye_sockets")
        self._sockets = [sockets[neutral[sockets, 0] * side > 0.0] for side in (1.0, -1.0)]
        self._off_eyes = [
            np.linalg.norm(neutral[socket] - rest.centre, axis=1)
            for socket, rest in zip(self._sockets, self.lids.spheres, strict=True)
        ]
        self._rim = topology.vertices_of(*_RIM)
        margins = np.concatenate(self.lids.margins)
        skin = np.flatnonzero(topology.on_surface)
        self._beside = skin[cKDTree(neutral[margins]).query(neutral[skin])[0] < _BESIDE_MM]
        away = cKDTree(neutral[margins]).query(neutral)[0]
        self.near_lids = away < _LIDS_MM
        lips = np.intersect1d(topology.vertices_of(*SKIN), topology.vertices_of("mouth_socket"))
        self.from_lips = cKDTree(neutral[lips]).query(neutral)[0]
        self.near_lips = self.from_lips < _LIPS_MM
        self._rim_weights = nearest_means(neutral[self._rim], neutral[self._beside], _NEAREST, _LEAST_MM)
        self.welded = Welded.of(topology)
        self.neck = Neck(topology, self.welded)
        self._held = ~self.neck.shoulders[topology.handles]
        known = topology.on_surface | self.neck.shoulders | _mask(topology.handles, len(neutral))
        self._extension = self.welded.extension(known)

    def follow(
        self, vertices: np.ndarray, eyes: np.ndarray | None = None, *, neck_ends: bool = False
    ) -> tuple[np.ndarray, Frames]:
        """All vertices (V, 3) float64, mm, of a head of which the skin's are known, and its frames.

        eyes : points (2, n, 3), mm, of the surface between the left and the right lids, on which the eyeballs are then
        seated; neck_ends : whether the neck's end is unknown, as the shoulders are.
        """
        neutral, placed = self.topology.neutral.astype(np.float64), self.neck.joined(vertices, end=neck_ends)
        handles = self._people.handles(placed)
        frames = self._frames(handles)
        if eyes is not None:
            frames = self._seated(frames, eyes, placed)
        with_lids = self._with_lids(placed)
        moved = placed[self._beside] - with_lids[self._beside]
        placed[self._rim] = with_lids[self._rim] + self._rim_weights @ moved
        placed[self.topology.handles[self._held]] = handles[self._held]
        for name, piece in (*self.rigid.items(), *self._still.items()):
            placed[piece] = getattr(frames, name)(neutral[piece])
        placed = neutral + self._extension(placed - neutral)
        self._clear_eyes(placed, frames)
        return placed, frames

    def given_skin(self, *, neck_ends: bool) -> np.ndarray:
        """Which vertices (V,) bool a head's surface gives."""
        return self.topology.on_surface & ~(self.neck.end & neck_ends)

    def frames_in(self, vertices: np.ndarray) -> Frames:
        """The frames of a head (V, 3) that was followed, by where its rigid pieces are."""
        neutral = self.topology.neutral
        return Frames(**{name: similarity(neutral[of], vertices[of]) for name, of in self.rigid.items()})

    def extended(self, change: np.ndarray) -> np.ndarray:
        """A change (V, 3) of the skin with what it makes of what is welded to it; what lies deep stays."""
        return self._extension(change)

    def _clear_eyes(self, placed: np.ndarray, frames: Frames) -> None:
        """Keep the eye sockets of a head (V, 3) as far off the eyeballs as the neutral head's are."""
        for frame, rest, socket, far in zip(frames.eyes, self.lids.spheres, self._sockets, self._off_eyes, strict=True):
            centre = frame(rest.centre)
            out = placed[socket] - centre
            away = np.linalg.norm(out, axis=1)
            placed[socket] = centre + out * (np.maximum(away, frame.scale * far) / away)[:, None]

    def _with_lids(self, placed: np.ndarray) -> np.ndarray:
        """The neutral head (V, 3) by the similarities of the lids' margins: the left half by the left eye's."""
        neutral = self.topology.neutral.astype(np.float64)
        left, right = (similarity(neutral[margin], placed[margin])(neutral) for margin in self.lids.margins)
        moved: np.ndarray = np.where(neutral[:, :1] > 0.0, left, right)
        return moved

    def carry_rims(self, moved: np.ndarray, change: np.ndarray) -> None:
        """Have lashes and what else the lids carry go along with a change (V, 3) of theirs, in `moved` (V, 3)."""
        moved[self._rim] += self._rim_weights @ change[self._beside]

    def _frames(self, handles: np.ndarray) -> Frames:
        """The frames by where the handles (h, 3) are."""
        neutral = self.topology.neutral[self.topology.handles]
        return Frames(**{name: similarity(neutral[of], handles[of]) for name, of in self._of.items()})

    def _seated(self, frames: Frames, eyes: np.ndarray, placed: np.ndarray) -> Frames:
        """The frames with the eyeballs on points (2, n, 3), looking out between the lids of a head (V, 3)."""
        spheres = []
        for expected, points, rest in zip(frames.eyes, eyes, self.lids.spheres, strict=True):
            spheres.append(fitted_sphere(points, Sphere(expected(rest.centre), expected.scale * rest.radius)))
        return self.with_eyeballs(frames, spheres, placed)

    def with_eyeballs(self, frames: Frames, spheres: Sequence[Sphere], placed: np.ndarray) -> Frames:
        """The frames with these eyeballs, the left one first, looking out between the lids of a head (V, 3), mm."""
        turns = self._gaze.rotations(placed, [sphere.centre for sphere in spheres])
        seated = {}
        for name, sphere, rest, turn in zip(EYES, spheres, self.lids.spheres, turns, strict=True):
            scale = sphere.radius / rest.radius
            seated[name] = Similarity(turn, scale, sphere.centre - scale * turn @ rest.centre)
        return replace(frames, **seated)


def _mask(chosen: np.ndarray, count: int) -> np.ndarray:
    """Which of `count` things are chosen (n,), as (count,) bool."""
    mask = np.zeros(count, dtype=bool)
    mask[chosen] = True
    return mask


def nearest_means(points: np.ndarray, anchors: np.ndarray, count: int, least_mm: float) -> sparse.csr_array:
    """Each point (N, 3) as a mean of the `count` nearest anchors (M, 3): (N, M).

    Weights are 1 / distance², with distances, mm, of `least_mm` at least.
    """
    away, near = cKDTree(anchors).query(points, k=count)
    weights = 1.0 / np.maximum(away, least_mm) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(points)), count)
    return sparse.csr_array((weights.ravel(), (rows, near.ravel())), shape=(len(points), len(anchors)))


@lru_cache(maxsize=1)
def bundled_followers(topology: Topology) -> Followers:
    """Those of the topology that ships."""
    return Followers(topology)
