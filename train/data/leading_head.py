"""The head that leads a folder's: the topology, the size and about the shape that all others are to have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.core.rigid import rigid
from facewright.train.anatomy.placement import reference_face, spread
from facewright.train.data.layouts import NEUTRAL
from facewright.train.data.mesh_files import read_mesh

if TYPE_CHECKING:
    from pathlib import Path

    from facewright.core.anatomy import Anatomy
    from facewright.train.data.layouts import Layout

_LARGEST_MISFIT_MM = 15.0
"""Root mean square distance of a head's landmarks, brought to common size, from the reference face's."""

SIZES = (0.6, 1.6)
"""Sizes of a face, over the reference's, that a true unit allows, and over the leading head's that any allows."""

_EXTENTS = {"neutral": (0.45, 2.2), "expression": (0.8, 1.25)}
"""Extents along the principal axes that a true unit allows: of a neutral head over the leading one's, and of an
expression over its own neutral's; the widest of ICT-FaceKit's, shoulders and all, is 1.05."""

_FARTHEST_MM = {"neutral": 250.0, "expression": 120.0}
"""No vertex is farther than this from where that other head has it; the farthest of ICT-FaceKit's is 53."""

_LOOKED_AT = 12
"""So many neutral heads may lead: if all of them are unfit, the anatomy is, and the others need not be read."""

_COMPARED = 5
"""Of so many fit ones that leads with which most others agree."""


class LeadingHead:
    """A neutral head that may lead the others.

    name : of its file within the folder; file, raw : the file and its mesh; weld : as `MeshFile.weld` gives it;
    polygons : (P, 4) int32, welded, -1 in a triangle's last place; positions : (n, 3) float64, mm, the file's frame.
    """

    def __init__(self, layout: Layout, anatomy: Anatomy, file: Path) -> None:
        """Raises FacewrightError if the file cannot be read; `unfit` says what else is wrong with it."""
        self.name = file.relative_to(layout.folder).as_posix()
        self.file, self.anatomy, self._layout = file, anatomy, layout
        self.raw = read_mesh(file)
        self.weld = self.raw.weld()
        mesh = self.raw.welded(self.weld)
        self.polygons, self.positions = mesh.polygons, mesh.vertices * anatomy.mm_per_unit

    @classmethod
    def candidates(cls, layout: Layout, anatomy: Anatomy) -> list[LeadingHead]:
        """The fit ones among a layout's first neutral heads; first that with which most agree, the earlier of equals.

        Raises FacewrightError if there is none.
        """
        unread, unfit, fit = list[str](), list[str](), list[LeadingHead]()
        for file in [files[NEUTRAL] for files in layout.files.values() if NEUTRAL in files][:_LOOKED_AT]:
            try:
                head = cls(layout, anatomy, file)
            except FacewrightError as error:
                name = file.relative_to(layout.folder).as_posix()
                unread.append(f"No neutral head in {layout.folder} can be read, {name} first: {error}")
                continue
            if words := head.unfit:
                unfit.append(words)
            else:
                fit.append(head)
            if len(fit) == _COMPARED:
                break
        if not fit:
            none = f"{layout.folder} has no subject with a neutral head: name one expression neutral."
            raise FacewrightError((*unfit, *unread, none)[0])
        return sorted(fit, key=lambda head: -sum(head.agrees(other) for other in fit))

    @property
    def skin(self) -> np.ndarray:
        """The vertices (k,) int64 of the skin that is seen."""
        shown = np.zeros(self.anatomy.vertex_count, dtype=bool)
        shown[slice(*self.anatomy.closing.skin)] = True
        shown[self.anatomy.closing.hidden] = False
        return np.flatnonzero(shown)

    @property
    def landmarks(self) -> dict[str, np.ndarray]:
        """Its landmarks (3,) by name, mm, the file's frame."""
        return {name: self.positions[vertex] for name, vertex in self.anatomy.points.items()}

    @property
    def size(self) -> float:
        """The spread of its landmarks, mm."""
        return spread(np.stack([*self.landmarks.values()]))

    @property
    def unfit(self) -> str:
        """Why it cannot lead, and what to do, in a sentence; empty if it can."""
        count, expected, anatomy = len(self.positions), self._layout.vertices, self._layout.anatomy
        if expected is not None and count != expected:
            return f"{self.file} has {count} vertices, FLAME's topology {expected}: give FLAME's, or use folder:."
        if count != self.anatomy.vertex_count:
            return (
                f"{anatomy} is of another topology, of {self.anatomy.vertex_count} vertices, {self.file} has {count}: "
                "make it from one of these heads with Train → Make Anatomy… in the editor, or with facewright-train "
                "anatomy."
            )
        if not np.isfinite(self.positions).all():
            return f"{self.file} has vertices that are not finite numbers: export it again or leave it out."
        _, scale, misfit = reference_face().placing(self.landmarks)
        if misfit > _LARGEST_MISFIT_MM:
            return (
                f"{anatomy} has landmarks that lie {misfit:.0f} mm from a face's on {self.file}: it is of another "
                "topology; make one from this head."
            )
        if not SIZES[0] < 1.0 / scale < SIZES[1]:
            return (
                f"{self.file} has a face {1.0 / scale:.2g} times as large as a face if its unit is "
                f"{self.anatomy.unit}, as {anatomy} says: make the anatomy again with the right --unit, or relative "
                "where the lengths are not real."
            )
        return ""

    def agrees(self, other: LeadingHead) -> bool:
        """Whether another fit one could be used if this one led."""
        if len(self.raw.vertices) != len(other.raw.vertices):
            return False
        mesh = other.raw.welded(self.weld)
        return (
            same_faces(mesh.polygons, self.polygons)
            and SIZES[0] < other.size / self.size < SIZES[1]
            and misshapen(mesh.vertices * self.anatomy.mm_per_unit, self.positions, self.skin, self.name) is None
        )


def misshapen(
    head: np.ndarray, other: np.ndarray, skin: np.ndarray, name: str, kind: str = "neutral"
) -> tuple[str, str] | None:
    """What is wrong with the size or the shape of a head (n, 3) mm beside another, and what to do; None if nothing is.

    skin : (k,) int64, vertices that are compared; name : of the other, for the words; kind : of the head, neutral or
    expression.
    """
    own, goal = (np.linalg.svd(points[skin] - points[skin].mean(axis=0), compute_uv=False) for points in (head, other))
    size = float(np.linalg.norm(own) / np.linalg.norm(goal))
    remedy = "bring all heads to one unit, or leave the subject out"
    low, high = _EXTENTS[kind]
    if size < 1e-6:
        return "has all its vertices at one place", "export it again, or leave the subject out"
    if not low < size < high:
        return f"is {size:.2g} times as large as {name}", remedy
    if not ((own / goal > low) & (own / goal < high)).all():
        return f"is flattened or stretched beside {name}", "export it again, or leave the subject out"
    away = np.linalg.norm(rigid(head[skin], other[skin])(head) - other, axis=1)
    if far := int((away > _FARTHEST_MM[kind]).sum()):
        what = f"has {far} vertices as far as {away.max():.0f} mm from where {name} has them"
        return what, "mend it, or leave the subject out"
    return None


def same_faces(polygons: np.ndarray, others: np.ndarray, *, turned: bool = False) -> bool:
    """Whether two lists (P, 4) int32 are the same faces, whichever corner each begins at.

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
