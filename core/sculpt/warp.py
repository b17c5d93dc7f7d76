"""What moves a head's surface beside its codes: its operations, and then the brush."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.surgery.fields import plan_warp
from facewright.core.warp import Chain, Warp

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.sculpt.dabs import Dab, Point

_KEPT = 4
_LOCK = Lock()
_places: OrderedDict[tuple[str, Parameters], dict[Point, np.ndarray]] = OrderedDict()
"""Where places on the template are on the last heads, without their brush work."""


@dataclass(frozen=True, eq=False)
class BrushWarp(Warp):
    """Dabs added up: D(p) = Σ way · (1 − |p − centre|² / reach²)³ over those within whose reach p is.

    centres, ways : (n, 3) float64, mm, head frame; reaches : (n,) mm.
    """

    centres: np.ndarray
    ways: np.ndarray
    reaches: np.ndarray

    @property
    def is_still(self) -> bool:
        """Whether there are no dabs."""
        return not len(self.centres)

    def shift(self, points: np.ndarray) -> np.ndarray:
        """The displacement (N, 3) float64, mm, of points (N, 3), mm; exactly 0 beyond the dabs' reach."""
        points = np.asarray(points, dtype=np.float64)
        total = np.zeros(points.shape)
        if self.is_still or not len(points):
            return total
        low = (self.centres - self.reaches[:, None]).min(axis=0)
        high = (self.centres + self.reaches[:, None]).max(axis=0)
        near = np.flatnonzero(((points > low) & (points < high)).all(axis=1))
        if len(near):
            found = cKDTree(points[near]).query_ball_point(self.centres, self.reaches, return_sorted=False)
            counts = np.array([len(own) for own in found])
            which = near[np.concatenate(found).astype(np.int64)] if counts.any() else near[:0]
            of = np.repeat(np.arange(len(found)), counts)
            square = ((points[which] - self.centres[of]) ** 2).sum(axis=1) / self.reaches[of] ** 2
            moves = (1.0 - square).clip(min=0.0)[:, None] ** 3 * self.ways[of]
            for axis in range(3):
                total[:, axis] += np.bincount(which, moves[:, axis], len(points))
        return total


def head_warp(model: HeadModel, parameters: Parameters) -> Warp:
    """All that moves the surface that a head's codes give."""
    operations, work = plan_warp(parameters.plan), brush_warp(model, parameters)
    return operations if work is None else Chain(operations, work)


def brush_warp(model: HeadModel, parameters: Parameters) -> BrushWarp | None:
    """What the brush did to a head, after its operations; None if nothing."""
    return work_of(model, parameters, parameters.dabs) if parameters.dabs else None


def work_of(model: HeadModel, parameters: Parameters, dabs: tuple[Dab, ...]) -> BrushWarp:
    """What dabs do on a head, whatever brush work that has."""
    ways, reaches = (np.array([getattr(one, name) for one in dabs]) for name in ("way", "reach"))
    return BrushWarp(dab_centres(model, parameters, dabs), ways, reaches)


def dab_centres(model: HeadModel, parameters: Parameters, dabs: tuple[Dab, ...]) -> np.ndarray:
    """Where dabs are on a head without brush work, (n, 3) float64, mm."""
    from facewright.core.surface.carrying import carried  # compiled by numba, which takes a second to import

    bare = replace(parameters, dabs=())
    with _LOCK:
        known = _places.setdefault((model.fingerprint, bare), {})
        _places.move_to_end((model.fingerprint, bare))
        while len(_places) > _KEPT:
            _places.popitem(last=False)
        others = list(reversed(_places.values()))
    wanted = list(dict.fromkeys(one.at for one in dabs if one.at not in known))
    if wanted:
        start = np.array([_first(at, others) for at in wanted], dtype=np.float32)
        points = carried(model.field(bare), np.array(wanted, dtype=np.float32), start).points.astype(np.float64)
        known.update(zip(wanted, plan_warp(bare.plan).moved(points), strict=True))
    return np.array([known[one.at] for one in dabs]).reshape(-1, 3)


def _first(at: Point, others: list[dict[Point, np.ndarray]]) -> np.ndarray:
    """Where the search for a place on the template begins: where another head has it, or there."""
    return next((known[at] for known in others if at in known), np.array(at))
