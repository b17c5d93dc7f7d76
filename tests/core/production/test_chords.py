"""A skin whose quads cut corners less."""

from dataclasses import replace

import numpy as np

from facewright.core.production.bending import Plate
from facewright.core.production.chords import cut_off, lifted
from facewright.core.production.topology import bundled_topology
from facewright.core.production.welded import Welded

COUNT, RADIUS = 7, 20.0


def to_ball(points):
    """Φ of a ball."""
    return (np.linalg.norm(points, axis=1) - RADIUS).astype(np.float32)


def sheet_of(at):
    """Quads of a square of vertices (COUNT², 3), as a topology and as a sheet."""
    first = (np.arange(COUNT - 1)[:, None] * COUNT + np.arange(COUNT - 1)).ravel()
    quads = np.stack([first, first + 1, first + COUNT + 1, first + COUNT], axis=1).astype(np.int32)
    topology = replace(bundled_topology(), polygons=quads)
    faces = topology.triangles.astype(np.int64)
    return topology, Welded(quads, np.arange(len(at)), faces, Plate.of(at, faces))


def lifted_patch(half_width, skin=None, inside_out=1):
    """A patch of quads on the ball, so many radians wide either way, before and after; and its quads.

    inside_out : -1 if the ball is a hollow of what the surface bounds.
    """
    across, up = np.meshgrid(*[inside_out * np.linspace(-half_width, half_width, COUNT), np.linspace(-1, 1, COUNT)])
    up = half_width * up
    at = RADIUS * np.stack([np.sin(across) * np.cos(up), np.sin(up), np.cos(across) * np.cos(up)], axis=2)
    at = at.reshape(-1, 3)
    topology, welded = sheet_of(at)
    skin = np.ones(len(at), dtype=bool) if skin is None else skin
    quads = topology.polygons
    return at, lifted(at, at, topology, welded, skin, lambda points: inside_out * to_ball(points)), quads


def test_vertices_are_lifted_by_a_tenth_of_a_millimetre_where_quads_cut_corners():
    at, moved, quads = lifted_patch(0.8)  # diagonals of 7.5 mm in the middle, 0.35 mm inside the ball there
    before, after = (np.abs(to_ball(each[quads].mean(axis=1))).max() for each in (at, moved))
    assert before > 0.3
    np.testing.assert_allclose(before - after, 0.1, atol=5e-3)
    assert to_ball(moved).max() <= 0.1 + 1e-5
    assert to_ball(moved).min() > -1e-4


def test_a_hollow_is_deepened():
    _, moved, quads = lifted_patch(0.8, inside_out=-1)
    assert 0.09 < to_ball(moved).max() < 0.1 + 1e-5  # the ball is what is hollow
    assert np.abs(to_ball(moved[quads].mean(axis=1))).max() < 0.3


def test_vertices_stay_where_quads_are_fine_and_where_no_skin_is():
    at, moved, _ = lifted_patch(0.3)
    np.testing.assert_array_equal(moved, at)
    at, moved, _ = lifted_patch(0.8, skin=np.arange(COUNT * COUNT) < COUNT)
    assert (np.linalg.norm(moved - at, axis=1)[COUNT:] == 0.0).all()


def test_chords_cut_off_a_ridge_between_them_however_slowly_its_distance_rises():
    across, up = np.meshgrid(np.arange(COUNT, dtype=float), np.arange(COUNT, dtype=float))
    at = np.stack([across, up, np.zeros_like(up)], axis=2).reshape(-1, 3)
    welded = sheet_of(at)[1]

    def ridge(points, height=0.5, slope=1.0):
        """Φ of a plane with a ridge half-way between two columns."""
        return (slope * (points[:, 2] - height * (np.abs(points[:, 0] - 2.5) < 0.25))).astype(np.float32)

    every = np.ones(len(at), dtype=bool)
    beside = (at[:, 0] == 2.0) | (at[:, 0] == 3.0)
    np.testing.assert_array_equal(cut_off(at, welded, every, ridge), beside)
    np.testing.assert_array_equal(cut_off(at, welded, every, lambda points: ridge(points, slope=0.5)), beside)
    np.testing.assert_array_equal(cut_off(at, welded, at[:, 1] < 3.0, ridge), beside & (at[:, 1] < 3.0))
    assert not cut_off(at, welded, every, lambda points: ridge(points, height=0.2)).any()
    assert cut_off(
        at, welded, every, lambda points: ridge(points, height=0.0, slope=0.1)
    ).all()  # no surface is certain
