"""Text in a pane: how much room it takes, and a line cut to what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyvista
    from vtkmodules.vtkRenderingCore import vtkTextActor

_ELLIPSIS = "…"


def text_size(text: vtkTextActor, renderer: pyvista.Renderer) -> np.ndarray:
    """Pixels that a text takes, (2,), across and up."""
    size = [0.0, 0.0]
    text.GetSize(renderer, size)
    return np.array(size)


def write_line(text: vtkTextActor, renderer: pyvista.Renderer, line: str, room: float) -> None:
    """Write a line, without its middle where it is longer than so many pixels: names differ at their ends."""
    text.SetInput(line)
    keep = len(line) - 1
    while line and keep > 1 and text_size(text, renderer)[0] > room > 0.0:
        text.SetInput(f"{line[: keep - keep // 2]}{_ELLIPSIS}{line[len(line) - keep // 2 :]}")
        keep -= 1
