"""Breadths, base and volume of a nose whose landmarks are known: sections of the mesh, and its raster along an axis."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import trimesh
from scipy.interpolate import LinearNDInterpolator
from skimage.measure import points_in_poly

if TYPE_CHECKING:
    from tests.bench.true_landmarks import TrueFace

_PITCH_MM = 0.25
_LIP_MM = 12.0
"""What is so far below the base of the nose is a lip that hides it."""

_CELLS = 10
"""A triangle covers fewer grid places than this along each axis; larger ones are left out."""


def true_shape(face: TrueFace) -> dict[str, float]:
    """Values by the product's keys, mm, degrees or cc."""
    return {**_breadths(face), **_base(face), "nasal_volume": _volume(face)}


def _breadths(face: TrueFace) -> dict[str, float]:
    p, values = face.points, {}
    line = p["prn"] - p["n"]
    steep = np.hypot(*line[1:])
    ahead = np.array([0.0, -line[2], line[1]]) / steep
    ahead *= np.sign(ahead[2])
    for percent in (20, 35, 50):
        foot = p["n"] + percent / 100.0 * line
        values[f"bony_width_{percent}"] = _width(face, foot, ahead, np.sqrt(line @ line) / 6.0)
    way = (p["prn"] - (p["ac_l"] + p["ac_r"]) / 2.0) * [0.0, 1.0, 1.0]
    values["tip_breadth"] = _width(face, p["prn"], way / np.hypot(*way[1:]), np.hypot(*way[1:]) / 5.0)
    return values


def _width(face: TrueFace, foot: np.ndarray, ahead: np.ndarray, depth: float) -> float:
    """Between the nearest places left and right where the section over a foot is so deep under it."""
    lines = trimesh.intersections.mesh_plane(face.mesh, np.cross([1.0, 0.0, 0.0], ahead), foot + 1e-5)
    height, aside = (lines - foot) @ ahead + depth, lines[..., 0] - foot[0]
    cut = (height[:, 0] > 0.0) != (height[:, 1] > 0.0)
    share = height[cut, 0] / (height[cut, 0] - height[cut, 1])
    at = aside[cut, 0] + share * (aside[cut, 1] - aside[cut, 0])
    return float(at[at > 0.0].min() - at[at < 0.0].max())


def _base(face: TrueFace) -> dict[str, float]:
    """From below: x across from the midplane, y along from the creases to the tip, and how far below."""
    p = face.points
    crease = (p["ac_l"] + p["ac_r"]) / 2.0
    crease[0] = (p["sn"][0] + p["prn"][0]) / 2.0
    way = (p["prn"] - crease) * [0.0, 1.0, 1.0]
    length = np.hypot(*way[1:])
    way /= length
    below = np.array([0.0, -way[2], way[1]])
    half = abs(p["al_l"][0] - p["al_r"][0]) / 2.0
    local = (face.mesh.vertices - crease) @ np.stack([[1.0, 0.0, 0.0], way, below]).T
    near = (local[:, 2] < 35.0) & (np.abs(local[:, 0]) < 30.0) & (np.abs(local[:, 1]) < 45.0)
    across, along, depth = raster(local, face.mesh.faces[near[face.mesh.faces].all(axis=1)])
    middle = depth[:, np.abs(along - length / 2.0).argmin()]
    if (middle[np.abs(across) < half] > _LIP_MM).any():
        return {}
    rims = [middle[(sign * across > 0.5 * half) & (sign * across < 1.2 * half)].max() for sign in (1.0, -1.0)]
    values = {"columellar_show": float(middle[np.abs(across) < 1.5].max() - np.mean(rims))}
    for side, sign in (("l", 1.0), ("r", -1.0)):
        values[f"nostril_axis_{side}"] = _axis(sign * across, along, depth, half, length)
    return values


def _axis(across: np.ndarray, along: np.ndarray, depth: np.ndarray, half: float, length: float) -> float:
    """The direction of the opening that is two millimetres over the rim's outline."""
    points = []
    reach = np.flatnonzero((across > 0.0) & (across < 1.15 * half))
    reach = reach[np.argsort(-across[reach])]  # from outside in
    for column in np.flatnonzero((along > 0.15 * length) & (along < 0.8 * length)):
        row = depth[reach, column]
        hidden = row > _LIP_MM
        start = int((row > -6.0).argmax())
        top = start + int((np.diff(np.where(hidden, -np.inf, row)[start:]) < 0.0).argmax())
        inside = (across[reach] < across[reach][top]) & (across[reach] > 0.1 * half) & (row < row[top] - 2.0) & ~hidden
        points += [(x, along[column]) for x in across[reach][inside]]
    if len(points) < 50:
        return float("nan")
    cloud = np.array(points) - np.mean(points, axis=0)
    way = np.linalg.svd(cloud, full_matrices=False)[2][0]
    way *= np.sign(way[1])
    return float(np.degrees(np.arctan2(way[1], -way[0])))


def _volume(face: TrueFace) -> float:
    """Between the front of the face and chords across the outline, on a raster seen from the front."""
    p = face.points
    near = np.linalg.norm(face.mesh.vertices - p["prn"], axis=1) < 70.0
    x, y, z = raster(np.asarray(face.mesh.vertices), face.mesh.faces[near[face.mesh.faces].all(axis=1)])
    sides = []
    for side in "lr":
        crease = p[f"ac_{side}"] + [0.12 * (p[f"ac_{side}"] - p["sn"])[0], 0.0, 0.0]
        corners = [p["n"], p["n"] + 0.6 * (p[f"en_{side}"] - p["n"]), crease, p[f"sbal_{side}"], p["sn"]]
        steps = [np.linspace(a, b, 60)[:-1] for a, b in itertools.pairwise(corners)]
        outline = np.concatenate([*steps, corners[-1][None]])[:, :2]
        columns, rows = (np.abs(axis[:, None] - outline[:, k]).argmin(axis=0) for k, axis in enumerate((x, y)))
        sides.append(np.c_[outline, z[columns, rows]])
    share = np.linspace(0.0, 1.0, 80)[:, None, None]
    chords = (sides[0] + share * (sides[1] - sides[0])).reshape(-1, 3)
    places = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    ring = np.concatenate([sides[0], sides[1][::-1]])[:, :2]
    inside = points_in_poly(places.reshape(-1, 2), ring).reshape(z.shape)
    at = places[inside]
    over = z[inside] - LinearNDInterpolator(chords[:, :2], chords[:, 2])(at)
    return float(np.nansum(over)) * _PITCH_MM**2 / 1000.0


def raster(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The greatest third coordinate of triangles over a grid of the first two: its axes (n,), (m,), heights (n, m)."""
    low = vertices[np.unique(faces), :2].min(axis=0)
    count = np.ceil((vertices[np.unique(faces), :2].max(axis=0) - low) / _PITCH_MM).astype(int) + 1
    heights = np.full(count, -np.inf)
    a, b, c = ((vertices[faces[:, k]] - [*low, 0.0]) / [_PITCH_MM, _PITCH_MM, 1.0] for k in range(3))
    first = np.ceil(np.minimum(np.minimum(a, b), c)[:, :2]).astype(int)
    u, v = (b - a)[:, :2], (c - a)[:, :2]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    for i in range(_CELLS):
        for j in range(_CELLS):
            node = first + np.array([i, j])
            w = node - a[:, :2]
            with np.errstate(divide="ignore", invalid="ignore"):
                s = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / area
                t = (u[:, 0] * w[:, 1] - u[:, 1] * w[:, 0]) / area
            inside = (s >= -1e-9) & (t >= -1e-9) & (s + t <= 1.0 + 1e-9) & (node < count).all(axis=1)
            height = a[:, 2] + s * (b - a)[:, 2] + t * (c - a)[:, 2]
            np.maximum.at(heights, tuple(node[inside].T), height[inside])
    return *(low[k] + _PITCH_MM * np.arange(count[k]) for k in range(2)), heights
