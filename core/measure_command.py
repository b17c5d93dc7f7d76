"""The command that measures a face: `facewright-core measure`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import tyro

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import CAVEATS, frame_of, measure
from facewright.core.anthropometry.measure_tables import to_csv, to_json
from facewright.core.anthropometry.norms import NORMS_SOURCE, cohort_named
from facewright.core.atomic_file import write_atomically
from facewright.core.device import AUTOMATIC, use
from facewright.core.errors import FacewrightError
from facewright.core.exchange.shape import UNITS_PER_MM
from facewright.core.input_file import named_file, read_json
from facewright.core.model.model_file import load, model_path
from facewright.core.parameters import Parameters, parse_assignments
from facewright.core.parts import CODES
from facewright.core.scan.align import Alignment
from facewright.core.scan.fitted_scan import FittedScan
from facewright.core.scan.own_points import OwnPoints
from facewright.core.scan.scan import read_scan
from facewright.core.scan.scan_fit import ScanFit, residuals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.anthropometry.measure import Value
    from facewright.core.anthropometry.own_face import OwnFace
    from facewright.core.model.head_model import HeadModel

_ON_HEAD = "Measured on the fitted head, which is not quite the patient: --scan SCAN measures on the scan itself."


@dataclass(frozen=True)
class MeasureCommand:
    """Measure a face: distances in mm, angles, ratios, asymmetries, against a cohort's norms if one is named."""

    set: Annotated[tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="CODE.COMPONENT=σ")] = ()
    """A coefficient, such as nose.1=3. Those not given are 0, or as in --fit."""
    fit: Path | None = None
    """Measure the head that `facewright-core fit --out` wrote to this file."""
    scan: Path | None = None
    """The scan that --fit was fitted to: measure on it, as the window does, and not on the fitted head."""
    cohort: Annotated[str | None, tyro.conf.arg(metavar="girls-5|…|women-39|boys-5|…|men-39")] = None
    """Whose norms the z-scores are of; none if not given. Girls or boys of 5, 10 and 15 years, women or men of 20, 25,
    30, 35 and 39."""
    model: Path | None = None
    """Model file, or people or adults, which ship along; people by default."""
    device: str = AUTOMATIC
    """Where to evaluate the model: auto, cpu, cuda, cuda:1 (the second GPU) or mps."""
    out: Path | None = None
    """File to write as well: .csv, or .json with the landmarks."""
    json: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Print JSON instead of a table."""

    def run(self) -> None:
        """Find the landmarks, measure, print and write; FacewrightError if any of that is not possible."""
        use(self.device)
        if self.out is not None and self.out.suffix.lower() not in (".csv", ".json"):
            raise FacewrightError(f"{self.out.name}: measurements are written to .csv or .json files.")
        if self.scan is not None and self.fit is None:
            raise FacewrightError("--scan is measured where it was fitted: give its --fit, too.")
        cohort = None if self.cohort is None else cohort_named(self.cohort)
        model = load(model_path(self.model))
        parameters, own = parse_assignments(self.set, model.components), None
        if self.fit is not None:
            fit = read_fit(self.fit, model)
            parameters = parameters.over(fit.parameters)
            own = fit.own_face(model, self.scan, parameters) if self.scan else None
            told = [fit.warning] if self.scan else [fit.warning, _ON_HEAD]
            print(*filter(None, told), sep="\n", end="\n" * any(told), file=sys.stderr if self.json else sys.stdout)
        landmarks = find_landmarks(model, parameters, scan=own)
        values = measure(model, landmarks, cohort)
        text = to_json(values, landmarks, {"model": model.name}, cohort=cohort)
        if self.out is not None:
            written = to_csv(values, cohort=cohort) if self.out.suffix.lower() == ".csv" else text
            write_atomically(self.out, written.encode(), private=True)
        if self.json:
            print(text)
            return
        print(*map(_line, values), sep="\n")
        print(f"Horizontal: {frame_of(landmarks)}. Norms: {NORMS_SOURCE}.", *CAVEATS, sep="\n")


def _line(value: Value) -> str:
    """A measurement as a line of the table."""
    name, unit = value.measure.name, value.unit
    if not np.isfinite(value.value):
        return f"{name:26}{'–':>9} {value.coverage}"
    z = "" if value.z is None else f"{value.z:+.1f} SD"
    usual = "" if value.measure.usual is None else "usual {:g} to {:g}".format(*value.measure.usual)
    return f"{name:26}{value.value:9.2f} {unit:2} ± {value.uncertainty:<8.2f}{z:9}{usual:18}{value.coverage}".rstrip()


class KeptFit(NamedTuple):
    """A fit that `facewright-core fit --out` wrote.

    warning : empty if it is good; record : what else the file says.
    """

    parameters: Parameters
    warning: str
    record: Mapping[str, object]

    def own_face(self, model: HeadModel, path: Path, parameters: Parameters) -> OwnFace:
        """The face of the scan in a file, on the head with these parameters.

        Raises FacewrightError if the scan cannot be read, or is not the one that was fitted.
        """
        scan, record = read_scan(path), self.record
        try:
            count, unit = record["points"], next(each for each in UNITS_PER_MM if each == record["unit"])
            turn, way = (np.array(record[key], dtype=np.float64) for key in ("rotation", "translation_mm"))
            pose = Alignment(turn.reshape(3, 3), way.reshape(3), 1.0 / UNITS_PER_MM[unit])
        except (KeyError, ValueError, TypeError, StopIteration) as error:
            raise FacewrightError("The fit does not say where its scan lies: fit it again.") from error
        if len(scan.points) != count:
            raise FacewrightError(
                f"{path.name} has {len(scan.points)} points and the scan that was fitted {count}: give that one."
            )
        distance, regions = residuals(model, self.parameters, pose.to_head(scan.points))
        if "face" not in regions:  # another scan of as many points, or the same one in another unit
            raise FacewrightError(
                f"{path.name} does not lie where the scan was fitted: give the scan that was, as it was."
            )
        fit = ScanFit(self.parameters, pose, distance, regions, np.zeros(0), True)
        return OwnPoints(model, FittedScan("Scan", unit, scan, fit)).at(parameters)


def read_fit(path: Path, model: HeadModel) -> KeptFit:
    """A file that `facewright-core fit --out` wrote.

    Raises FacewrightError if it is no such file, or another model's.
    """
    try:
        with named_file(path):
            record = read_json(path)
        fingerprint = record.get("fingerprint", model.fingerprint)  # the first files named the model alone
        parameters = Parameters.of({code: tuple(map(float, record["parameters"][code])) for code in CODES})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise FacewrightError(f"{path} is not a fit: choose a file that facewright-core fit --out wrote.") from error
    too_many = any(len(parameters.code(code)) > n for code, n in model.components.items())
    if fingerprint not in model.fingerprints or too_many:
        raise FacewrightError(
            f"{path} is a fit of another model, {record.get('model')}, not of {model.name}: give its own with --model."
        )
    verdict = record.get("verdict", "good")
    bad = "" if verdict == "good" else f"Mind that this head is of a fit that is not good, but: {verdict}."
    return KeptFit(parameters, bad, record)
