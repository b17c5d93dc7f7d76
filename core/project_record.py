"""States of a project as JSON holds them: in project files, and in the journal of what is not saved yet.

Heads and scans are large, and many states have the same ones. Each file keeps them in its own way, so that whoever
writes says what stands for one, and whoever reads says which one that is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from facewright.core.errors import FacewrightError
from facewright.core.parts import CODES
from facewright.core.project import Blend, EditState, Variant
from facewright.core.surgery.fields import tried
from facewright.core.surgery.plan import NO_PLAN, from_record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from facewright.core.parameters import Parameters
    from facewright.core.scan.fitted_scan import FittedScan
    from facewright.core.surgery.plan import SurgicalPlan

Record = dict[str, Any]
"""What JSON has between braces."""


@dataclass(frozen=True)
class Writer:
    """Makes records of states; head, scan : what stands for one in the file."""

    head: Callable[[Parameters], Any]
    scan: Callable[[FittedScan], Any]

    def state(self, state: EditState, earlier: Sequence[Variant] = ()) -> Record:
        """A state; variants that are among those `earlier` are told by their index there."""
        places = {id(variant): index for index, variant in enumerate(earlier)}
        return {
            "variants": [places[id(each)] if id(each) in places else self.variant(each) for each in state.variants],
            "active": state.active,
            "locked": sorted(state.locked),
            "landmarks": {name: list(place) for name, place in state.landmarks.items()},
        }

    def variant(self, variant: Variant) -> Record:
        """A variant."""
        record: Record = {"name": variant.name, "head": self.head(variant.parameters)}
        if variant.blend:
            record["blend"] = {
                "first": self.variant(variant.blend.first),
                "second": self.variant(variant.blend.second),
                "weights": dict(zip(CODES, variant.blend.weights, strict=True)),
            }
        if variant.scan:
            record["scan"] = self.scan(variant.scan)
        return record


@dataclass(frozen=True)
class Reader:
    """Makes states of records; head, scan : the one that something in the file stands for.

    Raises ValueError, KeyError, TypeError, IndexError or OverflowError if a record is none, or contradicts itself; and
    what `head` and `scan` raise.
    """

    head: Callable[[Any], Parameters]
    scan: Callable[[Any], FittedScan]

    def state(self, record: Mapping[str, Any], earlier: Sequence[Variant] = ()) -> EditState:
        """The state of a record; `earlier` are the variants that it may tell by their index."""
        variants = [earlier[entry] if isinstance(entry, int) else self.variant(entry) for entry in record["variants"]]
        locked = frozenset(code for code in CODES if code in record["locked"])
        landmarks = {str(name): _place(place) for name, place in record.get("landmarks", {}).items()}
        return EditState(tuple(variants), int(record["active"]), locked, landmarks)

    def variant(self, record: Mapping[str, Any]) -> Variant:
        """The variant of a record."""
        blend, scan = record.get("blend"), record.get("scan")
        return Variant(
            name=str(record["name"]),
            parameters=self.head(record["head"]),
            blend=self._blend(blend) if blend else None,
            scan=None if scan is None else self.scan(scan),
        )

    def _blend(self, record: Mapping[str, Any]) -> Blend:
        first, second = (Variant(str(r["name"]), self.head(r["head"])) for r in (record["first"], record["second"]))
        told = record["weights"]
        told = [told[code] for code in CODES] if isinstance(told, dict) else told  # a list in journals up to format 2
        weights = tuple(float(weight) for weight in told)
        if len(weights) != len(CODES) or not all(0.0 <= weight <= 1.0 for weight in weights):
            raise ValueError("a blend has not a weight from 0 to 1 for each code")
        return Blend(first, second, weights)


class PlanReader:
    """Makes plans of records. A damaged one is left out, so that its head and all others are there, and noted."""

    def __init__(self) -> None:
        self._is_any_lost = False

    def plan(self, record: Any) -> SurgicalPlan:
        """The plan of a record, tried; none if it cannot be read or carried out."""
        try:
            return tried(from_record(record))
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError, FacewrightError):
            self._is_any_lost = True
            return NO_PLAN

    def note(self, name: str) -> str:
        """What is to be said of what has that name: a sentence, empty if no plan was left out."""
        if not self._is_any_lost:
            return ""
        return (
            f"Operations in {name} are damaged and were left out, everything else is there: "
            "plan them again, or open an older copy of it, if there is one."
        )


def _place(record: Sequence[float]) -> tuple[float, float, float]:
    x, y, z = (float(number) for number in record)
    if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(z)):
        raise ValueError("a landmark is nowhere")
    return x, y, z
