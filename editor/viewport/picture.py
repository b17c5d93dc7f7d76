"""Pictures of heads that no window shows: as large as wanted, as fine as can be, on any background or none."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pyvista
from PIL import Image
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

from facewright.core.atomic_file import write_atomically
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.panes import SHAPE, Panes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

    from facewright.editor.viewport.painting import Drawable
    from facewright.editor.viewport.pose import ViewName

_JITTER = ((-0.25, -0.25), (0.25, 0.25), (0.25, -0.25), (-0.25, 0.25))
"""By which parts of a pixel (right, up) exposures differ, so that their mean is as fine as twice the pixels."""
EXPOSURES = len(_JITTER)
"""Of a picture that is not quick."""


class Photographer:
    """Panes off the screen; leaving the `with` block releases their graphics.

    A picture is the mean of several exposures, so that one of any size can be taken in steps, between which a window
    stays live.
    """

    def __init__(self, size: tuple[int, int], display: DisplayOptions, *, quick: bool = False) -> None:
        """Pictures of `size` (width, height) pixels that show heads as `display` says; quick : in one exposure each."""
        self._size = size
        self._jitter = _JITTER[:1] if quick else _JITTER
        with pyvista.vtk_verbosity("off"):  # VTK warns of each kind of OpenGL it tries before one that works
            self._plotter = pyvista.Plotter(shape=SHAPE, border=False, off_screen=True, window_size=list(size))
            self._window = self._plotter.render_window
            assert self._window is not None
            self._window.SetMultiSamples(0)
            self._window.SetAlphaBitPlanes(1)
            self.panes = Panes(self._plotter)
            self.panes.set_display(display)
        self._quick = quick

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
        *_, picture = self.exposures(transparent=transparent)
        assert picture is not None
        return picture

    def exposures(self, *, transparent: bool = False) -> Iterator[Image.Image | None]:
        """Take a picture in as many steps as this gives things: None after each, and after the last the picture."""
        total = np.zeros((self._size[1], self._size[0], 4))
        self.panes.set_fine(self._quick and not transparent)  # smoothed edges would cover nothing of what is clear
        if transparent:
            self._clear()
        for count, (right, up) in enumerate(self._jitter, start=1):
            self.panes.jitter(right, up)
            total += self._exposed()
            if count < len(self._jitter):
                yield None
        self.panes.jitter(0.0, 0.0)
        mean = total / len(self._jitter)
        if transparent:
            self._restore()
            mean[..., :3] *= 255.0 / np.maximum(mean[..., 3:], 1.0)
            yield Image.fromarray(np.rint(mean.clip(0.0, 255.0)).astype(np.uint8), "RGBA")
        else:
            yield Image.fromarray(np.rint(mean[..., :3]).astype(np.uint8))

    def _exposed(self) -> np.ndarray:
        """What is drawn now, (H, W, 4) uint8, the upper row first."""
        assert self._window is not None
        self._window.Render()
        width, height = self._size
        pixels = vtkUnsignedCharArray()
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, pixels)
        rows: np.ndarray = vtk_to_numpy(pixels).reshape(height, width, 4)[::-1]
        return rows

    def _clear(self) -> None:
        """Draw before nothing at all."""
        self._grounds = [renderer.GetBackground() for renderer in self._plotter.renderers]
        for renderer in self._plotter.renderers:
            renderer.GradientBackgroundOff()
            renderer.SetBackground(0.0, 0.0, 0.0)
            renderer.SetBackgroundAlpha(0.0)

    def _restore(self) -> None:
        for renderer, ground in zip(self._plotter.renderers, self._grounds, strict=True):
            renderer.GradientBackgroundOn()
            renderer.SetBackground(*ground)
            renderer.SetBackgroundAlpha(1.0)


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
