"""How far the blendshapes of the production mesh are from ICT-FaceKit's own, on heads that no training saw.

    python -m tests.bench.expressions --data ict:FOLDER [--subjects 10] [--json-file FILE]

ICT-FaceKit's expressions are sums of displacements of its mesh, the same for every subject. The production mesh carries
them over to the neutral heads of the test subjects: each of the 52 alone, and in random sums such as training draws,
but of other draws. Distances of the face's skin, vertex by vertex, mm: mean of all, and of those that move by over a
millimetre; the largest. The bar is 0.5 mm mean. It tells nothing of what the model makes of the expression's code.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import tyro

from facewright.core.metrics import in_face
from facewright.core.production.blendshapes import blendshapes
from facewright.core.production.engine_names import ENGINE_UNITS
from facewright.core.production.followers import bundled_followers
from facewright.core.production.topology import bundled_topology
from facewright.core.units import UNITS
from facewright.train.data.expressions import draw_expressions
from facewright.train.data.ict_facekit import draw_subjects, read_morphs
from facewright.train.data.sources import ict_folder

_SUMS = 20
"""Random ones of each subject."""

_SEED = 17
_MOVES_MM = 1.0


def figures(moved, own, skin):
    """Of displacements (V, 3) against ICT-FaceKit's own, at the vertices (V,) bool."""
    apart = np.linalg.norm((moved - own)[skin], axis=1)
    moves = np.linalg.norm(own[skin], axis=1) > _MOVES_MM
    return {
        "mm": float(apart.mean()),
        "moves_mm": float(apart[moves].mean()) if moves.any() else 0.0,
        "largest_mm": float(apart.max()),
    }


def face_of(topology, vertices):
    """The face's vertices (V,) bool, of those that a head's surface has."""
    return topology.on_surface & in_face(vertices, vertices[vertices[:, 2].argmax()])


def carried_rows(morphs, subjects):
    """Figures of test subjects, by `SUBJECT NAME` or `SUBJECT sum NUMBER`."""
    followers = bundled_followers(bundled_topology())
    units = dict(zip(morphs.names, morphs.morphs, strict=True))
    shares = {name: [UNITS.index(unit) for unit in of] for name, of in ENGINE_UNITS.items() if of}
    rows = {}
    for subject, coefficients in enumerate(draw_subjects("test", subjects)[0]):
        true = (morphs.neutral + np.tensordot(coefficients, morphs.identities, axes=1)).astype(np.float32)
        _, frames = followers.follow(true)
        shapes = blendshapes(followers, true, frames, tuple(shares))
        skin = face_of(followers.topology, true)
        for name in shapes:
            rows[f"{subject} {name}"] = figures(shapes[name], sum(units[unit] for unit in ENGINE_UNITS[name]), skin)
        for number, weights in enumerate(draw_expressions(np.random.default_rng([_SEED, subject]), _SUMS + 1)[1:]):
            for of in shares.values():
                weights[of] = weights[of].mean()  # the 52 have one inner brow, and one cheek, of both sides
            own = np.tensordot(weights, np.stack([units[unit] for unit in UNITS]), axes=1)
            moved = sum(weights[of[0]] * shapes[name] for name, of in shares.items())
            rows[f"{subject} sum {number}"] = figures(moved, own, skin)
    return rows


def main(*, data: str, subjects: int = 10, json_file: Path | None = None) -> None:
    """Print the means, and the worst of each."""
    rows = carried_rows(read_morphs(ict_folder(data), UNITS), subjects)
    for what, own in (("alone", False), ("sums", True)):
        chosen = {key: row for key, row in rows.items() if (" sum " in key) == own}
        keys = ("mm", "moves_mm", "largest_mm")
        means = {key: round(float(np.mean([row[key] for row in chosen.values()])), 3) for key in keys}
        worst = max(chosen, key=lambda key: chosen[key]["mm"])
        print(what, means, "worst:", worst, rows[worst])
    if json_file:
        json_file.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    tyro.cli(main)
