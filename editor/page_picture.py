"""How the scripts that draw the pages' pictures write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import tyro
from PIL import ImageOps

from facewright.core.atomic_file import write_atomically
from facewright.core.errors import exit_status
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


class PictureArguments(Protocol):
    """What such a script is asked for."""

    @property
    def out(self) -> Path:
        """The file to write."""


Arguments = TypeVar("Arguments", bound=PictureArguments)


def run(program: str, kind: type[Arguments], draw: Callable[[Arguments], Image]) -> int:
    """Draw what a command line asks for, without a window, and write it; the exit status."""

    def command() -> None:
        arguments = tyro.cli(kind, prog=program)
        with DisplayProbe(window=False) as probe:
            probe.check()
        write_picture(arguments.out, draw(arguments))

    return exit_status(command)
