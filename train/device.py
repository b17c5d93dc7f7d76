"""Where training runs, and what becomes of it when memory runs out or the device is lost."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from core.device import AUTOMATIC, DeviceUnavailable, choose, cuda_trouble
from core.errors import FacewrightError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from train.workers import Workers


def device_of(name: str | None, workers: Workers) -> torch.device:
    """The device of that name, by default this worker's CUDA device or else the CPU.

    Raises DeviceUnavailable if it cannot be used; Apple's MPS has neither double precision nor sparse gradients.
    """
    own_gpu = f"cuda:{workers.local_rank}"
    if name is None or name == AUTOMATIC:
        name = own_gpu if cuda_trouble() is None else "cpu"
    elif name == "cuda" and workers.count > 1:
        name = own_gpu
    if name == "mps":
        raise DeviceUnavailable("Training cannot run on mps, which has no double precision: try --device cpu.")
    return choose(name)


def out_of_memory(error: Exception) -> bool:
    """Whether memory ran out, on a GPU or where torch's allocator for the CPU was refused some."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "DefaultCPUAllocator" in str(error)


@contextmanager
def device_kept(run: Path) -> Iterator[None]:
    """Say in the user's words that the GPU failed: raises FacewrightError."""
    try:
        yield
    except RuntimeError as error:
        if "CUDA error" not in str(error):
            raise
        raise FacewrightError(
            f"The GPU failed ({str(error).splitlines()[0]}). The last checkpoint is intact: go on with --resume {run}, "
            "on another device with --device."
        ) from error
