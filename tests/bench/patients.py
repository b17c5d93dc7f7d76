"""Faces whose truth is known, as a scanner gives them: unseen subjects, some wide, some with noses of patients.

Subjects are of three kinds by turns: as the open benchmark draws them, with a nose that `nose_fields` change, and
with identity coefficients half again as wide. Or they are other people: Anny's, of all ages, and by turns faces
half-way between one of them and one of the benchmark's. The scan is the face alone: holes, noise along each axis, any
pose, any unit; the inside of the mouth is not in it. It is aligned and fitted without clicks; codes and pose may be
kept in a folder, so that landmarks can be measured again without a fit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from facewright.core.anatomy import bundled_anatomy
from facewright.core.anthropometry.nose_fields import displacement
from facewright.core.exchange.shape import UNITS_PER_MM, LengthUnit
from facewright.core.metrics import in_face
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.scan.align import Alignment, align
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import ScanFitSettings, fit_scan
from facewright.train.data.face_draws import anny_faces
from facewright.train.data.ict_facekit import read_morphs
from facewright.train.data.noses import draw_changes
from facewright.train.data.sources import ict_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from facewright.core.anatomy import Anatomy
    from facewright.core.model.head_model import HeadModel
    from facewright.core.scan.mean_face import MeanFace

KINDS = ("usual", "nose", "wide")
LENGTH_UNITS: tuple[LengthUnit, ...] = ("mm", "cm", "m")
NOISE_MM = 0.3
"""Standard deviation along each axis."""

_SIGMA = {"usual": (1.0, 2.5), "nose": (1.0, 2.5), "wide": (1.5, 4.5)}
"""Of the identity coefficients, and where they are cut."""

_HOLES, _HOLE_MM, _NOSE_MM = 3, (6.0, 14.0), 45.0
"""Holes, their radius, and how far from the tip of the nose their centres stay: what is not there has no measure."""


@dataclass(frozen=True)
class Patient:
    """A subject: vertices (V, 3) and their faces (F, 3) of the skin, mm, head frame; anatomy : landmarks' vertices."""

    name: str
    vertices: np.ndarray
    faces: np.ndarray
    anatomy: Anatomy


@dataclass(frozen=True)
class Fitted:
    """The head that was fitted to a subject's scan, and what carries the subject's points to it.

    rotation : (3, 3), translation : (3,) mm, from the subject's frame to that of the fitted head; verdict : the fit's.
    """

    parameters: Parameters
    rotation: np.ndarray
    translation: np.ndarray
    verdict: str

    @property
    def turn(self) -> np.ndarray:
        """The rotation (3, 3) alone, without what the alignment changed of the scale."""
        turn: np.ndarray = self.rotation / np.cbrt(np.linalg.det(self.rotation))
        return turn

    def there(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) of the subject, in the fitted head's frame."""
        placed: np.ndarray = points @ self.rotation.T + self.translation
        return placed

    def back(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) of the fitted head, in the subject's frame."""
        there: np.ndarray = (points - self.translation) @ np.linalg.inv(self.rotation).T
        return there


def patients(data: str, count: int, seed: int) -> tuple[Patient, Iterator[Patient]]:
    """The mean head, and so many subjects of a seed, each the same however many there are."""
    morphs, anatomy = read_morphs(ict_folder(data), ()), bundled_anatomy("ict_facekit")
    low, high = anatomy.closing.skin
    quads = morphs.polygons[((morphs.polygons < high) & (morphs.polygons >= -1)).all(axis=1)]
    whole = quads[quads[:, 3] >= 0]
    faces = np.concatenate([quads[:, :3], whole[:, [0, 2, 3]]]).astype(np.int64)
    mean = Patient("mean", morphs.neutral[low:high].astype(np.float64), faces, anatomy)

    def draw() -> Iterator[Patient]:
        for number in range(count):
            rng, kind = np.random.default_rng([seed, number]), KINDS[number % len(KINDS)]
            sigma, most = _SIGMA[kind]
            weights = (sigma * rng.standard_normal(len(morphs.identities))).clip(-most, most)
            vertices = mean.vertices + np.tensordot(weights, morphs.identities, axes=1)[low:high]
            if kind == "nose":
                marks = {name: vertices[vertex] for name, vertex in anatomy.points.items()}
                vertices = vertices + displacement(draw_changes(rng), marks, vertices)
            yield Patient(f"{seed}-{number:02d} {kind}", vertices, faces, anatomy)

    return mean, draw()


def others(data: str, count: int, seed: int) -> tuple[Patient, Iterator[Patient]]:
    """The mean head, and so many subjects of whom the benchmark draws none; their skin, without what is hidden."""
    mean, draws = patients(data, count, seed)
    heads = anny_faces(data, "test", count)
    sources = heads.surface.sources
    rows, closed = np.unique(sources[sources >= 0]), np.full(len(mean.vertices), -1)
    closed[sources[sources >= 0]] = np.flatnonzero(sources >= 0)
    place = np.full(len(mean.vertices), -1)
    place[rows] = np.arange(len(rows))
    faces = place[mean.faces]
    whole = faces[(faces >= 0).all(axis=1)]
    points = {name: int(place[row]) for name, row in mean.anatomy.points.items() if place[row] >= 0}
    bare = replace(mean.anatomy.closing, hidden=np.empty(0, np.int64))
    anatomy = replace(mean.anatomy, points=points, closing=bare)

    def draw() -> Iterator[Patient]:
        for number, patient in enumerate(draws):
            vertices, kind = heads.vertices[number, 0, closed[rows]].astype(np.float64), "anny"
            if number % 2:
                vertices, kind = 0.5 * (vertices + patient.vertices[rows]), "between"
            yield Patient(f"{seed}-{number:02d} {kind}", vertices, whole, anatomy)

    return Patient("mean", mean.vertices[rows], whole, anatomy), draw()


def fitted(
    model: HeadModel, mean: MeanFace, patient: Patient, folder: Path | None, settings: ScanFitSettings | None = None
) -> Fitted | None:
    """The fit of a patient's scan, read where `folder` has it; None where no face was found."""
    file = folder / f"{patient.name.replace(' ', '-')}.json" if folder else None
    if file and file.is_file():
        kept = json.loads(file.read_text("utf-8"))
    else:
        kept = _fit(model, mean, patient, settings or ScanFitSettings())
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(kept), encoding="utf-8")
    if kept is None:
        return None
    codes = {code: tuple(values) for code, values in kept["codes"].items()}
    return Fitted(Parameters.of(codes), np.array(kept["rotation"]), np.array(kept["translation"]), kept["verdict"])


def _fit(model: HeadModel, mean: MeanFace, patient: Patient, settings: ScanFitSettings) -> dict[str, object] | None:
    capture = captured(patient)
    pose = align(capture.scan, mean)
    fit = fit_scan(model, capture.scan, pose, settings)
    if fit.verdict == "bad alignment":
        return None
    found: Alignment = fit.alignment
    codes = {code: list(fit.parameters.code(code)) for code in CODES}
    rotation = found.rotation @ capture.rotation * (found.mm_per_unit * capture.units)
    step = found.to_head(capture.units * capture.shift[None])[0]
    return {"codes": codes, "rotation": rotation.tolist(), "translation": step.tolist(), "verdict": fit.verdict}


@dataclass(frozen=True)
class Capture:
    """A face as a scanner gives it: points (N, 3) mm, subject's frame, with noise; faces (F, 3); and its pose and unit.

    rotation : (3, 3), shift : (3,) mm; units : a mm.
    """

    points: np.ndarray
    faces: np.ndarray
    rotation: np.ndarray
    shift: np.ndarray
    units: float

    @property
    def scan(self) -> Scan:
        """In its own pose and unit."""
        return Scan(self.units * (self.points @ self.rotation.T + self.shift), self.faces)


def captured(patient: Patient) -> Capture:
    """A patient's scan; always the same."""
    rng = np.random.default_rng([len(patient.name), *patient.name.encode()])
    vertices = patient.vertices
    tip = vertices[patient.anatomy.points["prn"]]
    kept = in_face(vertices, tip)
    hidden = patient.anatomy.closing.hidden
    kept[hidden[hidden < len(kept)]] = False
    away = np.linalg.norm(vertices - tip, axis=1)
    for _ in range(_HOLES):
        centre = vertices[rng.choice(np.flatnonzero(kept & (away > _NOSE_MM)))]
        kept &= np.linalg.norm(vertices - centre, axis=1) > rng.uniform(*_HOLE_MM)
    motion, shift = Rotation.random(rng=rng).as_matrix(), rng.uniform(-500.0, 500.0, 3)
    scale = UNITS_PER_MM[LENGTH_UNITS[rng.integers(len(LENGTH_UNITS))]]
    points = vertices[kept] + rng.normal(0.0, NOISE_MM, (int(kept.sum()), 3))
    faces = (np.cumsum(kept) - 1)[patient.faces[kept[patient.faces].all(axis=1)]]
    return Capture(points, faces, motion, shift, scale)
