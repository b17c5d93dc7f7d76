"""Pictures for a page are taken in steps, between which the window stays live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QWidget

from facewright.core.mesh import Mesh
from facewright.editor.report.shots import Photographs, Shots
from facewright.editor.viewport.painting import Drawable
from facewright.editor.viewport.picture import EXPOSURES
from facewright.editor.viewport.pose import VIEWS, Pose

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_each_exposure_has_a_turn_of_the_event_loop(qtbot: QtBot) -> None:
    corners = np.array([[0.0, 50.0, 0.0], [-50.0, -50.0, 0.0], [50.0, -50.0, 0.0]], np.float32)
    triangle = Drawable(
        Mesh(corners, np.array([[0, 1, 2]], np.int32)), np.tile(np.array([0, 0, 1], np.float32), (3, 1))
    )
    poses = {name: Pose(VIEWS[name], (0.0, 0.0, 0.0), 400.0) for name in ("front", "left")}
    parent, counts = QWidget(), list[int]()
    qtbot.addWidget(parent)
    shots = Shots([Photographs(triangle, (40, 50), poses)], parent)
    shots.advanced.connect(lambda count, _: counts.append(count))
    with qtbot.waitSignal(shots.finished) as blocker:
        pass
    assert blocker.args
    assert set(blocker.args[0]) == set(poses)
    assert len(counts) == EXPOSURES * len(poses)
    assert counts[EXPOSURES - 2 : EXPOSURES] == [0, 1]
