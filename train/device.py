"""Where training runs, how a card replays work, and what becomes of it when memory runs out or the device is lost."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import torch

from facewright.core.device import AUTOMATIC, DeviceUnavailable, choose, cuda_trouble
from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from facewright.train.workers import Workers


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


_WARM_UP = 3
"""Times that work is done as it is before it is captured: libraries allocate what they need in the first."""


class CapturedStep:
    """Work without arguments, on tensors that stay where they are: where the device can, captured once, then replayed.

    Elsewhere, or where it cannot be captured, the work is done as it is; so is all that reads what it makes, for that
    lies elsewhere in every step then.
    """

    def __init__(
        self,
        work: Callable[[], None],
        device: torch.device,
        generator: torch.Generator,
        told: Callable[[str], None],
        reads: CapturedStep | None = None,
    ) -> None:
        """generator : of the work's random numbers; told : hears in a sentence that it could not be captured.

        reads : what is done before it in every step, and makes the tensors that it reads.
        """
        self._work, self._device, self._generator, self._told, self._reads = work, device, generator, told, reads
        self._capture = recorder(device)
        self._left = _WARM_UP
        self.stays = False
        """Whether what it makes stays where it is from now on."""

    def __call__(self) -> None:
        """Do the work."""
        if self._capture is None:
            self._work()
        elif self._left > 0:
            self._left -= 1
            _aside(self._work, self._device)
        else:
            capture, self._capture = self._capture, None
            if self._reads is None or self._reads.stays:
                try:
                    self._work, self.stays = capture(self._work, self._generator), True
                except RuntimeError as error:
                    self._told(f"The device cannot replay a step, which is slower: {str(error).splitlines()[0]}")
            self._work()


def recorder(device: torch.device) -> Callable[[Callable[[], None], torch.Generator], Callable[[], None]] | None:
    """What records work without doing it, and gives what does it; None where a device has no such thing."""
    return partial(_cuda_graph, device) if device.type == "cuda" else None


def _cuda_graph(device: torch.device, work: Callable[[], None], generator: torch.Generator) -> Callable[[], None]:
    """Record work on a CUDA device, which need not be the current one, as a CUDA graph."""
    with torch.cuda.device(device):
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(generator)
        with torch.cuda.graph(graph, stream=torch.cuda.Stream()):
            work()
    return graph.replay


def _aside(work: Callable[[], None], device: torch.device) -> None:
    """Do work on a stream of its own, as it has to be before it is captured."""
    if device.type != "cuda":
        return work()
    with torch.cuda.device(device):
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            work()
        torch.cuda.current_stream().wait_stream(stream)
    return None


class Pace:
    """Keeps the host two steps ahead of a card at most, so that its clock is the card's and a stop is heard soon."""

    def __init__(self, device: torch.device) -> None:
        """Of a device; one that works as it is told needs none of this."""
        self._device = device
        self._events = [torch.cuda.Event() for _ in range(2)] if device.type == "cuda" else []

    def __call__(self) -> None:
        """Mark the end of a step; wait for that of the one before the last."""
        if self._events:
            self._events[0].synchronize()
            self._events.append(self._events.pop(0))
            self._events[-1].record(torch.cuda.current_stream(self._device))
