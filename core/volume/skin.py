"""The skin in a volume: the surface between air and tissue, of the head alone.

What is tissue is told by a threshold halfway between the two peaks of the histogram, air's and soft tissue's, which is
where the edge of a blurred step lies. Tables, pillows, masks and tubes are parted from the head by an opening on a
coarse grid; what is left of the largest piece is the head. Air that the outside does not reach through a passage wider
than a finger's is inside it: sinuses and throat have no surface here. Where the volume ends, or where what was removed
touched the skin, the surface ends too: nothing is closed that was not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from skimage.measure import marching_cubes

from facewright.core.errors import FacewrightError
from facewright.core.scan.scan import MOST_POINTS, Scan, thinned

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.volume.volume import Volume

_AIR_HU = -1024.0
"""Nothing is less dense; scanners write less where they have seen nothing."""
_UNSEEN_HU = -1100.0

_BINS, _SAMPLE = 400, 2_000_000
_COARSE_MM = 2.0
_OPENING_MM = 4.5
"""Half as thick as what is parted from the head: tubes, sheets, the edge where a pillow touches."""
_THIN_MM = 9.0
"""What is thin, such as ears and the wings of the nose, is given back so far from what the opening left."""
_NARROW_MM = 4.0
"""Half as wide as the passages that are taken for the head's inside: nostrils, ear canals, the mouth."""
_OUTSIDE_SHARE = 0.2
"""Bodies of air that have so much of the largest one's size are outside, too: a head may part the volume in two."""
_LEAST_MM2 = 8_000.0
"""A face alone has more skin."""
_LEAST_SHARE = 0.2
"""Pieces of the surface with less than this share of the largest one's triangles are dropped."""


@dataclass(frozen=True)
class Levels:
    """A volume's typical values: of air, of soft tissue, and the threshold between them."""

    air: float
    tissue: float

    @property
    def threshold(self) -> float:
        """Halfway: where a blurred edge is."""
        return (self.air + self.tissue) / 2.0


def find_levels(volume: Volume) -> Levels:
    """The peaks of the histogram on both sides of its valley (Otsu's threshold).

    Raises FacewrightError if there are no two.
    """
    from skimage.filters import threshold_otsu  # takes a while to import

    values = volume.values.ravel()
    values = values[:: max(1, len(values) // _SAMPLE)]
    values = values[values > _UNSEEN_HU] if volume.modality == "CT" else values
    if not len(values) or not np.ptp(values) > 0.0:
        raise _no_skin()
    low, high = np.percentile(values, [0.1, 99.5])
    values = np.clip(values, max(low, _AIR_HU) if volume.modality == "CT" else low, high)
    if not np.ptp(values) > 0.0:
        raise _no_skin()
    valley = float(threshold_otsu(values, nbins=_BINS))
    below, above = values[values <= valley], values[values > valley]
    if min(len(below), len(above)) < 100:
        raise _no_skin()
    return Levels(_peak(below), _peak(above))


def skin(volume: Volume, threshold: float | None = None, check: Callable[[], None] = lambda: None) -> Scan:
    """The head's skin as a scan of `MOST_POINTS` points at most, in mm, in the frame of the scanner.

    threshold : what is at least so dense is tissue; found if not given. `check` is called between steps.
    Raises FacewrightError if there is no surface of a head's size; and what `check` raises.
    """
    levels = find_levels(volume)
    level = levels.threshold if threshold is None else threshold
    unseen = volume.values < _UNSEEN_HU if volume.modality == "CT" else None
    values = np.maximum(volume.values, _AIR_HU) if unseen is not None else volume.values
    if not values.min() < level < values.max():
        raise _no_skin()
    check()
    tissue = values >= level
    head, outside = _regions(tissue, volume.spacing, check)
    removed, inner = tissue & ~head, ~(outside | tissue)
    values = np.where(removed, np.float32(levels.air), values)
    values = np.where(inner, np.float32(max(levels.tissue, 2.0 * level - levels.air)), values)
    check()
    vertices, faces, _, _ = marching_cubes(values, level)
    check()
    ends = removed | inner if unseen is None else removed | inner | unseen
    faces = faces[~_beside(ends, vertices)[faces].any(axis=1)]
    faces = _large_pieces(faces, len(vertices))
    if np.linalg.det([volume.origins[-1] - volume.origins[0], volume.column, volume.row]) > 0.0:
        faces = faces[:, ::-1]  # marching cubes takes the grid for right-handed; normals are to point outward
    used, faces = np.unique(faces, return_inverse=True)
    points = volume.places(vertices[used].astype(np.float64))
    scan = Scan(points, faces.reshape(-1, 3).astype(np.int64), None, volume.notes, "mm")
    if not len(points) or _area(scan) < _LEAST_MM2:
        raise _no_skin()
    return thinned(scan, MOST_POINTS)


def _peak(values: np.ndarray) -> float:
    """The most frequent value."""
    counts, edges = np.histogram(values, _BINS)
    smooth = ndimage.gaussian_filter1d(counts.astype(float), 4.0)
    top = int(smooth.argmax())
    return float((edges[top] + edges[top + 1]) / 2.0)


def _regions(tissue: np.ndarray, spacing: np.ndarray, check: Callable[[], None]) -> tuple[np.ndarray, np.ndarray]:
    """Which voxels (K, J, I) may be of the head, and which air is outside of it, found on a coarse grid."""
    factors = np.maximum(1, np.rint(_COARSE_MM / spacing)).astype(int)
    coarse = _blocks(tissue, factors)
    step = spacing * factors
    inner = ndimage.distance_transform_edt(np.pad(coarse, 1, mode="edge"), sampling=step)[1:-1, 1:-1, 1:-1]
    check()
    labels, count = ndimage.label(inner > _OPENING_MM)
    if not count:
        raise _no_skin()
    core = labels == np.bincount(labels.ravel())[1:].argmax() + 1
    head = ndimage.distance_transform_edt(~core, sampling=step) <= _OPENING_MM + _THIN_MM
    check()
    solid = coarse & head
    wide = ndimage.label(ndimage.distance_transform_edt(~solid, sampling=step) > _NARROW_MM)[0]
    sizes = np.bincount(wide.ravel())[1:]
    if not len(sizes):
        raise _no_skin()
    outside = np.isin(wide, 1 + np.flatnonzero(sizes >= _OUTSIDE_SHARE * sizes.max()))  # throat and sinuses are less
    outside = ndimage.distance_transform_edt(~outside, sampling=step) <= _NARROW_MM + step.max()
    check()
    return _fine(head, factors, tissue.shape), _fine(outside, factors, tissue.shape)


def _blocks(mask: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Of blocks of voxels, those whose majority is set; the last ones may be smaller."""
    short = [(-size) % factor for size, factor in zip(mask.shape, factors, strict=True)]
    padded = np.pad(mask, [(0, n) for n in short], mode="edge")
    (k, fk), (j, fj), (i, fi) = ((size // factor, factor) for size, factor in zip(padded.shape, factors, strict=True))
    share = padded.reshape(k, fk, j, fj, i, fi).mean(axis=(1, 3, 5), dtype=np.float32)
    blocks: np.ndarray = share >= 0.5
    return blocks


def _fine(mask: np.ndarray, factors: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A coarse mask on the grid that it was made from."""
    for axis, factor in enumerate(factors):
        mask = np.repeat(mask, factor, axis=axis)
    return mask[tuple(slice(size) for size in shape)]


def _beside(mask: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """Which vertices (N, 3) k, j, i lie beside a voxel of a mask."""
    near = ndimage.binary_dilation(mask)
    index = np.rint(vertices).astype(int)
    beside: np.ndarray = near[tuple(np.minimum(index, np.array(mask.shape) - 1).T)]
    return beside


def _large_pieces(faces: np.ndarray, count: int) -> np.ndarray:
    """The faces (F, 3) of the largest connected piece, and of others that are not much smaller."""
    if not len(faces):
        return faces
    pairs = faces[:, [0, 1, 1, 2]].reshape(-1, 2)
    graph = coo_matrix((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    piece = connected_components(graph, directed=False)[1][faces[:, 0]]
    sizes = np.bincount(piece)
    return faces[sizes[piece] >= _LEAST_SHARE * sizes.max()]


def _area(scan: Scan) -> float:
    a, b, c = scan.points[scan.faces].transpose(1, 0, 2)
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2.0)


def _no_skin() -> FacewrightError:
    return FacewrightError(
        "The volume shows no skin to speak of: choose a series of the head with air about it, or move the threshold."
    )
