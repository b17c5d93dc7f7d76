"""Where training runs, and what becomes of it when memory runs out or the device is lost."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from core.errors import FacewrightError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from train.workers import Workers


def device_of(name: str | None, workers: Workers) -> torch.device:
    """The device of that name, by default this worker's CUDA device or else the CPU.

    Raises FacewrightError if it cannot be used; Apple's MPS has neither double precision nor sparse gradients.
    """
    if name is None or (name == "cuda" and workers.count > 1):
        name = f"cuda:{workers.local_rank}" if torch.cuda.is_available() else name or "cpu"
    try:
        device = torch.empty(1, device=name).device
        if device.type not in ("cpu", "cuda"):
            raise RuntimeError(f"no training on {device.type}")
    except (RuntimeError, AssertionError) as error:
        raise FacewrightError(f"{name} cannot be trained on here: try --device cpu, or leave it out.") from error
    return device


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
