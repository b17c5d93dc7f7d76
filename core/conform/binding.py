"""What each vertex of a studio's mesh hangs on: a point of the production mesh, or one of its rigid pieces.

The production mesh of the head that the mesh is like is bent onto it, as little as brings it there. Then each vertex is
the nearest point there that faces the same way, and an offset from it, kept in the frame of the neutral head. What
hangs together and is mostly an eyeball, or teeth, is one rigid piece.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.production.bending import bent
from facewright.core.production.eyeballs import Sphere, fitted_sphere
from facewright.core.production.followers import EYES
from facewright.core.production.local_frames import local_frames
from facewright.core.production.untangled import untangled
from facewright.core.sheet import Facing, Sheet, sheet_normals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from facewright.core.production.followers import Followers, Frames
    from facewright.core.production.topology import Topology

_REACH_MM = (14.0, 7.0, 5.0, 3.5, 2.5, 1.8, 1.3, 1.0)
"""s of every round of bending: what is smaller than that may differ between the mesh and the model's head."""

_NORMAL_MM = 3.0
"""Half of how far apart opposite normals count as when nearest points are looked for."""

_FARTHEST_MM = 6.0
"""What of the mesh is further off, such as modelled hair, bends nothing."""

_ON_MM = 0.5, 2.0
"""Offsets up to which a vertex of the skin lies on the head's surface, and from which on it keeps its own."""

_LEAST_AREA_MM2 = 1e-6
_MOSTLY = 0.6
"""Share of a piece's vertices that make all of it rigid."""

_SHELL, _LEAST_SHELL = 0.5, 50
"""Vertices of an eyeball are no further off the expected sphere than that, in radii; so many tell where it is."""

_RIM = ("lacrimal_fluid", "eye_blend", "eye_occlusion", "lashes")
_WITHIN = "iris"
"""Materials on which nothing hangs but pieces like them: what the lids carry, and what lies in an eyeball."""

PIECES = ("upper_jaw", "lower_jaw", "eye_left", "eye_right")
"""The rigid pieces, as `Frames` has them."""


@dataclass(frozen=True, eq=False)
class Binding:
    """What N vertices hang on.

    corners : (N, 3) int32, vertices of the production mesh, and shares : (N, 3) float32, of each; offset : (N, 3)
    float32, mm, from there, in the frame of the topology's neutral head; piece : (N,) int8, which of `PIECES` a vertex
    is part of, -1 if none; on_surface : (N,) float32, from 0 to 1, how far it lies on the head's surface. Of a vertex
    of a piece `offset` is its place in the neutral head.
    """

    corners: np.ndarray
    shares: np.ndarray
    offset: np.ndarray
    piece: np.ndarray
    on_surface: np.ndarray


def bind(
    vertices: np.ndarray,
    triangles: np.ndarray,
    head: np.ndarray,
    followers: Followers,
    proceed: Callable[[], None],
) -> Binding:
    """Bind vertices (N, 3), mm, head frame, in triangles (F, 3) to a production mesh (V, 3) of a head like them.

    proceed : called between steps; it may raise.
    """
    import trimesh  # late, as in core.mesh

    topology = followers.topology
    faces = _outward(vertices, triangles, head, topology)
    studio = Sheet(vertices, faces)
    change = _bent(head, studio, followers, proceed) - head
    change[~topology.on_surface] = 0.0
    eyes = _eyes(head, change, followers)
    expected, frames = followers.follow(head, eyes)
    seated = followers.follow(head + change, eyes)[1]  # they look out between the lids of the bent head
    frames = replace(frames, eye_left=seated.eye_left, eye_right=seated.eye_right)
    placed = expected + followers.extended(change)
    for name in EYES:
        of = followers.rigid[name]
        placed[of] = getattr(frames, name)(topology.neutral[of])
    followers.carry_rims(placed, change)
    placed, _ = untangled(placed, topology.neutral, followers.welded)
    proceed()
    normals = sheet_normals(vertices, faces)
    label = trimesh.graph.connected_component_labels(triangles[:, [0, 1, 1, 2]].reshape(-1, 2), len(vertices))
    facing = _hung(placed, topology, vertices, normals, label)
    proceed()
    piece = _pieces(followers, facing.corners[:, 0], label)
    frames = followers.with_eyeballs(frames, _eyeballs(followers, frames, vertices, piece), head + change)
    away = vertices - facing.point
    maps = local_frames(followers).maps(placed, frames)[facing.corners[:, 0]]
    offset = np.linalg.solve(maps, away[:, :, None])[:, :, 0]
    for number, name in enumerate(PIECES):
        mine = piece == number
        offset[mine] = getattr(frames, name).undone(vertices[mine])
    near, far = _ON_MM
    share = ((far - np.linalg.norm(away, axis=1)) / (far - near)).clip(0.0, 1.0)
    seen = topology.on_surface.copy()
    seen[np.concatenate([followers.rigid[name] for name in EYES])] = True  # of a mesh whose skin goes on over the eyes
    share *= seen[facing.corners].all(axis=1) & (piece < 0) & (facing.cosine > 0.0)
    return Binding(
        facing.corners.astype(np.int32),
        facing.shares.astype(np.float32),
        offset.astype(np.float32),
        piece,
        share.astype(np.float32),
    )


def _outward(vertices: np.ndarray, triangles: np.ndarray, head: np.ndarray, topology: Topology) -> np.ndarray:
    """The triangles that have an area, turned so that they face the way that the head's skin does."""
    a, b, c = vertices[triangles].transpose(1, 0, 2)
    areas = np.cross(b - a, c - a)
    whole = np.linalg.norm(areas, axis=1) > 2.0 * _LEAST_AREA_MM2
    faces, areas = triangles[whole], areas[whole]
    skin = np.flatnonzero(topology.on_surface)
    normals = sheet_normals(head.astype(np.float64), topology.triangles)[skin]
    away, near = cKDTree(head[skin]).query(vertices[faces].mean(axis=1))
    agree = (areas * normals[near]).sum(axis=1)[away < _FARTHEST_MM].sum()
    return faces if agree >= 0.0 else faces[:, ::-1]


def _bent(head: np.ndarray, studio: Sheet, followers: Followers, proceed: Callable[[], None]) -> np.ndarray:
    """The production mesh (V, 3) float64 with its skin on the studio's mesh, bent as little as brings it there."""
    welded = followers.welded
    skin = followers.topology.on_surface[welded.vertices]

    def goals(here: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
        proceed()
        facing = studio.nearest(here, sheet_normals(here, welded.faces), max(reach, _NORMAL_MM))
        return welded.masses * (skin & facing.within(_FARTHEST_MM)), facing.point

    placed = head.astype(np.float64)
    placed[welded.vertices] = bent(welded.plate, placed[welded.vertices], _REACH_MM, goals)
    return placed


def _eyes(head: np.ndarray, change: np.ndarray, followers: Followers) -> np.ndarray:
    """Points (2, m, 3) of the eyeballs between the lids of a head (V, 3), moved as a change (V, 3) moves the lids."""
    frames, lids = followers.frames_in(head), followers.lids
    moved = [
        frame(points) + change[margin].mean(axis=0)
        for frame, points, margin in zip(frames.eyes, lids.points, lids.margins, strict=True)
    ]
    return np.stack(moved)


def _eyeballs(followers: Followers, frames: Frames, vertices: np.ndarray, piece: np.ndarray) -> list[Sphere]:
    """The eyeballs of a mesh (N, 3), mm, which say where they are better than lids do; the frames' where it has none.

    piece : (N,), which rigid piece each vertex is of.
    """
    spheres = []
    for number, frame, rest in zip(map(PIECES.index, EYES), frames.eyes, followers.lids.spheres, strict=True):
        expected = Sphere(frame(rest.centre), frame.scale * rest.radius)
        own = vertices[piece == number]
        away = np.linalg.norm(own - expected.centre, axis=1) / expected.radius
        shell = own[np.abs(away - 1.0) < _SHELL]
        sphere = fitted_sphere(shell) if len(shell) >= _LEAST_SHELL else expected
        near = np.linalg.norm(sphere.centre - expected.centre) < _SHELL * expected.radius
        alike = abs(sphere.radius / expected.radius - 1.0) < _SHELL
        spheres.append(sphere if near and alike else expected)
    return spheres


def _hung(
    placed: np.ndarray, topology: Topology, vertices: np.ndarray, normals: np.ndarray, label: np.ndarray
) -> Facing:
    """The points of a production mesh (V, 3) that vertices (N, 3) hang on; label : (N,), what hangs together."""
    materials = topology.materials
    plain = _triangles(topology, [name for name in materials if name not in (*_RIM, _WITHIN)])
    facing = Sheet(placed, plain).nearest(vertices, normals, _NORMAL_MM)
    anywhere = Sheet(placed, _triangles(topology, materials)).nearest(vertices, normals, _NORMAL_MM)
    rim = np.isin(anywhere.corners[:, 0], topology.vertices_of(*_RIM))
    of_rim = (np.bincount(label, rim) > _MOSTLY * np.bincount(label))[label]
    return Facing(
        *(np.where(of_rim.reshape(-1, *[1] * (a.ndim - 1)), a, b) for a, b in zip(anywhere, facing, strict=True))
    )


def _triangles(topology: Topology, materials: Sequence[str]) -> np.ndarray:
    """The triangles (F, 3) of these materials."""
    a, b, c, d = topology.polygons[topology.polygons_of(*materials)].astype(np.int64).T
    return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)[d >= 0]])


def _pieces(followers: Followers, hung: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Which rigid piece each vertex is part of, (N,) int8; hung : the production vertex by which each is.

    What hangs together is rigid as a whole, if most of it is, or not at all.
    """
    of = np.full(len(followers.topology.neutral), -1, dtype=np.int8)
    for number, name in enumerate(PIECES):
        of[followers.rigid[name]] = number
    votes = np.stack([np.bincount(label, of[hung] == number) for number in range(-1, len(PIECES))], axis=1)
    clear = votes.max(axis=1) >= _MOSTLY * votes.sum(axis=1)
    whole: np.ndarray = np.where(clear, votes.argmax(axis=1) - 1, -1).astype(np.int8)
    return whole[label]
