"""Draw heads on the production topology, with blendshapes, eyes and teeth.

python -m editor.production_picture [--out FILE] [--heads SEED ...] makes resources/pictures/production.png anew.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from facewright.core.mesh import Mesh
from facewright.core.model.model_file import load, model_path
from facewright.core.normals import vertex_normals
from facewright.core.parameters import random_head
from facewright.core.production.nostrils import nostrils
from facewright.core.production.production_mesh import production_mesh
from facewright.editor.live.natural_light import mouth_light
from facewright.editor.page_picture import run
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.painting import Drawable
from facewright.editor.viewport.picture import Photographer
from facewright.editor.viewport.pose import Pose, View
from facewright.editor.viewport.shading import GAMMA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.production.production_mesh import ProductionMesh

_SIZE = (360, 420)

_COLOURS: Mapping[str, tuple[int, int, int]] = {
    "skin": (214, 176, 155), "skin_head": (214, 176, 155), "mouth_socket": (120, 50, 50),
    "eye_sockets": (190, 130, 118),
    "gums_and_tongue": (186, 94, 96), "teeth": (238, 232, 214), "sclera": (236, 232, 228), "iris": (92, 66, 44),
}  # fmt: skip
"""Of the materials that are drawn; others are clear, or need an image."""

_FACES: tuple[Mapping[str, float], ...] = (
    {},
    {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0, "cheekSquintLeft": 0.6, "cheekSquintRight": 0.6},
    {"jawOpen": 0.8, "browInnerUp": 0.8},
    {"eyeBlinkLeft": 1.0, "mouthLeft": 0.7, "eyeLookUpRight": 0.6},
)


@dataclass(frozen=True)
class Arguments:
    """Draw heads on the production topology: neutral, and with blendshapes."""

    out: Path = Path("resources/pictures/production.png")
    """The PNG file to write."""
    heads: tuple[int, ...] = (1, 3)
    """Seeds of the random heads, one below the other."""
    model: Path | None = None
    """Model file; the bundled one by default."""


def draw(arguments: Arguments) -> Image.Image:
    """A row for each head; a column for each face."""
    width, height = _SIZE
    model = load(model_path(arguments.model))
    names = tuple({name: None for face in _FACES for name in face})
    sheet = Image.new("RGB", (width * len(_FACES), height * len(arguments.heads)))
    with Photographer(_SIZE, DisplayOptions(dark=False)) as photographer:
        for row, seed in enumerate(arguments.heads):
            head = production_mesh(model, random_head(model.components, seed), morphs=names)
            for column, face in enumerate(_FACES):
                photographer.panes.head.show(_drawable(head, face))
                photographer.panes.stand(Pose(View(18.0, 2.0), (0.0, 5.0, 30.0), 800.0))
                sheet.paste(photographer.take(), (column * width, row * height))
    return sheet


def _drawable(head: ProductionMesh, face: Mapping[str, float]) -> Drawable:
    """A head with blendshapes at strengths, each vertex in the colour of its material."""
    vertices = head.vertices + sum((weight * head.morphs[name] for name, weight in face.items()), np.float32(0.0))
    topology = head.topology
    colours = np.zeros((len(vertices), 3), np.uint8)
    faces = []
    for name, colour in _COLOURS.items():
        own = topology.vertices_of(name)
        colours[own] = colour
        mask = np.zeros(len(vertices), dtype=bool)
        mask[own] = True
        faces.append(topology.triangles[mask[topology.triangles].all(axis=1)])
    for name in ("skin", "skin_head"):  # what they share with what is behind them
        colours[topology.vertices_of(name)] = _COLOURS[name]
    dark = nostrils(topology)
    colours[dark.vertices] = colours[dark.vertices] * dark.light[:, None] ** (1.0 / GAMMA)
    mouth, light = mouth_light(topology, vertices)
    colours[mouth] = colours[mouth] * light[:, None] ** (1.0 / GAMMA)
    triangles = np.unique(np.concatenate(faces), axis=0)
    return Drawable(Mesh(vertices.astype(np.float32), triangles), vertex_normals(vertices, triangles), colours)


def main() -> int:
    """Run the command; the exit status."""
    return run("python -m editor.production_picture", Arguments, draw)


if __name__ == "__main__":
    sys.exit(main())
