"""What is clear over a surface: seen by the lamp that it mirrors alone."""

from __future__ import annotations

import numpy as np
import trimesh

from facewright.core.mesh import Mesh
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.painting import Clear, Drawable
from facewright.editor.viewport.picture import Photographer
from facewright.editor.viewport.pose import Pose, View

SIZE = (200, 200)
FRONT = Pose(View(0.0, 0.0), (0.0, 0.0, 0.0), 150.0)


def ball(radius: float) -> tuple[Mesh, np.ndarray]:
    made = trimesh.creation.icosphere(4, radius)
    normals = np.asarray(made.vertices, np.float32) / np.float32(radius)
    return Mesh(np.asarray(made.vertices, np.float32), np.asarray(made.faces, np.int32)), normals


def lit(photographer: Photographer, display: DisplayOptions, clear: Clear | None) -> np.ndarray:
    """Where a black ball is white, (n, 2): column and row."""
    mesh, normals = ball(12.0)
    photographer.panes.set_display(display)
    photographer.panes.head.show(Drawable(mesh, normals, np.zeros((len(normals), 3), np.uint8), clear=clear))
    photographer.panes.stand(FRONT)
    picture = np.asarray(photographer.take()).astype(int).min(axis=2)
    middle = picture[60:140, 60:140]
    return np.argwhere(middle > 150)[:, ::-1]


def test_it_mirrors_the_lamp_which_can_be_turned_and_else_nothing_is_seen(qapp: object) -> None:
    with Photographer(SIZE, DisplayOptions(dark=True)) as photographer:
        assert not len(lit(photographer, DisplayOptions(dark=True), None))
        image = lit(photographer, DisplayOptions(dark=True), Clear(*ball(12.5)))
        assert 10 < len(image) < 400
        assert image[:, 1].mean() < 40.0  # the lamp is above
        turned = lit(photographer, DisplayOptions(dark=True, light_turn=60.0), Clear(*ball(12.5)))
        assert abs(turned[:, 0].mean() - image[:, 0].mean()) > 5.0
        assert not len(lit(photographer, DisplayOptions(dark=True), None))
