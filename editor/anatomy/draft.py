"""What a person has said of a head so far: one frozen value, replaced whole. Plain data, no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.parts import COMPONENTS
from facewright.train.anatomy.user_anatomy import LANDMARKS, MIDLINE, Topology

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.parts import CodeName
    from facewright.editor.anatomy.neutral_head import NeutralHead

TIP = "prn"
"""The tip of the nose: what it is joined to is the skin."""

NEEDED = (TIP, *(name for name in LANDMARKS if name != TIP and (name in MIDLINE or name.endswith("_r"))))
LEFT = tuple(name for name in LANDMARKS if name.endswith("_l"))
"""Landmarks in the order in which they are picked: those that every head needs, and the left side's after them."""

PART_OF: Mapping[str, CodeName] = MappingProxyType({name: part for part, names in COMPONENTS.items() for name in names})
"""The part that each component belongs to, in the order in which they are offered."""

_OTHER_SIDE = {"eye_right": "eye_left", "eye_left": "eye_right"}


@dataclass(frozen=True, eq=False)
class AnatomyDraft:
    """Landmarks, unit and painting; two drafts are the same only if they are one.

    unit : as `train.anatomy.user_anatomy.Topology`; landmarks : vertices by name; parts : vertices (k,)
    int64 of the components that were painted, by name.
    """

    unit: str
    landmarks: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    parts: Mapping[str, np.ndarray] = field(default_factory=lambda: MappingProxyType({}))

    def picked(self, name: str, vertex: int) -> AnatomyDraft:
        """The same with a landmark at a vertex."""
        return replace(self, landmarks=MappingProxyType({**self.landmarks, name: vertex}))

    def without(self, name: str) -> AnatomyDraft:
        """The same without a landmark."""
        left = {other: vertex for other, vertex in self.landmarks.items() if other != name}
        return replace(self, landmarks=MappingProxyType(left))

    def painted(self, parts: Mapping[str, np.ndarray]) -> AnatomyDraft:
        """The same with these vertices (k,) painted as components."""
        return replace(self, parts=MappingProxyType({**self.parts, **parts}))

    def unpainted(self, name: str) -> AnatomyDraft:
        """The same with a component, and the one across from it, drawn by its outline again."""
        given_up = {name, _OTHER_SIDE.get(name, name)}
        left = {other: own for other, own in self.parts.items() if other not in given_up}
        return replace(self, parts=MappingProxyType(left))

    def missing(self, *, left: bool) -> tuple[str, ...]:
        """Landmarks that are not picked yet, in order; `left` if the left side's are needed too."""
        return tuple(name for name in (*NEEDED, *(LEFT if left else ())) if name not in self.landmarks)

    def topology(self, head: NeutralHead) -> Topology:
        """What an anatomy is made of."""
        return Topology(head.vertices, head.polygons, self.landmarks, self.unit, self.parts)


def edited(
    regions: Mapping[str, np.ndarray], name: str, change: np.ndarray, twin: np.ndarray, *, adds: bool
) -> dict[str, np.ndarray]:
    """The components (n,) bool that differ once `change` (n,) bool is added to, or taken from, one of them.

    regions : all of them; twin : each vertex's twin (n,) int64, none where the faces are not symmetric: else both sides
    change alike. Nothing is taken from another component.
    """
    changes = {name: change}
    if len(twin):
        other = _OTHER_SIDE.get(name, name)
        changes[other] = changes.get(other, False) | change[twin]
    result = {}
    for each, own in changes.items():
        others = np.any([region for component, region in regions.items() if component != each], axis=0)
        after = regions[each] | (own & ~others) if adds else regions[each] & ~own
        if (after != regions[each]).any():
            result[each] = after
    return result
