"""Which people a face is like: several models of faces are laid on it, and the likeliest is taken.

A model of faces knows those whom it was learnt from. Laid on others its landmarks slide by millimetres, and nothing
looks wrong: ICT-FaceKit's faces laid on Anny's adults had corners of the mouth 2 mm off, where the fit alone was off by
0.5. So the model is a mixture: a population for each source, sharp where a face is like its people, and one of all of
them and of those between. Laplace's approximation to the evidence (MacKay 2003, chapter 28) tells which it is: it
prefers the sharper of two that explain a face as well. Where even the likeliest lies further from the scan than the
fitted head does, no population is like this patient, and the fit alone tells
(`facewright.core.anthropometry.own_face`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.face_shape import FaceShape
from facewright.core.anthropometry.locate import FRAME

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.anthropometry.face_shape import LaidFace
    from facewright.core.anthropometry.rays import Distance

FILE = "face_shape.npz"


@dataclass(frozen=True)
class FaceMixture:
    """Populations of faces with the same places and landmarks, by name; `everyone` is of all people.

    topology, vertices : of the heads that were learnt from, by the name of its anatomy, and which (P,) int32 of its
    vertices the places are.
    """

    populations: Mapping[str, FaceShape]
    topology: str
    vertices: np.ndarray

    @property
    def names(self) -> tuple[str, ...]:
        """Of the landmarks."""
        return self.everyone.names

    @property
    def everyone(self) -> FaceShape:
        """The last population: all people, and those between them."""
        return [*self.populations.values()][-1]

    def laid(
        self, distance: Distance, covers: Callable[[np.ndarray], np.ndarray], points: Mapping[str, np.ndarray]
    ) -> tuple[str, LaidFace] | None:
        """The likeliest face on a surface, and the name of the population that it is like.

        Arguments as for `FaceShape.laid`; None where a landmark of the frame is not among the points.
        """
        if not points.keys() >= set(FRAME):
            return None
        each = {name: shape.laid(distance, covers, points) for name, shape in self.populations.items()}
        return max(each.items(), key=lambda named: named[1].evidence)


@cache
def face_mixture() -> FaceMixture:
    """The bundled one."""
    return read_face_mixture(Path(str(files("facewright.resources"))) / "landmarks" / FILE)


def read_face_mixture(path: Path) -> FaceMixture:
    """What `facewright.train.data.make_face_shape` has written."""
    with np.load(path, allow_pickle=False) as file:
        names, populations = (tuple(file[key].tolist()) for key in ("names", "populations"))
        topology, vertices = str(file["topology"]), file["vertices"]
        arrays = {key: file[key].astype(np.float64) for key in file.files if key.startswith(("mean", "modes"))}
    return FaceMixture(
        {
            population: FaceShape(names, arrays[f"mean.{population}"], arrays[f"modes.{population}"])
            for population in populations
        },
        topology,
        vertices,
    )
