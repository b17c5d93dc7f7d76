"""A picture behind the head or over it, to work from: in the middle of the view, in its own shape."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pyvista
from PIL import Image, ImageOps
from vtkmodules.vtkRenderingCore import vtkCoordinate, vtkPolyDataMapper2D, vtkTexturedActor2D

from facewright.core.errors import FacewrightError
from facewright.core.input_file import require_regular
from facewright.editor.viewport.display_options import ReferenceLook

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = ("png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff")
"""Ends of the names of pictures that are read."""

_LONGEST_SIDE = 1600
"""Pixels that are kept of a picture."""


def is_picture(path: Path) -> bool:
    """Whether a file of this name can be a reference."""
    return path.suffix.lower().removeprefix(".") in PICTURES


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
    """A picture in the middle of a renderer: on its ground, or over what is drawn there."""

    def __init__(self, renderer: pyvista.Renderer) -> None:
        """No picture yet."""
        self._renderer = renderer
        self._picture: Image.Image | None = None
        self._look = ReferenceLook()
        self._shown: tuple[object, ...] = ()
        self._front = _front()
        renderer.AddViewProp(self._front)

    def set(self, picture: Image.Image | None) -> None:
        """Show another picture, or none."""
        self._picture, self._shown = picture, ()
        if picture is None:
            self._show(None, in_front=False)

    def set_look(self, look: ReferenceLook) -> None:
        """Draw it another way, as soon as it is fitted."""
        self._look = look

    def fit(self, aspect: float, ground: tuple[float, float, float]) -> None:
        """Fit it into a view of that width over height; `ground`, sRGB, fills what it leaves free."""
        wanted = (round(aspect, 2), ground, self._look)
        if self._picture is None or self._shown == wanted:
            return
        self._shown = wanted
        sheet = _sheet(self._picture, aspect, self._look)
        if not self._look.in_front:
            whole = Image.new("RGB", sheet.size, tuple(round(255 * part) for part in ground))
            whole.paste(sheet, mask=sheet)
            sheet = whole
        texture = pyvista.Texture(np.asarray(sheet))
        texture.InterpolateOn()
        self._show(texture, in_front=self._look.in_front)

    def _show(self, texture: pyvista.Texture | None, *, in_front: bool) -> None:
        """Draw a picture as large as the view in one of the two places, and nothing in the other."""
        behind = None if in_front else texture
        self._renderer.SetBackgroundTexture(behind)
        self._renderer.SetTexturedBackground(behind is not None)
        if in_front and texture is not None:
            self._front.SetTexture(texture)
        self._front.SetVisibility(in_front and texture is not None)


def _sheet(picture: Image.Image, aspect: float, look: ReferenceLook) -> Image.Image:
    """A picture RGBA in the middle of one as wide as a view, with nothing round it."""
    width, height = picture.size
    whole = np.array([max(width, height * aspect), max(height, width / aspect)]) / look.scale
    fit = min(1.0, _LONGEST_SIDE / whole.max())
    drawn = picture.resize((max(1, round(fit * width)), max(1, round(fit * height))))
    drawn.putalpha(round(255 * look.opacity))
    across, up = (max(1, round(fit * side)) for side in whole.tolist())
    sheet = Image.new("RGBA", (across, up))
    sheet.paste(drawn, ((across - drawn.width) // 2, (up - drawn.height) // 2))
    return sheet


def _front() -> vtkTexturedActor2D:
    """What draws a picture over a whole renderer; nothing yet."""
    corner = vtkCoordinate()
    corner.SetCoordinateSystemToNormalizedViewport()
    mapper = vtkPolyDataMapper2D()
    mapper.SetInputData(pyvista.Plane(center=(0.5, 0.5, 0.0), i_resolution=1, j_resolution=1))
    mapper.SetTransformCoordinate(corner)
    front = vtkTexturedActor2D()
    front.SetMapper(mapper)
    front.SetVisibility(False)
    return front
