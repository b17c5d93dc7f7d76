"""What a checkpoint was made of, so that it is known again: its configuration, and its data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    from facewright.train.anatomy.closed_surface import ClosedSurface
    from facewright.train.config import TrainConfig
    from facewright.train.data.heads import HeadSet

_SAME_MM = 0.02
"""Heads computed on another machine differ by rounding, by far less than this."""


def config_hash(config: TrainConfig) -> str:
    """SHA-256 of a configuration."""
    return hashlib.sha256(json.dumps(asdict(config), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class DataIdentity:
    """Which heads these are.

    facts : their data set, subjects, expressions, topology and anatomy, as JSON; centroids : (S · E, 3) float32, mm,
    each head's mean vertex; sums : (S · E, 24) float32, mm, each head's vertices summed with eight series of random
    signs, over √V, which differ where only some vertices do; hash : SHA-256 of the facts and of every vertex to the
    bit, for the record.
    """

    facts: dict[str, Any]
    centroids: np.ndarray
    sums: np.ndarray
    hash: str

    @classmethod
    def of(cls, heads: HeadSet) -> DataIdentity:
        """The identity of some heads."""
        faces = np.ascontiguousarray(heads.surface.faces)
        facts = {
            "name": heads.name,
            "subjects": list(heads.subjects),
            "expressions": list(heads.expressions),
            "vertices": heads.vertices.shape[2],
            "topology": hashlib.sha256(faces.data).hexdigest(),
            "anatomy": _anatomy_hash(heads.surface),
        }
        digest = hashlib.sha256(json.dumps(facts).encode())
        digest.update(np.ascontiguousarray(heads.vertices).data)
        centroids = heads.vertices.mean(axis=2).reshape(-1, 3)
        return cls(facts, centroids, _signed_sums(heads.vertices), digest.hexdigest())

    def require(self, facts: dict[str, Any], centroids: np.ndarray, sums: np.ndarray | None, source: str) -> None:
        """Raise FacewrightError unless these are the heads that a run was started with.

        Checkpoints of before anatomy and sums were told do without: what they lack is not compared.
        """
        same = {"anatomy": self.facts["anatomy"], **facts} == self.facts
        if same and _near(centroids, self.centroids) and (sums is None or _near(sums, self.sums)):
            return
        started, now = _words(facts), _words(self.facts)
        parts = ", with other parts, rims or landmarks" if started == now and not same else ""
        raise FacewrightError(
            f"The run was started on {started}; {source} now gives {now}{', other ones' if same else parts}: resume it "
            "with the data, the anatomy and the number of subjects that it was started with, or begin a new run from "
            "its model with --from."
        )


def _near(some: np.ndarray, others: np.ndarray) -> bool:
    return some.shape == others.shape and bool(np.abs(some - others).max() < _SAME_MM)


def _signed_sums(vertices: np.ndarray) -> np.ndarray:
    """The sums (S · E, 24) of `DataIdentity` of vertices (S, E, V, 3), mm."""
    heads = vertices.reshape(-1, *vertices.shape[2:])
    count = heads.shape[1]
    bits = hashlib.shake_256(b"signs").digest(count)  # eight a vertex, the same on every machine
    signs = 2.0 * np.unpackbits(np.frombuffer(bits, np.uint8)).reshape(8, count) - 1.0
    sums = [(signs @ head.astype(np.float64)).ravel() / np.sqrt(count) for head in heads]
    return np.array(sums, np.float32)


def _anatomy_hash(surface: ClosedSurface) -> str:
    """SHA-256 of which part every vertex is in, of rims, collars and landmarks."""
    digest = hashlib.sha256(np.ascontiguousarray(surface.component, np.int64).data)
    stages = [surface.landmarks[code] for code in sorted(surface.landmarks)]
    for vertices in (*surface.rims, *surface.collars, *stages):
        digest.update(np.ascontiguousarray(vertices, np.int64).data)
    digest.update(json.dumps(sorted((name, int(vertex)) for name, vertex in surface.points.items())).encode())
    return digest.hexdigest()


def _words(facts: dict[str, Any]) -> str:
    heads = f"{len(facts['subjects'])} subjects × {len(facts['expressions'])} expressions"
    return f"{heads} of {facts['name']} with {facts['vertices']} vertices"
