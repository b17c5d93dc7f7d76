"""Work of fixed shapes, recorded once as a CUDA graph and replayed: one launch in place of hundreds."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import torch
from torch.profiler import record_function

if TYPE_CHECKING:
    from collections.abc import Callable

REGION = "captured"
"""Name under which a profiler lists a run of such work, captured or not."""

_WARM_UPS = 2
"""Runs before a capture: libraries make their handles and choose their kernels in the first."""

_log = logging.getLogger(__name__)


class Captured:
    """A function without arguments that reads and writes tensors that stay where they are, and returns nothing.

    On CUDA (and ROCm) it is captured when it is first run; elsewhere, and where a capture fails, it runs as it is.
    It may neither wait for the device nor have shapes that depend on values.
    """

    def __init__(self, function: Callable[[], None], device: torch.device, pool: Any = None) -> None:
        """Nothing is run yet. `pool` holds what lives during a run alone, so that all captures may share it."""
        self._function, self._device, self._pool = function, device, pool
        self._to_capture = device.type == "cuda"
        self._graph: torch.cuda.CUDAGraph | None = None

    @torch.no_grad()
    def __call__(self) -> None:
        """Run it; on a GPU it is only queued."""
        if self._to_capture:
            self._to_capture = False
            self._capture()
        with record_function(REGION):
            if self._graph is not None:
                self._graph.replay()
            else:
                self._function()

    def _capture(self) -> None:
        """Record the function on a stream of its own."""
        try:
            with torch.cuda.device(self._device):
                here, beside = torch.cuda.current_stream(), torch.cuda.Stream()
                beside.wait_stream(here)
                with torch.cuda.stream(beside):
                    for _ in range(_WARM_UPS):
                        self._function()
                here.wait_stream(beside)
                graph = torch.cuda.CUDAGraph()
                # Another thread may use the card meanwhile: what it does is no business of this capture.
                with torch.cuda.graph(graph, pool=self._pool, stream=beside, capture_error_mode="thread_local"):
                    self._function()
            self._graph = graph
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            _log.warning("The surface is evaluated without CUDA graphs, some times slower: %s", error)


def shared_pool(device: torch.device) -> Any:
    """Memory for all captures of one engine, whose runs never overlap; None where there are no captures."""
    return torch.cuda.graph_pool_handle() if device.type == "cuda" else None
