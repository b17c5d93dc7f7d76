"""The surfaces that the editor keeps alive are those of `head_mesh`, whatever was shown before."""

from typing import TYPE_CHECKING, cast

import numpy as np

from facewright.core.parameters import Parameters
from facewright.core.surface.live import LiveSurface
from facewright.editor.live.detail import VOXELS_MM
from facewright.editor.live.evaluation import Job, LiveSurfaces, evaluate
from tests.core.same_mesh import in_order
from tests.core.tiny_model import tiny_model
from tests.editor.ellipsoid_head import EllipsoidHead

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel


def test_heads_one_after_another_at_several_levels_and_of_several_models():
    tiny, ellipsoid, surfaces = tiny_model(), cast("HeadModel", EllipsoidHead()), LiveSurfaces()
    nose, both = Parameters(nose=(2.0,)), Parameters(nose=(2.0,), mouth=(-1.0,))
    jobs = [
        Job(1, tiny, Parameters(), 0),
        Job(2, tiny, nose, 0),
        Job(3, tiny, both, 0),
        Job(4, ellipsoid, nose, 0),
        Job(5, ellipsoid, nose, 1),
        Job(6, tiny, Parameters(), 0),
    ]
    for job in jobs:
        fresh = LiveSurface(job.model, VOXELS_MM[job.level]).update(job.parameters)
        mesh, expected = evaluate(job, surfaces).mesh, fresh.mesh
        for found, from_nothing in zip(in_order(mesh), in_order(expected), strict=True):
            np.testing.assert_array_equal(found, from_nothing)
