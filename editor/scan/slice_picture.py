"""Slices of a volume as pictures: grey values, and over them the outline of what is taken for tissue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from scipy import ndimage

if TYPE_CHECKING:
    from facewright.core.volume.skin import Levels
    from facewright.core.volume.volume import Volume

_OUTLINE = np.array([255, 140, 0], np.uint8)
_BEYOND = 1.3
"""White is so much above soft tissue, as a share of its distance from air."""


def slice_picture(volume: Volume, axis: int, levels: Levels, threshold: float, side: int) -> QPixmap:
    """The middle slice across an axis (0 to 2, K to I) of a volume, `side` pixels wide or high at most.

    The top of the head is up where the slice shows it, else the front.
    """
    shape = volume.values.shape
    values = np.take(volume.values, shape[axis] // 2, axis=axis)
    steps = [(volume.origins[-1] - volume.origins[0]) / max(shape[0] - 1, 1), volume.column, volume.row]
    down, across = (steps[other] for other in range(3) if other != axis)
    heights = [np.linalg.norm(down) * values.shape[0], np.linalg.norm(across) * values.shape[1]]
    up = np.array([0.0, 0.0, 1.0])  # DICOM's z; y goes to the back
    if max(abs(down @ up) / np.linalg.norm(down), abs(across @ up) / np.linalg.norm(across)) < 0.6:
        up = np.array([0.0, -1.0, 0.0])
    if abs(across @ up) * np.linalg.norm(down) > abs(down @ up) * np.linalg.norm(across):
        values, down, heights = values.T, across, heights[::-1]
    if down @ up > 0.0:
        values = values[::-1]
    white = max(levels.air + _BEYOND * (levels.tissue - levels.air), levels.air + 1e-6)
    grey = (255.0 * np.clip((values - levels.air) / (white - levels.air), 0.0, 1.0)).astype(np.uint8)
    picture = np.repeat(grey[..., None], 3, axis=2)
    tissue = values >= threshold
    picture[tissue & ~ndimage.binary_erosion(tissue)] = _OUTLINE
    picture = np.ascontiguousarray(picture)
    image = QImage(picture.data, picture.shape[1], picture.shape[0], picture.strides[0], QImage.Format.Format_RGB888)
    scale = side / max(heights)
    size = max(1, round(heights[1] * scale)), max(1, round(heights[0] * scale))
    ways = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.copy().scaled(*size, *ways))
