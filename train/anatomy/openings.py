"""The openings of a head's skin, eyes, mouth, neck and any hole, and the pockets behind them that nobody sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from facewright.core.anatomy import REMAINDER, Opening
from facewright.core.errors import FacewrightError
from facewright.train.anatomy.caps import boundary_loops, fit_sphere, margins
from facewright.train.anatomy.shell import blocked
from facewright.train.anatomy.skin import Skin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NECK_POINT = (0.0, -122.0, 43.0)
NECK_NORMAL = (0.0, -0.970, -0.242)
"""Where a neck is cut, mm, head frame: below the chin in front, up at the nape."""

CHIN_MM = -75.7
"""y of the gnathion above that cut: a longer chin moves it down."""

_BEYOND_MM = 1.0
"""How far beyond a mesh that ends above the cut the plane is put, so that it cuts nothing."""

_FEWEST = 6
"""Vertices of the smallest loop that a membrane can close."""

_POCKET = 8
"""Hidden vertices that make a pocket; fewer are a crease."""

EYEBALL_SAMPLES = 40
"""About how many vertices of an eyeball are kept: a sphere needs few."""

_EYEBALL_BEHIND_MM = 10.0
_EYEBALL_NEAR_MM = 15.0
_EYEBALL_RADII_MM = (8.0, 18.0)

_RAYS = 64
"""Directions in which a face is looked at from."""

_UNSEEN = 0.97
"""Share of blocked directions, averaged with the neighbours', beyond which a vertex is behind a margin."""

_SLITS = ("eye_right", "eye_left", "mouth")
_TWIN = {"eye_right": "eye_left", "eye_left": "eye_right"}


class Openings(NamedTuple):
    """openings : those that membranes close; hidden : (n,) bool, vertices left out; neck : the plane of the cut."""

    openings: tuple[Opening, ...]
    hidden: np.ndarray
    neck_point: np.ndarray
    neck_normal: np.ndarray


def find_openings(
    skin: Skin,
    polygons: np.ndarray,
    insides: Mapping[str, np.ndarray],
    points: Mapping[str, int],
    twin: np.ndarray | None,
) -> Openings:
    """What a skin needs to be a closed surface.

    skin : in the head frame; polygons : (P, 4) int, of the whole mesh, eyeballs and all; insides : (n,) bool, each
    component's vertices; points : landmarks; twin : (n,) int64, each vertex's mirror image, None if there are none.
    Raises FacewrightError where an opening is no simple loop, or too small.
    """
    unseen = _unseen(skin, polygons, insides)
    hidden = np.zeros(len(skin.positions), dtype=bool)
    for name in _SLITS:
        if twin is not None and name == "eye_left":
            continue  # the right one's mirror image
        pocket = _pocket(skin, unseen, insides[name])
        hidden |= pocket
        if twin is not None:
            hidden |= pocket[twin]
    hidden |= ~skin.used
    named = _named(boundary_loops(_kept(skin, hidden)), insides)
    loose = [loop for component, loop in named if component == REMAINDER]
    neck = max(loose, key=lambda loop: _length(skin.positions[loop]), default=None)
    point, normal = _neck(skin, hidden, neck, float(skin.positions[points["gn"], 1]))
    left = [
        (component, loop)
        for component, loop in named
        if loop is not neck and ((skin.positions[loop] - point) @ normal < 0.0).any()
    ]
    openings = [_opening(skin, polygons, component, loop, points, twin) for component, loop in left]
    return Openings(tuple(_paired(openings, twin)), hidden, point, normal)


def _kept(skin: Skin, hidden: np.ndarray) -> np.ndarray:
    """The faces (f, 4) without hidden corners."""
    return skin.faces[~hidden[skin.faces].any(axis=1)]


def _unseen(skin: Skin, polygons: np.ndarray, insides: Mapping[str, np.ndarray]) -> np.ndarray:
    """Vertices (n,) bool of eyes and mouth that no face makes seen from outside."""
    near = np.any([insides[name] for name in _SLITS], axis=0)
    faces = skin.faces[near[skin.faces].any(axis=1)]
    whole = np.concatenate([polygons[:, :3], polygons[polygons[:, 3] >= 0][:, [0, 2, 3]]])
    halves = (faces[:, [0, 1, 2]], faces[:, [0, 2, 3]])
    share, count = np.zeros(len(near)), np.zeros(len(near))
    for half in halves:
        real = half[half[:, 1] != half[:, 2]]
        hidden = blocked(skin.positions, whole, real, _RAYS)
        np.add.at(share, real, hidden[:, None])
        np.add.at(count, real, 1.0)
    share = share / np.maximum(count, 1.0)
    links = skin.graph.astype(bool).astype(float) + sparse.eye_array(len(near), format="csr")
    links = links @ sparse.diags_array((count > 0).astype(float))
    smooth = (links @ share) / np.maximum(links.sum(axis=1), 1.0)
    return near & (smooth > _UNSEEN)


def _pocket(skin: Skin, unseen: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Vertices (n,) bool behind a slit's margins: hidden ones that reach an edge of the skin, or many together.

    What they cut off goes with them, and where the rest would touch itself in one vertex, so does that.
    """
    count = len(skin.positions)
    hidden = unseen & inside
    edge = np.zeros(count, dtype=bool)
    for loop in boundary_loops(skin.faces):
        edge[loop] = True
    keep = np.flatnonzero(hidden)
    if not len(keep):
        return hidden
    number, label = connected_components(skin.graph[keep][:, keep], directed=False)
    open_there = bool((edge & inside).any())
    sizes = np.bincount(label)
    chosen = [
        k for k in range(number) if (edge[keep[label == k]].any() if open_there else sizes[k] == sizes.max() >= _POCKET)
    ]
    pocket = np.zeros(count, dtype=bool)
    pocket[keep[np.isin(label, chosen)]] = True
    for _ in range(count):
        rest = skin.used & ~pocket
        cut_off = rest & ~skin.connected(rest, int(np.flatnonzero(rest & ~inside)[0])) if rest.any() else rest
        pocket |= cut_off & inside
        pinched = _pinched(_kept(skin, pocket | ~skin.used), count) & inside
        if not pinched.any():
            break
        pocket |= pinched
    return pocket


def _pinched(faces: np.ndarray, count: int) -> np.ndarray:
    """Vertices (count,) bool in which an open loop of faces (f, 4) touches itself or another."""
    sides = np.concatenate([faces[:, [i, (i + 1) % 4]] for i in range(4)])
    sides = sides[sides[:, 0] != sides[:, 1]]
    codes, back = sides[:, 0] * count + sides[:, 1], sides[:, 1] * count + sides[:, 0]
    pinched: np.ndarray = np.bincount(sides[~np.isin(codes, back), 0], minlength=count) > 1
    return pinched


def _neck(skin: Skin, hidden: np.ndarray, loop: np.ndarray | None, chin: float) -> tuple[np.ndarray, np.ndarray]:
    """A point (3,) and the outward normal (3,) of the plane that cuts the neck.

    Where the skin's own end, the loop (k,), comes above it, the plane lies beyond the mesh and cuts nothing.
    """
    normal = np.array(NECK_NORMAL) / np.linalg.norm(NECK_NORMAL)
    point = np.array(NECK_POINT)
    point[1] += min(chin - CHIN_MM, 0.0)
    if loop is None or ((skin.positions[loop] - point) @ normal > 0.0).all():
        return point, normal
    reaches = float(((skin.positions[skin.used & ~hidden] - point) @ normal).max())
    return point + (max(reaches, 0.0) + _BEYOND_MM) * normal, normal


def _named(loops: Sequence[np.ndarray], insides: Mapping[str, np.ndarray]) -> list[tuple[str, np.ndarray]]:
    """Loops with the component that most of their vertices lie in."""
    openings = []
    for loop in loops:
        shares = {name: float(inside[loop].mean()) for name, inside in insides.items()}
        best = max(shares, key=lambda name: shares[name])
        openings.append((best if shares[best] > 0.5 else REMAINDER, loop))
    for name in _SLITS:
        if sum(component == name for component, _ in openings) > 1:
            raise FacewrightError(f"{name} has several openings: close all but one, or leave the hidden faces out.")
    return openings


def _opening(
    skin: Skin,
    polygons: np.ndarray,
    component: str,
    loop: np.ndarray,
    points: Mapping[str, int],
    twin: np.ndarray | None,
) -> Opening:
    """What closes one loop."""
    if len(loop) < _FEWEST:
        x, y, z = skin.positions[loop].mean(axis=0)
        raise FacewrightError(
            f"The mesh has a hole of {len(loop)} edges at ({x:.0f}, {y:.0f}, {z:.0f}) mm, at vertex {loop[0]}: fill it."
        )
    eyeball = np.empty(0, dtype=np.int64)
    if component in _TWIN:
        side = component[4]
        eyeball = _eyeball(skin, polygons, skin.positions[[points[f"en_{side}"], points[f"ex_{side}"]]].mean(axis=0))
    across = twin is not None and np.isin(twin[loop], loop).all()
    return Opening(component, *margins(loop, skin.positions, twin if across else None), eyeball)


def _paired(openings: Sequence[Opening], twin: np.ndarray | None) -> list[Opening]:
    """Openings whose margins on the left are the mirror images of those on the right, where there are pairs."""
    if twin is None:
        return list(openings)
    named = {opening.component: opening for opening in openings}
    right = named.get("eye_right")
    paired = []
    for opening in openings:
        if right is not None and opening.component == "eye_left":
            opening = Opening("eye_left", twin[right.upper][::-1], twin[right.lower][::-1], opening.eyeball)
        paired.append(opening)
    return paired


def _eyeball(skin: Skin, polygons: np.ndarray, eye: np.ndarray) -> np.ndarray:
    """Vertices of the loose piece of the mesh that is a ball behind an eye (3,) mm; none if there is none."""
    loose = Skin(skin.positions, polygons[~skin.used[polygons[:, 0]]]) if not skin.used[polygons[:, 0]].all() else None
    if loose is None:
        return np.empty(0, dtype=np.int64)
    _, label = connected_components(loose.graph, directed=False)
    best = np.empty(0, dtype=np.int64)
    for piece in np.unique(label[loose.used]):
        vertices = np.flatnonzero(loose.used & (label == piece))
        away = loose.positions[vertices].mean(axis=0) - eye + np.array([0.0, 0.0, _EYEBALL_BEHIND_MM])
        if len(vertices) <= len(best) or np.linalg.norm(away) > _EYEBALL_NEAR_MM:
            continue
        _, radius = fit_sphere(loose.positions[vertices])
        if _EYEBALL_RADII_MM[0] < float(radius) < _EYEBALL_RADII_MM[1]:
            best = vertices
    return sphere_samples(skin.positions, best)


def sphere_samples(positions: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """Of an eyeball's vertices (k,) about `EYEBALL_SAMPLES` where it is a sphere: its white, not iris and cornea."""
    if not len(vertices):
        return vertices
    sphere = np.ones(len(vertices), dtype=bool)
    for tolerance in (2.0, 1.0, 0.5, 0.3, 0.2, 0.15):  # let go of iris and cornea bit by bit
        for _ in range(5):
            centre, radius = fit_sphere(positions[vertices[sphere]])
            closer = np.abs(np.linalg.norm(positions[vertices] - centre, axis=1) - radius) < tolerance
            if closer.sum() < EYEBALL_SAMPLES // 2:
                break
            sphere = closer
    return vertices[sphere][:: max(1, int(sphere.sum()) // EYEBALL_SAMPLES)]


def _length(loop: np.ndarray) -> float:
    """Length of a closed line through points (k, 3)."""
    return float(np.linalg.norm(loop - np.roll(loop, 1, axis=0), axis=1).sum())
