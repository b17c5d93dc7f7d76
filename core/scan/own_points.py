"""A patient's own face as it lies on the head with any codes: on it landmarks are located and measured."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.own_face import OwnFace, own_places
from facewright.core.parts import LOCAL_PARTS
from facewright.core.scan.detail import CarriedScan
from facewright.core.surface.cascade import Cascade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.scan.fitted_scan import FittedScan

_THINNED_MM = 0.7
"""One point in each cube of that size measures as well as all, and is carried sooner."""

_INSIDE = 0.5
"""Of a part's window, that a landmark of the part has."""


class OwnPoints:
    """Points of one scan on one model's heads; for any thread."""

    def __init__(self, model: HeadModel, fitted: FittedScan) -> None:
        """Hangs the scan on its head when points are first asked for."""
        self.model, self.fitted = model, fitted
        self._lock = Lock()
        self._carried: CarriedScan | None = None
        self._known: np.ndarray | None = None
        self._places: Mapping[str, np.ndarray] | None = None

    def at(self, parameters: Parameters) -> OwnFace:
        """On the head with these codes, the points (float32) of the scan that are of the head, and its landmarks."""
        fitted = self.fitted.fit.parameters
        with self._lock:
            points = self._thinned()
            if self._places is None:
                self._places = own_places(self.model, fitted, points)
            if parameters != fitted:
                if self._carried is None:
                    self._carried = CarriedScan(self.model, fitted, points, np.zeros(len(points)))
                points = self._carried.at(parameters)
            return OwnFace(points, self._places)

    def _thinned(self) -> np.ndarray:
        if self._known is None:
            points = self.fitted.points[np.isfinite(self.fitted.fit.residual)]
            cells = np.floor(points / _THINNED_MM).astype(np.int64)
            self._known = points[np.sort(np.unique(cells, axis=0, return_index=True)[1])]
        return self._known


def followed_places(earlier: OwnPoints, later: OwnPoints) -> Mapping[str, np.ndarray]:
    """Where on the template landmarks (3,) mm of a later scan ride, by name, that was placed on an earlier one.

    They are the earlier scan's, for told anew what nobody touched would move; but told anew in the parts that were
    fitted anew, or alae that were narrowed would keep their creases where these had been.
    """
    first, second = earlier.fitted.fit.parameters, later.fitted.fit.parameters
    places, anew = dict(earlier.at(first).places), later.at(second).places
    names = [name for name in places if name in anew]
    if not names:
        return places
    ridden = np.stack([places[name] for name in names]).astype(np.float32)
    there = Cascade(earlier.model, first.bare).from_template(ridden, ridden).astype(np.float32)
    field = earlier.model.field(first)
    for part in LOCAL_PARTS:
        if first.code(part) != second.code(part):
            inside = field.window(part, there) > _INSIDE
            places |= {name: anew[name] for name, is_inside in zip(names, inside, strict=True) if is_inside}
    return places


def cached_points(model: HeadModel, fitted: FittedScan | None, *cached: OwnPoints | None) -> OwnPoints | None:
    """Those of the ones known that are of this scan on this model, or new ones; None without a scan."""
    for own in cached:
        if own and own.model is model and own.fitted is fitted:
            return own
    return OwnPoints(model, fitted) if fitted else None
