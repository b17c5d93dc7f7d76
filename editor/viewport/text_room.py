"""Text in a pane: how much room it takes, and a line cut to what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.vtkRenderingCore import vtkTextRenderer

if TYPE_CHECKING:
    import pyvista
    from vtkmodules.vtkRenderingCore import vtkTextActor, vtkTextProperty

_ELLIPSIS = "…"
_DPI = 72
"""Of a renderer that is in no window yet."""


def text_size(text: vtkTextActor, renderer: pyvista.Renderer) -> np.ndarray:
    """Pixels that a text takes, (2,), across and up.

    The actor itself would tell, but prepares its texture for that: outside of drawing there may be no OpenGL to do so.
    """
    return line_size(text.GetTextProperty(), text.GetInput() or "", renderer)


def line_size(looks: vtkTextProperty, line: str, renderer: pyvista.Renderer) -> np.ndarray:
    """Pixels that a line takes in a font, (2,), across and up."""
    box, window = [0, 0, 0, 0], renderer.GetVTKWindow()
    dpi = window.GetDPI() if window else _DPI
    vtkTextRenderer.GetInstance().GetBoundingBox(looks, line, box, dpi)
    left, right, bottom, top = box
    return np.array([right - left + 1.0, top - bottom + 1.0])


def write_line(text: vtkTextActor, renderer: pyvista.Renderer, line: str, room: float) -> None:
    """Write a line, without its middle where it is longer than so many pixels: names differ at their ends."""
    text.SetInput(line)
    keep = len(line) - 1
    while line and keep > 1 and text_size(text, renderer)[0] > room > 0.0:
        text.SetInput(f"{line[: keep - keep // 2]}{_ELLIPSIS}{line[len(line) - keep // 2 :]}")
        keep -= 1
