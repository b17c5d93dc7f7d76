"""How true the measures of faces are: `python tests/bench/measure.py --data ict:FOLDER --json FILE`.

Scans of unseen subjects (`tests/bench/patients.py`) are aligned, fitted and measured; what is true is evaluated on the
subjects' own surfaces by other code (`tests/bench/true_landmarks.py`). For every measure: mean and worst of the
absolute errors, and the share that is within two of the standard deviations that the product gives. `--surfaces` needs
no fit: landmarks are located on the true surface from places that are wrong by what carried landmarks are.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import igl
import numpy as np
import tyro
from scipy.spatial import cKDTree

from facewright.core.anthropometry.constructed import construct, constructible
from facewright.core.anthropometry.face_mixture import read_face_mixture
from facewright.core.anthropometry.landmarks import Landmarks, find_landmarks, profile
from facewright.core.anthropometry.locate import FRAME, face_axes, locate, nostrils_top
from facewright.core.anthropometry.measure import MEASURES
from facewright.core.anthropometry.own_face import OwnFace
from facewright.core.anthropometry.repeatability import repeatability
from facewright.core.model.model_file import load, model_path
from facewright.core.scan.mean_face import MeanFace

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the tests are no installed package
from tests.bench.patients import captured, fitted, others, patients
from tests.bench.true_landmarks import TrueFace
from tests.bench.true_measures import true_measures
from tests.bench.true_shape import true_shape

if TYPE_CHECKING:
    from facewright.core.anthropometry.measure import Measure
    from tests.bench.patients import Patient

SLIDE_MM = 0.7
"""How far carried landmarks slide along the surface, root mean square."""


@dataclass(frozen=True)
class Options:
    """What to measure."""

    data: str
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder."""
    model: Path | None = None
    """Model file, or the name of a bundled one; the first if not given."""
    json: Path | None = None
    """Where to write the figures."""
    heads: int = 20
    """How many subjects."""
    seed: int = 16
    """Of the subjects."""
    surfaces: bool = False
    """On the true surfaces, without fits."""
    scan: bool = True
    """Where the scan has the face, measure on the scan; --no-scan measures on the fitted head alone."""
    shape: Path | None = None
    """How faces vary, by `python -m train.data.make_face_shape`, in place of what ships: of fewer shapes, say."""
    others: bool = False
    """Of other people than the benchmark's: Anny's of all ages, and faces between them and ICT-FaceKit's."""
    fits: Path | None = None
    """Folder of fits, read where they are there, written where not."""


@dataclass(frozen=True)
class Errors:
    """Of one subject: by measure (error, stated SD), by landmark (3,) mm along the face's axes."""

    name: str
    measures: dict[str, tuple[float, float]]
    landmarks: dict[str, np.ndarray]


def on_surface(patient: Patient, true: TrueFace, mean: Patient, rng: np.random.Generator) -> Landmarks:
    """The landmarks located on the true surface from places that are wrong, in the subject's frame."""
    vertices, faces = true.to_head(np.asarray(true.mesh.vertices)), np.asarray(true.mesh.faces)
    normals, tree = igl.per_vertex_normals(vertices, faces), cKDTree(vertices)

    def distance(points: np.ndarray) -> np.ndarray:
        """Of the planes at the four nearest vertices, some 0.4 mm apart."""
        away, near = tree.query(points, k=4)
        weights = 1.0 / (away**2 + 0.02)
        heights = ((points[:, None] - vertices[near]) * normals[near]).sum(axis=2)
        result: np.ndarray = (weights * heights).sum(axis=1) / weights.sum(axis=1)
        return result

    vertex = {name: row for name, row in patient.anatomy.points.items() if row < len(patient.vertices)}
    carried = {name: patient.vertices[row] for name, row in vertex.items()}
    carried |= nostrils_top(carried)
    for name, point in carried.items():
        wrong = point + rng.normal(0.0, SLIDE_MM / np.sqrt(2.0), 3)
        normal = normals[tree.query(point)[1]]
        carried[name] = wrong - (wrong - point) @ normal * normal
    axes = face_axes({name: mean.vertices[vertex[name]] for name in FRAME}, carried)
    points = locate(distance, carried, axes)
    made, volume = construct(distance, points, axes, {*points, *constructible(points)})
    dorsum = profile(distance, points["n"], points["prn"], axes)
    return Landmarks({**points, **made}, dorsum, axes, volume=volume)


def _error(measure: Measure, face: Landmarks, known: dict[str, float]) -> float:
    """Of a measure; an axis has no front: its angles differ by a right one at most."""
    error = measure.formula(face) - known[measure.key]
    return (error + 90.0) % 180.0 - 90.0 if measure.key.startswith("nostril_axis") else error


def errors(patient: Patient, true: TrueFace, face: Landmarks) -> Errors:
    """Of a face that was measured, its landmarks in the subject's frame."""
    known = {**true_measures(true, ears=face.facial_plane is None), **true_shape(true)}
    measures = {
        each.key: (_error(each, face, known), repeatability(each, face))
        for each in MEASURES
        if each.key in known and set(each.landmarks) <= face.points.keys()
    }
    away = {name: true.axes @ face.points[name] - point for name, point in true.points.items() if name in face.points}
    return Errors(patient.name, measures, away)


def table(rows: list[Errors]) -> dict[str, object]:
    """The figures, by the names that the JSON file has them under."""
    figures = {}
    for each in MEASURES:
        found = np.array([row.measures[each.key] for row in rows if each.key in row.measures])
        found = found[np.isfinite(found).all(axis=1)] if len(found) else found  # one of the two may have no such axis
        if not len(found):
            continue
        size = np.abs(found[:, 0])
        figures[each.key] = {
            "mean_abs": float(size.mean()),
            "worst": float(size.max()),
            "unit": each.unit,
            "within_2sd": float((size <= 2.0 * found[:, 1]).mean()),
            "sd": float(found[:, 1].mean()),
            "heads": len(found),
        }
    names = sorted(rows[0].landmarks)
    spread = {name: np.sqrt(np.mean([row.landmarks[name] ** 2 for row in rows], axis=0)).tolist() for name in names}
    return {"measures": figures, "landmarks_rms_mm": spread, "heads": [row.name for row in rows]}


def run(options: Options) -> dict[str, object]:
    """All figures."""
    mean, subjects = (others if options.others else patients)(options.data, options.heads, options.seed)
    model = None if options.surfaces else load(model_path(options.model))
    placed = MeanFace(model) if model else None
    people = read_face_mixture(options.shape) if options.shape else None
    rows, lost, doubted = [], [], []
    for number, patient in enumerate(subjects):
        true = TrueFace(patient, mean)
        if model is None or placed is None:
            face = on_surface(patient, true, mean, np.random.default_rng([options.seed, number, 1]))
        else:
            fit = fitted(model, placed, patient, options.fits)
            if fit is None:
                lost.append(patient.name)
                continue
            own = fit.there(captured(patient).points)
            scan = OwnFace.of(model, fit.parameters, own, people) if options.scan else None
            there = find_landmarks(model, fit.parameters, scan=scan)
            points = {name: fit.back(point) for name, point in there.points.items()}
            plane = None if there.facial_plane is None else fit.back(there.facial_plane)
            face = there._replace(points=points, dorsum=fit.back(there.dorsum), axes=there.axes @ fit.turn)
            face = face._replace(facial_plane=plane)
            if fit.verdict != "good":
                doubted.append(patient.name)
        rows.append(errors(patient, true, face))
        print(patient.name, {key: round(error, 1) for key, (error, _) in rows[-1].measures.items() if abs(error) > 1.2})
    good = table([row for row in rows if row.name not in doubted])["measures"] if len(doubted) < len(rows) else {}
    return {**table(rows), "not_found": lost, "doubted": doubted, "measures_of_good_fits": good}


def main() -> None:
    """Measure, print and write."""
    options = tyro.cli(Options, description=__doc__)
    figures = run(options)
    for key, row in figures["measures"].items():  # type: ignore[attr-defined]
        errors_of = f"{row['mean_abs']:6.2f} {row['worst']:6.2f} {row['unit']:2}"
        print(f"{key:22} {errors_of} {row['within_2sd']:6.0%} {row['sd']:5.2f}")
    for name, spread in figures["landmarks_rms_mm"].items():  # type: ignore[attr-defined]
        print(f"{name:6}", " ".join(f"{axis:5.2f}" for axis in spread))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
