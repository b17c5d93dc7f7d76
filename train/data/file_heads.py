"""Registered heads from a folder of files: read, compared with their topology, aligned and closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anatomy import load_anatomy
from facewright.core.errors import FacewrightError
from facewright.core.rigid import rigid
from facewright.train.anatomy.closed_surface import ClosedSurface
from facewright.train.anatomy.placement import reference_face, spread
from facewright.train.data.heads import HeadSet, counted
from facewright.train.data.layouts import NEUTRAL
from facewright.train.data.mesh_files import MeshFile, read_mesh

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from facewright.core.anatomy import Anatomy
    from facewright.core.rigid import Rigid
    from facewright.train.data.heads import Split
    from facewright.train.data.layouts import Layout

_LARGEST_MISFIT_MM = 15.0
"""Root mean square distance of a head's landmarks, brought to common size, from the reference face's."""

_SIZES = (0.6, 1.6)
"""Sizes of a face, over the reference's, that a true unit allows, and over the first head's that any allows."""

_EXTENTS = {"neutral": (0.45, 2.2), "expression": (0.8, 1.25)}
"""Extents along the principal axes that a true unit allows: of a neutral head over the first one's, and of an
expression over its own neutral's; the widest of ICT-FaceKit's, shoulders and all, is 1.05."""

_FARTHEST_MM = {"neutral": 250.0, "expression": 120.0}
"""No vertex is farther than this from where that other head has it; the farthest of ICT-FaceKit's is 53."""

_ROUNDS = 6
_STILL_MM = 2.0
"""Vertices that an expression moves by more than this count little when it is aligned to its neutral head."""


@dataclass(frozen=True)
class Problem:
    """What keeps a subject, or everything, from being used: where : a file or folder; subject : its name, or empty."""

    where: str
    what: str
    remedy: str
    subject: str = ""

    def __str__(self) -> str:
        """One sentence."""
        return f"{self.where} {self.what}: {self.remedy}."


def read_heads(layout: Layout, split: Split, subjects: int | None = None) -> HeadSet:
    """The heads of a layout's split, or of its first `subjects`.

    Raises FacewrightError, naming the file and what to do, if any head of theirs cannot be used.
    """
    names = layout.split()[split]
    if not names:
        what = {"test": 'to test on: name some under "test" in its facewright.json'}.get(split, "for that: add some")
        raise FacewrightError(f"{layout.folder} has too few subjects {what}.")
    heads, problems = read_checked(layout, names[: counted(subjects, len(names), split)])
    if problems or heads is None:
        more = f" (and {len(problems) - 1} more; python -m train heads {layout.source} lists them)"
        raise FacewrightError(f"{problems[0]}{more if len(problems) > 1 else ''}")
    return heads


def read_checked(layout: Layout, names: Sequence[str]) -> tuple[HeadSet | None, list[Problem]]:
    """The heads of those of the subjects that can be used, None if none can, and what is wrong with the others.

    Raises FacewrightError if there is no anatomy or it is of another topology, or if the layout has no usable head.
    """
    topology = _Topology.of(layout)
    problems: list[Problem] = []
    good: list[str] = []
    vertices = np.empty((len(names), len(layout.expressions), topology.surface.vertex_count, 3), dtype=np.float32)
    for name in names:
        subject = topology.subject(name, layout.files[name])
        if isinstance(subject, list):
            problems += subject
        else:
            vertices[len(good)] = subject
            good.append(name)
    if not good:
        return None, problems
    anatomy = topology.anatomy
    heads = HeadSet(
        source=layout.source,
        name=layout.name,
        unit=anatomy.unit,
        true_scale=anatomy.true_scale,
        licence=layout.licence,
        credit=layout.credit,
        anatomy=anatomy,
        surface=topology.surface,
        subjects=tuple(good),
        expressions=layout.expressions,
        vertices=vertices[: len(good)],
    )
    return heads, problems


class _Topology:
    """What all heads of a layout share, taken from its first neutral head, in whose place the others are put."""

    def __init__(self, layout: Layout, anatomy: Anatomy, file: Path, mesh: MeshFile) -> None:
        self._layout, self.anatomy = layout, anatomy
        self._raw, self._weld = mesh, mesh.weld()
        first = mesh.welded(self._weld)
        self._polygons = first.polygons
        expected = layout.vertices
        if expected is not None and len(first.vertices) != expected:
            raise FacewrightError(
                f"{file} has {len(first.vertices)} vertices, FLAME's topology {expected}: give FLAME's, or use folder:."
            )
        if len(first.vertices) != anatomy.vertex_count:
            raise FacewrightError(
                f"{layout.anatomy} is of another topology, of {anatomy.vertex_count} vertices, {file} has "
                f"{len(first.vertices)}: make it from one of these heads with python -m train anatomy."
            )
        if not np.isfinite(first.vertices).all():
            raise FacewrightError(f"{file} has vertices that are not finite numbers: export it again or leave it out.")
        self._face = _sized(anatomy, first.vertices * anatomy.mm_per_unit, f"{layout.anatomy}", file)
        self._motion = reference_face().motion(self._landmarks(first.vertices * anatomy.mm_per_unit))
        self._first = self._motion(first.vertices * anatomy.mm_per_unit)
        self.surface = ClosedSurface.build(anatomy, first.polygons, self._first)
        self._check_outside(file)
        shown = np.zeros(len(first.vertices), dtype=bool)
        shown[slice(*anatomy.closing.skin)] = True
        shown[anatomy.closing.hidden] = False
        self._skin = np.flatnonzero(shown)

    @classmethod
    def of(cls, layout: Layout) -> _Topology:
        """Of a layout's anatomy and its first neutral head that can be read."""
        if not layout.anatomy.is_file():
            raise FacewrightError(
                f"{layout.folder} has no anatomy.json, which tells the parts of its heads: make one from a neutral "
                "head with Train → Make Anatomy… in the editor, or with python -m train anatomy HEAD.obj "
                f"--landmark prn=… --out {layout.anatomy}."
            )
        anatomy = load_anatomy(layout.anatomy)
        for files in layout.files.values():
            if NEUTRAL in files:
                return cls(layout, anatomy, files[NEUTRAL], read_mesh(files[NEUTRAL]))
        raise FacewrightError(f"{layout.folder} has no subject with a neutral head: name one expression neutral.")

    def _landmarks(self, positions: np.ndarray) -> Mapping[str, np.ndarray]:
        return {name: positions[vertex] for name, vertex in self.anatomy.points.items()}

    def _check_outside(self, file: Path) -> None:
        closed = self.surface.close(self._first).astype(np.float64)
        a, b, c = closed[self.surface.faces].transpose(1, 0, 2)
        if float(np.einsum("fc,fc->", a, np.cross(b, c))) < 0.0:
            raise FacewrightError(f"{file} is inside out: flip the faces of all heads and make the anatomy again.")

    def subject(self, name: str, files: Mapping[str, Path]) -> np.ndarray | list[Problem]:
        """Closed heads (E, V, 3) float32, mm, of one subject, or what is wrong with it."""
        layout = self._layout
        if NEUTRAL not in files:
            where = str(next(iter(files.values())).parent)
            return [Problem(where, "has no neutral head", "add it, or leave the subject out", name)]
        if missing := [expression for expression in layout.expressions if expression not in files]:
            where = str(files[NEUTRAL].parent)
            return [Problem(where, f"lacks {', '.join(missing)}", "add them, or leave the subject out", name)]
        meshes = [self._head(files[expression], name) for expression in layout.expressions]
        problems = [each for each in meshes if isinstance(each, Problem)]
        heads = [each for each in meshes if not isinstance(each, Problem)]
        if problems:
            return problems
        size = spread(np.stack([*self._landmarks(heads[0]).values()]))
        if not _SIZES[0] < size / self._face < _SIZES[1]:
            what = f"is {size / self._face:.2g} times as large as the first head"
            return [Problem(str(files[NEUTRAL]), what, "bring all heads to one unit", name)]
        for expression, head in zip(layout.expressions, heads, strict=True):
            is_neutral = expression == NEUTRAL
            if odd := _misshapen(head, self._first if is_neutral else heads[0], self._skin, neutral=is_neutral):
                problems.append(Problem(str(files[expression]), *odd, name))
        if problems:
            return problems
        return self.surface.close(np.stack(self._aligned(heads)))

    def _head(self, file: Path, subject: str) -> np.ndarray | Problem:
        """Positions (n, 3) mm of a file's vertices, or what is wrong with it."""
        try:
            mesh = read_mesh(file, self._raw)
        except FacewrightError as error:
            return Problem(str(file), f"cannot be used ({error})", "mend it, or leave the subject out", subject)
        other = "leave the subject out, or register it anew with the other heads' mesh"
        count = len(self._raw.vertices)
        if len(mesh.vertices) != count:
            what = f"is of another topology, of {len(mesh.vertices)} vertices where the first head has {count}"
            return Problem(str(file), what, other, subject)
        if mesh.digest != self._raw.digest and not _same_faces(mesh.welded(self._weld).polygons, self._polygons):
            flipped = _same_faces(mesh.welded(self._weld).polygons[:, ::-1], self._polygons, turned=True)
            what = "has faces the other way round" if flipped else "is of another topology, with other faces"
            return Problem(str(file), what, "flip its faces" if flipped else other, subject)
        positions = mesh.welded(self._weld).vertices
        if not np.isfinite(positions).all():
            bad = int((~np.isfinite(positions)).any(axis=1).sum())
            return Problem(str(file), f"has {bad} vertices that are not finite numbers", "export it again", subject)
        return positions * self.anatomy.mm_per_unit

    def _aligned(self, heads: list[np.ndarray]) -> list[np.ndarray]:
        """Heads (n, 3) mm of one subject, neutral first, in the head frame."""
        if not self._layout.options.align:
            return [self._motion(head) for head in heads]
        neutral = rigid(heads[0][self._skin], self._first[self._skin])(heads[0])
        return [neutral, *(_steadied(head, neutral, self._skin)(head) for head in heads[1:])]


def _sized(anatomy: Anatomy, positions: np.ndarray, origin: str, file: Path) -> float:
    """The spread of a head's landmarks, mm; FacewrightError if they are not a face's, or not of a face's size."""
    at = {name: positions[vertex] for name, vertex in anatomy.points.items()}
    _, scale, misfit = reference_face().placing(at)
    if misfit > _LARGEST_MISFIT_MM:
        raise FacewrightError(
            f"{origin} has landmarks that lie {misfit:.0f} mm from a face's on {file}: it is of another topology; make "
            "one from this head."
        )
    if not _SIZES[0] < 1.0 / scale < _SIZES[1]:
        raise FacewrightError(
            f"{file} has a face {1.0 / scale:.2g} times as large as a face if its unit is {anatomy.unit}, as {origin} "
            "says: make the anatomy again with the right --unit, or relative where the lengths are not real."
        )
    return spread(np.stack([*at.values()]))


def _misshapen(head: np.ndarray, other: np.ndarray, skin: np.ndarray, *, neutral: bool) -> tuple[str, str] | None:
    """What is wrong with the size or the shape of a head (n, 3) beside another, and what to do; None if nothing is."""
    kind, than = ("neutral", "the first head") if neutral else ("expression", "its neutral head")
    own, goal = (np.linalg.svd(points[skin] - points[skin].mean(axis=0), compute_uv=False) for points in (head, other))
    size = float(np.linalg.norm(own) / np.linalg.norm(goal))
    remedy = "bring all heads to one unit, or leave the subject out"
    low, high = _EXTENTS[kind]
    if size < 1e-6:
        return "has all its vertices at one place", "export it again, or leave the subject out"
    if not low < size < high:
        return f"is {size:.2g} times as large as {than}", remedy
    if not ((own / goal > low) & (own / goal < high)).all():
        return f"is flattened or stretched beside {than}", "export it again, or leave the subject out"
    away = np.linalg.norm(rigid(head[skin], other[skin])(head) - other, axis=1)
    if far := int((away > _FARTHEST_MM[kind]).sum()):
        what = f"has {far} vertices as far as {away.max():.0f} mm from where {than} has them"
        return what, "mend it, or leave the subject out"
    return None


def _same_faces(polygons: np.ndarray, others: np.ndarray, *, turned: bool = False) -> bool:
    """Whether two lists (P, 4) are the same faces, whichever corner each begins at.

    `turned` compares vertices alone, whichever way they run.
    """
    if polygons.shape != others.shape:
        return False
    if turned:
        return bool(np.array_equal(np.sort(polygons, axis=1), np.sort(others, axis=1)))
    return bool(np.array_equal(_from_lowest(polygons), _from_lowest(others)))


def _from_lowest(polygons: np.ndarray) -> np.ndarray:
    """Faces (P, 4), -1 in a triangle's last place, each from its lowest vertex on."""
    begun = polygons.copy()
    triangles = polygons[:, 3] < 0
    for which, corners in ((triangles, 3), (~triangles, 4)):
        rows = polygons[which, :corners]
        turn = (rows.argmin(axis=1)[:, None] + np.arange(corners)) % corners
        begun[which, :corners] = np.take_along_axis(rows, turn, axis=1)
    return begun


def _steadied(head: np.ndarray, neutral: np.ndarray, skin: np.ndarray) -> Rigid:
    """The motion that lays a head (n, 3) on its neutral one where the expression does not move it."""
    weights = np.ones(len(skin))
    for _ in range(_ROUNDS):
        motion = rigid(head[skin], neutral[skin], weights)
        away = np.linalg.norm(motion(head[skin]) - neutral[skin], axis=1)
        weights = 1.0 / (1.0 + np.square(away / _STILL_MM))
    return motion
