"""Processes that sample heads while a run learns: each reads heads from its standard input and writes samples back.

A message is its length and a NumPy archive, from which nothing is unpickled. The processes need neither torch nor the
run's heads, and end when the run does, however that ends, for their standard input ends then.
"""

from __future__ import annotations

import io
import os
import queue
import subprocess
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import IO, TYPE_CHECKING

import numpy as np

from facewright.core.isolated import module_command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.train.sampling.sampler import Sampler

    Samples = tuple[np.ndarray, ...]

_LENGTH = 8
"""Bytes of a message's length, little-endian."""

_FIELDS = ("on", "normals", "space", "distance")

_NICE = 10
"""By how much they give way to the run, where the system knows of such a thing."""


class SamplingProcesses:
    """Some processes, started as they are needed, and a queue of heads for them."""

    def __init__(self, sampler: Sampler, count: int) -> None:
        """Nothing is started yet."""
        self._sampler, self._count = sampler, count
        self._tasks: queue.SimpleQueue[tuple[Future[Samples], np.ndarray, int, int] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._running: list[subprocess.Popen[bytes]] = []
        self._closed = False

    def submit(self, vertices: np.ndarray, number: int, points: int) -> Future[Samples]:
        """Sample a head as `Sampler` does; a process that fails is done without."""
        future: Future[Samples] = Future()
        self._tasks.put((future, vertices, number, points))
        if len(self._threads) < self._count:
            self._threads.append(threading.Thread(target=self._serve, name="sampling", daemon=True))
            self._threads[-1].start()
        return future

    def close(self) -> None:
        """End them at once, whatever they are at."""
        self._closed = True
        for process in self._running:
            process.kill()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        """Hand heads to one process."""
        process = self._started()
        while (task := self._tasks.get()) is not None and not self._closed:
            future, vertices, number, points = task
            samples = _asked(process, vertices, number, points) if process is not None else None
            if samples is None and process is not None:
                _end(process)
                process = None
            if not self._closed:
                try:
                    future.set_result(samples or self._sampler(vertices, number, points))
                except Exception as error:  # handed to whoever waits
                    future.set_exception(error)
        if process is not None:
            _end(process)

    def _started(self) -> subprocess.Popen[bytes] | None:
        try:
            process = subprocess.Popen(
                module_command("facewright.train.sampling.processes"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        except OSError:
            return None
        self._running.append(process)
        try:
            assert process.stdin is not None
            _write(process.stdin, self._sampler.arrays())
        except OSError:
            _end(process)
            return None
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    """Leave nothing of a process."""
    process.kill()
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):  # what it was sent and has not read
            if stream is not None:
                stream.close()
    process.wait()


def _asked(process: subprocess.Popen[bytes], vertices: np.ndarray, number: int, points: int) -> Samples | None:
    """What a process answers; None if it does not."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        _write(process.stdin, {"vertices": vertices, "number": np.array(number), "points": np.array(points)})
        answer = _read(process.stdout)
    except (OSError, ValueError):
        return None
    return tuple(answer[field] for field in _FIELDS) if answer else None


def _write(stream: IO[bytes], arrays: Mapping[str, np.ndarray]) -> None:
    """Send arrays by name."""
    archive = io.BytesIO()
    np.savez(archive, allow_pickle=False, **arrays)
    stream.write(len(archive.getvalue()).to_bytes(_LENGTH, "little") + archive.getvalue())
    stream.flush()


def _read(stream: IO[bytes]) -> dict[str, np.ndarray] | None:
    """The next message; None where there is none any more."""
    length = stream.read(_LENGTH)
    message = stream.read(int.from_bytes(length, "little"))
    if len(length) < _LENGTH or len(message) < int.from_bytes(length, "little"):
        return None
    with np.load(io.BytesIO(message), allow_pickle=False) as archive:
        return dict(archive)


def main() -> None:
    """Sample what is asked for until nobody asks."""
    os.environ["IGL_NUM_THREADS"] = "1"
    from facewright.train.sampling.sampler import Sampler  # with libigl, which reads that

    if hasattr(os, "nice"):
        os.nice(_NICE)
    first = _read(sys.stdin.buffer)
    sampler = Sampler.of_arrays(first) if first else None
    while sampler and (task := _read(sys.stdin.buffer)):
        samples = sampler(task["vertices"], int(task["number"]), int(task["points"]))
        _write(sys.stdout.buffer, dict(zip(_FIELDS, samples, strict=True)))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        main()
