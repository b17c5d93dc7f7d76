"""How far the blendshapes of the production mesh are from ICT-FaceKit's own, on heads that no training saw.

    python -m tests.bench.expressions --data ict:FOLDER [--subjects 10] [--fit STEPS] [--model FILE] [--json FILE]

ICT-FaceKit's expressions are sums of displacements of its mesh, the same for every subject. The production mesh carries
them over to the neutral heads of the test subjects: each of the 52 alone, and in random sums such as training draws,
but of other draws. Distances of the face's skin, vertex by vertex, mm: mean of all, and of those that move by over a
millimetre; the largest. The bar is 0.5 mm mean. It tells nothing of what the model makes of the expression's code.

With --fit the subjects are fitted without expression in so many steps, as `train evaluate` does, and what is exported
of them is measured instead: as fitted, and with the codes of such sums added. Distances are from the mesh's skin to the
subject's own surface in the same sum then, since a fit does not tell where on a cheek a vertex is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from facewright.core.expressions import Expressions
from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.fit import FitSettings
from facewright.core.metrics import in_face, nearest_on_surface
from facewright.core.model.model_file import load, model_path
from facewright.core.production.blendshapes import blendshapes
from facewright.core.production.engine_names import ENGINE_UNITS
from facewright.core.production.followers import bundled_followers
from facewright.core.production.production_mesh import production_mesh
from facewright.core.production.topology import bundled_topology
from facewright.train.data.expressions import draw_expressions
from facewright.train.data.ict_facekit import draw_subjects, read_heads, read_morphs
from facewright.train.data.sources import ict_folder
from facewright.train.evaluation.reconstruction import ImplicitHeads, Unseen

_SUMS, _FITTED_SUMS = 20, 2
"""Random ones of each subject; of each that is fitted."""

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


def shares():
    """The units that each of the 52 is made of, by their places."""
    return {name: [FACIAL_UNITS.index(unit) for unit in of] for name, of in ENGINE_UNITS.items() if of}


def random_sums(subject, count):
    """Weights (count, units) of random sums; the 52 have one inner brow, and one cheek, of both sides."""
    sums = draw_expressions(np.random.default_rng([_SEED, subject]), _SUMS + 1)[1 : count + 1]
    for weights in sums:
        for of in shares().values():
            weights[of] = weights[of].mean()
    return sums


def true_heads(morphs, subjects):
    """The test subjects' neutral heads (V, 3) float32."""
    for coefficients in draw_subjects("test", subjects)[0]:
        yield (morphs.neutral + np.tensordot(coefficients, morphs.identities, axes=1)).astype(np.float32)


def carried_rows(morphs, subjects):
    """Figures of test subjects, by `SUBJECT NAME` or `SUBJECT sum NUMBER`."""
    followers = bundled_followers(bundled_topology())
    rows = {}
    for subject, true in enumerate(true_heads(morphs, subjects)):
        _, frames = followers.follow(true)
        shapes = blendshapes(followers, true, frames, tuple(shares()))
        skin = face_of(followers.topology, true)
        for name in shapes:
            own = sum(morphs.morphs[unit] for unit in shares()[name])
            rows[f"{subject} {name}"] = figures(shapes[name], own, skin)
        for number, weights in enumerate(random_sums(subject, _SUMS)):
            own = np.tensordot(weights, morphs.morphs, axes=1)
            moved = sum(weights[of[0]] * shapes[name] for name, of in shares().items())
            rows[f"{subject} sum {number}"] = figures(moved, own, skin)
    return rows


def fitted_rows(model, folder, morphs, subjects, steps):
    """Figures of test subjects that were fitted, by `SUBJECT fit` or `SUBJECT sum NUMBER`."""
    topology, units = bundled_topology(), Expressions(model).facial_units
    directions = np.stack([units.directions[units.names.index(unit)] for unit in FACIAL_UNITS])
    heads = ImplicitHeads(model, Unseen.of(read_heads(folder, "test", subjects)), None)
    fitted = heads.fit([(subject, 0) for subject in range(subjects)], FitSettings(steps=steps))
    rows = {}
    for subject, (head, true) in enumerate(zip(fitted, true_heads(morphs, subjects), strict=True)):
        sums = [np.zeros(len(FACIAL_UNITS)), *random_sums(subject, _FITTED_SUMS)]
        for number, weights in enumerate(sums):
            posed = units.with_vector(head.parameters, units.vector(head.parameters) + weights @ directions)
            made = production_mesh(model, posed)
            own = true + np.tensordot(weights, morphs.morphs, axes=1)
            points = made.vertices[face_of(topology, made.vertices)]
            apart = nearest_on_surface(points, own, topology.triangles).distance
            key = f"{subject} sum {number - 1}" if number else f"{subject} fit"
            rows[key] = {"mm": float(apart.mean()), "largest_mm": float(apart.max())}
            print(key, rows[key], flush=True)
    return rows


def main(
    *,
    data: str,
    subjects: int = 10,
    fit: int = 0,
    model: Path | None = None,
    json_file: Annotated[Path | None, tyro.conf.arg(name="json")] = None,
) -> None:
    """Print the means, and the worst of each."""
    folder = ict_folder(data)
    morphs = read_morphs(folder, FACIAL_UNITS)
    rows = (
        fitted_rows(load(model_path(model)), folder, morphs, subjects, fit) if fit else carried_rows(morphs, subjects)
    )
    for what, own in (("fits" if fit else "alone", False), ("sums", True)):
        chosen = {key: row for key, row in rows.items() if (" sum " in key) == own}
        means = {
            key: round(float(np.mean([row[key] for row in chosen.values()])), 3) for key in next(iter(chosen.values()))
        }
        worst = max(chosen, key=lambda key: chosen[key]["mm"])
        print(what, means, "worst:", worst, rows[worst])
    if json_file:
        json_file.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    tyro.cli(main)
