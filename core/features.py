"""Sliders that artists think in: for each feature of a face, such as its jaw width, a direction of one part's code.

A feature is a sum of coordinates of landmarks, mm. With g its slope along the part's coefficients (σ), the most
plausible way to change it is H⁻¹ g, where

    H = I + λ Σᵤ gᵤ gᵤᵀ / |gᵤ|² + Σⱼ wⱼ Jⱼᵀ Jⱼ / r²:

the training heads' own Gaussian, the part's other features, which are to stay, and points of the surface far from the
feature's landmarks, which are to stay, too (as in `core.grab`). One unit is 1 σ of plausibility along that way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from facewright.core.basis import Basis
from facewright.core.grab import held_points
from facewright.core.parameters import Parameters
from facewright.core.parts import PARTS
from facewright.core.plausibility import Ways
from facewright.core.slopes import slopes
from facewright.core.surface.cascade import Cascade
from facewright.core.zones import named_points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName

Axis = Literal["out", "up", "forward"]
Side = Literal["", "l", "r"]

_SIDES: tuple[tuple[Side, str], ...] = (("l", "left"), ("r", "right"))
_AXES: tuple[Axis, ...] = ("out", "up", "forward")
_OTHERS_STAY = 4.0
"""λ."""
_TWIN_STAYS = 25.0
"""λ for the same feature of the other side, where a slider moves one side alone."""
_REACH_MM, _HOLD_MM, _HELD = 22.0, 0.9, 120
"""How far about its landmarks a feature gives way freely; r; the points that are held."""


class Term(NamedTuple):
    """A coordinate of a landmark, times a factor; a landmark of both sides stands for the mean of them."""

    landmark: str
    axis: Axis
    factor: float = 1.0


@dataclass(frozen=True)
class Feature:
    """One thing that an artist changes.

    less, more : what a face with less and with more of it is; group : where in its part it stands, if that has many.
    """

    name: str
    less: str
    more: str
    terms: tuple[Term, ...]
    group: str = ""


def _feature(name: str, less: str, more: str, *terms: tuple[str, Axis, float], group: str = "") -> Feature:
    return Feature(name, less, more, tuple(Term(*term) for term in terms), group)


FEATURES: Mapping[CodeName, tuple[Feature, ...]] = {
    "nose": (
        _feature("Nose width", "narrow", "wide", ("al", "out", 2)),
        _feature("Nose length", "short", "long", ("n", "up", 1), ("sn", "up", -1)),
        _feature("Tip projection", "flat", "prominent", ("prn", "forward", 1), ("sn", "forward", -1)),
        _feature("Tip rotation", "hanging", "upturned", ("prn", "up", 1), ("sn", "up", -1)),
        _feature("Bridge height", "low", "high", ("n", "forward", 1)),
        _feature("Base width", "narrow", "wide", ("sbal", "out", 2)),
        _feature("Wing height", "low", "high", ("al", "up", 1), ("sn", "up", -1)),
    ),
    "eyes": (
        _feature("Lid opening", "closed", "open", ("ps", "up", 1), ("pi", "up", -1)),
        _feature("Eye length", "short", "long", ("ex", "out", 1), ("en", "out", -1)),
        _feature("Eye spacing", "close", "wide", ("en", "out", 1), ("ex", "out", 1)),
        _feature("Eye slant", "down", "up", ("ex", "up", 1), ("en", "up", -1)),
        _feature("Eye height", "low", "high", ("en", "up", 0.5), ("ex", "up", 0.5)),
        _feature("Eye prominence", "deep", "prominent", ("ps", "forward", 0.5), ("pi", "forward", 0.5)),
    ),
    "mouth": (
        _feature("Lip fullness", "thin", "full", ("ls", "up", 1), ("li", "up", -1)),
        _feature("Upper against lower lip", "lower", "upper", ("ls", "up", 1), ("li", "up", 1), ("sto", "up", -2)),
        _feature("Mouth width", "narrow", "wide", ("ch", "out", 2)),
        _feature("Mouth corners", "down", "up", ("ch", "up", 1), ("sto", "up", -1)),
        _feature("Mouth height", "low", "high", ("sto", "up", 1)),
        _feature("Lips forward", "back", "forward", ("ls", "forward", 0.5), ("li", "forward", 0.5)),
        _feature("Overbite", "under", "over", ("ls", "forward", 1), ("li", "forward", -1)),
    ),
    "remainder": (
        _feature("Brow height", "low", "high", ("sci", "up", 1), ("en", "up", -1), group="Brow"),
        _feature("Brow ridge", "flat", "strong", ("g", "forward", 1), ("forehead", "forward", -1), group="Brow"),
        _feature("Cheekbone width", "narrow", "wide", ("zy", "out", 2), group="Cheeks"),
        _feature("Cheek fullness", "hollow", "full", ("cheek", "forward", 0.7), ("cheek", "out", 0.7), group="Cheeks"),
        _feature("Jaw width", "narrow", "wide", ("go", "out", 2), group="Jaw"),
        _feature("Jaw height", "steep", "square", ("gn", "up", 1), ("go", "up", -1), group="Jaw"),
        _feature("Chin length", "short", "long", ("li", "up", 1), ("gn", "up", -1), group="Jaw"),
        _feature("Chin forward", "back", "forward", ("pg", "forward", 1), group="Jaw"),
        _feature("Ear size", "small", "large", ("sa", "up", 1), ("sba", "up", -1), group="Ears"),
        _feature("Ear angle", "flat", "standing out", ("pa", "out", 2), ("t", "out", -2), group="Ears"),
        _feature("Ear height", "low", "high", ("sa", "up", 0.5), ("sba", "up", 0.5), group="Ears"),
        _feature("Neck width", "thin", "thick", ("neck", "out", 2), group="Neck"),
        _feature("Neck depth", "thin", "thick", ("nape", "forward", -1), group="Neck"),
        _feature("Skull width", "narrow", "wide", ("eu", "out", 2), group="Skull"),
        _feature("Skull length", "short", "long", ("op", "forward", -1), group="Skull"),
        _feature("Skull height", "low", "high", ("v", "up", 1), group="Skull"),
    ),
}
"""What artists change of each part; left and right are the subject's."""


def features_of(model: HeadModel) -> dict[CodeName, tuple[Feature, ...]]:
    """The features of each part whose landmarks a model has."""
    points = named_points(model)

    def is_known(feature: Feature) -> bool:
        return all(_sides(points, term.landmark) for term in feature.terms)

    return {part: tuple(filter(is_known, features)) for part, features in FEATURES.items()}


def is_paired(feature: Feature, points: Mapping[str, np.ndarray]) -> bool:
    """Whether a feature can be changed on one side alone."""
    return any(len(_sides(points, term.landmark)) == 2 for term in feature.terms)


class FeatureMap:
    """The directions of one part's features, for both sides alike and for each side alone.

    Made from the model once, whole, and never changed: a thread may hand it over. Takes some tenths of a second on a
    CPU.

    basis : sliders for both sides alike; ways : the same, to tell how usual a head is along them; split_basis : with a
    left and a right one where a feature is paired; paired : names of features that can be changed on one side alone;
    mm : how much a unit of each feature changes what it measures.
    """

    def __init__(self, model: HeadModel, part: CodeName) -> None:
        """Raises ValueError if the model has none of the part's landmarks."""
        self.part = part
        self.features = features_of(model)[part]
        if not self.features:
            raise ValueError(f"the model has no landmarks of the {part}")
        points = named_points(model)
        names, template = list(points), np.stack(list(points.values())).astype(np.float32)
        cascade = Cascade(model, Parameters())
        places = cascade.inverse(template, template)
        moves = _as_people_differ(model, part, places)
        self._moves = dict(zip(names, moves, strict=True))
        self._places = dict(zip(names, places, strict=True))
        held = held_points(model, PARTS[-1], _HELD) if part == PARTS[-1] else np.empty((0, 3), np.float32)
        self._held = cascade.inverse(held, held) if len(held) else held
        self._held_moves = _as_people_differ(model, part, self._held) if len(held) else np.empty((0, 3, 1))
        self.paired = frozenset(f.name for f in self.features if is_paired(f, points))
        whole = {feature.name: self._direction(feature, "") for feature in self.features}
        self.mm = {f.name: float(self._slope(f, "") @ whole[f.name]) for f in self.features}
        self.basis = Basis(model.components, (part,), whole)
        self.ways = Ways(self.basis.directions)
        self.split_basis = Basis(model.components, (part,), self._split(whole))

    def _split(self, whole: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """σ (k,) of one unit of each feature, with a left and a right one where it is paired."""
        split = {}
        for feature in self.features:
            if feature.name in self.paired:
                split.update({f"{feature.name}, {word}": self._direction(feature, side) for side, word in _SIDES})
            else:
                split[feature.name] = whole[feature.name]
        return split

    def _direction(self, feature: Feature, side: Side) -> np.ndarray:
        slope = self._slope(feature, side)
        metric = np.eye(len(slope))
        others: list[tuple[Feature, Side, float]] = [(f, "", _OTHERS_STAY) for f in self.features if f is not feature]
        if side:
            others.append((feature, "r" if side == "l" else "l", _TWIN_STAYS))
        for other, where, weight in others:
            own = self._slope(other, where)
            metric += weight * np.outer(own, own) / max(float(own @ own), 1e-12)
        if len(self._held):
            away = np.min([np.linalg.norm(self._held - place, axis=1) for place in self._about(feature, side)], axis=0)
            weight_at = 1.0 - np.exp(-0.5 * (away / _REACH_MM) ** 2)
            moves = (np.sqrt(weight_at)[:, None, None] * self._held_moves).reshape(-1, len(slope))
            metric += moves.T @ moves / (len(self._held) * _HOLD_MM**2)
        way = np.linalg.solve(metric, slope)
        result: np.ndarray = way / max(float(np.linalg.norm(way)), 1e-12)
        return result

    def _about(self, feature: Feature, side: Side) -> list[np.ndarray]:
        """The places of a feature's landmarks, mm."""
        return [self._places[name] for term in feature.terms for name in _chosen(self._places, term.landmark, side)]

    def _slope(self, feature: Feature, side: Side) -> np.ndarray:
        """g, (k,) mm for each σ."""
        total = np.zeros(next(iter(self._moves.values())).shape[1])
        for term in feature.terms:
            names = _chosen(self._moves, term.landmark, side)
            for name in names:
                sign = -1.0 if term.axis == "out" and name.endswith("_r") else 1.0
                total += term.factor * sign * self._moves[name][_AXES.index(term.axis)] / len(names)
        return total


def _as_people_differ(model: HeadModel, part: CodeName, points: np.ndarray) -> np.ndarray:
    """`slopes` of the mean head; nothing moves along what tells sources of heads apart, where no head is between."""
    moves = slopes(model, Parameters(), part, points)
    moves[..., model.people_components[part] :] = 0.0
    return moves


def _sides(points: Mapping[str, np.ndarray], landmark: str) -> Sequence[str]:
    """The landmark's own name, or those of both its sides; nothing if it is not there."""
    if landmark in points:
        return [landmark]
    both = [f"{landmark}_{side}" for side in "lr"]
    return both if all(name in points for name in both) else []


def _chosen(points: Mapping[str, np.ndarray], landmark: str, side: Side) -> Sequence[str]:
    names = _sides(points, landmark)
    return [f"{landmark}_{side}"] if side and len(names) == 2 else names
