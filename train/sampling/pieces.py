"""The heads of the pool, piece by piece: sampled ahead of the step that needs them, and kept on the disk.

Which heads a piece has and which points are drawn of them depends on its number alone, so that it does not matter when
or by whom it is sampled. In a run's folder each finished piece is a file: a run that is killed has them all.
"""

from __future__ import annotations

import hashlib
import math
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from facewright.core.errors import FacewrightError
from facewright.core.field.workers import allowed_cores
from facewright.train.sampling.processes import SamplingProcesses
from facewright.train.sampling.sampler import sample_counts
from facewright.train.state_file import load_state, save_state

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    import numpy as np
    from torch import Tensor

    from facewright.train.config import TrainConfig
    from facewright.train.sampling.registered import Recipe, RegisteredHeads
    from facewright.train.sampling.sampler import Sampler
    from facewright.train.workers import Workers

    Progress = Callable[[int], None]
    """Told how many of a piece's heads are sampled; raises Stopped to end it."""

PIECE = 4
"""Heads of a piece: two with expressions, two composites."""

_FEW = 32
"""Heads of a pool that are sampled sooner than processes of their own are started."""

_A_MINUTE = 20
"""Heads of the pool for each minute of the run, at most."""

_PROCESSES = 4
"""Most processes that sample for one worker."""

AHEAD = 8
"""Pieces beyond those of the pool that are sampled before they are due."""

_POLL_SECONDS = 0.1


class PoolSamples(NamedTuple):
    """on : (H, N, 3), on the surface; normals : (H, N, 3); space : (H, M, 3), about it; distance : (H, M)."""

    on: Tensor
    normals: Tensor
    space: Tensor
    distance: Tensor

    @classmethod
    def empty(cls, heads: int, points: int) -> PoolSamples:
        """All zero."""
        on, near, far = sample_counts(points)
        shapes = ((heads, on, 3), (heads, on, 3), (heads, near + far, 3), (heads, near + far))
        return cls(*(torch.zeros(shape) for shape in shapes))

    def put(self, row: int, samples: tuple[np.ndarray, ...]) -> None:
        """Fill in one head."""
        for tensor, array in zip(self, samples, strict=True):
            tensor[row] = torch.from_numpy(array)

    def to(self, device: torch.device) -> PoolSamples:
        """The same on a device."""
        return PoolSamples(*(tensor.to(device) for tensor in self))


class PoolPieces:
    """Samples pieces of the pool, and reads those that were sampled before."""

    def __init__(
        self,
        heads: RegisteredHeads,
        sampler: Sampler,
        config: TrainConfig,
        workers: Workers,
        kept: tuple[Path, dict[str, Any]] | None = None,
    ) -> None:
        """Nothing is sampled yet.

        kept : a folder for the pieces, and what they depend on besides the configuration, as JSON.
        """
        self.count = -(-_pool_heads(config) // PIECE)
        """Pieces of the pool."""
        self._heads, self._sampler, self._workers, self._kept = heads, sampler, workers, kept
        self._points, self._seed = config.pool_points, config.seed
        many = min(max(allowed_cores() - 1, 1), _PROCESSES)
        self._processes = SamplingProcesses(sampler, many) if kept and self.count * PIECE > _FEW else None
        self._most_under_way = -(-2 * many // PIECE) + 1
        self._under_way: dict[int, list[tuple[int, Future[tuple[np.ndarray, ...]] | _Later]]] = {}
        self._ready: dict[int, PoolSamples] = {}
        self._known_kept: set[int] = set()

    def recipe(self, piece: int) -> Recipe:
        """What the heads of a piece are made of, the same on every worker."""
        return self._heads.recipe(PIECE, torch.Generator().manual_seed((self._seed + 1) * 1_000_003 + piece))

    def go_on(self, wanted: range) -> None:
        """See that processes are at work on these pieces, and keep what they have done; does not wait."""
        if self._processes is None:
            return
        if self._workers.count == 1:
            for piece in [number for number, heads in self._under_way.items() if all(f.done() for _, f in heads)]:
                self._ready[piece] = self._finished(piece)
        for piece in wanted:
            if len(self._under_way) >= self._most_under_way:
                break
            if piece not in self._under_way and piece not in self._ready and not self._is_kept(piece):
                self._begin(piece)
                break  # to make heads takes some milliseconds, of one step after the other

    def __call__(self, piece: int, progress: Progress = lambda done: None) -> PoolSamples:
        """The samples of a piece, as soon as there are any; all workers ask alike. Raises what `progress` raises."""
        samples = self._ready.pop(piece, None)
        if samples is None:
            samples = self._read(piece) if self._workers.first else None
            if self._workers.agree(float(samples is not None), stop=False)[0]:
                self._under_way.pop(piece, None)
                samples = samples or PoolSamples.empty(PIECE, self._points)
                self._workers.add(samples)  # the first worker alone has them
            else:
                progress(0)
                samples = self._finished(piece, progress if self._workers.count == 1 else lambda done: None)
        return samples

    def forget(self, piece: int) -> None:
        """Drop the file of a piece that no checkpoint needs any more."""
        self._known_kept.discard(piece)
        if self._kept and self._workers.first:
            self._file(piece).unlink(missing_ok=True)

    def close(self) -> None:
        """End the processes."""
        if self._processes is not None:
            self._processes.close()

    def _begin(self, piece: int) -> None:
        """Have this worker's heads of a piece sampled."""
        made = self._heads.made(self.recipe(piece)).states[0].cpu().numpy()
        own = range(self._workers.rank, PIECE, self._workers.count)
        self._under_way[piece] = []
        for row in own:
            number = piece * PIECE + row
            task = made[row], number, self._points
            samples = self._processes.submit(*task) if self._processes else _Later(self._sampler, *task)
            self._under_way[piece].append((row, samples))

    def _finished(self, piece: int, progress: Progress = lambda done: None) -> PoolSamples:
        """Wait for a piece, and keep it."""
        if piece not in self._under_way:
            self._begin(piece)
        for later in range(piece + 1, piece + self._most_under_way if self._processes else 0):
            if later not in self._under_way and later not in self._ready and not self._is_kept(later):
                self._begin(later)  # so that no process is without a head meanwhile
        samples = PoolSamples.empty(PIECE, self._points)
        for done, (row, future) in enumerate(self._under_way[piece]):
            while True:
                progress(done)
                try:
                    samples.put(row, future.result(_POLL_SECONDS))
                    break
                except NotYet:
                    continue
        del self._under_way[piece]
        self._workers.add(samples)
        if self._kept and self._workers.first:
            with suppress(FacewrightError, OSError):  # a full disk: it is sampled again if it has to be
                self._file(piece).parent.mkdir(exist_ok=True)
                save_state(self._file(piece), samples._asdict(), self._facts(piece))
        return samples

    def _facts(self, piece: int) -> dict[str, Any]:
        """What a piece depends on."""
        assert self._kept is not None
        facts = {"points": self._points, "seed": self._seed, "recipe": _digest(self.recipe(piece))}
        return {**facts, **self._kept[1]}

    def _file(self, piece: int) -> Path:
        assert self._kept is not None
        return self._kept[0] / f"{piece:06d}.safetensors"

    def _is_kept(self, piece: int) -> bool:
        """Whether a piece has a file; asked of hundreds in every step, so that a disk is asked once for each."""
        if self._kept is None or self._workers.count > 1:
            return False
        if piece not in self._known_kept and self._file(piece).is_file():
            self._known_kept.add(piece)
        return piece in self._known_kept

    def _read(self, piece: int) -> PoolSamples | None:
        """What a file holds; None if it is missing, damaged or of something else."""
        if self._kept is None or not self._file(piece).is_file():
            return None
        try:
            tensors, facts = load_state(self._file(piece))
            samples = PoolSamples(*(tensors[name] for name in PoolSamples._fields))
        except (FacewrightError, KeyError):
            return None
        shapes = [tensor.shape for tensor in PoolSamples.empty(PIECE, self._points)]
        right = facts == self._facts(piece) and [tensor.shape for tensor in samples] == shapes
        return samples if right else None


class _Later:
    """A head that is sampled when it is asked for."""

    def __init__(self, sampler: Sampler, vertices: np.ndarray, number: int, points: int) -> None:
        self._sampler, self._task = sampler, (vertices, number, points)

    def done(self) -> bool:
        """It is not."""
        return False

    def result(self, _: float) -> tuple[np.ndarray, ...]:
        """Its samples."""
        return self._sampler(*self._task)


def _pool_heads(config: TrainConfig) -> int:
    """As many as the configuration says, fewer in a run of a few minutes, which could not learn from all."""
    if config.steps is not None:
        return config.pool_heads
    return min(config.pool_heads, max(math.ceil(_A_MINUTE * config.minutes), _FEW + PIECE))


def _digest(recipe: Recipe) -> str:
    """SHA-256 of what heads are made of: samples of other heads must not be taken for theirs."""
    tensors = [tensor for blend in recipe for tensor in blend]
    return hashlib.sha256(b"".join(tensor.cpu().numpy().tobytes() for tensor in tensors)).hexdigest()
