"""Whether heads can be trained on: what a source holds, what is wrong with it, and a sheet of pictures of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.metrics import face_normals
from facewright.core.rigid import rigid
from facewright.train.anatomy.placement import reference_face, spread
from facewright.train.data.file_heads import Problem, read_checked, too_few
from facewright.train.data.heads import open_source
from facewright.train.data.layouts import LAYOUTS
from facewright.train.data.noses import with_noses
from facewright.train.data.people import BENCHMARK
from facewright.train.data.sources import parted

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.train.data.heads import HeadSet
    from facewright.train.data.layouts import Layout
    from facewright.train.data.people import People

_OUTLIER = 6.0
"""Distances from the mean head, in robust standard deviations above the median, at which a head stands out."""

_LEAST_OUTLIER_MM = 6.0
_TURNED_DEGREES = 8.0
_MOVED_MM = 15.0
_FLIPPED = 0.04
"""Share of faces turned against the mean head's; Anny's closed eyes, the worst of sound heads, have 0.021."""

_DEGENERATE = 0.01
_AREA_MM2 = 1e-5
_SAME_MM = 0.02


@dataclass(frozen=True)
class Concern:
    """What looks odd about one head but does not keep it from being used."""

    subject: str
    expression: str
    what: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.subject}, {self.expression}: {self.what}"


@dataclass(frozen=True)
class SourceReport:
    """What a check found.

    heads : those that can be used, None if none can, of both splits where there are files, else the training split's;
    problems : what keeps others out; concerns : what to look at; facts : counts, unit, scale and size by name.
    """

    source: str
    heads: HeadSet | None
    problems: tuple[Problem, ...]
    concerns: tuple[Concern, ...]
    facts: dict[str, Any]
    layout: Layout | None = None

    def text(self) -> str:
        """For a person to read."""
        lines = [f"{key.replace('_', ' ')}: {_said(value)}" for key, value in self.facts.items()]
        lines += [f"problem: {problem}" for problem in self.problems]
        lines += [f"look at: {concern}" for concern in self.concerns]
        if not self.problems:
            lines.append("These heads can be trained on.")
        return "\n".join(lines)

    def record(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "source": self.source,
            **self.facts,
            "problems": [{**vars(problem), "message": str(problem)} for problem in self.problems],
            "concerns": [vars(concern) for concern in self.concerns],
            "usable": not self.problems,
        }

    def leave_out(self) -> tuple[str, ...]:
        """Write into the folder that subjects with problems are left out; returns them.

        Raises FacewrightError if it cannot be written.
        """
        bad = tuple(sorted({problem.subject for problem in self.problems if problem.subject}))
        if self.layout is not None and bad:
            self.layout.without(bad)
        return bad


def check_source(
    source: str,
    subjects: int | None = None,
    people: People = BENCHMARK,
    fewest: int = 2,
    told: Callable[[str], None] = lambda _: None,
) -> SourceReport:
    """Read a source, all of it or the first `subjects`, and look at every head; `told` hears what is being done.

    people : how subjects are drawn, where the source draws them; fewest : subjects to train on that the source has to
    have, where it does not draw them.

    Raises FacewrightError if there is nothing to check: no such source, no heads, no anatomy or another topology's.
    """
    kind, folder = parted(source)
    layout: Layout | None = None
    problems: list[Problem] = []
    told(f"Reading {source}")
    if kind in LAYOUTS:
        layout = LAYOUTS[kind](Path(folder))
        heads, problems = read_checked(layout, tuple(layout.files)[:subjects])
        bad = {problem.subject for problem in problems}
        good = replace(layout, files={name: files for name, files in layout.files.items() if name not in bad})
        if (count := len(good.split()["train"])) < fewest:
            problems.append(too_few(source, count))
    else:
        heads = open_source(source, "train", subjects, people)
    if heads is not None:
        heads = with_noses(heads, "train", people.noses)
    concerns: list[Concern] = []
    if heads is not None:
        told("Comparing the heads")
        concerns = _concerns(heads)
    return SourceReport(source, heads, tuple(problems), tuple(concerns), _facts(heads, layout), layout)


def _facts(heads: HeadSet | None, layout: Layout | None) -> dict[str, Any]:
    """Counts, unit, scale and size."""
    if heads is None:
        return {"usable_subjects": 0}
    size = np.ptp(heads.neutral[..., 1], axis=1)
    at = np.stack([heads.neutral[:, heads.surface.points[name]] for name in _shared(heads)], axis=1)
    own = [spread(face) for face in at.astype(np.float64)]
    goal = spread(np.stack([reference_face().points[name] for name in _shared(heads)]))
    facts: dict[str, Any] = {
        "data": heads.name,
        "licence": heads.licence,
        "usable_subjects": len(heads.subjects),
        "expressions": len(heads.expressions),
        "heads": len(heads.subjects) * len(heads.expressions),
        "vertices": heads.anatomy.vertex_count,
        "closed_vertices": heads.surface.vertex_count,
        "symmetric_faces": heads.surface.blend is None,
        "unit": heads.unit if heads.true_scale else "relative units: lengths are not real, no norms apply",
        "face_size": round(float(np.median(own)) / goal, 3),
        "height_mm": [round(float(v), 1) for v in (size.min(), np.median(size), size.max())],
        "memory_mb": round(heads.vertices.nbytes / 1e6, 1),
    }
    if layout is not None:
        facts["subjects_found"] = len(layout.files)
        facts["test_subjects"] = len(layout.split()["test"])
        facts["names_of_expressions"] = list(layout.expressions)
    return facts


def _shared(heads: HeadSet) -> list[str]:
    return [name for name in heads.surface.points if name in reference_face().points]


def _concerns(heads: HeadSet) -> list[Concern]:
    """Heads that stand out: by shape, by pose, by faces turned or without area, by being another's copy."""
    mean = heads.neutral.mean(axis=0).astype(np.float64)
    motions = [rigid(head.astype(np.float64), mean) for head in heads.neutral]
    apart = np.array(
        [
            np.sqrt(np.square(motion(head.astype(np.float64)) - mean).sum(axis=1).mean())
            for motion, head in zip(motions, heads.neutral, strict=True)
        ]
    )
    middle = float(np.median(apart))
    limit = max(middle + _OUTLIER * 1.4826 * float(np.median(np.abs(apart - middle))), _LEAST_OUTLIER_MM)
    concerns: list[Concern] = []
    normals = face_normals(mean, heads.surface.faces)
    for index, subject in enumerate(heads.subjects):
        if apart[index] > limit:
            what = f"{apart[index]:.1f} mm from the mean head, others {middle:.1f}"
            concerns.append(Concern(subject, heads.expressions[0], what))
        centre = heads.neutral[index].mean(axis=0).astype(np.float64)
        moved = float(np.linalg.norm(motions[index](centre) - centre))
        if motions[index].degrees > _TURNED_DEGREES or moved > _MOVED_MM:
            what = f"turned by {motions[index].degrees:.0f}° and moved by {moved:.0f} mm against the mean head"
            concerns.append(Concern(subject, heads.expressions[0], what))
        for expression, head in zip(heads.expressions, heads.vertices[index], strict=True):
            odd = _odd(head, heads, motions[index].rotation, normals)
            concerns += [Concern(subject, expression, what) for what in odd]
        for e in range(1, len(heads.expressions)):
            if np.abs(heads.vertices[index, e] - heads.vertices[index, 0]).max() < _SAME_MM:
                concerns.append(Concern(subject, heads.expressions[e], "the same as its neutral head"))
    return concerns + _copies(heads)


def _odd(head: np.ndarray, heads: HeadSet, rotation: np.ndarray, mean_normals: np.ndarray) -> list[str]:
    """What is odd about the faces of one head (V, 3)."""
    a, b, c = head.astype(np.float64)[heads.surface.faces].transpose(1, 0, 2)
    normals = np.cross(b - a, c - a)
    twice_area = np.linalg.norm(normals, axis=1)
    degenerate = float((twice_area < 2.0 * _AREA_MM2).mean())
    against = np.einsum("fc,fc->f", normals @ rotation.T, mean_normals) < -0.2 * twice_area
    flipped = float((against & (twice_area > 2.0 * _AREA_MM2)).mean())
    concerns = []
    if degenerate > _DEGENERATE:
        concerns.append(f"{100 * degenerate:.1f} % of its faces have no area")
    if flipped > _FLIPPED:
        concerns.append(f"{100 * flipped:.1f} % of its faces are flipped")
    if float(np.einsum("fc,fc->", a, np.cross(b, c))) < 0.0:
        concerns.append("it is inside out")
    return concerns


def _copies(heads: HeadSet) -> list[Concern]:
    """Neutral heads that are others', to the last digit."""
    first: dict[bytes, str] = {}
    concerns = []
    for subject, head in zip(heads.subjects, heads.neutral, strict=True):
        other = first.setdefault(np.round(head, 2).tobytes(), subject)
        if other != subject:
            concerns.append(Concern(subject, heads.expressions[0], f"the same head as {other}'s"))
    return concerns


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
