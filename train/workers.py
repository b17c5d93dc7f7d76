"""The processes that train one model together, as `torchrun` starts them, and all that they say to each other.

Every worker holds all heads, all codes and the same generator. All draw the same random numbers; each makes the heads
and points of its own share of the step and learns from them; then gradients are averaged. So a run has the same steps
whatever the number of workers, which may also change from one resumption to the next.

Codes are not divided among the workers: a step touches a few rows, at most four subjects a head, and to exchange those
rows' gradients takes some kilobytes, where a worker that owned some subjects would be asked for theirs in every step.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import distributed

from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor


class Workers:
    """The processes of a run, as this one of them sees it. A process alone is all of them, and nothing is sent.

    rank : from 0; count : how many there are; local_rank : among those of this machine.
    Every method but the constructors is to be called by all workers alike; all raise FacewrightError if another
    worker is gone.
    """

    def __init__(self, rank: int = 0, count: int = 1, local_rank: int = 0) -> None:
        """The process alone."""
        self.rank, self.count, self.local_rank = rank, count, local_rank

    @classmethod
    def join(cls) -> Workers:
        """The workers that `torchrun` started, or this process alone: gloo between CPUs, NCCL between GPUs.

        Raises FacewrightError if they do not find each other.
        """
        if int(os.environ.get("WORLD_SIZE", "1")) < 2:
            return cls()
        with _peers():
            distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
        rank, count = distributed.get_rank(), distributed.get_world_size()
        return cls(rank, count, int(os.environ.get("LOCAL_RANK", "0")))

    @property
    def first(self) -> bool:
        """Whether this is the worker that keeps the clock and writes the run's folder."""
        return self.rank == 0

    def agree(self, seconds: float, stop: bool, hold: bool = False) -> tuple[float, bool, bool]:
        """The first worker's seconds, whether any wants to stop, and whether any wants to be waited for."""
        seconds, *wanted = self._greatest(seconds if self.first else 0.0, stop, hold)
        return seconds, bool(wanted[0]), bool(wanted[1])

    def any(self, *facts: bool) -> tuple[bool, ...]:
        """Of each fact, whether it is true of any."""
        return tuple(bool(greatest) for greatest in self._greatest(*facts))

    def broadcast(self, tensors: Iterable[Tensor]) -> None:
        """Make every worker's tensors the first one's, in place."""
        for tensor in tensors if self.count > 1 else ():
            with _peers():
                distributed.broadcast(tensor.detach(), 0)

    def send(self, tensor: Tensor) -> Sent:
        """Begin to make every worker's tensor the sum over all, in place."""
        with _peers():
            return Sent(distributed.all_reduce(tensor, async_op=True))

    def average(self, tensor: Tensor) -> None:
        """Make every worker's tensor the mean over all, in place."""
        if self.count > 1:
            with _peers():
                distributed.all_reduce(tensor)
            tensor.div_(self.count)

    def gather(self, tensor: Tensor, into: Tensor) -> Sent:
        """Begin to put every worker's tensor (N,) into the rows of one (workers, N)."""
        with _peers():
            return Sent(distributed.all_gather(list(into), tensor, async_op=True), tensor)

    def add(self, tensors: Iterable[Tensor]) -> None:
        """Make every worker's tensors the sum over all, in place."""
        for tensor in tensors if self.count > 1 else ():
            with _peers():
                distributed.all_reduce(tensor)

    def leave(self) -> None:
        """End what `join` began."""
        if self.count > 1:
            distributed.destroy_process_group()

    def _greatest(self, *values: float) -> tuple[float, ...]:
        """Of each value the greatest over all."""
        if self.count == 1:
            return values
        greatest = torch.tensor(values, dtype=torch.float64)
        with _peers():
            distributed.all_reduce(greatest, distributed.ReduceOp.MAX)
        return tuple(greatest.tolist())


class Sent:
    """What all workers make of their tensors, under way."""

    def __init__(self, work: distributed.Work | None, held: Tensor | None = None) -> None:
        """As torch gives it; held : what must not go before it is there."""
        self._work, self._held = work, held

    def wait(self) -> None:
        """Until it is there."""
        if self._work is not None:
            with _peers():
                self._work.wait()


@contextmanager
def _peers() -> Iterator[None]:
    """Say that another worker is gone in the user's words."""
    try:
        yield
    except RuntimeError as error:
        raise FacewrightError(
            "Another process of this training ended or cannot be reached; its own message says why. The last "
            "checkpoint is intact: go on with --resume, which torchrun --max-restarts does by itself."
        ) from error
