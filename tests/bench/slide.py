"""How far fits slide along scans: `python tests/bench/slide.py --data ict:FOLDER --fits FOLDER`.

Scans of unseen subjects (`tests/bench/patients.py`) are fitted, or their fits read. A subject's vertices are known, and
so is where training has each on the template: how far the fit carries those from the vertices is told, and how far the
vertices are from the fitted surface, in mm; of the production mesh of the fitted head, which has the same vertices, how
far these are from where they belong. With `--hold 0` fits know surfaces alone.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tyro

from facewright.core.metrics import in_face
from facewright.core.model.model_file import load, model_path
from facewright.core.parts import LOCAL_PARTS
from facewright.core.production.production_mesh import production_mesh
from facewright.core.scan.mean_face import MeanFace
from facewright.core.scan.scan_fit import ScanFitSettings
from facewright.core.surface.cascade import Cascade
from facewright.train.template import training_heads

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the tests are no installed package
from tests.bench.patients import fitted, patients

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.train.data.heads import HeadSet
    from tests.bench.patients import Fitted, Patient


@dataclass(frozen=True)
class Options:
    """What to measure."""

    data: str
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder."""
    also: tuple[str, ...] = ("anny:",)
    """What else the model was trained on, in its order."""
    model: Path | None = None
    """Model file, or the name of a bundled one; the first if not given."""
    json: Path | None = None
    """Where to write the figures."""
    heads: int = 20
    """How many subjects."""
    seed: int = 131
    """Of the subjects."""
    hold: float = ScanFitSettings().hold
    """Weight of the places that fits are held to."""
    fits: Path | None = None
    """Folder of fits, read where they are there, written where not."""


def slid(model: HeadModel, trained: HeadSet, patient: Patient, fit: Fitted) -> dict[str, tuple[float, float, float]]:
    """Mean mm from vertices to where the fit carries them, to its surface and to its production mesh's, by part."""
    sources = trained.surface.sources
    own = np.flatnonzero((sources >= 0) & (sources < len(patient.vertices)))
    own = own[~np.isin(sources[own], patient.anatomy.closing.hidden)]
    own = own[in_face(patient.vertices[sources[own]], patient.vertices[patient.anatomy.points["prn"]])]
    true = fit.there(patient.vertices[sources[own]]).astype(np.float32)
    carried = Cascade(model, fit.parameters).from_template(trained.symmetric_mean[own], true)
    field = model.field(fit.parameters)
    away, off = np.linalg.norm(carried - true, axis=1), np.abs(field.distance(true))
    mesh = production_mesh(model, fit.parameters)
    exported = np.linalg.norm(mesh.vertices[sources[own]] - true, axis=1)
    chosen = {"face": np.ones(len(own), dtype=bool)}
    chosen |= {part: field.window(part, true) > 0.5 for part in LOCAL_PARTS}
    return {
        name: (float(away[rows].mean()), float(off[rows].mean()), float(exported[rows].mean()))
        for name, rows in chosen.items()
    }


def main() -> None:
    """Fit, print and write."""
    options = tyro.cli(Options, description=__doc__)
    model = load(model_path(options.model))
    placed, trained = MeanFace(model), training_heads(model, options.data, *options.also)
    rows = []
    for patient in patients(options.data, options.heads, options.seed)[1]:
        fit = fitted(model, placed, patient, options.fits, replace(ScanFitSettings(), hold=options.hold))
        if fit is not None:
            rows.append(slid(model, trained, patient, fit))
            print(patient.name, {name: f"{away:.2f}" for name, (away, *_) in rows[-1].items()}, flush=True)
    figures = {name: np.mean([row[name] for row in rows], axis=0).tolist() for name in rows[0]}
    for name, (away, off, exported) in figures.items():
        print(f"{name:6} slid {away:.2f} mm, off the surface {off:.2f}, exported {exported:.2f}, {len(rows)} heads")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
