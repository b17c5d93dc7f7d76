"""Whether operations do what they say: `python tests/bench/surgery.py --data ict:FOLDER --json FILE`.

Heads are fits of raw scans of unseen subjects (`tests/bench/patients.py`). Ten operations at two strengths each are
solved for on the fitted head; the displacement is then carried out on the subject's own true surface, whose measures
other code takes (`tests/bench/true_landmarks.py`, `tests/bench/true_measures.py`). By operation, worst over the heads:
by how much it missed its amount, by the product's measure and by the true one; how far other measures moved that it
does not change by its definition (`OperationKind.moves`: a measure that is taken from a landmark which the operation
moves is no coupling); whether anything moved outside of the part's window; faces that cross. Walls are compared at the
height and depth of the markers that the product measures by.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import trimesh
import tyro

from facewright.core.anthropometry.measure import MEASURES
from facewright.core.anthropometry.own_face import OwnFace
from facewright.core.crossings import crossing_faces
from facewright.core.model.model_file import load, model_path
from facewright.core.scan.mean_face import MeanFace
from facewright.core.surgery.carry_out import carry_out
from facewright.core.surgery.fields import plan_warp
from facewright.core.surgery.operations import BY_KEY
from facewright.core.surgery.plan import NO_PLAN, Operation
from facewright.core.surgery.solve import TOLERANCE, solve_plan
from facewright.core.surgery.subject import Subject

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the tests are no installed package
from tests.bench.patients import captured, fitted, patients
from tests.bench.true_landmarks import TrueFace
from tests.bench.true_measures import true_measures

if TYPE_CHECKING:
    from facewright.core.surgery.plan import SurgicalPlan
    from tests.bench.patients import Fitted, Patient

STRENGTHS = {
    "radix": (-1.5, 2.0),
    "dorsum": (-3.0, 2.0),
    "bony_deviation": (-2.0, 2.0),
    "bony_width": (-3.0, 2.0),
    "tip_rotation": (-5.0, 6.0),
    "tip_projection": (-1.5, 2.0),
    "tip_width": (-2.5, 1.5),
    "alar_base": (-4.0, 2.0),
    "columella": (-1.5, 1.5),
    "chin_projection": (-3.0, 5.0),
}
THREE = (("dorsum", -2.5), ("tip_rotation", 4.0), ("alar_base", -3.0))
"""One after the other."""

_BEYOND_MM = 40.0
"""So far from the midline nothing of an operation reaches."""


@dataclass(frozen=True)
class Options:
    """What to operate on."""

    data: str
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder."""
    model: Path | None = None
    """Model file, or the name of a bundled one; the first if not given."""
    json: Path | None = None
    """Where to write the figures."""
    heads: int = 6
    """How many fits of scans."""
    first: int = 0
    """How many subjects are passed over before."""
    seed: int = 16
    """Of the subjects."""
    fits: Path | None = None
    """Folder of fits, read where they are there, written where not."""


class Case:
    """One subject: the fitted head to plan on, and the true surface to carry plans out on."""

    def __init__(self, subject: Subject, patient: Patient, mean: Patient, fit: Fitted) -> None:
        self.subject, self._patient, self._mean, self._fit = subject, patient, mean, fit
        self.names = set(subject.before.landmarks.points)
        self.before = self.table(subject.before)
        self._face = TrueFace(patient, mean)
        self.true_before, self.own_before = true_measures(self._face), self._own(self._face)

    def table(self, face) -> dict[str, float]:
        """The product's measures of an operated face."""
        return {each.key: each.formula(face.landmarks) for each in MEASURES if set(each.landmarks) <= self.names}

    def truly(self, plan: SurgicalPlan) -> tuple[dict[str, float], dict[str, float]]:
        """Changes of the true surface's measures when a plan is carried out on it: the table's, and operations' own."""
        there = self._patient.vertices @ self._fit.rotation.T + self._fit.translation
        moved = replace(self._patient, vertices=self._fit.back(plan_warp(plan).moved(there)))
        face = TrueFace(moved, self._mean, self._face)
        after, own = true_measures(face), self._own(face)
        return (
            {key: value - self.true_before[key] for key, value in after.items()},
            {key: value - self.own_before[key] for key, value in own.items()},
        )

    def _own(self, face: TrueFace) -> dict[str, float]:
        """What the table does not have, of the true surface in its own frame."""
        points = face.points
        crease = (points["ac_l"] + points["ac_r"]) / 2.0
        own = {"tip_projection": float(np.hypot(*(points["prn"] - crease)[1:])), "chin_projection": points["pg"][2]}
        own["columella"] = self._columella(face)
        walls = {
            name: [self._wall(face, self.subject.before.markers[f"{name}_{side}"]) for side in "lr"]
            for name in ("bone", "tip", "crest")
        }
        own["bony_width"], own["tip_width"] = (float(-np.diff(walls[name])[0]) for name in ("bone", "tip"))
        own["bony_deviation"] = float(np.mean(walls["crest"]))
        own["radix"] = self._root(face)
        return own

    def _true(self, point: np.ndarray, face: TrueFace) -> np.ndarray:
        """A point of the fitted head in the true face's own frame."""
        there: np.ndarray = face.axes @ self._fit.back(point)
        return there

    def _wall(self, face: TrueFace, marker: np.ndarray) -> float:
        """How far to the left the surface is at the height and depth of a marker, on its side; NaN if it is behind."""
        at = self._true(marker, face)
        across = _crossed(trimesh.intersections.mesh_plane(face.mesh, [0.0, 1.0, 0.0], at), at, [0.0, 0.0, 1.0])[:, 0]
        return float(across[np.abs(across - at[0]).argmin()]) if len(across) else np.nan

    def _columella(self, face: TrueFace) -> float:
        """How far the columella is below the line sn–prn before, at the level of c' as the product has it."""
        base, tip = (self._face.points[name] for name in ("sn", "prn"))
        mark = self._true(self.subject.frame.landmarks["c'"], face)
        way = ((tip - base) * [0.0, 1.0, 1.0]) / np.hypot(*(tip - base)[1:])
        line = _crossed(trimesh.intersections.mesh_plane(face.mesh, [1.0, 0.0, 0.0], mark), mark, way)
        line = line[np.abs(line - mark).max(axis=1) < 8.0]
        return float(((line - base) @ [0.0, -way[2], way[1]]).max())

    def _root(self, face: TrueFace) -> float:
        """How far forward the profile is at the height of nasion before."""
        at = self._true(self.subject.before.markers["n"], face)
        profile = trimesh.intersections.mesh_plane(face.mesh, [1.0, 0.0, 0.0], at)
        return float(_crossed(profile, at, [0.0, 1.0, 0.0])[:, 2].max())


def _crossed(lines: np.ndarray, place: np.ndarray, way: np.ndarray | list[float]) -> np.ndarray:
    """Where lines (S, 2, 3) cross the plane through a place square to a way: (n, 3)."""
    along = (lines - place) @ np.asarray(way)
    crossing = (along[:, 0] < 0.0) != (along[:, 1] < 0.0)
    (first, last), ends = lines[crossing].transpose(1, 0, 2), along[crossing]
    points: np.ndarray = first + (ends[:, :1] / (ends[:, :1] - ends[:, 1:])) * (last - first)
    return points


def one(case: Case, key: str, amount: float) -> dict[str, float]:
    """One operation on one head."""
    kind, start = BY_KEY[key], time.process_time()
    outcome = carry_out(case.subject, NO_PLAN.with_operation(Operation(key, amount)), NO_PLAN)
    plan = outcome.result.plan
    row = {"seconds": time.process_time() - start, "refused": float(bool(outcome.refused))}
    asked = plan.asked.get(key, 0.0)
    row["reached_error"] = abs(outcome.result.achieved[key] - asked)
    after = case.table(case.subject.face(dict(plan.strengths)))
    changes = {name: after[name] - case.before[name] for name in after}
    true, own = case.truly(plan)
    row["true_error"] = abs((true[kind.table] if kind.table else own[key]) - asked)
    for words, found in (("coupling", changes), ("true_coupling", true)):
        for unit, name in (("mm", "mm"), ("°", "deg")):
            held = [e.key for e in MEASURES if e.unit == unit and e.key in found]
            held = [each for each in held if each not in kind.moves and each != kind.table]
            worst = max(held, key=lambda each: abs(found[each]), default="")
            row[f"{words}_{name}"] = abs(found[worst]) if worst else 0.0
            print("   ", words, worst, f"{found[worst]:+.2f}" if worst else "", end="")
    mesh = case.subject.surface
    moved = plan_warp(plan).moved(mesh.vertices)
    far = np.abs(case.subject.frame.along(mesh.vertices - case.subject.frame.landmarks["sn"])[:, 0]) > _BEYOND_MM
    row["outside_mm"] = float(np.abs(moved - mesh.vertices)[far].max())
    row["crossing_faces"] = len(crossing_faces(moved, mesh.faces)) - len(crossing_faces(mesh.vertices, mesh.faces))
    shown = {name: round(value, 2) for name, value in row.items()}
    print(f"\n  {key} {amount:+g} (asked {asked:+g}):", shown, flush=True)
    return row


def three(case: Case) -> float:
    """Three operations one after the other: how far the worst is from its amount in the end, over its tolerance."""
    plan = NO_PLAN
    for key, amount in THREE:
        plan = solve_plan(case.subject, plan.with_operation(Operation(key, amount))).plan
    true, _ = case.truly(plan)
    return max(abs(true[BY_KEY[key].table] - amount) / TOLERANCE[BY_KEY[key].unit] for key, amount in THREE)


def run(options: Options) -> dict[str, object]:
    """All figures."""
    mean, subjects = patients(options.data, options.first + options.heads, options.seed)
    model = load(model_path(options.model))
    placed = MeanFace(model)
    rows: dict[str, list[dict[str, float]]] = {key: [] for key in STRENGTHS}
    names, in_a_row, doubted = [], [], []
    for patient in islice(subjects, options.first, None):
        fit = fitted(model, placed, patient, options.fits)
        if fit is None:
            continue
        names.append(patient.name)
        if fit.verdict != "good":
            doubted.append(patient.name)
        print(patient.name, fit.verdict, flush=True)
        scan = OwnFace.of(model, fit.parameters, fit.there(captured(patient).points))
        case = Case(Subject(model, fit.parameters, scan=scan), patient, mean, fit)
        for key, amounts in STRENGTHS.items():
            rows[key] += [one(case, key, amount) for amount in amounts]
        in_a_row.append(three(case))
    good = [name not in doubted for name in names for _ in range(2)]
    kept = {key: [row for row, fine in zip(each, good, strict=True) if fine] for key, each in rows.items()}
    return {
        "operations": {key: _worst(each) for key, each in rows.items()},
        "operations_on_good_fits": {key: _worst(each) for key, each in kept.items()},
        "three_in_a_row_over_tolerance": max(in_a_row),
        "heads": names,
        "doubted": doubted,
    }


def _worst(rows: list[dict[str, float]]) -> dict[str, float]:
    """The largest of each figure."""
    return {name: max(row[name] for row in rows) for name in rows[0]} if rows else {}


def main() -> None:
    """Operate, print and write."""
    options = tyro.cli(Options, description=__doc__)
    figures = run(options)
    for key, row in figures["operations"].items():  # type: ignore[attr-defined]
        print(f"{key:18}", " ".join(f"{name} {value:5.2f}" for name, value in row.items()))
    print("three in a row, worst over its tolerance:", round(figures["three_in_a_row_over_tolerance"], 2))  # type: ignore[call-overload]
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
