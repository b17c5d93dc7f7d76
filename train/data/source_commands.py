"""The commands about data: `heads` checks a source, `anatomy` makes a topology's from one head."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from facewright.core.atomic_file import require_writable, write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.input_file import read_json
from facewright.train.anatomy.user_anatomy import LANDMARKS, Topology, user_anatomy
from facewright.train.data.check import SourceReport, check_source
from facewright.train.data.contact_sheet import contact_sheet, stacked
from facewright.train.data.laid import Laid
from facewright.train.data.mesh_files import read_mesh
from facewright.train.data.people import People


@dataclass(frozen=True)
class Heads:
    """Check a source of heads before training: counts, unit, alignment, and what is wrong with which file.

    Ends with an error if some heads cannot be used.
    """

    source: tyro.conf.Positional[tuple[str, ...]]
    """anny:, ict:FOLDER, facescape:FOLDER, flame:FOLDER or folder:FOLDER; several to see how they lie on the first."""
    subjects: int | None = None
    """Look only at the first so many subjects of each."""
    people: People = field(default_factory=People)
    """How the subjects are drawn, as in run."""
    picture: Path | None = None
    """PNG file for a contact sheet of the heads, of several sources below both templates' parts on one surface."""
    json: Path | None = None
    """File for what was found as JSON."""
    leave_out: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Write into the folder's facewright.json that subjects with problems are not to be used."""

    def __call__(self) -> None:
        """Check, print, write."""
        if not self.source:
            raise FacewrightError("Name a source of heads, such as anny:")
        if self.picture and self.picture.suffix.lower() != ".png":
            raise FacewrightError(f"{self.picture} is no PNG file: give a name that ends in .png.")
        for file in (self.picture, self.json):
            if file:
                require_writable(file)
        fewest = 2 if len(self.source) == 1 else 1
        reports = [check_source(source, self.subjects, self.people, fewest) for source in self.source]
        print("\n\n".join(report.text() for report in reports))
        laid = [Laid.between(self.source[0], source) for source in self.source[1:]]
        if laid:
            print("\n" + "\n".join(each.text() for each in laid))
        if self.json:
            record = (
                reports[0].record()
                if len(reports) == 1
                else {
                    "sources": [report.record() for report in reports],
                    "laid": [each.record() for each in laid],
                }
            )
            write_atomically(self.json, (json.dumps(record, indent=1) + "\n").encode())
        if self.picture:
            self._draw(self.picture, reports, laid)
        problems = [problem for report in reports for problem in report.problems]
        bad = [subject for report in reports for subject in report.leave_out()] if self.leave_out else []
        if bad:
            print(f"left out from now on: {', '.join(bad)}")
        of_subjects = [problem for problem in problems if problem.subject]
        if of_subjects and not bad:
            keep = f"{len(of_subjects)} problems keep" if len(of_subjects) > 1 else "1 problem keeps"
            raise FacewrightError(
                f"{keep} subjects from being used: mend them, or leave those subjects out with --leave-out."
            )
        for problem in problems:
            if not problem.subject:
                raise FacewrightError(str(problem))

    def _draw(self, picture: Path, reports: list[SourceReport], laid: list[Laid]) -> None:
        """Write the sheets of all sources, one above the other, and how they lie on the first."""
        sheets = [each.picture() for each in laid]
        for report in reports:
            if report.heads is not None:
                sheets.append(contact_sheet(report.heads, {c.subject for c in report.concerns}))
        if sheets:
            write_atomically(picture, stacked(sheets))


@dataclass(frozen=True)
class MakeAnatomy:
    """Make the anatomy of a topology from one neutral head and landmarks picked on it.

    A landmark is a vertex, prn=1234, or a place in the file's unit, prn=0.1,-4,98, of which the nearest vertex is
    taken. Needed are n, prn, sn, ls, li, gn and en, ex, al, ch of the right side (_r), of the left (_l) as well where
    the mesh is not symmetric.
    """

    head: tyro.conf.Positional[Path]
    """OBJ, PLY, STL or GLB of the neutral head."""
    landmark: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    """A landmark as NAME=VERTEX or NAME=X,Y,Z; once for each."""
    landmarks: Path | None = None
    """JSON file of landmarks by name, each a vertex or a list of three numbers."""
    parts: Path | None = None
    """JSON file of painted parts, nose, eye_right, eye_left and mouth, each a list of vertices; others are drawn."""
    unit: str = "mm"
    """mm, cm, m, or relative where the lengths are not real."""
    out: Path = Path("anatomy.json")
    """The file to write: anatomy.json in the folder of heads."""

    def __call__(self) -> None:
        """Make it and say what it holds."""
        mesh = read_mesh(self.head)
        mesh = mesh.welded(mesh.weld())
        picked = _json(self.landmarks) if self.landmarks else {}
        picked |= dict(_parsed(text) for text in self.landmark)
        if not picked:
            raise FacewrightError(f"Pick landmarks on the head: --landmark NAME=VERTEX for {', '.join(LANDMARKS)}.")
        vertices = {name: _vertex(name, value, mesh.vertices) for name, value in picked.items()}
        parts = {name: _painted(name, own) for name, own in (_json(self.parts) if self.parts else {}).items()}
        anatomy = user_anatomy(self.out.stem, Topology(mesh.vertices, mesh.polygons, vertices, self.unit, parts))
        anatomy.save(self.out)
        held = ", ".join(f"{len(component.vertices)} of {component.name}" for component in anatomy.components)
        pairs = "left-right pairs found" if len(anatomy.mirror) else "no left-right pairs, mirror images approximate"
        closed = ", ".join(opening.component for opening in anatomy.closing.openings) or "none"
        print(f"{self.out}: {anatomy.vertex_count} vertices, {held}; {pairs}; openings closed: {closed}")


def _json(file: Path) -> dict[str, object]:
    """A JSON file's object; FacewrightError if it cannot be read or is none."""
    try:
        record = read_json(file)
        return dict(record.items())
    except (OSError, ValueError, AttributeError) as error:
        raise FacewrightError(f"{file} cannot be read as a JSON object: {error}.") from error


def _painted(name: str, value: object) -> np.ndarray:
    """A painted part's vertices (k,) int64; FacewrightError if it is no list of vertices."""
    if not isinstance(value, list) or not all(isinstance(vertex, int) for vertex in value):
        raise FacewrightError(f"The part {name} is no list of vertices: paint it again.")
    return np.array(value, dtype=np.int64)


def _parsed(text: str) -> tuple[str, object]:
    """A landmark's name, and its vertex or place."""
    name, equals, value = text.partition("=")
    try:
        numbers = [float(number) for number in value.split(",")]
    except ValueError:
        numbers = []
    if not equals or not (len(numbers) == 3 or (len(numbers) == 1 and numbers[0].is_integer())):
        raise FacewrightError(f"{text!r} is no landmark: write NAME=VERTEX or NAME=X,Y,Z.")
    return name, int(numbers[0]) if len(numbers) == 1 else numbers


def _vertex(name: str, value: object, positions: np.ndarray) -> int:
    """The vertex that a landmark names or lies nearest to."""
    if isinstance(value, int):
        return value
    try:
        place = np.array(value if isinstance(value, list) else [], dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        place = np.empty(0)
    if place.shape != (3,) or not np.isfinite(place).all():
        raise FacewrightError(f"The landmark {name} is neither a vertex nor three numbers.")
    return int(np.linalg.norm(positions - place, axis=1).argmin())
