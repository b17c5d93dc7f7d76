"""Directions of the codes that go with labels of the training heads: see `facewright.core.directions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.train.code_tables import CodeTables

_LEAST_SUBJECTS = 40
"""Subjects with labels, without which nothing is said of them."""

_RIDGE = 1e-2


def label_directions(tables: CodeTables, labels: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What one standard deviation of each label (S,) adds to the codes of all parts, (SIZE,) float32.

    By ridge regression on all labels together over the subjects that have them (NaN for the others) and their mirror
    images, which have the same. None where they are too few.
    """
    if not labels:
        return {}
    values = np.stack([*labels.values()], axis=1).astype(np.float64)  # (S, L)
    labelled = np.isfinite(values).all(axis=1)
    if labelled.sum() < _LEAST_SUBJECTS:
        return {}
    codes = np.concatenate([tables.table(part) for part in PARTS], axis=1).astype(np.float64)
    codes = codes.reshape(len(values), 2, -1)[labelled].mean(axis=1)
    spread = values[labelled].std(axis=0).clip(1e-9)
    centred = (values[labelled] - values[labelled].mean(axis=0)) / spread
    products = centred.T @ centred + _RIDGE * len(codes) * np.eye(len(spread))
    slopes = np.linalg.solve(products, centred.T @ (codes - codes.mean(axis=0))).astype(np.float32)
    return dict(zip(labels, slopes, strict=True))
