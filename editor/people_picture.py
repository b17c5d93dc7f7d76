"""Draw many heads of a model on one sheet, to see whether it knows people.

python -m editor.people_picture random   heads at full strength, front and three-quarter
python -m editor.people_picture noses    changes of noses that the codes make, and take back
python -m editor.people_picture sums --data ict:FOLDER
                                         unseen heads with sums of facial units, the model's beside each
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import tyro
from PIL import Image

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.nose_fields import displacement
from facewright.core.errors import FacewrightError
from facewright.core.fit import FitSettings
from facewright.core.mesh import Mesh
from facewright.core.model.model_file import load, model_path
from facewright.core.normals import vertex_normals
from facewright.core.parameters import random_head
from facewright.core.surface.correspondence import require_template, template_topology
from facewright.core.surface.live import LiveSurface
from facewright.editor.page_picture import run
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.painting import Drawable
from facewright.editor.viewport.picture import Photographer
from facewright.editor.viewport.pose import Pose, View
from facewright.train.evaluation.populations import summed
from facewright.train.evaluation.reconstruction import ImplicitHeads, Unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters

    Cell = tuple[Drawable, Pose]

_SIZE = (150, 176)
_FRONT, _THREE_QUARTER = (Pose(View(turn, 2.0), (0.0, 5.0, 30.0), 800.0) for turn in (0.0, 35.0))
_NOSE = Pose(View(55.0, 2.0), (0.0, 0.0, 60.0), 420.0)

_CHANGES = (
    ("dorsum", 4.0),
    ("dorsum", -4.0),
    ("s_deviation", 5.0),
    ("tip_rotation", 12.0),
    ("tip_bulb", 3.0),
    ("alar_base", 3.0),
)
"""What the noses are changed by, in mm and degrees: a hump, a saddle, a bend, a tip turned up, a bulb, a wide base."""

_SUMS = 4
"""Sums of facial units of each unseen subject."""

_ACROSS = {"random": 16, "noses": 1 + len(_CHANGES), "sums": 16}
"""Pictures in a row."""


@dataclass(frozen=True)
class Arguments:
    """Draw many heads of a model on one sheet, to see whether it knows people."""

    scene: Annotated[Literal["random", "noses", "sums"], tyro.conf.Positional]
    """Random heads at full strength; noses changed and changed back by fitted codes, below each other; or unseen heads
    with sums of facial units (left) and what the model makes of them (right)."""
    out: Path = Path("people.png")
    """The PNG file to write."""
    heads: int = 40
    """How many, of seeds from 0 on; noses are changed on three at most, and ICT-FaceKit has 40 with sums."""
    data: str | None = None
    """The source of unseen heads, ict:FOLDER, for sums."""
    voxel_mm: float = 1.5
    """Voxel of the surfaces."""
    model: Path | None = None
    """Model file, or people or adults, which ship along; people by default."""
    fit_steps: int = FitSettings().steps
    """Steps that a fit takes."""


class Sheet:
    """Heads of one model, drawn side by side."""

    def __init__(self, arguments: Arguments) -> None:
        """Load the model."""
        self._arguments = arguments
        self._model: HeadModel = load(model_path(arguments.model))
        self._live = LiveSurface(self._model, arguments.voxel_mm)
        self._fit = replace(FitSettings(), steps=arguments.fit_steps)

    def random(self) -> list[Cell]:
        """Front and three-quarter views of random heads."""
        heads = [random_head(self._model.components, seed) for seed in range(self._arguments.heads)]
        return [(drawn, pose) for drawn in map(self._drawn, heads) for pose in (_FRONT, _THREE_QUARTER)]

    def noses(self) -> list[Cell]:
        """A row of noses changed by codes, below it the same changed back; the first is the one before."""
        cells = []
        for seed in range(min(self._arguments.heads, 3)):
            before = random_head(self._model.components, seed)
            changed = self._fitted([self._changed(before, key, amount) for key, amount in _CHANGES])
            changes = zip(changed, _CHANGES, strict=True)
            back = self._fitted([self._changed(head, key, -amount) for head, (key, amount) in changes])
            cells += [(self._drawn(head), _NOSE) for head in (before, *changed, before, *back)]
        return cells

    def sums(self) -> list[Cell]:
        """Unseen heads and the model's beside them."""
        source = self._arguments.data
        if source is None or not source.startswith("ict:"):
            raise FacewrightError("Sums of facial units are known of ICT-FaceKit's heads: give --data ict:FOLDER.")
        unseen = Unseen.of(summed(source, -(-self._arguments.heads // _SUMS), _SUMS))
        known, sums = ImplicitHeads(self._model, unseen, None), range(_SUMS)
        heads = [head for s in range(len(unseen.subjects)) for head in known.fit([(s, e) for e in sums], self._fit)]
        pairs = [(unseen.vertices[head.subject, head.expression], head.parameters) for head in heads]
        return [
            (drawn, _FRONT)
            for vertices, found in pairs[: self._arguments.heads]
            for drawn in (_shaded(Mesh(vertices, unseen.faces)), self._drawn(found))
        ]

    def _drawn(self, head: Parameters) -> Drawable:
        surface = self._live.update(head)
        return Drawable(surface.mesh, surface.normals)

    def _changed(self, head: Parameters, key: str, amount: float) -> np.ndarray:
        """The head's vertices (V, 3), mm, in the topology of the template, its nose changed by a known field."""
        mesh = template_topology(self._model, head)
        marks = find_landmarks(self._model, head).points
        return np.asarray(mesh.vertices + displacement({key: amount}, marks, mesh.vertices), dtype=np.float32)

    def _fitted(self, heads: Sequence[np.ndarray]) -> list[Parameters]:
        """The codes of heads without expression in the topology of the template."""
        template = require_template(self._model)
        subjects = tuple(str(number) for number in range(len(heads)))
        tip = template.landmarks["prn"]
        unseen = Unseen(np.stack(heads)[:, None], template.faces, template.part, tip, subjects, ("neutral",))
        settings = replace(self._fit, starts=0)
        fitted = ImplicitHeads(self._model, unseen, None).fit([(s, 0) for s in range(len(heads))], settings)
        return [head.parameters for head in fitted]


def _shaded(mesh: Mesh) -> Drawable:
    return Drawable(mesh, vertex_normals(mesh.vertices, mesh.faces))


def draw(arguments: Arguments) -> Image.Image:
    """The sheet of a scene."""
    sheet = Sheet(arguments)
    scenes: dict[str, Callable[[], list[Cell]]] = {"random": sheet.random, "noses": sheet.noses, "sums": sheet.sums}
    cells, across = scenes[arguments.scene](), _ACROSS[arguments.scene]
    width, height = _SIZE
    picture = Image.new("RGB", (width * min(across, len(cells)), height * -(-len(cells) // across)), "white")
    with Photographer(_SIZE, DisplayOptions(dark=False)) as photographer:
        for place, (drawn, pose) in enumerate(cells):
            photographer.panes.head.show(drawn)
            photographer.panes.stand(pose)
            row, column = divmod(place, across)
            picture.paste(photographer.take(), (column * width, row * height))
    return picture


def main() -> int:
    """Run the command; the exit status."""
    return run("python -m editor.people_picture", Arguments, draw)


if __name__ == "__main__":
    sys.exit(main())
