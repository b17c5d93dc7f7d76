"""Draw lids, lips and alar creases as a drag leaves them and as they rest.

python -m editor.lids_picture [--out FILE] [--heads SEED ...] makes README's resources/pictures/lids.png anew.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.model.model_file import load, model_path
from facewright.core.parameters import random_head
from facewright.core.surface.live import LiveSurface
from facewright.editor.page_picture import run
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.painting import Drawable
from facewright.editor.viewport.picture import Photographer
from facewright.editor.viewport.pose import Pose, View

_SIZE = (400, 260)

_VIEWS = (
    (("ex_l", "en_l"), 85.0, View(25.0, -8.0)),
    (("ch_r", "ch_l"), 130.0, View(20.0, 5.0)),
    (("al_l", "ac_l"), 75.0, View(60.0, -10.0)),
)
"""Landmarks about the middle of a picture, the camera's distance, mm, and its direction: an eye, the lips, an ala."""


@dataclass(frozen=True)
class Arguments:
    """Draw an eye, the lips and an ala of heads as a drag leaves them (left) and as they rest (right)."""

    out: Path = Path("resources/pictures/lids.png")
    """The PNG file to write."""
    heads: tuple[int, ...] = (6,)
    """Seeds of the random heads, one below the other."""
    voxel_mm: float = 1.5
    """Voxel of the surface, as the window has it."""
    model: Path | None = None
    """Model file; the bundled one by default."""


def draw(arguments: Arguments) -> Image.Image:
    """A row for each of a head's sights; two columns, before and after."""
    width, height = _SIZE
    model = load(model_path(arguments.model))
    live = LiveSurface(model, arguments.voxel_mm)
    sheet = Image.new("RGB", (2 * width, len(_VIEWS) * height * len(arguments.heads)))
    with Photographer(_SIZE, DisplayOptions(dark=False)) as photographer:
        photographer.panes.set_fine(False)  # soft shadows are made for whole heads: so near they are stripes
        for row, seed in enumerate(arguments.heads):
            head = random_head(model.components, seed)
            landmarks = find_landmarks(model, head)
            surfaces = (live.update(head), live.refined())
            for column, surface in enumerate(surfaces):
                photographer.panes.head.show(Drawable(surface.mesh, surface.normals))
                for place, (names, distance, view) in enumerate(_VIEWS):
                    middle = np.mean([landmarks.points[name] for name in names], axis=0)
                    photographer.panes.stand(Pose(view, tuple(middle.tolist()), distance))
                    sheet.paste(photographer.take(), (column * width, (len(_VIEWS) * row + place) * height))
    return sheet


def main() -> int:
    """Run the command; the exit status."""
    return run("python -m editor.lids_picture", Arguments, draw)


if __name__ == "__main__":
    sys.exit(main())
