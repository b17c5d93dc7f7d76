"""Pictures of heads that no window shows: as large as wanted, as fine as can be, on any background or none."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pyvista
from PIL import Image

from facewright.core.atomic_file import write_atomically
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.panes import SHAPE, Panes

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from facewright.editor.viewport.painting import Drawable
    from facewright.editor.viewport.pose import ViewName

_SUPERSAMPLING = 2
"""Pixels drawn for each that is kept, along either axis, unless the picture is large anyway."""
_LARGE = 2400


class Photographer:
    """Panes off the screen; leaving the `with` block releases their graphics."""

    def __init__(self, size: tuple[int, int], display: DisplayOptions) -> None:
        """Pictures of `size` (width, height) pixels that show heads as `display` says."""
        self._size = size
        factor = _SUPERSAMPLING if max(size) <= _LARGE else 1
        with pyvista.vtk_verbosity("off"):  # VTK warns of each kind of OpenGL it tries before one that works
            self._plotter = pyvista.Plotter(
                shape=SHAPE, border=False, off_screen=True, window_size=[factor * side for side in size]
            )
            self._window = self._plotter.render_window
            assert self._window is not None
            self._window.SetMultiSamples(0)
            self.panes = Panes(self._plotter)
            self.panes.set_display(display)
            self.panes.set_fine(True)

    def __enter__(self) -> Self:
        """Give the photographer."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Release the graphics."""
        self.close()

    def close(self) -> None:
        """Release the graphics."""
        self._plotter.close()

    def take(self, *, transparent: bool = False) -> Image.Image:
        """What the panes show, RGB; RGBA with a clear background if `transparent`."""
        assert self._window is not None
        self._window.Render()
        pixels = np.asarray(self._plotter.screenshot(return_img=True))
        if transparent:
            pixels = _over_nothing(pixels, self._without_ground())
        return Image.fromarray(pixels).resize(self._size, Image.Resampling.BOX)

    def _without_ground(self) -> np.ndarray:
        """What the panes show before black, (H, W, 4) uint8: soft shadows fill the background, so without them."""
        assert self._window is not None
        self.panes.set_fine(False)
        grounds = [renderer.GetBackground() for renderer in self._plotter.renderers]
        for renderer in self._plotter.renderers:
            renderer.GradientBackgroundOff()
            renderer.SetBackground(0.0, 0.0, 0.0)
        self._window.Render()
        pixels = np.asarray(self._plotter.screenshot(return_img=True, transparent_background=True))
        for renderer, ground in zip(self._plotter.renderers, grounds, strict=True):
            renderer.GradientBackgroundOn()
            renderer.SetBackground(*ground)
        self.panes.set_fine(True)
        return pixels


def _over_nothing(pixels: np.ndarray, before_black: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) uint8 as RGBA whose thin places have their own colour, and nothing of the ground's."""
    cover = before_black[..., 3:]
    own = np.minimum(255.0 * before_black[..., :3] / np.maximum(cover, 1), 255.0).astype(np.uint8)
    return np.concatenate([np.where(cover == 255, pixels, own), cover], axis=-1)


def png(picture: Image.Image) -> bytes:
    """A picture as the bytes of a PNG file."""
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def render_png(head: Drawable, view: ViewName, path: Path, size: tuple[int, int] = (1200, 1200)) -> None:
    """Draw a head into a PNG file of `size` pixels, without a window.

    Raises FacewrightError if the file cannot be written.
    """
    with Photographer(size, DisplayOptions()) as photographer:
        photographer.panes.head.show(head)
        photographer.panes.look_from(view)
        picture = photographer.take()
    write_atomically(path, png(picture))
