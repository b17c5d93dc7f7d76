"""What a component of a code does to a face, in words that follow from where it moves the landmarks.

A trait is a length between anthropometric landmarks (Farkas 1981), mm in the head frame, with a word for more and
one for less of it. A component is described by the traits of which it causes the largest share, and of traits of
which it causes equal shares by those that it moves most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.parameters import Parameters
from facewright.core.surface.cascade import Cascade

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName

    Points = Mapping[str, np.ndarray]

_LEAST_SHARE = 0.15
"""Of the spread that all components together give a trait, in σ: below it, another component does it."""

_LEAST_MM = 0.1
"""What a σ must at least move to be worth a word."""

_WORDS = 2
"""Traits in a description."""

FINE = "fine differences"
"""What is said of a component that moves no landmark much."""


@dataclass(frozen=True)
class Trait:
    """A length (mm, signed) of a face's landmarks, and what a face with more and with less of it has."""

    more: str
    less: str
    measure: Callable[[Points], float]


def _gap(first: str, second: str, axis: int) -> Callable[[Points], float]:
    """How much further along an axis (0 left, 1 up, 2 forward) the first landmark is than the second.

    A name without a side stands for the mean of both sides, where the landmark has two.
    """
    return lambda points: float(_at(points, first)[axis] - _at(points, second)[axis])


def _height(name: str) -> Callable[[Points], float]:
    return lambda points: float(_at(points, name)[1])


def _depth(name: str) -> Callable[[Points], float]:
    return lambda points: float(_at(points, name)[2])


def _width(name: str) -> Callable[[Points], float]:
    return _gap(f"{name}_l", f"{name}_r", 0)


def _tilt(name: str) -> Callable[[Points], float]:
    return _gap(f"{name}_l", f"{name}_r", 1)


def _at(points: Points, name: str) -> np.ndarray:
    return points[name] if name in points else (points[f"{name}_l"] + points[f"{name}_r"]) / 2


TRAITS: Mapping[CodeName, tuple[Trait, ...]] = {
    "nose": (
        Trait("wider alae", "narrower alae", _width("al")),
        Trait("wider base", "narrower base", _width("sbal")),
        Trait("longer", "shorter", _gap("n", "sn", 1)),
        Trait("more prominent tip", "flatter tip", _gap("prn", "sn", 2)),
        Trait("upturned tip", "lower tip", _gap("prn", "sn", 1)),
        Trait("higher bridge", "lower bridge", _depth("n")),
        Trait("more forward base", "deeper base", _depth("sn")),
        Trait("higher wings", "lower wings", _gap("al", "sn", 1)),
        Trait("turned to its left", "turned to its right", lambda points: float(points["prn"][0])),
        Trait("left wing higher", "right wing higher", _tilt("al")),
    ),
    "eyes": (
        Trait("longer", "shorter", lambda points: (_width("ex")(points) - _width("en")(points)) / 2),
        Trait("more open", "narrower", _gap("ps", "pi", 1)),
        Trait("wider set", "closer set", _width("en")),
        Trait("outer corners up", "outer corners down", _gap("ex", "en", 1)),
        Trait("higher", "lower", _height("en")),
        Trait("more prominent", "deeper set", _depth("pi")),
        Trait("heavier upper lids", "lighter upper lids", lambda points: -_gap("ps", "en", 1)(points)),
        Trait("left eye higher", "right eye higher", _tilt("ex")),
        Trait("left eye more open", "right eye more open",
              lambda points: _gap("ps_l", "pi_l", 1)(points) - _gap("ps_r", "pi_r", 1)(points)),
    ),
    "mouth": (
        Trait("wider", "narrower", _width("ch")),
        Trait("fuller upper lip", "thinner upper lip", _gap("ls", "sto", 1)),
        Trait("fuller lower lip", "thinner lower lip", _gap("sto", "li", 1)),
        Trait("higher", "lower", _height("sto")),
        Trait("upper lip forward", "upper lip back", _depth("ls")),
        Trait("lower lip forward", "lower lip back", _depth("li")),
        Trait("corners up", "corners down", _gap("ch", "sto", 1)),
        Trait("corners forward", "corners back", _depth("ch")),
        Trait("to its left", "to its right", lambda points: float(points["sto"][0])),
        Trait("left corner higher", "right corner higher", _tilt("ch")),
    ),
    "remainder": (
        Trait("wider skull", "narrower skull", _width("eu")),
        Trait("longer skull", "shorter skull", _gap("g", "op", 2)),
        Trait("taller skull", "lower skull", _gap("v", "g", 1)),
        Trait("wider cheekbones", "narrower cheekbones", _width("zy")),
        Trait("wider jaw", "narrower jaw", _width("go")),
        Trait("longer face", "shorter face", _gap("g", "gn", 1)),
        Trait("longer chin", "shorter chin", _gap("li", "gn", 1)),
        Trait("chin forward", "chin back", _gap("pg", "g", 2)),
        Trait("brow ridge forward", "brow ridge back", _gap("g", "zy", 2)),
        Trait("higher brows", "lower brows", _gap("sci", "en", 1)),
        Trait("chin to its left", "chin to its right", lambda points: float(points["gn"][0])),
        Trait("left brow higher", "right brow higher", _tilt("sci")),
    ),
    "expression": (
        Trait("jaw up", "jaw open", _gap("gn", "n", 1)),
        Trait("lips parted", "lips closed", _gap("ls", "li", 1)),
        Trait("wider mouth", "narrower mouth", _width("ch")),
        Trait("corners up", "corners down", _gap("ch", "n", 1)),
        Trait("lips forward", "lips back", lambda points: float(points["ls"][2] + points["li"][2]) / 2),
        Trait("brows up", "brows down", _height("sci")),
        Trait("eyes wider", "eyes closed", _gap("ps", "pi", 1)),
        Trait("wings up", "wings down", _height("al")),
        Trait("jaw forward", "jaw back", _depth("pg")),
        Trait("jaw to its left", "jaw to its right", lambda points: float(points["gn"][0])),
        Trait("mouth to its left", "mouth to its right", lambda points: float(points["sto"][0])),
        Trait("left corner higher", "right corner higher", _tilt("ch")),
    ),
}  # fmt: skip
"""What can be said of each code; left and right are the subject's."""


def can_measure(model: HeadModel) -> bool:
    """Whether a model has every landmark that the traits are measured at."""
    try:
        for traits in TRAITS.values():
            for trait in traits:
                trait.measure(model.points)
    except KeyError:
        return False
    return True


def measure_component(model: HeadModel, code: CodeName, index: int) -> np.ndarray:
    """What +1 σ of one component adds to each of its code's traits, (traits,) float64, mm.

    The landmarks of the template are carried to heads at ±1 σ by the inverse of the cascade: measured on the model
    itself. Takes about a tenth of a second on a CPU. The model must have the landmarks (`can_measure`).
    """
    names, template = list(model.points), np.stack(list(model.points.values()))

    def measured(value: float) -> np.ndarray:
        cascade = Cascade(model, Parameters().with_value(code, index, value))
        points = dict(zip(names, cascade.from_template(template, template), strict=True))
        return np.array([trait.measure(points) for trait in TRAITS[code]])

    return (measured(1.0) - measured(-1.0)) / 2


def describe(code: CodeName, effects: np.ndarray) -> list[str]:
    """A few words (at +σ) for each component, from its effects (n, traits) in mm per σ.

    Components are independent over the training heads, so the squares of their effects add up to a trait's variance.
    """
    spread = np.sqrt(np.square(effects).sum(axis=0))
    shares = effects / np.maximum(spread, np.finfo(float).tiny)
    shares[np.abs(effects) < _LEAST_MM] = 0.0
    return [_words(TRAITS[code], *rows) for rows in zip(shares, effects, strict=True)]


def _words(traits: Sequence[Trait], shares: np.ndarray, effects: np.ndarray) -> str:
    """The traits with the largest shares, those with a share worth telling."""
    rounded = np.abs(shares).round(6)  # so that rounding errors decide nothing
    order = np.lexsort((-np.abs(effects), -rounded))[:_WORDS]
    told = [(traits[i].more if shares[i] > 0.0 else traits[i].less) for i in order if abs(shares[i]) >= _LEAST_SHARE]
    return ", ".join(told) or FINE
