"""The threads that evaluate, mesh and add up: one for each core."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 4096
"""Most points evaluated at a time: some milliseconds, during which the GIL is not held."""


def allowed_cores() -> int:
    """How many cores this process may use: under Slurm, taskset and in containers fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):  # Windows and macOS lack it
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


CORES = allowed_cores()
WORKERS = ThreadPoolExecutor(CORES, "field", torch.set_num_threads, (1,))
"""Their work waits for none of their own. Each takes one of torch's threads."""


def in_chunks(work: Callable[[slice], None], count: int, whole: int, most: int = CHUNK) -> None:
    """Do work on all of `count` points, in chunks shared evenly among the cores: up to `most`, multiples of `whole`."""
    share = -(-count // CORES)
    size = min(most, -(-share // -(-share // most or 1))) if share else 0
    size = -(-size // whole) * whole
    starts = range(0, count, size) if size else ()
    for _ in WORKERS.map(lambda start: work(slice(start, min(start + size, count))), starts):
        pass
