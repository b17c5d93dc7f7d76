"""Pictures of meshes, drawn without a graphics card."""

import numpy as np

from facewright.core.mesh import Mesh
from facewright.train.evaluation.picture import Shot, draw, heat
from tests.train.ball import RADIUS, ball


def test_a_ball_is_drawn_as_a_disc_without_holes():
    shot = Shot((0.0, 0.0, 0.0), 75.0, 120, 100)
    for mesh in (ball(RADIUS, 2), ball(RADIUS, 5)):
        covered = (draw(mesh, shot, "side") != 255).any(axis=2)
        y, x = np.mgrid[:100, :120]
        reach = np.hypot(x - 59.5, y - 49.5) * 1.5
        assert covered[reach < RADIUS - 4.0].all()
        assert not covered[reach > RADIUS + 2.0].any()


def test_what_is_nearer_hides_what_is_behind():
    near, far = ball(20.0, 3), ball(30.0, 3)
    both = Mesh(
        np.concatenate([near.vertices + np.array([0, 0, 50], np.float32), far.vertices]),
        np.concatenate([near.faces, far.faces + len(near.vertices)]),
    )
    red = np.zeros_like(both.vertices)
    red[: len(near.vertices), 0] = 1.0
    red[len(near.vertices) :, 2] = 1.0
    middle = draw(both, Shot((0.0, 0.0, 0.0), 40.0, 40, 40), colours=red)[20, 20].astype(int)
    assert middle[0] > 100
    assert middle[2] == 0


def test_the_side_view_shows_the_face_to_the_right():
    nose = ball(10.0, 3)
    moved = Mesh(nose.vertices + np.array([0, 0, 40], np.float32), nose.faces)
    picture = draw(moved, Shot((0.0, 0.0, 0.0), 60.0, 60, 60), "side")
    covered = np.argwhere((picture != 255).any(axis=2))
    assert covered[:, 1].min() > 40


def test_colours_run_from_pale_to_dark():
    colours = heat(np.array([0.0, 2.0, 4.0, 9.0]), 4.0)
    assert (np.diff(colours.sum(axis=1))[:2] < 0).all()
    np.testing.assert_array_equal(colours[2], colours[3])
