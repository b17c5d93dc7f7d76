"""Values in space, such as those of CT or MR: slices of a grid, each slice where it was taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Modality = Literal["CT", "MR", "volume"]

MOST_VOXELS = 40_000_000
"""Of a volume that is worked with: a head at 0.7 mm."""


@dataclass(frozen=True, eq=False)
class Volume:
    """Slices of values.

    values : (K, J, I) float32, of CT in Hounsfield units; origins : (K, 3) float64, mm, where the first voxel of each
    slice has its centre, in the frame of the scanner; row, column : (3,) float64, mm, from a voxel to the next in I and
    in J; modality : what took it, as far as its file tells; notes : a sentence each, for a person.
    Slices need not be at right angles to the way from one to the next (a tilted gantry), nor evenly apart.
    """

    values: np.ndarray
    origins: np.ndarray
    row: np.ndarray
    column: np.ndarray
    modality: Modality = "volume"
    notes: tuple[str, ...] = ()

    @property
    def spacing(self) -> np.ndarray:
        """From a voxel to the next in K, J and I, (3,) float64, mm; in K the mean one."""
        way = np.linalg.norm(self.origins[-1] - self.origins[0]) / max(len(self.origins) - 1, 1)
        return np.array([way, np.linalg.norm(self.column), np.linalg.norm(self.row)])

    def places(self, indices: np.ndarray) -> np.ndarray:
        """Where the grid has (N, 3) indices k, j, i, whole or not: (N, 3) float64, mm."""
        steps = np.arange(len(self.origins), dtype=float)
        start = np.stack([np.interp(indices[:, 0], steps, axis) for axis in self.origins.T], axis=1)
        places: np.ndarray = start + indices[:, 1:2] * self.column + indices[:, 2:3] * self.row
        return places


def reduced(volume: Volume, factors: tuple[int, int, int]) -> Volume:
    """A volume whose voxels are the means of blocks of so many in K, J and I; what is left over at the ends is lost."""
    if max(factors) == 1:
        return volume
    counts = [size // factor for size, factor in zip(volume.values.shape, factors, strict=True)]
    whole = volume.values[tuple(slice(n * f) for n, f in zip(counts, factors, strict=True))]
    (k, fk), (j, fj), (i, fi) = zip(counts, factors, strict=True)
    values = whole.reshape(k, fk, j, fj, i, fi).mean(axis=(1, 3, 5), dtype=np.float32)
    origins = volume.origins[: k * fk].reshape(k, fk, 3).mean(axis=1)
    shift = volume.column * (fj - 1) / 2 + volume.row * (fi - 1) / 2
    return replace(volume, values=values, origins=origins + shift, row=volume.row * fi, column=volume.column * fj)


def factors_for(shape: tuple[int, int, int], spacing: np.ndarray, most: int = MOST_VOXELS) -> tuple[int, int, int]:
    """How many voxels in K, J and I are to become one, the finest axes first, for `most` voxels to be left.

    spacing : (3,) mm. Two at least are left of each axis, however fine a header says that it is.
    """
    factors, sizes = np.ones(3, dtype=int), np.array(shape)
    while np.prod(sizes // factors) > most:
        joinable = sizes // (factors + 1) > 1
        factors[np.where(joinable, spacing * factors, np.inf).argmin()] += 1
    k, j, i = factors.tolist()
    return k, j, i


def told_size(spacing: np.ndarray) -> str:
    """Spacing (3,) in K, J, I, mm, in words: across, down and from slice to slice."""
    return " × ".join(f"{length:.2g}" for length in spacing[::-1]) + " mm"
