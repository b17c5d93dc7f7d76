"""How well raw scans are placed and fitted: `python tests/bench/fit.py --data ict:FOLDER --json FILE`.

The scans are heads of the open benchmark whose truth is known: ten test subjects in three expressions, shoulders and
all, turned any way, in mm, cm or m, a fifth of the surface cut away and every vertex moved by noise. The hole is
connected, about a vertex drawn at random, and leaves the nose alone: what there is no nose of cannot be measured.
The unit and the pose are found without clicks. Distances are from the true head's vertices, without the noise, where
the scan still has them, to the fitted surface.

Hard scans come after them (`tests.bench.hard_scans`): cut, half, noseless, occluded, decimated, two-headed, and what is
no face. Of each kind: how many were placed, how many were refused or called unsure, and how many were wrong and yet
called *found*, or *good* once they were fitted, which nothing must ever be.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tyro
from scipy.spatial.transform import Rotation

from facewright.core.anatomy import bundled_anatomy
from facewright.core.anthropometry.landmarks import FIVE, find_landmarks
from facewright.core.exchange.shape import UNITS_PER_MM, LengthUnit
from facewright.core.metrics import in_face, nearest_on_surface
from facewright.core.model.model_file import load, model_path
from facewright.core.scan.align import align
from facewright.core.scan.mean_face import MeanFace
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import ScanFitSettings, fit_scan
from facewright.core.surface.extraction import head_mesh
from facewright.train.data.expressions import RECIPES, recipe_matrix
from facewright.train.data.ict_facekit import SUBJECTS, draw_subjects, read_morphs
from facewright.train.data.sources import ict_folder

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the tests are no installed package
from tests.bench.hard_scans import hard_scans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facewright.core.scan.align import Alignment

EXPRESSIONS = ("neutral", "smile", "brow_raise")
LENGTH_UNITS: tuple[LengthUnit, ...] = ("mm", "cm", "m")
CUT = 0.2
NOISE_MM = 0.3
"""Standard deviation along each axis."""

VOXEL_MM = 1.5
"""Of the fitted surface that distances are taken to."""

ALIGNED_MM = 8.0
"""A scan is aligned if the true face, carried by the pose found, is so near where it belongs, on average."""

LANDMARKS_MM = 3.0
"""A face of another size is fitted rightly if its five landmarks are so near the fitted head's, on average."""


@dataclass(frozen=True)
class Options:
    """What to measure."""

    data: str
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder."""
    model: Path | None = None
    """Model file, or the name of a bundled one; the first if not given."""
    json: Path | None = None
    """Where to write the figures."""
    heads: int = 30
    """How many of the thirty."""
    hard: int = 10
    """Of how many subjects hard scans are made."""
    align_only: bool = False
    """Leave out the fit."""


@dataclass(frozen=True)
class RawScan:
    """A scan and what is known about it.

    scan : as a scanner gives it; unit : its true one; clean : (N, 3), its points without the noise; truth : (N, 3)
    mm, head frame, where they are on the head; face, nose : (N,) bool, which are in the face and the nose.
    """

    name: str
    scan: Scan
    unit: LengthUnit
    clean: np.ndarray
    truth: np.ndarray
    face: np.ndarray
    nose: np.ndarray


def raw_scans(data: str, count: int) -> Iterator[RawScan]:
    """The benchmark's scans, each from a seed of its own."""
    morphs, anatomy = read_morphs(ict_folder(data)), bundled_anatomy("ict_facekit")
    low, high = anatomy.closing.skin
    quads = morphs.polygons[((morphs.polygons < high) & (morphs.polygons >= -1)).all(axis=1)]
    whole = quads[quads[:, 3] >= 0]
    faces = np.concatenate([quads[:, :3], whole[:, [0, 2, 3]]]).astype(np.int64)
    nose = np.zeros(high, bool)
    nose[next(c.vertices for c in anatomy.components if c.name == "nose")] = True
    identities, strengths = draw_subjects("test", SUBJECTS["test"])
    recipes = recipe_matrix()
    for number in range(count):
        rng = np.random.default_rng([6, number])
        subject, expression = number // len(EXPRESSIONS), EXPRESSIONS[number % len(EXPRESSIONS)]
        row = list(RECIPES).index(expression)
        moved = strengths[subject, row] * np.tensordot(recipes[row], morphs.morphs, axes=1)
        truth = (morphs.neutral + np.tensordot(identities[subject], morphs.identities, axes=1) + moved)[low:high]
        kept = _cut(truth, faces, nose, rng)
        number_of = np.cumsum(kept) - 1
        unit = LENGTH_UNITS[number % len(LENGTH_UNITS)]
        shift = rng.uniform(-500.0, 500.0, 3)
        clean = (truth[kept] @ Rotation.random(rng=rng).as_matrix().T + shift) * UNITS_PER_MM[unit]
        noise = rng.standard_normal(clean.shape) * NOISE_MM * UNITS_PER_MM[unit]
        scan = Scan(clean + noise, number_of[faces[kept[faces].all(axis=1)]])
        face = in_face(truth, truth[anatomy.points["prn"]])
        yield RawScan(f"test{subject:03d} {expression}", scan, unit, clean, truth[kept], face[kept], nose[kept])


def _cut(vertices: np.ndarray, faces: np.ndarray, nose: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which vertices (V,) are left of a surface when a fifth of it, about a random place off the nose, is cut away."""
    a, b, c = vertices[faces].transpose(1, 0, 2)
    area = np.zeros(len(vertices))
    np.add.at(area, faces[:, 0], np.linalg.norm(np.cross(b - a, c - a), axis=1))
    while True:
        distance = np.linalg.norm(vertices - vertices[rng.integers(len(vertices))], axis=1)
        order = np.argsort(distance)
        gone = order[np.cumsum(area[order]) < CUT * area.sum()]
        if not nose[gone].any():
            kept = np.ones(len(vertices), bool)
            kept[gone] = False
            return kept


def measure(options: Options) -> dict[str, object]:
    """All figures, by the names that the JSON file has them under."""
    model = load(model_path(options.model))
    mean = MeanFace(model)
    rows: list[dict[str, object]] = []
    for raw in raw_scans(options.data, options.heads):
        began = time.perf_counter()
        pose = align(raw.scan, mean)
        off = np.linalg.norm(pose.to_head(raw.clean) - raw.truth, axis=1)[raw.face].mean()
        row: dict[str, object] = {"head": raw.name, "unit": raw.unit, "unit_right": raw.scan.unit == raw.unit}
        row |= {"off_mm": float(off), "aligned": bool(off < ALIGNED_MM), "covered": pose.covered}
        row |= {"residual_mm": pose.residual_mm, "align_seconds": time.perf_counter() - began}
        if not options.align_only:
            fit = fit_scan(model, raw.scan, pose, ScanFitSettings())
            row["seconds"] = time.perf_counter() - began
            fitted = head_mesh(model, fit.parameters, VOXEL_MM)
            clean = fit.alignment.to_head(raw.clean[raw.face])
            distance = np.full(len(raw.clean), np.nan)
            distance[raw.face] = nearest_on_surface(clean, fitted.vertices, fitted.faces).distance
            row |= {"face_mm": float(distance[raw.face].mean()), "nose_mm": float(distance[raw.nose & raw.face].mean())}
            row |= {"verdict": fit.verdict, "size": fit.size, "unlike": fit.unlike}
        rows.append(row)
        print(json.dumps(row), flush=True)
    figures: dict[str, object] = {
        "aligned": sum(bool(row["aligned"]) and bool(row["unit_right"]) for row in rows),
        "of": len(rows),
        "device": str(model.device),
        "heads": rows,
    }
    if not options.align_only:
        for name, key in (("face_mean_mm", "face_mm"), ("nose_mean_mm", "nose_mm")):
            figures[name] = float(np.mean([row[key] for row in rows]))
        figures["seconds_median"] = float(np.median([row["seconds"] for row in rows]))
    return figures


def measure_hard(options: Options) -> dict[str, dict[str, int]]:
    """The counts of each kind of hard scans."""
    model = load(model_path(options.model))
    mean = MeanFace(model)
    counts: dict[str, Counter[str]] = {}
    for hard in hard_scans(options.data, options.hard):
        pose, row = align(hard.scan, mean, "mm"), Counter(of=1)
        sized = len(hard.landmarks) > 0
        off = [_off_mm(pose, points, hard.truth, sized) for points in (hard.points, *hard.others) if len(points)]
        right = bool(off) and min(off) < ALIGNED_MM
        row["placed"] = right and pose.finding == "found"
        row["unsure"], row["refused"] = pose.finding == "unsure", pose.finding == "not found"
        row["wrong_and_found"] = pose.finding == "found" and not right
        told: dict[str, Any] = {"off_mm": min(off, default=None), "finding": pose.finding}
        if not options.align_only and pose.finding != "not found":
            fit = fit_scan(model, hard.scan, pose, ScanFitSettings())
            if sized:
                landmarks = find_landmarks(model, fit.parameters).points
                there = np.stack([landmarks[name] for name in FIVE])
                told["landmarks_mm"] = _off_mm(fit.alignment, hard.landmarks, there, shifted=False)
                right = told["landmarks_mm"] < LANDMARKS_MM
            row["good"] = fit.verdict in ("good", "partial scan") and right
            row["wrong_and_good"] = fit.verdict in ("good", "partial scan") and not right
            told |= {"verdict": fit.verdict, "size": fit.size, "unlike": fit.unlike, "beside": fit.beside}
        counts.setdefault(hard.kind, Counter()).update({name: int(count) for name, count in row.items()})
        told["evidence"] = pose.evidence
        told |= {"rival": pose.rival, "covered": pose.covered, "plane_mm": pose.plane_mm, "sigma": pose.shape_sigma}
        print(json.dumps({"kind": hard.kind, **told, "residual_mm": pose.residual_mm}), flush=True)
    return {kind: dict(count) for kind, count in counts.items()}


def _off_mm(pose: Alignment, points: np.ndarray, truth: np.ndarray, shifted: bool) -> float:
    """How far a pose puts points (N, 3) of a scan from where they belong, (N, 3) mm, on average; but for a shift."""
    off = pose.to_head(points) - truth
    return float(np.linalg.norm(off - off.mean(axis=0) * shifted, axis=1).mean())


def main() -> None:
    """Measure, print and write."""
    options = tyro.cli(Options, description=__doc__)
    figures = measure(options) if options.heads else {}
    if options.hard:
        figures["hard"] = measure_hard(options)
    print(json.dumps({key: value for key, value in figures.items() if key != "heads"}, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
