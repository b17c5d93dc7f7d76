"""What a run would need, before it is started: heads, time, memory and disk, and whether they are there."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from facewright.core.atomic_file import require_folder
from facewright.core.errors import FacewrightError
from facewright.core.network.network import Network
from facewright.core.parts import CODE_SIZES, CODES
from facewright.train.data.several import training_heads
from facewright.train.device import device_of
from facewright.train.run.shortest import require_time
from facewright.train.workers import Workers

if TYPE_CHECKING:
    from pathlib import Path

    from facewright.train.config import TrainConfig
    from facewright.train.data.heads import HeadSet

_MIB = 1 << 20

_PROGRAM_MB = 1100
"""The program with torch, its buffer of heads and the writing of a checkpoint: 40 ICT-FaceKit subjects, whose vertices
are 83 MB, took 1400 MB at most."""

_COPIES = 3.5
"""The vertices, and the double-precision principal components that the codes start from."""

_POOL_BYTES = 40
"""Of a sampled point: position, normal or distance, in float32, once more while they are stacked."""

_STATE_BYTES = 12
"""Of a weight in `state.safetensors`: itself and two moments."""

_MODEL_BYTES = 2
"""Of a weight in `model.safetensors`."""


@dataclass(frozen=True)
class Preflight:
    """What was found, in words a person can check, and what stands in the way.

    data, unit, licence : the data set's; true_scale : whether its lengths are real; subjects, expressions, vertices :
    counts; weights : of the network; device : where it would train; minutes : of training, None if steps are counted;
    reading_s : what reading the heads took; memory_mb, disk_mb : estimates of what is needed; free_memory_mb,
    free_disk_mb : what there is, None where the system does not tell; problems : sentences, none if it can start.
    """

    data: str
    unit: str
    licence: str
    true_scale: bool
    subjects: int
    expressions: int
    vertices: int
    weights: int
    device: str
    minutes: float | None
    reading_s: float
    memory_mb: int
    disk_mb: int
    free_memory_mb: int | None
    free_disk_mb: int
    problems: tuple[str, ...]


def look(config: TrainConfig, run: Path) -> Preflight:
    """Read the heads of a run that would be trained in the folder `run`, and estimate what it needs.

    Raises FacewrightError as `training_heads` does, and before it if the device cannot be trained on, if nothing can be
    written there, if the network alone has no room, or if the minutes are too few.
    """
    require_folder(run)
    trained_on = device_of(config.device, Workers())
    device = str(trained_on)
    weights = sum(parameter.numel() for parameter in Network(config.network).parameters())
    free_disk = _free_disk_mb(run)
    if (least := _both_mb(weights, weights)) > free_disk:
        raise FacewrightError(_no_room(least, free_disk, run))
    if config.start_from is None:  # else the network is the model's
        require_time(config, trained_on)
    began = time.monotonic()
    heads = training_heads(config)
    reading = time.monotonic() - began
    memory, free_memory = _memory_mb(config, heads), _free_memory_mb(device)
    disk = _disk_mb(weights, heads)
    problems = []
    if free_memory is not None and memory > free_memory:
        problems.append(
            f"About {memory / 1024:.1f} GB of memory are needed, {free_memory / 1024:.1f} GB are there: "
            "use fewer subjects."
        )
    if disk > free_disk:
        problems.append(_no_room(disk, free_disk, run))
    return Preflight(
        data=heads.name,
        unit=heads.unit,
        licence=heads.licence,
        true_scale=heads.true_scale,
        subjects=len(heads.subjects),
        expressions=len(heads.expressions),
        vertices=heads.vertices.shape[2],
        weights=weights,
        device=device,
        minutes=config.minutes if config.steps is None else None,
        reading_s=round(reading, 1),
        memory_mb=memory,
        disk_mb=disk,
        free_memory_mb=free_memory,
        free_disk_mb=free_disk,
        problems=tuple(problems),
    )


def _memory_mb(config: TrainConfig, heads: HeadSet) -> int:
    pool = max(config.pool_heads, 100) * config.pool_points * _POOL_BYTES
    return _PROGRAM_MB + int((_COPIES * heads.vertices.nbytes + pool) / _MIB)


def _disk_mb(weights: int, heads: HeadSet) -> int:
    """The state and the model, both twice: a new file is whole before the old one goes."""
    rows = 2 * len(heads.subjects)
    codes = sum(CODE_SIZES[code] * rows * (len(heads.expressions) - 1 if code == "expression" else 1) for code in CODES)
    return _both_mb(weights + codes, weights)


def _both_mb(state: int, model: int) -> int:
    """Of a state and a model of so many weights."""
    return int(2 * (state * _STATE_BYTES + model * _MODEL_BYTES) / _MIB) + 1


def _no_room(needed_mb: int, free_mb: int, run: Path) -> str:
    return f"About {needed_mb} MB of disk are needed in {run}, {free_mb} MB are free: choose another place."


def _free_memory_mb(device: str) -> int | None:
    """Memory that a run could have: the GPU's free, else the machine's in all, where the system tells."""
    if device.startswith("cuda") and torch.cuda.is_available():
        return int(torch.cuda.mem_get_info(torch.device(device))[0] / _MIB)
    try:
        return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _MIB)
    except (AttributeError, ValueError, OSError):
        return None


def _free_disk_mb(run: Path) -> int:
    """Free disk where the folder is, or will be made."""
    folder = next((place for place in (run, *run.resolve().parents) if place.is_dir()), None)
    if folder is None:
        raise FacewrightError(f"{run} has no drive to be made on: choose another place.")
    return int(shutil.disk_usage(folder).free / _MIB)
