"""An evaluation's figures: as JSON and as text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.parts import CodeName
    from train.evaluation.comparison import Region, Scores
    from train.evaluation.disentanglement import Leak, Seam

MODEL = "model"
"""The evaluated model among the methods; the others are baselines."""

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
    """What was measured: scores by method and region, the parts' leaks and seams, and facts about it."""

    facts: Mapping[str, object]
    scores: Mapping[str, Mapping[Region, Scores]]
    leak: Mapping[CodeName, Leak]
    seam: Mapping[CodeName, Seam]

    def record(self) -> dict[str, object]:
        """For JSON: the model's scores by region, `leak`, `seam`, other methods under `baselines`, and the facts."""
        methods: dict[str, dict[str, object]] = {
            method: {region: asdict(scores) for region, scores in regions.items()}
            for method, regions in self.scores.items()
        }
        return {
            **methods.pop(MODEL),
            "leak": {part: asdict(leak) for part, leak in self.leak.items()},
            "seam": {part: asdict(seam) for part, seam in self.seam.items()},
            "baselines": methods,
            **self.facts,
        }

    def tables(self) -> list[Table]:
        """All figures; lengths in mm."""
        return [*self._reconstruction(), self._leak(), self._seam()]

    def _reconstruction(self) -> list[Table]:
        columns = tuple(title for title, _, _ in _RECONSTRUCTION)
        return [
            Table(
                f"Reconstruction of {self.facts['heads']} unseen heads, {method}",
                columns,
                tuple(
                    (region, *(format(getattr(scores, field), spec) for _, field, spec in _RECONSTRUCTION))
                    for region, scores in regions.items()
                ),
            )
            for method, regions in self.scores.items()
        ]

    def _leak(self) -> Table:
        columns = ("outside: largest", "mean", "inside: largest", "mean")
        rows = [(part, *_cells(list(asdict(leak).values()), ".3g")) for part, leak in self.leak.items()]
        return Table("Leak: what ±3 σ of a part changes, in mm, outside and inside its window", columns, tuple(rows))

    def _seam(self) -> Table:
        rows = [(part, *_cells(list(asdict(seam).values()), ".4f")) for part, seam in self.seam.items()]
        columns = ("true heads", "unedited", "edited ±3 σ", "composite", "plain swap", "collar swap")
        return Table("Seam: jump of the mean curvature across a part's rim, in 1/mm", columns, tuple(rows))


def _cells(values: Sequence[float], spec: str) -> tuple[str, ...]:
    return tuple(format(value, spec) for value in values)
