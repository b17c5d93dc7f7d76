"""Which engine keeps a model's surface alive: compiled on the CPU, or wholly on a GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facewright.core.model.head_model import HeadModel
from facewright.core.surface.live import LiveSurface
from facewright.core.surface.on_device.surface import DeviceSurface

if TYPE_CHECKING:
    from facewright.core.surface.live import TracedModel

Engine = LiveSurface | DeviceSurface


def engine_for(model: TracedModel, voxel_mm: float) -> Engine:
    """The engine for a model where its network is, at one resolution; nothing is evaluated yet.

    Raises FacewrightError if the voxel is not a length, or so small that the grid could not be held.
    """
    if isinstance(model, HeadModel) and model.device.type != "cpu":
        return DeviceSurface(model, voxel_mm)
    return LiveSurface(model, voxel_mm)
