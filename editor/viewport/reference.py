"""A picture behind the head, to work from: as large as the view allows, in its own shape, on the view's ground."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pyvista
from PIL import Image, ImageOps

from facewright.core.errors import FacewrightError
from facewright.core.input_file import require_regular

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_SIDE = 1600
"""Pixels that are kept of a picture."""


def read_reference(path: Path) -> Image.Image:
    """The picture of a file, RGB, upright, at most 1600 pixels wide and high.

    Raises FacewrightError if it is no picture that can be read.
    """
    try:
        require_regular(path)
        with warnings.catch_warnings(), Image.open(path) as picture:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture)  # as the camera was held
            upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            return upright.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise FacewrightError(f"{path.name} cannot be read as a picture: choose a PNG, JPEG or WebP file.") from None


class ReferencePicture:
    """The ground of a renderer: a picture in the middle of it."""

    def __init__(self, renderer: pyvista.Renderer) -> None:
        """No picture yet."""
        self._renderer = renderer
        self._picture: Image.Image | None = None
        self._shown: tuple[object, ...] = ()

    def set(self, picture: Image.Image | None) -> None:
        """Show another picture, or none."""
        self._picture, self._shown = picture, ()
        if picture is None:
            self._renderer.SetTexturedBackground(False)
            self._renderer.SetBackgroundTexture(None)

    def fit(self, aspect: float, ground: tuple[float, float, float]) -> None:
        """Fit it into a view of that width over height; `ground`, sRGB, fills what it leaves free."""
        wanted = (round(aspect, 2), ground)
        if self._picture is None or self._shown == wanted:
            return
        self._shown = wanted
        width, height = self._picture.size
        whole = (max(width, round(height * aspect)), max(height, round(width / aspect)))
        sheet = Image.new("RGB", whole, tuple(round(255 * part) for part in ground))
        sheet.paste(self._picture, ((whole[0] - width) // 2, (whole[1] - height) // 2))
        sheet.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
        texture = pyvista.Texture(np.asarray(sheet))
        texture.InterpolateOn()
        self._renderer.SetBackgroundTexture(texture)
        self._renderer.SetTexturedBackground(True)
