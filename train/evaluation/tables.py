"""An evaluation's figures: as JSON and as text."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from facewright.train.evaluation.scores import REGIONS, csv_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.parts import CodeName
    from facewright.train.evaluation.disentanglement import Leak, Seam
    from facewright.train.evaluation.scores import MethodScores, Scores, VisibleScores

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

_VISIBLE = (
    ("share seen", "share", ".3f"),
    ("p2s mean", "p2s_mean_mm", ".3f"),
    ("p2s p95", "p2s_p95_mm", ".3f"),
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
    """What was measured, by method: scores of every head, leaks and seams of every part; and facts about it.

    Linear models have no leaks or seams, models without correspondence no seams. `outside` are scores on further data
    sets by name, each by method.
    """

    facts: Mapping[str, object]
    scores: Mapping[str, MethodScores]
    leak: Mapping[str, Mapping[CodeName, Leak]]
    seam: Mapping[str, Mapping[CodeName, Seam]]
    outside: Mapping[str, Mapping[str, MethodScores]]

    def record(self) -> dict[str, object]:
        """For JSON: the model's scores by region, `visible`, `per_head`, `leak`, `seam`, and the facts.

        Other methods stand under `baselines`; the same of every further data set under `outside`, by its name.
        """
        methods = {method: self._method(method) for method in self.scores}
        outside = {}
        for name, scores in self.outside.items():
            others = {method: {**own.record(), "per_head": own.each()} for method, own in scores.items()}
            outside[name] = {**others.pop(MODEL), "baselines": others}
        each = {method: {**record, "per_head": self.scores[method].each()} for method, record in methods.items()}
        return {**each.pop(MODEL), "baselines": each, "outside": outside, **self.facts}

    def csv(self) -> str:
        """Every figure of every head, as CSV."""
        return csv_table({str(self.facts["data"]): self.scores, **self.outside})

    def metrics(self) -> dict[str, object]:
        """The model's own figures and how many heads they come from, for its file."""
        return {**self._method(MODEL), "heads": self.facts["heads"], "subjects": self.facts["subjects"]}

    def _method(self, method: str) -> dict[str, object]:
        """One method's figures; what is not known is None."""
        record = self.scores[method].record()
        for name, measured in (("leak", self.leak), ("seam", self.seam)):
            if method in measured:
                record[name] = {
                    part: {each: None if math.isnan(number) else number for each, number in asdict(value).items()}
                    for part, value in measured[method].items()
                }
        return record

    def tables(self) -> list[Table]:
        """All figures; lengths in mm."""
        heads = f"{self.facts['heads']} unseen heads of {self.facts['data']}"
        if self.facts["data"] != self.facts["trained_on"]:
            heads += f", of which the model, trained on {self.facts['trained_on']}, knows none"
        linear = f"; linear models learnt {self.facts['linear_models_of']}" if "linear_models_of" in self.facts else ""
        own = self.scores[MODEL]
        tables = [
            _all_of(f"Reconstruction of {heads}", _RECONSTRUCTION, own.mean),
            _all_of("The same, of what a ring of cameras about the face sees", _VISIBLE, own.visible_mean),
            *_comparison(self.scores, f"unseen heads{linear}"),
        ]
        for name, scores in self.outside.items():
            tables += _comparison(scores, f"{len(scores[MODEL].heads)} heads of {name}")
        tables += [self._leak()] if self.leak else []
        return tables + ([self._seam()] if self.seam else [])

    def _leak(self) -> Table:
        columns = ("outside: largest", "mean", "inside: largest", "mean")
        caption = "Leak: what ±3 σ of a part changes, in mm, outside and inside its window"
        return Table(caption, columns, _rows(self.leak, ".3g"))

    def _seam(self) -> Table:
        columns = ("true heads", "unedited", "edited ±3 σ", "composite", "plain swap", "collar swap")
        caption = "Seam: jump of the mean curvature across a part's rim, in 1/mm"
        if self.facts["subjects"] == 1:
            caption += "; one subject alone has nobody to swap parts with"
        return Table(caption, columns, _rows(self.seam, ".4f"))


def _all_of(
    caption: str, columns: tuple[tuple[str, str, str], ...], of: Callable[..., Scores | VisibleScores]
) -> Table:
    """Everything about one method, region by region."""
    rows = [(region, *(_cell(of(region), field, spec) for _, field, spec in columns)) for region in REGIONS]
    return Table(caption, tuple(title for title, _, _ in columns), tuple(rows))


def _comparison(scores: Mapping[str, MethodScores], heads: str) -> list[Table]:
    """The paper's Tables 1 and 2, the distances without a floor, and those of what is seen: every method and region."""
    tables = [
        Table(
            f"{caption}, {heads}",
            REGIONS,
            tuple(
                (method, *(_cell(own.mean(region), field, spec) for region in REGIONS))
                for method, own in scores.items()
            ),
        )
        for caption, field, spec in _COMPARISON
    ]
    rows = tuple(
        (method, *(_cell(own.visible_mean(region), "p2s_mean_mm", ".3f") for region in REGIONS))
        for method, own in scores.items()
    )
    return [*tables, Table(f"Point to surface of what cameras see, mean mm, {heads}", REGIONS, rows)]


def _rows(measured: Mapping[str, Mapping[CodeName, Leak | Seam]], spec: str) -> tuple[tuple[str, ...], ...]:
    """A row for every method and part."""
    return tuple(
        (f"{method}, {part}", *(_number(value, spec) for value in asdict(figures).values()))
        for method, parts in measured.items()
        for part, figures in parts.items()
    )


def _cell(scores: Scores | VisibleScores, field: str, spec: str) -> str:
    """A figure, and on how many heads there was nothing to measure."""
    missing = f" ({scores.missing} missing)" if scores.missing else ""
    return f"{_number(getattr(scores, field), spec)}{missing}"


def _number(value: float, spec: str) -> str:
    """A figure, or a dash for what is not known."""
    return "–" if math.isnan(value) else format(value, spec)
