"""What a checkpoint was made of, so that it is known again: its configuration, and its data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
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

    facts : their data set, subjects, expressions and topology, as JSON; centroids : (S · E, 3) float32, mm, each
    head's mean vertex; hash : SHA-256 of the facts and of every vertex to the bit, for the record.
    """

    facts: dict[str, Any]
    centroids: np.ndarray
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
        }
        digest = hashlib.sha256(json.dumps(facts).encode())
        digest.update(np.ascontiguousarray(heads.vertices).data)
        return cls(facts, heads.vertices.mean(axis=2).reshape(-1, 3), digest.hexdigest())

    def require(self, facts: dict[str, Any], centroids: np.ndarray, source: str) -> None:
        """Raise FacewrightError unless these are the heads that a run was started with."""
        if facts == self.facts and np.abs(centroids - self.centroids).max() < _SAME_MM:
            return
        raise FacewrightError(
            f"The run was started on {_words(facts)}; {source} now gives {_words(self.facts)}"
            f"{', other ones' if facts == self.facts else ''}: resume it with the data and the number of subjects "
            "that it was started with, or begin a new run from its model with --from."
        )


def _words(facts: dict[str, Any]) -> str:
    heads = f"{len(facts['subjects'])} subjects × {len(facts['expressions'])} expressions"
    return f"{heads} of {facts['name']} with {facts['vertices']} vertices"
