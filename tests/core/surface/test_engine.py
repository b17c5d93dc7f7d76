"""A model's surface is kept by the engine of the device that its network is on."""

import numpy as np
import pytest

from facewright.core.errors import FacewrightError
from facewright.core.surface.engine import engine_for
from facewright.core.surface.live import LiveSurface
from tests.core.surface.test_live import BumpyHead
from tests.core.tiny_model import tiny_model

BOUNDS = np.array([[-60.0, -60.0, -60.0], [60.0, 60.0, 70.0]])


@pytest.mark.parametrize("model", [tiny_model, lambda: BumpyHead([], BOUNDS)], ids=["model", "anything traced"])
def test_on_a_cpu_it_is_the_compiled_one(model):
    assert isinstance(engine_for(model(), 8.0), LiveSurface)


@pytest.mark.parametrize("voxel_mm", [0.0, float("nan"), 1e-4])
def test_a_voxel_that_cannot_be_is_refused_before_anything_is_evaluated(voxel_mm):
    head = BumpyHead([], BOUNDS)
    with pytest.raises(FacewrightError, match="oxel"):
        engine_for(head, voxel_mm)
    assert head.asked == []
