"""The figures of reconstructed heads: of one, their means and deviations, as records and rows of a table."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self

Region = Literal["full", "nose", "eyes", "mouth", "remainder"]

REGIONS: tuple[Region, ...] = get_args(Region)
"""The face, then the parts as in `PARTS`; the remainder is the face without the local parts."""


@dataclass(frozen=True)
class _Figures:
    """Figures of a region of one head, or of many.

    missing : heads whose reconstruction has nothing of the region. The other figures are over the rest, NaN if there
    are none.
    """

    missing: int = field(default=0, kw_only=True)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """What is measured."""
        return tuple(each.name for each in fields(cls) if each.name != "missing")

    @classmethod
    def absent(cls) -> Self:
        """One head's, where its reconstruction has nothing of the region."""
        return cls(**dict.fromkeys(cls.names(), math.nan), missing=1)

    @classmethod
    def mean(cls, rows: Sequence[Self]) -> Self:
        """The mean over heads, one or more."""
        return cls._over(rows, lambda values: values.mean(axis=0))

    @classmethod
    def deviation(cls, rows: Sequence[Self]) -> Self:
        """The standard deviation over heads, that of a sample; NaN for one head."""
        alone = np.full(len(cls.names()), math.nan)
        return cls._over(rows, lambda values: values.std(axis=0, ddof=1) if len(values) > 1 else alone)

    @classmethod
    def _over(cls, rows: Sequence[Self], statistic: Callable[[np.ndarray], np.ndarray]) -> Self:
        present = [[getattr(row, name) for name in cls.names()] for row in rows if not row.missing]
        if not present:
            return replace(cls.absent(), missing=len(rows))
        values: list[float] = statistic(np.array(present)).tolist()
        return cls(**dict(zip(cls.names(), values, strict=True)), missing=len(rows) - len(present))

    def record(self) -> dict[str, float | None]:
        """As JSON can hold it; what is not known is None."""
        return {name: None if math.isnan(value) else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Scores(_Figures):
    """A region.

    scd_mm, f1mm, floor_scd_mm, floor_f1mm : symmetric Chamfer distance and F-score in %, and what they are for the
    true surface sampled twice; p2s_mean_mm, p2s_p95_mm : mean and 95th percentile of the distances from samples of
    either surface to the other; normal_consistency : mean cosine of the normals there; vertex_mean_mm : mean
    distance of corresponding vertices, NaN where correspondence is not known.
    """

    scd_mm: float
    f1mm: float
    floor_scd_mm: float
    floor_f1mm: float
    p2s_mean_mm: float
    p2s_p95_mm: float
    normal_consistency: float
    vertex_mean_mm: float


@dataclass(frozen=True)
class VisibleScores(_Figures):
    """What a ring of cameras about the face sees of a region (`train.evaluation.visibility`).

    share : of the true surface that is seen; p2s_mean_mm, p2s_p95_mm, normal_consistency : as in `Scores`, from samples
    of either surface that are seen on it, of the other's those alone whose nearest points on the true one are, too.
    """

    share: float
    p2s_mean_mm: float
    p2s_p95_mm: float
    normal_consistency: float


class HeadScores(NamedTuple):
    """One reconstruction's; subject, expression : of which head of its data set."""

    subject: str
    expression: str
    regions: Mapping[Region, Scores]
    visible: Mapping[Region, VisibleScores]


@dataclass(frozen=True)
class MethodScores:
    """A method's reconstructions of a data set's heads."""

    heads: tuple[HeadScores, ...]

    def mean(self, region: Region) -> Scores:
        """Over the heads."""
        return Scores.mean([head.regions[region] for head in self.heads])

    def visible_mean(self, region: Region) -> VisibleScores:
        """Over the heads."""
        return VisibleScores.mean([head.visible[region] for head in self.heads])

    def record(self) -> dict[str, object]:
        """Means by region with their standard deviations under `sd`; the same under `visible`."""
        record: dict[str, object] = {
            region: _with_deviation(Scores, [head.regions[region] for head in self.heads]) for region in REGIONS
        }
        record["visible"] = {
            region: _with_deviation(VisibleScores, [head.visible[region] for head in self.heads]) for region in REGIONS
        }
        return record

    def each(self) -> list[dict[str, object]]:
        """Every head's figures by region, and `visible`."""
        return [
            {
                "subject": head.subject,
                "expression": head.expression,
                **{region: scores.record() for region, scores in head.regions.items()},
                "visible": {region: scores.record() for region, scores in head.visible.items()},
            }
            for head in self.heads
        ]


def _with_deviation(kind: type[Scores] | type[VisibleScores], rows: Sequence[_Figures]) -> dict[str, object]:
    deviation = kind.deviation(rows).record()  # type: ignore[arg-type]
    del deviation["missing"]
    return {**kind.mean(rows).record(), "sd": deviation}  # type: ignore[arg-type]


def csv_table(sets: Mapping[str, Mapping[str, MethodScores]]) -> str:
    """Every figure of every head by data set and method, one row a region, as CSV; what is not known is left empty."""
    seen = [f"visible_{name}" for name in VisibleScores.names()]
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["set", "method", "subject", "expression", "region", *Scores.names(), *seen, "missing"])
    for name, methods in sets.items():
        for method, scores in methods.items():
            for head in scores.heads:
                for region, own in head.regions.items():
                    visible = head.visible[region].record()
                    values = [*own.record().values(), *(visible[each] for each in VisibleScores.names())]
                    missing, *values = values  # the first field, which stands last
                    table.writerow([name, method, head.subject, head.expression, region, *values, missing])
    return file.getvalue()
