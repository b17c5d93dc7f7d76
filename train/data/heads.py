"""Registered heads, whatever data set they come from: the one shape in which training sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.core.parts import PARTS
from facewright.train.data.people import BENCHMARK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.anatomy import Anatomy
    from facewright.train.anatomy.closed_surface import ClosedSurface
    from facewright.train.data.people import People

Split = Literal["train", "validation", "test"]
"""What is learnt from, what a run is measured on while it goes on, and what a model is judged by."""


class Member(NamedTuple):
    """A source among several."""

    name: str
    subjects: int
    share: float


@dataclass(frozen=True)
class HeadSet:
    """Registered heads of one topology, closed, in mm in the data set's head frame.

    source : as given to `open_source`; name, licence, credit : of the data set; unit : of the files;
    true_scale : whether their lengths are real;
    vertices : (S, E, V, 3) float32, mm, subject by expression, expression 0 neutral; `surface` holds what all of
    them share: faces, part labels, rims, landmarks and left-right pairs. facial_units : (S, E, len(FACIAL_UNITS))
    float32, how much of each unit is in an expression, where every subject has its own, else None; members : of heads
    of several sources the names of those, how many of the subjects are of each, and the share of the draws that each
    has;
    labels : (S,) float32 by name, in which people differ as a whole, such as age; NaN where it is not known.
    """

    source: str
    name: str
    unit: str
    true_scale: bool
    licence: str
    credit: str
    anatomy: Anatomy
    surface: ClosedSurface
    subjects: tuple[str, ...]
    expressions: tuple[str, ...]
    vertices: np.ndarray
    facial_units: np.ndarray | None = None
    members: tuple[Member, ...] = ()
    labels: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def neutral(self) -> np.ndarray:
        """The neutral heads, (S, V, 3) float32, mm, a view."""
        neutral: np.ndarray = self.vertices[:, 0]
        return neutral

    @property
    def symmetric_mean(self) -> np.ndarray:
        """The mean neutral head and its mirror image averaged, (V, 3) float32, mm: the template of training."""
        mean = self.neutral.mean(axis=0)
        template: np.ndarray = (mean + self.surface.mirrored(mean)) / 2
        return template

    @property
    def vertex_parts(self) -> np.ndarray:
        """Index (V,) into `PARTS` of every vertex's part."""
        parts = np.array([PARTS.index(c.part) for c in self.anatomy.components] + [PARTS.index("remainder")])
        indices: np.ndarray = parts[self.surface.component]  # −1 is the last: the remainder
        return indices

    @property
    def face_parts(self) -> np.ndarray:
        """Index (F,) into `PARTS` of every closed face: of the part all its corners are in, else of the remainder."""
        corners = self.vertex_parts[self.surface.faces]
        return np.where((corners == corners[:, :1]).all(axis=1), corners[:, 0], PARTS.index("remainder"))


class NotSoMany(FacewrightError):
    """A split has fewer subjects than were asked for."""


def counted(subjects: int | None, most: int, split: Split) -> int:
    """How many subjects are asked for, all if None; NotSoMany if the split has fewer."""
    count = most if subjects is None else subjects
    if not 1 <= count <= most:
        raise NotSoMany(f"{count} subjects asked for: the {split} split has 1 to {most}.")
    return count


def open_source(
    source: str, split: Split = "train", subjects: int | None = None, people: People = BENCHMARK
) -> HeadSet:
    """Read the heads of a source, written as `train.data.sources` lists them; all, or the split's first `subjects`.

    people : how they are drawn, where the source draws them; noses are changed by `train.data.noses`.

    Raises FacewrightError if the source is of an unknown kind, its folder lacks files or they are of another
    topology, or if the split does not exist; NotSoMany if it has fewer subjects.
    """
    from facewright.train.data import anny, file_heads, ict_facekit
    from facewright.train.data.layouts import LAYOUTS
    from facewright.train.data.sources import parted

    kind, folder = parted(source)
    if split not in get_args(Split):
        raise FacewrightError(f"There is no split {split!r}: choose train, validation or test.")
    if kind == "ict":
        return ict_facekit.read_heads(Path(folder), split, subjects, people)
    if kind == "anny":
        return anny.read_training_heads(source, split, subjects, people)
    return file_heads.read_heads(LAYOUTS[kind](Path(folder)), split, subjects)
