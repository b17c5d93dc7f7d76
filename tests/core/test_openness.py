"""How open a surface is to light, against closed forms."""

import numpy as np

from facewright.core.mesh import Mesh
from facewright.core.openness import OpennessMap, bounced, openness
from facewright.core.surface.patched_mesh import Surface


class Plane:
    def distance(self, points):
        return points[:, 2].astype(np.float32)


class Groove:
    """Two walls facing each other, 4 mm apart: the space between x = -2 and x = 2 is outside."""

    def distance(self, points):
        return (2.0 - np.abs(points[:, 0])).astype(np.float32)


def test_a_flat_surface_is_open_and_a_narrow_groove_is_dark():
    points = np.array([[0.0, 0.0, 0.0], [30.0, 5.0, 0.0]], np.float32)
    np.testing.assert_allclose(openness(Plane(), points, np.tile(np.array([0, 0, 1], np.float32), (2, 1))), 1.0)
    wall = openness(Groove(), np.array([[-2.0, 0.0, 0.0]], np.float32), np.array([[1.0, 0.0, 0.0]], np.float32))
    assert 0.0 < wall[0] < 0.1


def test_light_is_the_sum_of_what_comes_straight_and_after_every_bounce():
    light, albedo = np.array([[1.0], [0.4], [0.05]]), np.array([[0.5, 0.2, 0.0]])
    straight = light * np.ones_like(albedo)
    total = sum(straight * (albedo * (1.0 - light)) ** bounce for bounce in range(200))
    np.testing.assert_allclose(bounced(light, albedo), total, rtol=1e-9)
    assert np.all(np.diff(bounced(light, albedo)[1]) < 0.0)  # of what the walls throw back best there is most


def test_a_map_gives_back_what_was_put_in_and_light_far_from_it():
    grid = np.stack(np.meshgrid(np.arange(-20.0, 21.0), np.arange(-20.0, 21.0)), -1).reshape(-1, 2)
    points = np.concatenate([grid, np.zeros((len(grid), 1))], axis=1).astype(np.float32)
    light = np.where(points[:, 0] > 0.0, 0.2, 0.9).astype(np.float32)
    lit = OpennessMap.of(points, light)
    away = np.abs(points[:, 0]) > 5.0
    np.testing.assert_allclose(lit.at(points)[away], light[away], atol=0.02)
    np.testing.assert_allclose(lit.at(np.array([[0.0, 0.0, 90.0]])), 1.0)


def test_a_surface_is_lit_as_its_points_are_however_much_of_it_stays():
    rng = np.random.default_rng(0)
    points = rng.uniform(-20.0, 20.0, (500, 3)).astype(np.float32)
    lit = OpennessMap.of(points, rng.uniform(0.1, 0.9, 500).astype(np.float32))
    faces = np.arange(498, dtype=np.int32).reshape(-1, 3)
    surface = Surface(Mesh(points, faces), points, kept_vertices=400)
    np.testing.assert_array_equal(lit.on(surface), lit.at(points))
    moved = points.copy()
    moved[400:] += 3.0
    later = Surface(Mesh(moved, faces), moved, surface.base, kept_vertices=400)
    np.testing.assert_array_equal(lit.on(later), lit.at(moved))
    np.testing.assert_array_equal(lit.on(Surface(Mesh(moved, faces), moved)), lit.at(moved))
