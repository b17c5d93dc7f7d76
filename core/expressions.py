"""Named expressions and facial units over any head, added up with a strength each."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.basis import Basis

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters


def _both(**strengths: float) -> dict[str, float]:
    """Units of both sides, by their names without one."""
    return {f"{name}_{side}": strength for name, strength in strengths.items() for side in "LR"}


PRESETS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "smile": _both(mouthSmile=0.9, cheekSquint=0.5),
        "laugh": {"jawOpen": 0.45, **_both(mouthSmile=1.0, cheekSquint=0.8, eyeSquint=0.4, mouthUpperUp=0.3)},
        "anger": _both(browDown=1.0, noseSneer=0.5, eyeSquint=0.4, mouthPress=0.5),
        "sadness": _both(browInnerUp=0.9, mouthFrown=0.8),
        "surprise": {"jawOpen": 0.5, **_both(browInnerUp=0.9, browOuterUp=0.9, eyeWide=0.9)},
        "fear": _both(browInnerUp=1.0, browDown=0.3, eyeWide=0.8, mouthStretch=0.7),
        "disgust": {"mouthShrugUpper": 0.4, **_both(noseSneer=1.0, browDown=0.4, mouthUpperUp=0.5)},
        "kiss": {"mouthPucker": 1.0},
        "jaw_open": {"jawOpen": 1.0},
        "jaw_right": {"jawRight": 1.0, "mouthRight": 0.4},
        "eyes_closed": _both(eyeBlink=1.0),
        "wink": {"eyeBlink_L": 1.0, "mouthSmile_L": 0.4, "cheekSquint_L": 0.5},
        "brow_raise": _both(browInnerUp=1.0, browOuterUp=1.0),
    }
)
"""Expressions as sums of facial units (after Ekman and Friesen 1978), for models that know units."""


_OWN = 0.05
"""A preset has more than that share of it that is no sum of what is named already: else their strengths would be
anything."""


class Expressions:
    """A model's named expressions as directions of its expression code; neutral is the origin of them all.

    Beside those that the model was trained on, models with facial units have `PRESETS` of them.
    """

    def __init__(self, model: HeadModel) -> None:
        """Take the expressions from the model; there may be none."""
        space = model.latent["expression"]
        components = model.components
        units = {name: space.coefficients(code) for name, code in model.facial_units.items()}
        told = model.metadata.get("expressions")  # in the training data's order; a file sorts its arrays by name
        order = {name: place for place, name in enumerate(told if isinstance(told, list) else ())}
        names = sorted(model.expressions, key=lambda name: order.get(name, len(order)))
        named = {name: space.coefficients(model.expressions[name]) for name in names}
        for name, sums in PRESETS.items():
            if name not in named and units.keys() >= sums.keys():
                preset = np.sum([strength * units[unit] for unit, strength in sums.items()], axis=0)
                if _is_another(preset, named):
                    named[name] = preset
        self.presets = Basis(components, ("expression",), named)
        """Whole expressions."""
        self.facial_units = Basis(components, ("expression",), units)
        """Facial units; none if the model does not know them."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the whole expressions."""
        return self.presets.names

    def strengths(self, parameters: Parameters) -> dict[str, float]:
        """How much of each expression a head has, 1 being its training mean."""
        return self.presets.strengths(parameters)

    def with_strength(self, parameters: Parameters, name: str, strength: float) -> Parameters:
        """The head with another strength of one expression or unit; those of the others stay."""
        basis = self.presets if name in self.presets.names else self.facial_units
        return basis.with_strength(parameters, name, strength)

    def beyond(self, parameters: Parameters) -> np.ndarray:
        """What of the expression no training head does, (k,) float64, σ: 0 for any sum of expressions up to 1 each.

        Expressions are few shapes and all that lies between, not a cloud about neutral: its σ tell nothing of them.
        """
        ways = [basis.beyond(parameters) for basis in (self.facial_units, self.presets) if basis.names]
        return min(ways, key=lambda rest: float(rest @ rest)) if ways else self.presets.beyond(parameters)


def _is_another(preset: np.ndarray, named: Mapping[str, np.ndarray]) -> bool:
    """Whether coefficients (k,) are no sum of those that are named."""
    if not named:
        return True
    known = np.stack(list(named.values()), axis=1)
    rest = preset - known @ np.linalg.lstsq(known, preset, rcond=None)[0]
    return bool(np.linalg.norm(rest) > _OWN * np.linalg.norm(preset))
