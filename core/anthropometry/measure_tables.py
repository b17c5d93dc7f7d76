"""Measurements of a head as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.measure import CAVEATS, frame_of, less_sure
from facewright.core.anthropometry.norms import NORMS_SOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.anthropometry.measure import Value
    from facewright.core.anthropometry.norms import Cohort


_HEADER = ("key", "name", "value", "unit", "uncertainty", "z", "cohort", "coverage", "definition")


def to_csv(values: Sequence[Value], before: Sequence[Value] = (), cohort: Cohort | None = None) -> str:
    """A table with a header: `_HEADER`; full precision is 0.001.

    before : the same measures of another head, for the further columns before and difference, and an uncertainty that
    is true of both; cohort : whose norms the z-scores are of.
    """
    rows = _rows(values, before, cohort)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0] if rows else _HEADER)
    for row in rows:
        writer.writerow(["" if cell is None else cell for cell in row.values()])
    return text.getvalue()


def to_json(
    values: Sequence[Value],
    landmarks: Landmarks,
    facts: Mapping[str, object],
    before: Sequence[Value] = (),
    cohort: Cohort | None = None,
) -> str:
    """A JSON object: `facts`, the measurements, the landmarks in mm, what horizontal and norms were used, caveats.

    before, cohort : as for `to_csv`.
    """
    record = {
        **facts,
        "cohort": cohort,
        "measurements": _rows(values, before, cohort),
        "landmarks": {
            name: np.round(point, 3).tolist() for name, point in landmarks.points.items() if np.isfinite(point).all()
        },
        "horizontal": frame_of(landmarks),
        "norms": NORMS_SOURCE,
        "caveats": CAVEATS,
    }
    return json.dumps(record, indent=1, ensure_ascii=False)


def _rows(values: Sequence[Value], before: Sequence[Value], cohort: Cohort | None) -> list[dict[str, object]]:
    value_before = {each.measure.key: each for each in before}
    return [_row(value, value_before, cohort) for value in values]


def _row(value: Value, before: Mapping[str, Value], cohort: Cohort | None) -> dict[str, object]:
    key = value.measure.key
    row: dict[str, object] = {
        "key": key,
        "name": value.measure.name,
        "value": _finite(value.value),
        "unit": value.unit,
        "uncertainty": _finite(less_sure(value, before.get(key, value)).uncertainty),
        "z": None if value.z is None else round(value.z, 2),
        "cohort": None if value.z is None else cohort,
        "coverage": value.coverage,
        "definition": value.definition,
    }
    if key in before:
        old, new = _finite(before[key].value), _finite(value.value)
        row |= {"before": old, "difference": None if old is None or new is None else round(new - old, 3)}
    return row


def _finite(number: float) -> float | None:
    return round(number, 3) if np.isfinite(number) else None
