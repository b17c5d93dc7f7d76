"""Project files, `.facewright`: a zip of JSON and arrays. Nothing in one is ever executed.

`project.json` holds the model's name and fingerprint, the history, the index of its current step and the view;
heads are rows of `parameters.npy`, (heads, coefficients) float64 in σ, the codes side by side in the order and of
the widths that the JSON names; `plans` are the surgical plans of those heads that have one. `brush_work` names the
last dab of those heads that a brush touched, by its number in `dabs.npy` (`core.sculpt.dab_tree`). The scans that
variants go back to are `scan-0.npz` and so on (`core.scan.fitted_scan`).

Format 2 added the scans; files of format 1 are read as projects without any. Format 3 added the brush, with every dab
of every head in the JSON, which grew with the square of the strokes; format 4 has each dab once. A file that does not
name the head that is compared with, or a cohort, has the mean head and none.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.archive import Allowance, TooMuch, loaded_array
from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.input_file import MOST_JSON_BYTES, parsed_json, require_regular
from facewright.core.model import model_file
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.project import LONGEST_NAME, MOST_VARIANTS, Project, Step
from facewright.core.project_record import PlanReader, Reader, Writer
from facewright.core.scan.fitted_scan import unpacked
from facewright.core.sculpt.dab_tree import DabLists, DabTree
from facewright.core.sculpt.dabs import from_record as dabs_of
from facewright.core.surgery.plan import NO_PLAN, to_record

if TYPE_CHECKING:
    from pathlib import Path

    from facewright.core.model.head_model import HeadModel
    from facewright.core.scan.fitted_scan import FittedScan
    from facewright.core.sculpt.dabs import Dab

FORMAT_VERSION = 4
_WITHOUT_BRUSH = 2
"""The format of projects without brush work, so that a Facewright which knows none opens them."""
_ALL_IN_JSON = 3
"""The last format that has dabs in its JSON."""
SUFFIX = ".facewright"
_JSON, _ARRAY, _DABS, _SCAN = "project.json", "parameters.npy", "dabs.npy", "scan-{}.npz"
_KIND = "Facewright project"
_MOST_STEPS, _LONGEST_TEXT = 10_000, 1_000
"""Of a history, and of what one of its steps says; the editor keeps 2,000."""
_MOST_HEADS = 500_000
"""Different ones in a history."""
_MOST_VALUES = 5_000_000
"""In the JSON: 2,000 steps of 100 blends each, with landmarks and operations."""
_BYTES, _VALUES = 4.0, 0.5
"""Of the JSON for a byte of the file, where that is more: format 3 packed 2.6 and 0.4 into each, and what is made to
exhaust a reader packs far more."""


def save(project: Project, path: Path) -> None:
    """Write a project file; an existing one is replaced only once the new one is complete.

    A new one can be read by the user alone.
    Raises FacewrightError if the path cannot be written.
    """
    write_atomically(path, to_bytes(project), private=True)


def to_bytes(project: Project) -> bytes:
    """A project as the content of its file."""
    heads, scans = _Heads(), _Scans()
    write = Writer(heads.row, scans.number)
    record = {
        "kind": _KIND,
        "format_version": _WITHOUT_BRUSH,
        "model": {"name": project.model_name, "fingerprint": project.fingerprint},
        "steps": [{"text": step.text, **write.state(step.state)} for step in project.steps],
        "current": project.current,
        "view": dict(project.view),
        "cohort": project.cohort,
    }
    if project.before:
        record["before"] = write.variant(project.before)
    record["scans"] = [{**scan.record(), "head": heads.row(scan.fit.parameters)} for scan in scans.all]
    if plans := heads.plans():
        record["plans"] = plans
    if brush_work := heads.brush_work():
        record |= {"format_version": FORMAT_VERSION, "brush_work": brush_work}
    rows, widths = heads.table()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(_JSON, json.dumps({**record, "widths": widths}, separators=(",", ":")))
        file.writestr(_ARRAY, _array_bytes(rows))
        if brush_work:
            file.writestr(_DABS, _array_bytes(heads.dabs.table()))
        for number, scan in enumerate(scans.all):
            file.writestr(_SCAN.format(number), scan.packed, zipfile.ZIP_STORED)
    return packed.getvalue()


@np.errstate(invalid="ignore", over="ignore")  # what is no number is refused, and nothing else is to be heard of it
def load(path: Path) -> Project:
    """Read a project file. Operations that cannot be carried out are left out, and its `note` says so.

    Raises FacewrightError if it is missing, truncated, damaged, not a project, or of a newer format.
    """
    try:
        size = require_regular(path)
        allowance, most_bytes = Allowance(size), max(MOST_JSON_BYTES, int(_BYTES * size))
        with zipfile.ZipFile(path) as file:
            text = allowance.member(file, _JSON, most_bytes)
            record = parsed_json(text, most_bytes, max(_MOST_VALUES, int(_VALUES * size)))
            _check_format(record, path)
            _check_size(record)
            heads = _heads(loaded_array(allowance.member(file, _ARRAY)), record["widths"])
            plans = PlanReader()
            for row, plan in record.get("plans", {}).items():
                heads[int(row)] = heads[int(row)].with_plan(plans.plan(plan))
            if work := record.get("brush_work"):
                table = allowance.member(file, _DABS) if record["format_version"] > _ALL_IN_JSON else None
                for row, dabs in _brush_work(work, table):
                    heads[row] = heads[row].with_dabs(dabs)
            scans = [
                unpacked(entry, allowance.member(file, _SCAN.format(number)), _head(entry["head"], heads), allowance)
                for number, entry in enumerate(record.get("scans", ()))
            ]
        return _project(record, heads, scans, plans.note(path.name))
    except FileNotFoundError as error:
        raise FacewrightError(
            f"There is no project file at {path}: it was moved, renamed or deleted, or its drive is not connected."
        ) from error
    except OSError as error:
        raise FacewrightError(f"{path} cannot be read: {error.strerror or error}.") from error
    except FacewrightError:
        raise
    except TooMuch as error:
        raise FacewrightError(
            f"{path} is damaged, it has {error}, more than Facewright saves: open an older copy of it, if there is one."
        ) from error
    except zipfile.BadZipFile as error:
        raise FacewrightError(
            f"{path} is not a Facewright project or is cut short: choose a file that Facewright saved."
        ) from error
    except Exception as error:  # whatever zip, JSON and numpy make of what is missing or contradicts itself
        raise FacewrightError(f"{path} is damaged: open an older copy of it, if there is one.") from error


def load_with_model(path: Path, given: Path | None) -> tuple[Project, HeadModel]:
    """As `load`, and the model that the project was made with: the one given, else the bundled one that it is.

    Raises FacewrightError if it was made with another, too.
    """
    project = load(path)
    for place in [model_file.model_path(given)] if given else map(model_file.bundled_model, model_file.BUNDLED):
        model = model_file.load(place)
        if project.fingerprint in model.fingerprints:
            project.check_model(model.name, model.fingerprints, model.components)
            return project, model
    other = f"not with {model.name}" if given else "which does not ship with Facewright"
    raise FacewrightError(f"{path} was made with the model {project.model_name}, {other}: give its own with --model.")


def _brush_work(work: dict[str, Any], table: bytes | None) -> list[tuple[int, tuple[Dab, ...]]]:
    """The dabs of heads by their numbers, of a table if the record does not hold them itself."""
    rows = [int(row) for row in work]
    if table is None:
        made: dict[tuple[float, ...], Dab] = {}
        return [(row, dabs_of(dabs, made)) for row, dabs in zip(rows, work.values(), strict=True)]
    lists = DabLists(loaded_array(table))
    return [(row, lists.of(int(number))) for row, number in zip(rows, work.values(), strict=True)]


def _array_bytes(array: np.ndarray) -> bytes:
    """An array as the content of an `.npy` file."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def _check_format(record: Any, path: Path) -> None:
    if not isinstance(record, dict) or record.get("kind") != _KIND:
        raise FacewrightError(f"{path} is not a Facewright project: choose a file that Facewright saved.")
    version = record["format_version"]
    if version > FORMAT_VERSION:
        raise FacewrightError(
            f"{path} has project format {version}, newer than this Facewright reads ({FORMAT_VERSION}): "
            "update Facewright."
        )


def _check_size(record: dict[str, Any]) -> None:
    """Raise TooMuch if a record is larger than any that was saved, before anything is made of it."""
    steps = record["steps"]
    if len(steps) > _MOST_STEPS:
        raise TooMuch(f"{len(steps):,} steps")
    for step in steps:
        if len(step["variants"]) > MOST_VARIANTS:
            raise TooMuch(f"{len(step['variants']):,} variants")
        if len(step["text"]) > _LONGEST_TEXT or any(len(v["name"]) > LONGEST_NAME for v in step["variants"]):
            raise TooMuch("names of thousands of letters")
    if (
        len(record.get("cohort", "")) > LONGEST_NAME
        or len((record.get("before") or {"name": ""})["name"]) > LONGEST_NAME
    ):
        raise TooMuch("names of thousands of letters")
    if any(len(scan["name"]) > LONGEST_NAME for scan in record.get("scans", ())):
        raise TooMuch("names of thousands of letters")


class _Heads:
    """Every different head once, by number."""

    def __init__(self) -> None:
        self.dabs = DabTree()
        self._heads: list[Parameters] = []
        self._lists: list[int] = []
        self._rows: dict[tuple[object, ...], int] = {}
        self._rows_of: dict[int, int] = {}

    def row(self, parameters: Parameters) -> int:
        """The number of a head, which must outlive these."""
        row = self._rows_of.get(id(parameters))  # equal heads of thousands of dabs take a while to tell
        if row is None:
            dabs = self.dabs.number(parameters.dabs)
            key = (*(parameters.code(code) for code in CODES), parameters.plan, dabs)
            row = self._rows_of[id(parameters)] = self._rows.setdefault(key, len(self._heads))
            if row == len(self._heads):
                self._heads.append(parameters)
                self._lists.append(dabs)
        return row

    def plans(self) -> dict[str, Any]:
        """The surgical plans of those heads that have one, by their numbers."""
        return {str(row): to_record(head.plan) for row, head in enumerate(self._heads) if head.plan != NO_PLAN}

    def brush_work(self) -> dict[str, int]:
        """The lists of dabs of those heads that a brush touched, by the numbers of both."""
        return {str(row): number for row, number in enumerate(self._lists) if number}

    def table(self) -> tuple[np.ndarray, dict[str, int]]:
        """All heads (n, coefficients) float64, and how many of the columns each code has."""
        widths: dict[str, int] = {
            code: max((len(head.code(code)) for head in self._heads), default=0) for code in CODES
        }
        rows = np.zeros((len(self._heads), sum(widths.values())))
        for row, head in zip(rows, self._heads, strict=True):
            start = 0
            for code in CODES:
                values = head.code(code)
                row[start : start + len(values)] = values
                start += widths[code]
        return rows, widths


class _Scans:
    """Every different scan once, by number."""

    def __init__(self) -> None:
        self._numbers: dict[FittedScan, int] = {}

    @property
    def all(self) -> list[FittedScan]:
        """The scans in the order of their numbers."""
        return list(self._numbers)

    def number(self, scan: FittedScan) -> int:
        """The number of a scan."""
        return self._numbers.setdefault(scan, len(self._numbers))


def _heads(rows: np.ndarray, widths: dict[str, int]) -> list[Parameters]:
    """The heads of a table."""
    if len(rows) > _MOST_HEADS:
        raise TooMuch(f"{len(rows):,} heads")
    ends = np.cumsum([widths[code] for code in CODES])
    if rows.ndim != 2 or rows.shape[1] != ends[-1] or min(widths.values()) < 0 or rows.dtype.kind != "f":
        raise ValueError("the table does not have the columns it should have")
    columns = np.split(rows.astype(np.float64), ends[:-1], axis=1)
    coded = [dict(zip(CODES, values, strict=True)) for values in zip(*columns, strict=True)]
    try:
        return [Parameters.of({code: tuple(values.tolist()) for code, values in head.items()}) for head in coded]
    except FacewrightError as error:
        raise ValueError(str(error)) from error


def _project(record: dict[str, Any], heads: list[Parameters], scans: list[FittedScan], note: str) -> Project:
    read = Reader(lambda row: _head(row, heads), lambda number: _scan(number, scans))
    return Project(
        model_name=str(record["model"]["name"]),
        fingerprint=str(record["model"]["fingerprint"]),
        steps=tuple(Step(str(entry["text"]), read.state(entry)) for entry in record["steps"]),
        current=int(record["current"]),
        view=dict(record["view"]),
        before=read.variant(before) if (before := record.get("before")) else None,
        cohort=str(record.get("cohort", "")),
        note=note,
    )


def _scan(number: Any, scans: list[FittedScan]) -> FittedScan:
    if not 0 <= int(number) < len(scans):
        raise ValueError("a variant's scan is missing")
    return scans[int(number)]


def _head(row: Any, heads: list[Parameters]) -> Parameters:
    if int(row) < 0:
        raise ValueError("a head has no row")
    return heads[int(row)]
