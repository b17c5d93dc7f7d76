"""How the scripts that draw the pages' pictures write them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PIL import ImageOps

from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.editor.desktop.display import DisplayProbe
from facewright.editor.viewport.picture import png

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL.Image import Image

_BITS = 7
"""Of each colour that are kept: the last one is a quarter of the file, and nothing to see."""


def write_picture(path: Path, picture: Image) -> None:
    """Write an RGB picture as a small PNG; FacewrightError if that cannot be."""
    write_atomically(path, png(ImageOps.posterize(picture, _BITS)))


def run(path: Path, draw: Callable[[], Image]) -> None:
    """Draw without a window and write; the program exits with 1 and one sentence if it cannot."""
    try:
        with DisplayProbe(window=False) as probe:
            probe.check()
        write_picture(path, draw())
    except FacewrightError as error:
        sys.exit(str(error))
