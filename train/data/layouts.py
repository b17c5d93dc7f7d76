"""How data sets lay out their registered heads: which file holds which subject in which expression.

A file `facewright.json` in the folder may say more: `name`, `licence` and `credit` of the data set; `test`, subjects to
test on, which otherwise are every tenth; `validation`, subjects to measure a run by, otherwise every tenth of the rest;
`expressions`, the only ones to use; `leave_out`, subjects or files (`SUBJECT/EXPRESSION`) that are not to be used;
`align`: false, where heads must stay where their files have them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.input_file import read_json
from facewright.train.data.mesh_files import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

NEUTRAL = "neutral"
ANATOMY = "anatomy.json"
OPTIONS = "facewright.json"

FLAME_VERTICES = 5023

_PARAMETER_FILES = (".npz", ".npy", ".pkl", ".json", ".mat")
_TEST_EVERY = 10


@dataclass(frozen=True)
class Options:
    """What a folder's `facewright.json` says."""

    name: str = ""
    licence: str = ""
    credit: str = ""
    test: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    align: bool = True

    @classmethod
    def load(cls, folder: Path) -> Options:
        """Read a folder's file, if there is one; FacewrightError if it is damaged or says what nobody knows."""
        file = folder / OPTIONS
        if not file.is_file():
            return cls()
        try:
            record: dict[str, Any] = read_json(file)
            for name in ("test", "validation", "expressions", "leave_out"):
                record[name] = tuple(map(str, record.get(name, ())))
            return cls(**record)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            fields = ", ".join(cls.__dataclass_fields__)
            raise FacewrightError(f"{file} cannot be understood ({error}): it may hold {fields}.") from error


@dataclass(frozen=True)
class Layout:
    """A folder's heads, in natural order.

    source : as given to `open_source`; files : by subject and expression, `NEUTRAL` first where it is there;
    expressions : those of the whole data set, `NEUTRAL` first; vertices : of the topology, if that is known.
    """

    source: str
    folder: Path
    name: str
    licence: str
    credit: str
    files: Mapping[str, Mapping[str, Path]]
    expressions: tuple[str, ...]
    options: Options = field(default_factory=Options)
    vertices: int | None = None

    @property
    def anatomy(self) -> Path:
        """The file that holds the topology's anatomy."""
        return self.folder / ANATOMY

    def split(self) -> dict[str, tuple[str, ...]]:
        """Subjects to train on, to measure a run by and to test on.

        With fewer than three there are none to test on, with fewer than ten beside these none to measure by.
        """
        subjects = tuple(self.files)
        test = tuple(s for s in subjects if s in self.options.test)
        if not self.options.test and len(subjects) >= 3:
            test = subjects[_TEST_EVERY - 1 :: _TEST_EVERY] or subjects[-1:]
        rest = tuple(s for s in subjects if s not in test)
        validation = tuple(s for s in rest if s in self.options.validation)
        if not self.options.validation and len(rest) >= _TEST_EVERY:
            validation = rest[_TEST_EVERY // 2 :: _TEST_EVERY]
        return {"train": tuple(s for s in rest if s not in validation), "validation": validation, "test": test}

    def without(self, bad: Iterable[str]) -> None:
        """Write into the folder's `facewright.json` that these subjects are left out; FacewrightError if it cannot."""
        file = self.folder / OPTIONS
        record = read_json(file) if file.is_file() else {}
        record["leave_out"] = sorted({*record.get("leave_out", ()), *bad}, key=_natural)
        write_atomically(file, (json.dumps(record, indent=1) + "\n").encode())


def facescape(folder: Path) -> Layout:
    """FaceScape's topologically uniform meshes as they unpack: `SUBJECT/models_reg/N_EXPRESSION.obj`.

    Raises FacewrightError if there are none.
    """
    paths: dict[str, dict[str, Path]] = {}
    order: dict[str, int] = {}
    for file in folder.glob("*/models_reg/*.obj"):
        number, _, expression = file.stem.partition("_")
        if number.isdecimal() and expression:
            paths.setdefault(file.parent.parent.name, {})[expression] = file
            order[expression] = int(number)
    if not paths:
        raise FacewrightError(
            f"{folder} holds no SUBJECT/models_reg/N_EXPRESSION.obj: give the folder that FaceScape's subjects are in."
        )
    return _layout("facescape", folder, "FaceScape", paths, sorted(order, key=lambda name: order[name]))


def flame(folder: Path) -> Layout:
    """Meshes of FLAME's topology, one a subject: `SUBJECT.obj`, or alone in a folder `SUBJECT/`.

    Raises FacewrightError if there are none, if a folder holds several, or if there are only parameters, which need
    the FLAME model.
    """
    paths: dict[str, dict[str, Path]] = {}
    parameters = 0
    for entry, inside in _entries(folder):
        meshes = [file for file in inside if file.suffix.lower() in SUFFIXES]
        own = [f for f in inside if f.suffix.lower() in _PARAMETER_FILES and f.name not in (ANATOMY, OPTIONS)]
        parameters += bool(own and not meshes)
        if len(meshes) > 1:
            raise FacewrightError(f"{entry} holds {len(meshes)} meshes: leave one, the subject's fit, or use folder:.")
        if meshes:
            paths[entry.stem if entry.is_file() else entry.name] = {NEUTRAL: meshes[0]}
    if not paths:
        remedy = f"{folder} holds no meshes: give the folder that the subjects' fits are in."
        if parameters:
            remedy = (
                f"{folder} holds FLAME parameters and no meshes, and the FLAME model that makes meshes of them may not "
                "ship with this program: write each subject's fitted mesh as OBJ or PLY with the tool that fitted it."
            )
        raise FacewrightError(remedy)
    return _layout("flame", folder, "FLAME fits", paths, [NEUTRAL], FLAME_VERTICES)


def own_folder(folder: Path) -> Layout:
    """A person's own heads: `SUBJECT/EXPRESSION.obj`, one of them `neutral`, or `SUBJECT.obj` if all are neutral.

    OBJ, PLY, STL or GLB. Raises FacewrightError if there are none, or a subject's expression twice.
    """
    paths: dict[str, dict[str, Path]] = {}
    for entry, inside in _entries(folder):
        for file in (file for file in inside if file.suffix.lower() in SUFFIXES):
            subject, expression = (entry.name, file.stem) if entry.is_dir() else (file.stem, NEUTRAL)
            other = paths.setdefault(subject, {}).setdefault(expression, file)
            if other != file:
                raise FacewrightError(f"{file} and {other} are the same subject in the same expression: remove one.")
    if not paths:
        raise FacewrightError(f"{folder} holds no heads: lay them out as SUBJECT/EXPRESSION.obj or SUBJECT.obj.")
    names = sorted({name for files in paths.values() for name in files}, key=_natural)
    return _layout("folder", folder, folder.resolve().name, paths, names)


def _entries(folder: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Each file or folder in a folder, with the files in it, but for what macOS leaves behind on disks and in zips.

    Raises FacewrightError if a folder cannot be read.
    """
    try:
        for entry in sorted(folder.iterdir()):
            if not entry.name.startswith((".", "__MACOSX")):
                inside = sorted(entry.iterdir()) if entry.is_dir() else [entry]
                yield entry, [file for file in inside if not file.name.startswith(".")]
    except OSError as error:
        raise FacewrightError(f"{error.filename} cannot be read ({error.strerror}): check who may.") from error


LAYOUTS: Mapping[str, Callable[[Path], Layout]] = {"facescape": facescape, "flame": flame, "folder": own_folder}
"""The readers of folders' layouts, by the kind of source."""

_LICENCES = {"facescape": "FaceScape's research licence: not for commercial use", "flame": "the data set's own"}
_CREDITS = {
    "facescape": "Yang et al., FaceScape, CVPR 2020",
    "flame": "topology: Li et al., Learning a model of facial shape and expression from 4D scans, 2017",
}


def _layout(
    kind: str,
    folder: Path,
    name: str,
    paths: Mapping[str, Mapping[str, Path]],
    expressions: list[str],
    vertices: int | None = None,
) -> Layout:
    """What was found without what is to be left out, in order."""
    options = Options.load(folder)
    kept = [e for e in expressions if not options.expressions or e in options.expressions or e == NEUTRAL]
    order = [NEUTRAL, *(e for e in kept if e != NEUTRAL)]
    out = options.leave_out
    files = {
        subject: {e: paths[subject][e] for e in order if e in paths[subject] and f"{subject}/{e}" not in out}
        for subject in sorted(paths, key=_natural)
        if subject not in out
    }
    if not files:
        raise FacewrightError(f"{folder / OPTIONS} leaves out every subject: take some off its leave_out.")
    there = {*paths, *(f"{subject}/{e}" for subject in paths for e in paths[subject])}
    unknown = {*options.test, *options.validation} - set(paths)
    unknown |= {*options.expressions} - {NEUTRAL, *expressions}
    unknown |= {*options.leave_out} - there
    if unknown:
        raise FacewrightError(f"{folder / OPTIONS} names {', '.join(sorted(unknown))}, which are not there.")
    return Layout(
        source=f"{kind}:{folder}",
        folder=folder,
        name=options.name or name,
        licence=options.licence or _LICENCES.get(kind, "the user's own"),
        credit=options.credit or _CREDITS.get(kind, ""),
        files=files,
        expressions=tuple(order),
        options=options,
        vertices=vertices,
    )


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that puts subject 9 before subject 10."""
    return [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in re.split(r"(\d+)", name) if piece]
