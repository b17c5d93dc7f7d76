"""The shortest run that a head comes of, told before heads are read: a step takes as long whatever it learns from.

What is timed took 0.8 of whole steps on a CPU: without drawing and the update.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import torch

from facewright.core.errors import FacewrightError
from facewright.core.network.network import Network
from facewright.core.parts import CODE_SIZES, CODES, LANDMARKS_PER_STAGE
from facewright.train import losses as terms
from facewright.train.device import out_of_memory
from facewright.train.sampling.draws import DistanceDraw, StageDraw
from facewright.train.schedule import Schedule

if TYPE_CHECKING:
    from torch import Tensor

    from facewright.train.config import TrainConfig
    from facewright.train.schedule import Phase

_ROOM = 1.5
"""Times as long as the shortest run, a run is long enough."""

_STEPS = 2
"""That are timed; in the first, memory is asked for and kernels are chosen."""


class TooShort(FacewrightError):
    """A run's minutes are too few for a head to come of them; `told` is what an event says of it."""

    def __init__(self, minutes: float, least: float, device: str) -> None:
        """least : minutes that the fewest steps take on the device."""
        self.told = {"minutes": minutes, "least": least, "enough": math.ceil(_ROOM * least), "device": device}
        super().__init__(
            f"{minutes:.3g} min of training are too few for a head to come of them on {device}, where the fewest "
            f"steps take {least:.1f} min: give --minutes {self.told['enough']} or more, or a faster --device."
        )


def require_time(config: TrainConfig, device: torch.device) -> None:
    """Raise TooShort if the minutes of a new run are too few for a head to come of them on a device."""
    if config.steps is None:
        schedule = Schedule(config)
        least = schedule.least_minutes({phase: step_seconds(config, device, phase) for phase in schedule.worked})
        if config.minutes < least:
            raise TooShort(config.minutes, least, str(device))


def step_seconds(config: TrainConfig, device: torch.device, phase: Phase) -> float:
    """What the gradients of a step of a phase take, which is most of it; 0 where memory is not enough to tell."""
    network, took = Network(config.network).to(device), []
    try:
        for _ in range(_STEPS):
            began = time.monotonic()
            terms.weighted(_losses(network, config, device, phase), config.weights).backward()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            took.append(time.monotonic() - began)
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        return 0.0
    return min(took)


def _losses(network: Network, config: TrainConfig, device: torch.device, phase: Phase) -> terms.Losses:
    """The phase's terms, but for those that cost next to nothing, of heads and points that are random numbers."""

    def some(*shape: int) -> Tensor:
        return torch.rand(shape, device=device)

    def distances(heads: int, on: int, space: int) -> DistanceDraw:
        return DistanceDraw(some(heads, on, 3), some(heads, on, 3), some(heads, space, 3), some(heads, space))

    if phase == "template":
        return terms.template_losses(network, distances(1, 16 * config.surface_points, 16 * config.space_points))
    others = config.heads // 2 if phase == "end" else 0
    heads, stages = config.heads - others, len(config.network.stages)
    codes = {code: some(heads + others, CODE_SIZES[code]).requires_grad_() for code in CODES}
    landmarks, grafts = network.steering(codes)
    places, maps = ({name: own.detach() for name, own in both.items()} for both in (landmarks, grafts))
    of_stages, of_others = network.conditioned_apart(codes, places, maps, [heads, others])
    losses = terms.code_loss(codes)
    if stages:
        points = (stages, heads, config.stage_points, 3)
        at = some(stages, heads, LANDMARKS_PER_STAGE, 3)
        losses |= terms.stage_losses(network, of_stages, StageDraw(some(*points), some(*points), at, at, at))
    if others:
        losses |= terms.sdf_losses(network, of_others, distances(others, config.surface_points, config.space_points))
    return losses
