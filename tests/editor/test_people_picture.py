"""Sheets of many heads: as many pictures as asked for, of heads that differ; noses that are changed, and back again."""

from __future__ import annotations

import numpy as np
import pytest

from facewright.core.errors import FacewrightError
from facewright.editor import people_picture
from facewright.editor.people_picture import Arguments, draw

WIDTH, HEIGHT = 150, 176


def cells(arguments: Arguments) -> list[np.ndarray]:
    """The pictures of a sheet of one row or more, from the left."""
    sheet = np.asarray(draw(arguments)).astype(int)
    rows = [sheet[top : top + HEIGHT] for top in range(0, len(sheet), HEIGHT)]
    return [row[:, left : left + WIDTH] for row in rows for left in range(0, row.shape[1], WIDTH)]


def differing(one: np.ndarray, other: np.ndarray) -> float:
    return float((np.abs(one - other).sum(axis=2) > 15).mean())


def test_random_heads_from_two_sides(qapp: object) -> None:
    front, side, other_front, other_side = cells(Arguments("random", heads=2, voxel_mm=6.0))
    assert differing(front, side) > 0.2
    assert differing(front, other_front) > 0.05
    assert differing(side, other_side) > 0.05


def test_a_nose_is_changed_and_changed_back(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_picture, "_CHANGES", (("dorsum", 4.0),))
    monkeypatch.setitem(people_picture._ACROSS, "noses", 2)
    before, _, again, _ = cells(Arguments("noses", heads=1, voxel_mm=6.0, fit_steps=2))
    assert differing(before, again) == 0.0


def test_sums_need_the_heads_that_they_are_known_of() -> None:
    with pytest.raises(FacewrightError, match="--data ict:FOLDER"):
        draw(Arguments("sums"))
