"""People whom the benchmark does not hold, fitted from raw scans.

`python -m tests.bench.people_scans --data ict:FOLDER` takes Anny's adults and children, wide draws of ICT-FaceKit, the
same subjects with changed noses, and with sums of facial units (`train.evaluation.populations`), none of which any
training saw. Of each head the scan is what a ring of cameras sees of it, in any pose and unit, with noise along each
axis. It is placed without clicks and fitted as `facewright-core fit` does. The fitted surface is carried back and
compared with the true one, where cameras see both. JSON: `SET.visible.PART` has the heads' mean `p2s_mean_mm`,
`SET.misplaced` how many lie over 8 mm from where they belong, `SET.verdicts` what the fits say of themselves.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tyro
from scipy.spatial.transform import Rotation

from facewright.core.exchange.shape import UNITS_PER_MM, LengthUnit
from facewright.core.mesh import Mesh
from facewright.core.metrics import in_face
from facewright.core.model.model_file import load, model_path
from facewright.core.normals import vertex_normals
from facewright.core.scan.align import align
from facewright.core.scan.mean_face import MeanFace
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import fit_scan
from facewright.core.surface.extraction import head_mesh
from facewright.train.evaluation.comparison import TrueHead
from facewright.train.evaluation.populations import populations
from facewright.train.evaluation.reconstruction import VOXEL_MM, Unseen
from facewright.train.evaluation.scores import REGIONS, HeadScores, VisibleScores
from facewright.train.evaluation.visibility import camera_ring, visible

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel

_UNITS: tuple[LengthUnit, ...] = ("mm", "cm", "m")
_MISPLACED_MM = 8.0


@dataclass(frozen=True)
class Options:
    """What to measure."""

    data: str
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder; Anny's heads are measured beside it."""
    model: Path | None = None
    """Model file, or people or adults, which ship along; people by default."""
    sets: tuple[str, ...] = ("anny_adults", "anny_children", "ict_wide", "surgical", "ict_sums")
    heads: int = 4
    """Of each set."""
    noise_mm: float = 0.3
    """Standard deviation along each axis."""
    json: Path | None = None


@dataclass
class Found:
    """What became of the scans of a set: scores of each head, verdicts, and how many were misplaced."""

    scores: list[HeadScores] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    misplaced: int = 0

    def record(self) -> dict[str, object]:
        """As JSON has it."""
        parts = {part: VisibleScores.mean([head.visible[part] for head in self.scores]).record() for part in REGIONS}
        return {"visible": parts, "verdicts": dict(self.verdicts), "misplaced": self.misplaced}


class Scanned:
    """A true head as a scanner gives it.

    scan : in its own pose and unit; mesh : the head, mm, head frame.
    """

    def __init__(self, mesh: Mesh, tip: np.ndarray, noise_mm: float, rng: np.random.Generator) -> None:
        """tip : (3,) mm, of the nose."""
        self.mesh = mesh
        seen = visible(mesh.vertices, vertex_normals(mesh.vertices, mesh.faces), mesh, camera_ring(tip))
        noisy = mesh.vertices[seen] + rng.normal(0.0, noise_mm, (int(seen.sum()), 3))
        faces = (np.cumsum(seen) - 1)[mesh.faces[seen[mesh.faces].all(axis=1)]]
        self._turn, self._shift = Rotation.random(rng=rng).as_matrix(), rng.uniform(-500.0, 500.0, 3)
        self._units = UNITS_PER_MM[_UNITS[rng.integers(len(_UNITS))]]
        self.scan = Scan(self.there(noisy), faces)

    def there(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3), mm, head frame, where the scan has them."""
        return self._units * (points @ self._turn.T + self._shift)

    def back(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) of the scan in the true head's frame, mm."""
        return (points / self._units - self._shift) @ self._turn


def fitted(model: HeadModel, mean: MeanFace, unseen: Unseen, subject: int, noise_mm: float, found: Found) -> None:
    """Fit one head's scan, and add what came of it."""
    vertices = unseen.vertices[subject, 0].astype(np.float64)
    tip, rng = vertices[unseen.tip], np.random.default_rng([7, subject])
    scanned = Scanned(Mesh(vertices, unseen.faces), tip, noise_mm, rng)
    fit = fit_scan(model, scanned.scan, align(scanned.scan, mean))
    own = head_mesh(model, fit.parameters, VOXEL_MM)
    carried = Mesh(scanned.back(fit.alignment.to_scan(own.vertices)).astype(np.float32), own.faces)
    truth = TrueHead(scanned.mesh, unseen.labels, tip, rng, unseen.subjects[subject], unseen.expressions[0])
    scores = truth.compare(carried, None)
    found.scores.append(scores)
    found.verdicts[fit.verdict] += 1
    found.misplaced += not in_face(carried.vertices, tip).any() or scores.visible["full"].p2s_mean_mm > _MISPLACED_MM


def main() -> None:
    """Measure, print and write."""
    options = tyro.cli(Options, description=__doc__)
    model, sets = load(model_path(options.model)), populations((options.data, "anny:"))
    mean, figures = MeanFace(model), {}
    for name in options.sets:
        unseen, found = Unseen.of(sets[name](options.heads)), Found()
        for subject in range(len(unseen.subjects)):
            fitted(model, mean, unseen, subject, options.noise_mm, found)
            seen = found.scores[-1].visible
            parts = {part: round(seen[part].p2s_mean_mm, 3) for part in REGIONS}
            print(name, unseen.subjects[subject], parts, dict(found.verdicts), flush=True)
        figures[name] = found.record()
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
