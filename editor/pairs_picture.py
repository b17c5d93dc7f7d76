"""Draw every pair of the named expressions at full strength, added up as the editor adds them.

python -m editor.pairs_picture [--out FILE] [--head SEED] makes resources/pictures/pairs.jpg anew. In the diagonal of
the triangle each expression is alone; two are where the row of the one meets the column of the other.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tyro
from PIL import Image, ImageDraw, ImageFont

from facewright.core.atomic_file import write_atomically
from facewright.core.errors import exit_status
from facewright.core.expressions import PRESETS, Expressions
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters, random_head
from facewright.editor.desktop.display import DisplayProbe
from facewright.editor.live.natural import natural
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.picture import Photographer
from facewright.editor.viewport.pose import Pose, View
from facewright.editor.viewport.skin import Look

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel

_COUNT = 12
_SIZE = (150, 176)
_MARGIN = 34
_INK, _PAPER = (30, 30, 30), (244, 244, 244)
_QUALITY = 80


@dataclass(frozen=True)
class Arguments:
    """Draw every pair of the named expressions at full strength."""

    out: Path = Path("resources/pictures/pairs.jpg")
    """The JPEG file to write."""
    head: int | None = None
    """Seed of a random head; the mean head if not given."""
    model: Path | None = None
    """Model file; the bundled one by default."""


def draw(arguments: Arguments) -> Image.Image:
    """A triangle of pictures, the expressions' names along it."""
    model = load(arguments.model or bundled_model())
    head = Parameters() if arguments.head is None else random_head(model.components, arguments.head)
    names = chosen(model)
    width, height = _SIZE
    sheet = Image.new("RGB", (width * len(names), (height + _MARGIN) * len(names)), _PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    with Photographer(_SIZE, DisplayOptions(dark=False, colouring="natural"), quick=True) as photographer:
        for row, first in enumerate(names):
            for column, second in enumerate(names[: row + 1]):
                posed = both(model, head, first, second)
                photographer.panes.head.show(natural(model, posed, Look()))
                photographer.panes.stand(Pose(View(12.0, 2.0), (0.0, -5.0, 30.0), 640.0))
                place = column * width, row * (height + _MARGIN)
                sheet.paste(photographer.take(), place)
                text = first if first == second else f"{first}\n+ {second}"
                pen.text((place[0] + width // 2, place[1] + height + 2), text, _INK, font, anchor="ma", align="center")
    return sheet


def chosen(model: HeadModel) -> list[str]:
    """The names of twelve expressions: the presets, and others where the model has fewer of those."""
    names = Expressions(model).names
    return [*(name for name in PRESETS if name in names), *(name for name in names if name not in PRESETS)][:_COUNT]


def both(model: HeadModel, head: Parameters, first: str, second: str) -> Parameters:
    """A head with one expression at full strength, or with two."""
    expressions = Expressions(model)
    for name in dict.fromkeys((first, second)):
        head = expressions.with_strength(head, name, 1.0)
    return head


def make(arguments: Arguments) -> None:
    """Draw without a window and write; FacewrightError if that cannot be."""
    with DisplayProbe(window=False) as probe:
        probe.check()
    stream = io.BytesIO()
    draw(arguments).save(stream, "JPEG", quality=_QUALITY, optimize=True)
    write_atomically(arguments.out, stream.getvalue())


def main() -> int:
    """Run the command; the exit status."""
    return exit_status(lambda: make(tyro.cli(Arguments, prog="python -m editor.pairs_picture")))


if __name__ == "__main__":
    sys.exit(main())
