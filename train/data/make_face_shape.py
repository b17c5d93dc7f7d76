"""Learn how faces vary: python -m train.data.make_face_shape ict:FOLDER [--out FILE].

What ships (`facewright.core.anthropometry.face_shape`) is the mean and the principal components of ICT-FaceKit's heads:
usual and wide ones, with noses of patients and with expressions, all brought to one pose and size. Places are spread
over what scanners see of a face, closer together about its landmarks. How true landmarks of fitted scans are then is
measured by `tests/bench/measure.py`; this command prints what is left on its own heads where the surface is known.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import igl
import numpy as np
import tyro
from scipy.spatial import cKDTree

from facewright.core.anatomy import bundled_anatomy
from facewright.core.anthropometry.face_shape import FILE, FaceShape
from facewright.core.anthropometry.locate import TOPS
from facewright.core.anthropometry.nose_fields import displacement
from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.metrics import in_face
from facewright.core.rigid import rigid
from facewright.core.scan.likeness import distance_to
from facewright.train.data.expressions import recipe_matrix
from facewright.train.data.ict_facekit import read_morphs
from facewright.train.data.noses import draw_changes
from facewright.train.data.sources import ict_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.train.data.ict_facekit import Morphs

LANDMARKS = (
    *("en_l", "en_r", "ex_l", "ex_r", "or_l", "or_r", "n", "g", "prn", "sn", "ac_l", "ac_r", "sbal_l", "sbal_r"),
    *("al_l", "al_r", "ls", "sto", "li", "ch_l", "ch_r", "pg", "gn"),
)
"""Of the face that a scan shows."""

_NOSTRILS_TOP_MM = (5.2, -5.4, 124.8)
"""Where the left nostril's top is on the mean head: the front end of its rim."""

_KINDS = ("usual", "wide", "nose", "expression")
_SIGMA = {"wide": (1.5, 4.5)}
"""Of the identity coefficients, and where they are cut; (1, 2.5) of others than these."""

_CLOSER, _ABOUT_MM = 3.0, 10.0
"""So much closer to each other are places at a landmark, and how far from one they are, standard deviation."""

_OFF_MM = 1.0
"""How far landmarks begin from where they belong, along each axis, when what is left is told."""


class Faces:
    """Draws the skin of heads; mean : (V, 3) mm, the mean head's."""

    def __init__(self, morphs: Morphs, identities: int | None = None) -> None:
        """Of ICT-FaceKit's folder; identities : of its shapes the first so many vary, all if not given."""
        self._morphs, self._anatomy = morphs, bundled_anatomy("ict_facekit")
        self._identities = morphs.identities[:identities]
        self._skin = slice(*self._anatomy.closing.skin)
        self.mean = morphs.neutral[self._skin].astype(np.float64)
        polygons = morphs.polygons[((morphs.polygons < len(self.mean)) & (morphs.polygons >= -1)).all(axis=1)]
        whole = polygons[polygons[:, 3] >= 0]
        self.faces = np.concatenate([polygons[:, :3], whole[:, [0, 2, 3]]]).astype(np.int64)
        top = np.array(_NOSTRILS_TOP_MM)
        sides = (top, top * [-1.0, 1.0, 1.0])
        self._tops = [int(np.linalg.norm(self.mean - side, axis=1).argmin()) for side in sides]

    def seen(self) -> np.ndarray:
        """The vertices (n,) that scanners see of a face."""
        face = in_face(self.mean, self.mean[self._anatomy.points["prn"]])
        face[self._anatomy.closing.hidden[self._anatomy.closing.hidden < len(face)]] = False
        return np.flatnonzero(face)

    def landmarks(self, skin: np.ndarray) -> np.ndarray:
        """Of a head's skin (V, 3): `LANDMARKS`, and the place between the tops of its nostrils, (L, 3)."""
        return np.stack([*(skin[self._anatomy.points[name]] for name in LANDMARKS), skin[self._tops].mean(axis=0)])

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """The skin (V, 3) of the next head, mm."""
        morphs, kind = self._morphs, rng.choice(_KINDS)
        sigma, most = _SIGMA.get(kind, (1.0, 2.5))
        weights = (sigma * rng.standard_normal(len(self._identities))).clip(-most, most)
        skin = self.mean + np.tensordot(weights, self._identities[:, self._skin], axes=1)
        if kind == "expression":
            recipes = recipe_matrix()
            strengths = rng.uniform() * recipes[rng.integers(len(recipes))]
            skin += np.tensordot(strengths, morphs.morphs[:, self._skin], axes=1)
        if kind == "nose":
            marks = {name: skin[row].copy() for name, row in self._anatomy.points.items() if row < len(skin)}
            skin += displacement(draw_changes(rng), marks, skin)
        return skin


def spread(points: np.ndarray, landmarks: np.ndarray, count: int) -> np.ndarray:
    """The rows (count,) of points (N, 3) that are furthest from each other, in their order, closer about landmarks."""
    near = cKDTree(landmarks).query(points)[0]
    scale = 1.0 + (_CLOSER - 1.0) * np.exp(-np.square(near / _ABOUT_MM) / 2.0)
    chosen = [int(points[:, 2].argmax())]
    apart = scale * np.linalg.norm(points - points[chosen[0]], axis=1)
    while len(chosen) < count:
        chosen.append(int(apart.argmax()))
        apart = np.minimum(apart, scale * np.linalg.norm(points - points[chosen[-1]], axis=1))
    return np.array(chosen)


def learnt(names: Sequence[str], mean: np.ndarray, faces: np.ndarray, modes: int) -> FaceShape:
    """Of places and landmarks (n, P + L, 3) of n faces, brought to pose and size of the mean face's (P + L, 3)."""
    centre, about = mean.mean(axis=0), faces - faces.mean(axis=1, keepdims=True)
    sizes = np.linalg.norm(mean - centre) / np.linalg.norm(about, axis=(1, 2))
    turns = np.stack([rigid(face, mean - centre).rotation for face in about])
    posed = sizes[:, None, None] * about @ turns.transpose(0, 2, 1) + centre
    middle = posed.mean(axis=0)
    _, deviations, ways = np.linalg.svd((posed - middle).reshape(len(faces), -1), full_matrices=False)
    scaled = ways[:modes] * deviations[:modes, None] / np.sqrt(len(faces))
    return FaceShape(tuple(names), middle, scaled.reshape(-1, *mean.shape))


def errors(shape: FaceShape, faces: Faces, heads: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Mean distances (2, L) mm of landmarks on known surfaces from where they belong: before and after."""
    missed = []
    for skin in heads:
        true = faces.landmarks(skin)
        begun = true + rng.normal(0.0, _OFF_MM, true.shape)
        starts = dict(zip(shape.names, begun, strict=True))
        distance = distance_to(skin, igl.per_vertex_normals(skin, faces.faces), cKDTree(skin))
        laid = shape.laid(distance, lambda points: np.ones(len(points), bool), starts)
        missed.append([np.linalg.norm(each - true, axis=1) for each in (begun, list(laid.landmarks.values()))])
    mean: np.ndarray = np.mean(missed, axis=0)
    return mean


def packed(shape: FaceShape) -> bytes:
    """As `facewright.core.anthropometry.face_shape` reads it: a compressed `.npz`, the modes in half precision."""
    stream = io.BytesIO()
    mean, modes = shape.mean.astype(np.float32), shape.modes.astype(np.float16)
    np.savez_compressed(stream, names=np.array(shape.names), mean=mean, modes=modes)
    return stream.getvalue()


@dataclass(frozen=True)
class Arguments:
    """What to learn from."""

    data: tyro.conf.Positional[str]
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder."""
    out: Path = Path("resources/landmarks") / FILE
    """Where to write it."""
    heads: int = 2400
    """How many are drawn to learn from."""
    others: int = 60
    """How many more to state errors on."""
    places: int = 1500
    """How many places of a face are looked at."""
    modes: int = 150
    """How many ways to vary are kept."""
    identities: int | None = None
    """Learn of heads that differ in so many of the data's shapes alone, and tell the errors on heads of all of them."""
    seed: int = 1
    """Of the heads."""


def main() -> None:
    """Run the command; exits 1 with one sentence if it cannot."""
    arguments = tyro.cli(Arguments, prog="python -m train.data.make_face_shape")
    try:
        morphs = read_morphs(ict_folder(arguments.data))
        faces, drawn = Faces(morphs), Faces(morphs, arguments.identities)
        seen, names = faces.seen(), (*LANDMARKS, TOPS)
        places = seen[spread(faces.mean[seen], faces.landmarks(faces.mean), arguments.places)]

        def looked_at(skin: np.ndarray) -> np.ndarray:
            return np.concatenate([skin[places], faces.landmarks(skin)])

        count = arguments.heads + arguments.others
        draws = [np.random.default_rng([arguments.seed, number]) for number in range(count)]
        learning = np.stack([looked_at(drawn.draw(rng)) for rng in draws[: arguments.heads]])
        others = [faces.draw(rng) for rng in draws[arguments.heads :]]
        made = learnt(names, looked_at(faces.mean), learning, arguments.modes)
        rng = np.random.default_rng([arguments.seed, count])
        print("mm on surfaces of other heads: begun, located")
        for name, *figures in zip(names, *errors(made, faces, others, rng), strict=True):
            print(f"{name:7}", *(f"{figure:5.2f}" for figure in figures))
        write_atomically(arguments.out, packed(made))
    except FacewrightError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
