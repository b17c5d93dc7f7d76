"""Pictures of the pages are written small; what goes wrong is one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from facewright.core.errors import FacewrightError
from facewright.editor.page_picture import run, write_picture

if TYPE_CHECKING:
    from pathlib import Path


def test_a_picture_keeps_seven_bits_of_each_colour(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 9, 3), dtype=np.uint8)
    write_picture(tmp_path / "a.png", Image.fromarray(pixels))
    with Image.open(tmp_path / "a.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), pixels & 0xFE)


def test_what_cannot_be_drawn_ends_with_its_sentence(qapp: object, tmp_path: Path) -> None:
    def draw() -> Image.Image:
        raise FacewrightError("There is no head to draw: give one.")

    with pytest.raises(SystemExit, match="There is no head to draw: give one"):
        run(tmp_path / "a.png", draw)
    assert not list(tmp_path.iterdir())
