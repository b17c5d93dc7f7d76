"""The picture of lids and lips: beside each other, the surface of a drag and the one that rests."""

from __future__ import annotations

import numpy as np

from facewright.editor.lids_picture import Arguments, draw


def test_what_rests_is_seen_from_the_same_place_and_is_not_the_same(qapp: object) -> None:
    sheet = np.asarray(draw(Arguments(voxel_mm=6.0))).astype(int)
    before, after = np.split(sheet, 2, axis=1)
    differs = (np.abs(after - before).sum(axis=2) > 15).mean()
    assert 0.02 < differs < 0.6
