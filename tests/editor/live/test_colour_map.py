"""Colours of a head at rest, looked up for one that moves on from it."""

from __future__ import annotations

import numpy as np

from facewright.core.mesh import Mesh
from facewright.core.surface.patched_mesh import Surface
from facewright.editor.live.colour_map import ColourMap

BASE = (0.2, 0.4, 0.6)
BOX = np.array([[0.0, 0.0, 0.0], [30.0, 20.0, 10.0]])


def plane() -> np.ndarray:
    """Points 1.5 mm apart at z = 5."""
    x, y = np.meshgrid(np.arange(-10.0, 40.0, 1.5), np.arange(-10.0, 30.0, 1.5))
    return np.column_stack([x.ravel(), y.ravel(), np.full(x.size, 5.0)])


def surface(points: np.ndarray, kept: int, base: int) -> Surface:
    mesh = Mesh(points.astype(np.float32), np.empty((0, 3), np.int32))
    return Surface(mesh, np.zeros_like(mesh.vertices), base, kept, 0)


def test_colours_are_found_where_they_were_and_elsewhere_the_base() -> None:
    points = plane()
    red = np.array([1.0, 0.0, 0.0])
    colours = np.where(points[:, :1] < 15.0, red, 1.0 - red)
    found = ColourMap.of(points, colours, BOX)
    probes = np.array([[8.0, 10.0, 5.3], [22.0, 10.0, 4.6], [8.0, 10.0, 30.0], [-20.0, 0.0, 5.0], [300.0, 0.0, 5.0]])
    seen = found.on(surface(probes, 0, 1), BASE)
    np.testing.assert_allclose(seen, np.stack([red, 1.0 - red, *3 * [np.array(BASE)]]), atol=0.02)


def test_what_stays_is_looked_up_once_and_what_moves_every_time() -> None:
    points = plane()
    colours = np.where(points[:, :1] < 15.0, 0.0, 1.0) * np.ones(3)
    found = ColourMap.of(points, colours, BOX)
    probes = np.array([[8.0, 10.0, 5.0], [8.0, 10.0, 5.0]])
    first = found.on(surface(probes, 1, 7), BASE)
    moved = probes + np.array([14.0, 0.0, 0.0])
    again = found.on(surface(moved, 1, 7), BASE)  # by its base the first vertex is where it was
    np.testing.assert_allclose([first[0, 0], first[1, 0], again[0, 0], again[1, 0]], [0.0, 0.0, 0.0, 1.0], atol=0.02)
    np.testing.assert_allclose(found.on(surface(moved, 1, 8), BASE)[:, 0], 1.0, atol=0.02)
