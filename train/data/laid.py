"""How one source of heads lies on another: distances by part, and a picture of both templates' parts on one surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.mesh import Mesh
from facewright.train.data.carried import Distances, laid_distances
from facewright.train.data.contact_sheet import part_colours
from facewright.train.data.several import carrier, reference_heads
from facewright.train.evaluation.picture import Shot, draw, png

if TYPE_CHECKING:
    from facewright.train.data.carried import Carrier
    from facewright.train.data.heads import HeadSet

_HEADS = 4
_SHOTS = (Shot((0.0, 10.0, 0.0), 155.0, 260, 320), Shot((0.0, 5.0, 100.0), 62.0, 260, 320))
"""The head, and the face close by."""


@dataclass(frozen=True)
class Laid:
    """A source on the surface of another.

    onto, source : their reference heads; carrier : what carries the one to the other's topology; distances : by part,
    of some heads carried from themselves.
    """

    onto: HeadSet
    source: HeadSet
    carrier: Carrier
    distances: dict[str, Distances]

    @classmethod
    def between(cls, first: str, other: str) -> Laid:
        """Of two sources; FacewrightError if one cannot be read, or they have too few landmarks in common."""
        onto, source, by = reference_heads(first), reference_heads(other), carrier(first, other)
        heads = source.neutral[:_HEADS]
        return cls(onto, source, by, laid_distances(source, heads, onto, by(heads)))

    def text(self) -> str:
        """For a person to read."""
        parts = ", ".join(f"{part} {d.mean_mm:.2f} (p95 {d.p95_mm:.2f})" for part, d in self.distances.items())
        free = 100.0 * self.carrier.share_free
        return (
            f"{self.source.name} on {self.onto.name}, distance in mm: {parts}; {free:.1f} % of the vertices have no "
            "counterpart and are a film."
        )

    def record(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "source": self.source.name,
            "onto": self.onto.name,
            "distance_mm": {part: d._asdict() for part, d in self.distances.items()},
            "without_counterpart": self.carrier.share_free,
        }

    def picture(self) -> bytes:
        """A PNG: each template with its own parts, then the source's head with the other's parts on it."""
        own, theirs = self.onto.symmetric_mean, self.source.symmetric_mean
        meshes = [
            (Mesh(own, self.onto.surface.faces), part_colours(self.onto)),
            (Mesh(theirs, self.source.surface.faces), part_colours(self.source)),
            (Mesh(self.carrier(theirs), self.onto.surface.faces), part_colours(self.onto)),
        ]
        rows = []
        for shot in _SHOTS:
            tiles = [draw(mesh, shot, "front", colours) for mesh, colours in meshes]
            tiles += [draw(mesh, shot, "side", colours) for mesh, colours in meshes]
            rows.append(np.concatenate(tiles, axis=1))
        return png(np.concatenate(rows))
