"""The picture of an anatomy: its parts in their colours, its landmarks as dots, on a white page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from facewright.core.anatomy import bundled_anatomy
from facewright.editor.anatomy_picture import draw_anatomy
from facewright.train.anatomy.closed_surface import ClosedSurface
from facewright.train.data.ict_facekit import read_neutral

if TYPE_CHECKING:
    from pathlib import Path


def test_parts_are_seen_in_four_views_of_the_head_and_of_the_face(
    qapp: object, ict_folder: Path, tmp_path: Path
) -> None:
    positions, polygons, _ = read_neutral(ict_folder)
    anatomy = bundled_anatomy("ict_facekit")
    surface = ClosedSurface.build(anatomy, polygons, positions)
    draw_anatomy(anatomy, surface, surface.close(positions), tmp_path / "anatomy.png")
    with Image.open(tmp_path / "anatomy.png") as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert pixels.shape == (1000, 1600, 3)
    coloured = np.ptp(pixels, axis=-1) > 60
    for row in np.split(coloured, 2):
        for view in np.split(row, 4, axis=1):
            assert view.mean() > 0.005
    assert coloured[500:].mean() > 2.0 * coloured[:500].mean()  # the face, from nearer
    assert (pixels[0] == 255).all()
