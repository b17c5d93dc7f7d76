"""An evaluation's figures: as JSON and as text."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.parts import CodeName
    from train.evaluation.comparison import Region, Scores
    from train.evaluation.disentanglement import Leak, Seam

MODEL = "model"
"""The evaluated model among the methods; the others stand beside it."""

_RECONSTRUCTION = (
    ("SCD mm", "scd_mm", ".3f"),
    ("floor", "floor_scd_mm", ".3f"),
    ("F 1mm %", "f1mm", ".2f"),
    ("floor", "floor_f1mm", ".2f"),
    ("p2s mean", "p2s_mean_mm", ".3f"),
    ("p2s p95", "p2s_p95_mm", ".3f"),
    ("vertex", "vertex_mean_mm", ".3f"),
    ("normals", "normal_consistency", ".4f"),
)

_COMPARISON = (
    ("Point to surface, mean mm", "p2s_mean_mm", ".3f"),
    ("Symmetric Chamfer distance, mm", "scd_mm", ".3f"),
    ("F-score at 1 mm, %", "f1mm", ".2f"),
)


@dataclass(frozen=True)
class Table:
    """A table of text: caption, names of the columns, and rows, each a cell longer for its name."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """Aligned for a terminal."""
        lines = [("", *self.columns), *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        aligned = [
            "  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))])
            for line in lines
        ]
        return "\n".join([self.caption, *aligned])


@dataclass(frozen=True)
class Evaluation:
    """What was measured, by method: scores of every region, leaks and seams of every part; and facts about it.

    Linear models have no leaks or seams, models without correspondence no seams. `outside` are scores on heads unlike
    those trained on, empty if there are none.
    """

    facts: Mapping[str, object]
    scores: Mapping[str, Mapping[Region, Scores]]
    leak: Mapping[str, Mapping[CodeName, Leak]]
    seam: Mapping[str, Mapping[CodeName, Seam]]
    outside: Mapping[str, Mapping[Region, Scores]]

    def record(self) -> dict[str, object]:
        """For JSON: the model's scores by region, `leak`, `seam`, other methods under `baselines`, and the facts.

        Under `outside`, every model's scores on heads from elsewhere.
        """
        methods = {method: self._method(method) for method in self.scores}
        outside = {
            method: {region: _known(scores) for region, scores in regions.items()}
            for method, regions in self.outside.items()
        }
        return {**methods.pop(MODEL), "baselines": methods, "outside": outside, **self.facts}

    def metrics(self) -> dict[str, object]:
        """The model's own figures and how many heads they come from, for its file."""
        return {**self._method(MODEL), "heads": self.facts["heads"], "subjects": self.facts["subjects"]}

    def _method(self, method: str) -> dict[str, object]:
        """One method's figures; what is not known is None."""
        record: dict[str, object] = {region: _known(scores) for region, scores in self.scores[method].items()}
        for name, found in (("leak", self.leak), ("seam", self.seam)):
            if method in found:
                record[name] = {part: asdict(value) for part, value in found[method].items()}
        return record

    def tables(self) -> list[Table]:
        """All figures; lengths in mm."""
        outside = _comparison(self.outside, "heads from outside the model") if self.outside else []
        return [
            self._reconstruction(),
            *_comparison(self.scores, "unseen heads"),
            *outside,
            self._leak(),
            self._seam(),
        ]

    def _reconstruction(self) -> Table:
        """Everything about the model's reconstructions."""
        rows = [
            (region, *(_cell(scores, field, spec) for _, field, spec in _RECONSTRUCTION))
            for region, scores in self.scores[MODEL].items()
        ]
        columns = tuple(title for title, _, _ in _RECONSTRUCTION)
        return Table(f"Reconstruction of {self.facts['heads']} unseen heads", columns, tuple(rows))

    def _leak(self) -> Table:
        columns = ("outside: largest", "mean", "inside: largest", "mean")
        caption = "Leak: what ±3 σ of a part changes, in mm, outside and inside its window"
        return Table(caption, columns, _rows(self.leak, ".3g"))

    def _seam(self) -> Table:
        columns = ("true heads", "unedited", "edited ±3 σ", "composite", "plain swap", "collar swap")
        return Table("Seam: jump of the mean curvature across a part's rim, in 1/mm", columns, _rows(self.seam, ".4f"))


def _comparison(scores: Mapping[str, Mapping[Region, Scores]], heads: str) -> list[Table]:
    """The paper's Tables 1 and 2, and the distances that have no floor: every method, every region."""
    return [
        Table(
            f"{caption}, {heads}",
            tuple(scores[MODEL]),
            tuple(
                (method, *(_cell(found, field, spec) for found in regions.values()))
                for method, regions in scores.items()
            ),
        )
        for caption, field, spec in _COMPARISON
    ]


def _rows(found: Mapping[str, Mapping[CodeName, Leak | Seam]], spec: str) -> tuple[tuple[str, ...], ...]:
    """A row for every method and part."""
    return tuple(
        (f"{method}, {part}", *(format(value, spec) for value in asdict(figures).values()))
        for method, parts in found.items()
        for part, figures in parts.items()
    )


def _cell(scores: Scores, field: str, spec: str) -> str:
    """A figure, and on how many heads there was nothing to measure."""
    missing = f" ({scores.missing} missing)" if scores.missing else ""
    return f"{getattr(scores, field):{spec}}{missing}"


def _known(scores: Scores) -> dict[str, float | None]:
    """Scores as JSON can hold them."""
    return {name: None if math.isnan(value) else value for name, value in asdict(scores).items()}
