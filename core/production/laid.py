"""The production topology laid on a model: which point of the template each vertex of the skin is.

The topology's neutral head is warped by the landmarks that both have, then bent onto the surface of the model's head
at zero codes in rounds, as little as brings it there. It is computed for whatever model is loaded, once for each.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.parameters import Parameters
from facewright.core.surface.cascade import Cascade

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.model.head_model import HeadModel
    from facewright.core.production.followers import Followers
    from facewright.core.production.topology import Topology

_KEPT = 4
_laid: OrderedDict[str, Laid] = OrderedDict()


@dataclass(frozen=True, eq=False)
class Laid:
    """A topology on a model's head at zero codes.

    placed : (V, 3) float32, mm, head frame; template : (S, 3) float32, mm, where the cascade carries the skin's.
    """

    placed: np.ndarray
    template: np.ndarray


def lay(model: HeadModel, topology: Topology, followers: Followers, proceed: Callable[[], None]) -> Laid:
    """The topology on the model, from memory where it was laid before; FacewrightError if it does not fit."""
    key = f"{model.fingerprint} {topology.name}"
    if key not in _laid:
        _laid[key] = _lay(model, topology, followers, proceed)
        while len(_laid) > _KEPT:
            _laid.popitem(last=False)
    return _laid[key]


def _lay(model: HeadModel, topology: Topology, followers: Followers, proceed: Callable[[], None]) -> Laid:
    cascade = Cascade(model, Parameters())
    placed = topology.neutral.astype(np.float64)
    skin = topology.on_surface
    proceed()
    placed[skin] = cascade.onto_surface(placed[skin].astype(np.float32))
    proceed()
    placed, _ = followers.follow(placed)
    return Laid(placed.astype(np.float32), cascade.to_template(placed[skin].astype(np.float32)))
