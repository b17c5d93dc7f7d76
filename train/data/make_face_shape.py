"""Learn how faces vary: python -m train.data.make_face_shape ict:FOLDER [--out FILE].

What ships (`facewright.core.anthropometry.face_mixture`) are the means and the principal components of ICT-FaceKit's
heads, usual and wide ones, with noses of patients and with expressions; of Anny's, of all ages; and of both with what
lies between them. All are brought to one pose and size. Places are spread over what scanners see of a face, closer
together about its landmarks. How true landmarks of fitted scans are then is measured by `tests/bench/measure.py` and
`tests/bench/other_faces.py`; this command prints what is left on its own heads where the surface is known.
"""

from __future__ import annotations

import io
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import igl
import numpy as np
import tyro
from scipy.linalg import eigh
from scipy.spatial import cKDTree

from facewright.core.anthropometry.face_mixture import FILE, FaceMixture
from facewright.core.anthropometry.face_shape import FaceShape
from facewright.core.anthropometry.locate import TOPS
from facewright.core.atomic_file import write_atomically
from facewright.core.errors import exit_status
from facewright.core.rigid import rigid
from facewright.core.scan.likeness import distance_to
from facewright.train.data.face_draws import LANDMARKS, IctFaces, Topology, anny_faces
from facewright.train.data.ict_facekit import read_morphs
from facewright.train.data.sources import ict_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLOSER, _ABOUT_MM = 3.0, 10.0
"""So much closer to each other are places at a landmark, and how far from one they are, standard deviation."""

_OFF_MM = 1.0
"""How far landmarks begin from where they belong, along each axis, when what is left is told."""

_OTHERS = 20
"""Subjects of Anny's whom nothing was learnt of, to tell errors on."""


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


def between(some: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half of each, and as many faces somewhere between one of these (n, P + L, 3) and one of the others."""
    count = min(len(some), len(others))
    share = rng.uniform(size=(count, 1, 1))
    pairs = rng.permutation(len(some))[:count], rng.permutation(len(others))[:count]
    mixed = share * some[pairs[0]] + (1.0 - share) * others[pairs[1]]
    return np.concatenate([some[::2], others[::2], mixed])


def learnt(names: Sequence[str], mean: np.ndarray, faces: np.ndarray, modes: int) -> FaceShape:
    """Of places and landmarks (n, P + L, 3) of n faces, brought to pose and size of the mean face's (P + L, 3)."""
    centre, about = mean.mean(axis=0), faces - faces.mean(axis=1, keepdims=True)
    sizes = np.linalg.norm(mean - centre) / np.linalg.norm(about, axis=(1, 2))
    turns = np.stack([rigid(face, mean - centre).rotation for face in about])
    posed = sizes[:, None, None] * about @ turns.transpose(0, 2, 1) + centre
    middle = posed.mean(axis=0)
    off = (posed - middle).reshape(len(faces), -1)
    last = off.shape[1] - 1
    variances, ways = eigh(off.T @ off / len(off), subset_by_index=(last - min(modes, last + 1) + 1, last))
    scaled = (ways * np.sqrt(variances.clip(min=0.0))).T[::-1]
    return FaceShape(tuple(names), middle, scaled.reshape(-1, *mean.shape))


@dataclass(frozen=True)
class Others:
    """Heads that nothing was learnt of: vertices (n, V, 3) mm, faces (F, 3) int64, and where landmarks are on them."""

    vertices: np.ndarray
    faces: np.ndarray
    topology: Topology

    def errors(self, mixture: FaceMixture, rng: np.random.Generator) -> tuple[np.ndarray, Counter[str]]:
        """Mean distances (2, L) mm of landmarks from where they belong, before and after; and whom faces were like."""
        missed, populations = [], Counter[str]()
        for skin in self.vertices.astype(np.float64):
            true = skin[self.topology.marks].mean(axis=1)
            begun = true + rng.normal(0.0, _OFF_MM, true.shape)
            distance = distance_to(skin, igl.per_vertex_normals(skin, self.faces), cKDTree(skin))
            starts = dict(zip(mixture.names, begun, strict=True))
            likeliest = mixture.laid(distance, lambda points: np.ones(len(points), bool), starts)
            assert likeliest is not None  # the frame is among what was begun
            population, laid = likeliest
            populations[population] += 1
            located = np.stack(list(laid.landmarks.values()))
            missed.append([np.linalg.norm(each - true, axis=1) for each in (begun, located)])
        mean: np.ndarray = np.mean(missed, axis=0)
        return mean, populations


def packed(mixture: FaceMixture) -> bytes:
    """As `facewright.core.anthropometry.face_mixture` reads it: a compressed `.npz`, the modes in half precision."""
    stream = io.BytesIO()
    arrays: dict[str, Any] = {
        "names": np.array(mixture.names),
        "populations": np.array([*mixture.populations]),
        "topology": np.array(mixture.topology),
        "vertices": mixture.vertices.astype(np.int32),
    }
    for name, shape in mixture.populations.items():
        arrays |= {f"mean.{name}": shape.mean.astype(np.float32), f"modes.{name}": shape.modes.astype(np.float16)}
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


@dataclass(frozen=True)
class Arguments:
    """What to learn from."""

    data: tyro.conf.Positional[str]
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder; Anny's heads are drawn beside it."""
    out: Path = Path("resources/landmarks") / FILE
    """Where to write it."""
    heads: int = 2400
    """How many are drawn of ICT-FaceKit to learn from."""
    subjects: int = 2000
    """How many are drawn of Anny, each with and without an expression."""
    others: int = 60
    """How many more of ICT-FaceKit to tell errors on."""
    places: int = 1500
    """How many places of a face are looked at."""
    modes: tuple[int, int] = (150, 200)
    """How many ways to vary are kept: of each source's people, and of everyone."""
    identities: int | None = None
    """Learn of heads that differ in so many of ICT-FaceKit's shapes alone, and tell errors on heads of all of them."""
    seed: int = 1
    """Of the heads."""


def make(arguments: Arguments) -> None:
    """Learn, tell errors and write; FacewrightError if a source cannot be read."""
    mixture, others = learnt_of(arguments)
    rng = np.random.default_rng([arguments.seed, arguments.heads + arguments.others])
    for name, heads in others.items():
        errors, populations = heads.errors(mixture, rng)
        print(f"mm on surfaces of other heads of {name}, like {dict(populations)}: begun, located")
        for landmark, *figures in zip(mixture.names, *errors, strict=True):
            print(f"{landmark:7}", *(f"{figure:5.2f}" for figure in figures))
    write_atomically(arguments.out, packed(mixture))


def main() -> int:
    """Run the command; the exit status."""
    return exit_status(lambda: make(tyro.cli(Arguments, prog="python -m train.data.make_face_shape")))


def learnt_of(arguments: Arguments) -> tuple[FaceMixture, dict[str, Others]]:
    """The mixture, and heads of each source that it was not learnt of; FacewrightError if a source cannot be read."""
    morphs = read_morphs(ict_folder(arguments.data))
    faces, drawn, names = IctFaces(morphs), IctFaces(morphs, arguments.identities), (*LANDMARKS, TOPS)
    heads = anny_faces(arguments.data, "train", arguments.subjects)
    seen = faces.seen[np.isin(faces.seen, heads.surface.sources)]
    places = seen[spread(faces.mean[seen], faces.mean[faces.marks].mean(axis=1), arguments.places)]
    topology = Topology(places, faces.marks)
    closed = topology.closed(heads.surface)

    count = arguments.heads + arguments.others
    draws = [np.random.default_rng([arguments.seed, number]) for number in range(count)]
    ict = np.stack([topology.of(drawn.draw(rng)) for rng in draws[: arguments.heads]])
    anny = closed.of(heads.vertices).reshape(-1, *ict.shape[1:])
    everyone = between(ict, anny, np.random.default_rng([arguments.seed, count]))
    mean, (own, all_of_them) = topology.of(faces.mean), arguments.modes
    mixture = FaceMixture(
        {
            "ICT-FaceKit": learnt(names, mean, ict, own),
            "Anny": learnt(names, mean, anny, own),
            "everyone": learnt(names, mean, everyone, all_of_them),
        },
        heads.anatomy.name,
        places,
    )
    skins = np.stack([faces.draw(rng) for rng in draws[arguments.heads :]])
    test = anny_faces(arguments.data, "test", _OTHERS)
    return mixture, {
        "ICT-FaceKit": Others(skins, faces.faces, topology),
        "Anny": Others(test.vertices[:, 0], test.surface.faces.astype(np.int64), closed),
    }


if __name__ == "__main__":
    sys.exit(main())
