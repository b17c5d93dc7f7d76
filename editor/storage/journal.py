"""Every undo step since the last save, a line each, in a file of its own: what a kill would otherwise take along.

A line is JSON and has a number. The first says where the others begin: which project file, which model, and the state
at that moment. A `step` holds what a step led to, as far as it differs from the state before. `at` says that the person
went to another step (`cut` that there are none behind it); `saving` and `saved` that a file was about to hold, or
holds, all lines up to a number; `model` that training brought another model. A line that is cut short ends the journal.

The scans of patients are large and never change: each lies once in a file beside the journal. So does each dab of the
brush in the first line that needs it: `dabs` are rows of a table that all lines make together, in which heads name the
last of theirs (`core.sculpt.dab_tree`).
"""

from __future__ import annotations

import json
import os
import threading
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.archive import Allowance
from facewright.core.input_file import file_bytes, parsed_json
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.project import Project, Step
from facewright.core.project_record import PlanReader, Reader, Writer
from facewright.core.scan.fitted_scan import unpacked
from facewright.core.sculpt.dab_tree import DabLists, DabTree
from facewright.core.sculpt.dabs import from_record as dabs_of
from facewright.core.surgery.plan import NO_PLAN, to_record
from facewright.editor.document import MOST_STEPS, SavedFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.project import EditState
    from facewright.core.scan.fitted_scan import FittedScan
    from facewright.core.sculpt.dabs import Dab

SUFFIX = ".journal"
_KIND, _FORMAT = "Facewright journal", 3
_FORMATS = (1, 2, _FORMAT)
"""Those that are read: in the first every head had all of its dabs, in the second a blend its weights as a list."""
_MOST_BYTES, _MOST_VALUES = 1 << 30, 5_000_000
"""How much of a journal is read, and of one line of it."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
"""How a file of ours is opened: it is new, and never where a link leads."""

Line = dict[str, Any]


class Journal:
    """Appends lines to a journal's file, each in the file before the call returns; from one thread at a time.

    `name` is different for every journal that is begun; `count` is the number of the last line. Raises OSError if a
    line cannot be written; the next one is then on a line of its own, and the gap is seen by who reads.

    A line that was added outlives this process, however that ends, for the system has it. A power cut it outlives once
    `sync` has put it on the disk: that takes some 10 ms and more, too long for the end of every drag, so it is called
    from another thread, right after the line.
    """

    def __init__(self, place: Path) -> None:
        """place : the file's path without its suffix; scans lie beside it."""
        self.name, self.count = "", 0
        self._place = place
        self._file: int | None = None
        self._closing = threading.Lock()
        self._scans: dict[FittedScan, str] = {}
        self._dabs, self._dabs_told = DabTree(), 0

    def begin(
        self, model: Line, file: SavedFile | None, state: EditState, at: int, after: list[str | int] | None = None
    ) -> None:
        """Begin a journal anew with the state that its steps go on from.

        file : the project file that holds exactly the document as it is, if one does; at : index of its current step;
        after : name and last line of another journal, up to which an autosaved project holds what led here.
        """
        self.end()
        self.name = uuid.uuid4().hex
        self._file = os.open(self._place.with_suffix(SUFFIX), _NEW | os.O_APPEND, 0o600)
        start = {"model": model, "file": file_record(file), "at": at, "after": after}
        self.add({"kind": _KIND, "format": _FORMAT, "name": self.name, **start, **self._told(state, None)})

    def step(self, after: int, text: str, before: EditState, state: EditState) -> None:
        """Add a step that was done after the one at that index, in the place of those that had followed it."""
        self.add({"step": text, "after": after, **self._told(state, before)})

    def add(self, line: Line) -> None:
        """Add a line."""
        if self._file is None:
            return
        self.count += 1
        text = json.dumps({"n": self.count, **line}, separators=(",", ":"))
        data = f"\n{text}\n".encode()
        if os.write(self._file, data) != len(data):
            raise OSError(28, "No space left on device")

    def sync(self) -> None:
        """Put on the disk what was added; from any thread. Raises OSError if the disk fails."""
        with self._closing:
            if self._file is not None:
                os.fsync(self._file)

    def end(self) -> None:
        """There is nothing to go back to any more: the journal's files go."""
        with self._closing:
            if self._file is not None:
                os.close(self._file)
            self._file = None
        self.name, self.count = "", 0
        self._scans.clear()
        self._dabs, self._dabs_told = DabTree(), 0
        remove(self._place)

    def _told(self, state: EditState, before: EditState | None) -> Line:
        """A state as far as it differs from the one before, and the dabs that no line has yet.

        Variants that were there are told by their index.
        """
        writer = Writer(self._head_record, self._scan_record)
        record = writer.state(state, before.variants if before else ())
        rows, self._dabs_told = self._dabs.rows(self._dabs_told), len(self._dabs)
        return {"state": record, "dabs": rows} if rows else {"state": record}

    def _head_record(self, parameters: Parameters) -> Line:
        """A head as a line has it; its dabs are in that one or in those before."""
        record: Line = {code: list(values) for code in CODES if (values := parameters.code(code))}
        if parameters.plan != NO_PLAN:
            record["plan"] = to_record(parameters.plan)
        if parameters.dabs:
            record["brush_work"] = self._dabs.number(parameters.dabs)
        return record

    def _scan_record(self, scan: FittedScan) -> Line:
        return {"file": self._scan_file(scan), "head": self._head_record(scan.fit.parameters), **scan.record()}

    def _scan_file(self, scan: FittedScan) -> str:
        """The name of the file that a scan's arrays lie in."""
        if scan not in self._scans:
            path = self._place.with_name(f"{self._place.name}.{len(self._scans)}.scan")
            with os.fdopen(os.open(path, _NEW, 0o600), "wb") as file:
                file.write(scan.packed)
            self._scans[scan] = path.name
        return self._scans[scan]


def remove(place: Path) -> None:
    """Delete a journal and its scans, if they are there."""
    for path in (place.with_suffix(SUFFIX), *place.parent.glob(f"{place.name}.*.scan")):
        path.unlink(missing_ok=True)


@dataclass(frozen=True)
class LeftJournal:
    """A journal that was left behind.

    lines : its whole ones, without a gap; file : the project file that the work goes on from, as it then was; up_to :
    the number of the last line that this file holds, 0 if it is no longer what it was; whole : whether nothing is
    missing at the end.
    """

    place: Path
    lines: tuple[Line, ...]
    file: SavedFile | None
    up_to: int
    whole: bool

    @property
    def model(self) -> Line:
        """Name and fingerprint of the model that it ends with."""
        return next(line["model"] for line in reversed(self.lines) if "model" in line)

    @property
    def is_saved(self) -> bool:
        """Whether the project file holds all of it."""
        return bool(self.up_to) and not any("step" in line or "at" in line for line in self.lines[self.up_to :])

    def held_by(self, name: object, lines: object) -> int:
        """How many lines a project holds that was kept when the journal of that name had so many; 0 for none."""
        if name == self.lines[0].get("name") and isinstance(lines, int):
            return min(max(lines, 0), len(self.lines))
        return 1 if self.lines[0].get("after") == [name, lines] else 0


def find(place: Path, is_still: Callable[[SavedFile], bool]) -> LeftJournal | None:
    """The journal at a place, if there is one whose first line can be read."""
    lines, whole = _lines(place.with_suffix(SUFFIX))
    if not lines or lines[0].get("kind") != _KIND or lines[0].get("format") not in _FORMATS:
        return None
    file, up_to = _file(lines[0].get("file")), 1
    for line in lines[1:]:
        if "model" in line:
            file, up_to = _file(line.get("file")), line["n"]
        for kind in ("saving", "saved"):
            told, held = _file(line.get(kind)), line.get("up_to")
            if told and isinstance(held, int) and (kind == "saved" or is_still(told)):
                file, up_to = told, held
    return LeftJournal(place, tuple(lines), file, up_to if file and is_still(file) else 0, whole)


def _lines(path: Path) -> tuple[list[Line], bool]:
    """The lines of a journal up to the first that is damaged or missing, and whether there is none such."""
    try:
        texts = [text for text in file_bytes(path, _MOST_BYTES).split(b"\n") if text]
    except OSError:
        return [], False
    lines: list[Line] = []
    for text in texts:
        try:
            line = parsed_json(text, most_values=_MOST_VALUES)
        except ValueError:
            return lines, False
        if not isinstance(line, dict) or line.get("n") != len(lines) + 1:
            return lines, False
        lines.append(line)
    return lines, True


def replayed(left: LeftJournal, base: Project | None, held: int) -> Project:
    """The project that a journal leads to, from one that holds its lines up to the number `held`.

    base : None to begin with the state in the journal's first line, without the history of before.
    Raises ValueError, KeyError, TypeError, IndexError or FacewrightError if lines contradict themselves.
    """
    first, shift, reader = left.lines[0], 0, _Reader(left, base)
    if base is None:
        base = Project("", "", (Step("Start", reader.state(first["state"], None)),), 0)
        shift, held = int(first["at"]), 1
    steps, current = list(base.steps), base.current
    for line in left.lines[held:]:
        if "step" in line:
            after = max(int(line["after"]) - shift, 0)
            steps[after + 1 :] = [Step(str(line["step"]), reader.state(line["state"], steps[after].state))]
            if len(steps) > MOST_STEPS + 1:
                steps[:2] = [Step("Start", steps[1].state)]
            current = len(steps) - 1
        elif "at" in line:
            current = max(int(line["at"]) - shift, 0)
            steps[current]  # IndexError for one that is not there
            if "cut" in line:
                del steps[current + 1 :]
    name, fingerprint = str(left.model["name"]), str(left.model["fingerprint"])
    note = reader.plans.note("the unsaved work") or base.note
    return replace(base, model_name=name, fingerprint=fingerprint, steps=tuple(steps), current=current, note=note)


def file_record(file: SavedFile | None) -> Line | None:
    """How a journal names a project file and its content."""
    return {"path": str(file.path), "digest": file.digest} if file else None


def _file(record: Any) -> SavedFile | None:
    if not isinstance(record, dict):
        return None
    return SavedFile(Path(str(record.get("path"))), str(record.get("digest")))


class _Reader:
    """Makes states of records; a scan that the project holds already is not made again."""

    def __init__(self, left: LeftJournal, base: Project | None) -> None:
        self._place, self.plans = left.place, PlanReader()
        rows = [row for line in left.lines for row in line.get("dabs", ())]
        self._lists = DabLists(np.array(rows, dtype=np.float64).reshape(len(rows), -1 if rows else 8))
        self._made: dict[tuple[float, ...], Dab] = {}
        variants = (variant for step in (base.steps if base else ()) for variant in step.state.variants)
        self._scans = {variant.scan.packed: variant.scan for variant in variants if variant.scan}

    def state(self, record: Line, before: EditState | None) -> EditState:
        """The state after a step."""
        return Reader(self._head, self._scan).state(record, before.variants if before else ())

    def _scan(self, record: Line) -> FittedScan:
        name = str(record["file"])
        if Path(name).name != name or not name.startswith(f"{self._place.name}."):
            raise ValueError("a scan lies elsewhere")
        packed = self._place.with_name(name).read_bytes()
        if packed not in self._scans:
            self._scans[packed] = unpacked(record, packed, self._head(record["head"]), Allowance(len(packed)))
        return self._scans[packed]

    def _head(self, record: Line) -> Parameters:
        codes = {code: tuple(float(value) for value in record.get(code, ())) for code in CODES}
        plan = self.plans.plan(record["plan"]) if "plan" in record else NO_PLAN
        dabs = self._lists.of(int(record.get("brush_work", 0))) or dabs_of(record.get("dabs", ()), self._made)
        return Parameters.of(codes, plan, dabs)
