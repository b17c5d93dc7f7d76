"""The README's row of heads: noses differ, and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.editor.window_picture import noses

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel


def test_the_heads_of_the_row_differ_in_their_noses_alone(qapp: object, model: HeadModel) -> None:
    row = np.asarray(noses(model)).astype(int)
    first, *others = np.split(row, 5, axis=1)
    for head in others:
        assert 0.01 < (np.abs(head - first).sum(axis=2) > 15).mean() < 0.2
