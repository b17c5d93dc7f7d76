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
from facewright.train.data.leading_head import SIZES, LeadingHead, misshapen, same_faces
from facewright.train.data.mesh_files import read_mesh

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from facewright.core.rigid import Rigid
    from facewright.train.data.heads import Split
    from facewright.train.data.layouts import Layout

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


def too_few(source: str, count: int) -> Problem:
    """That a source has fewer than two subjects to train on, `count`; where a run starts from a model one is enough."""
    what = (
        f"has {'one subject' if count else 'no subject'} to train on, and how heads differ is learnt from two or more"
    )
    remedies = ("add some", "test on fewer", "ask for more", *(["start from a model"] if count else []))
    return Problem(source, what, f"{', '.join(remedies[:-1])} or {remedies[-1]}")


def read_heads(layout: Layout, split: Split, subjects: int | None = None) -> HeadSet:
    """The heads of a layout's split, or of its first `subjects`.

    Raises FacewrightError, naming the file and what to do, if any head of theirs cannot be used.
    """
    names = layout.split()[split]
    if not names and split == "train":
        raise FacewrightError(str(too_few(layout.source, 0)))
    if not names:
        what = {"test": 'to test on: name some under "test" in its facewright.json'}.get(split, "for that: add some")
        raise FacewrightError(f"{layout.folder} has too few subjects {what}.")
    heads, problems = read_checked(layout, names[: counted(subjects, len(names), split)])
    if problems or heads is None:
        more = f" (and {len(problems) - 1} more; facewright-train heads {layout.source} lists them)"
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
    """What all heads of a layout share, taken from the leading head, in whose place the others are put."""

    def __init__(self, layout: Layout, leading: LeadingHead) -> None:
        """Raises FacewrightError if the leading head cannot be closed, or is inside out."""
        self._layout, self._leading, self.anatomy, self._skin = layout, leading, leading.anatomy, leading.skin
        self._motion = reference_face().motion(leading.landmarks)
        self._first = self._motion(leading.positions)
        self.surface = ClosedSurface.build(self.anatomy, leading.polygons, self._first)
        self._check_outside()

    @classmethod
    def of(cls, layout: Layout) -> _Topology:
        """Of a layout's anatomy and its first neutral head that is fit to lead."""
        if not layout.anatomy.is_file():
            raise FacewrightError(
                f"{layout.folder} has no anatomy.json, which tells the parts of its heads: make one from a neutral "
                "head with Train → Make Anatomy… in the editor, or with facewright-train anatomy HEAD.obj "
                f"--landmark prn=… --out {layout.anatomy}."
            )
        first: FacewrightError | None = None
        for leading in LeadingHead.candidates(layout, load_anatomy(layout.anatomy)):
            try:
                return cls(layout, leading)
            except FacewrightError as error:
                first = first or error
        assert first is not None
        raise first

    def _check_outside(self) -> None:
        closed = self.surface.close(self._first).astype(np.float64)
        a, b, c = closed[self.surface.faces].transpose(1, 0, 2)
        if float(np.einsum("fc,fc->", a, np.cross(b, c))) < 0.0:
            raise FacewrightError(
                f"{self._leading.file} is inside out: flip the faces of all heads and make the anatomy again."
            )

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
        size = spread(heads[0][[*self.anatomy.points.values()]]) / self._leading.size
        if not SIZES[0] < size < SIZES[1]:
            what = f"is {size:.2g} times as large as {self._leading.name}"
            return [Problem(str(files[NEUTRAL]), what, "bring all heads to one unit", name)]
        for expression, head in zip(layout.expressions, heads, strict=True):
            if expression == NEUTRAL:
                odd = misshapen(head, self._first, self._skin, self._leading.name)
            else:
                odd = misshapen(head, heads[0], self._skin, "its neutral head", "expression")
            if odd:
                problems.append(Problem(str(files[expression]), *odd, name))
        if problems:
            return problems
        return self.surface.close(np.stack(self._aligned(heads)))

    def _head(self, file: Path, subject: str) -> np.ndarray | Problem:
        """Positions (n, 3) mm of a file's vertices, or what is wrong with it."""
        leading = self._leading
        try:
            mesh = read_mesh(file, leading.raw)
        except FacewrightError as error:
            return Problem(str(file), f"cannot be used ({error})", "mend it, or leave the subject out", subject)
        other = "leave the subject out, or register it anew with the other heads' mesh"
        count = len(leading.raw.vertices)
        if len(mesh.vertices) != count:
            what = f"is of another topology, of {len(mesh.vertices)} vertices where {leading.name} has {count}"
            return Problem(str(file), what, other, subject)
        alike, mesh = mesh.digest == leading.raw.digest, mesh.welded(leading.weld)
        if not alike and not same_faces(mesh.polygons, leading.polygons):
            flipped = same_faces(mesh.polygons[:, ::-1], leading.polygons, turned=True)
            what = "has faces the other way round" if flipped else "is of another topology, with other faces"
            return Problem(str(file), what, "flip its faces" if flipped else other, subject)
        if not np.isfinite(mesh.vertices).all():
            bad = int((~np.isfinite(mesh.vertices)).any(axis=1).sum())
            return Problem(str(file), f"has {bad} vertices that are not finite numbers", "export it again", subject)
        return mesh.vertices * self.anatomy.mm_per_unit

    def _aligned(self, heads: list[np.ndarray]) -> list[np.ndarray]:
        """Heads (n, 3) mm of one subject, neutral first, in the head frame."""
        if not self._layout.options.align:
            return [self._motion(head) for head in heads]
        neutral = rigid(heads[0][self._skin], self._first[self._skin])(heads[0])
        return [neutral, *(_steadied(head, neutral, self._skin)(head) for head in heads[1:])]


def _steadied(head: np.ndarray, neutral: np.ndarray, skin: np.ndarray) -> Rigid:
    """The motion that lays a head (n, 3) on its neutral one where the expression does not move it."""
    weights = np.ones(len(skin))
    for _ in range(_ROUNDS):
        motion = rigid(head[skin], neutral[skin], weights)
        away = np.linalg.norm(motion(head[skin]) - neutral[skin], axis=1)
        weights = 1.0 / (1.0 + np.square(away / _STILL_MM))
    return motion
