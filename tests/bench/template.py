"""How far the template's mesh is from the surface that it stands for, on random heads and in every expression.

    python -m tests.bench.template [--model FILE] [--heads 8] [--json FILE]

Marching cubes at half a millimetre beside it, both ways, on nose, eyes and mouth: mean and largest distance in mm, and
how many pairs of the template's faces cross one another. Heads are neutral, the expressions at full strength on the
mean head and on the first of the random ones. Marching cubes at a whole millimetre round off where lips meet.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from facewright.core.crossings import crossing_faces
from facewright.core.expressions import Expressions
from facewright.core.metrics import nearest_on_surface
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters, random_head
from facewright.core.parts import LOCAL_PARTS, PARTS
from facewright.core.surface.correspondence import require_template, template_topology
from facewright.core.surface.extraction import head_mesh

_VOXEL_MM = 0.5
_SAMPLES = 4
"""Random points on each face of the template's mesh."""


def distances(model, head):
    """Of each local part, distances (n,) between the head's two meshes, mm; and pairs of faces that cross."""
    template, mesh = require_template(model), template_topology(model, head)
    cubes = head_mesh(model, head, _VOXEL_MM)
    shares = np.random.default_rng(0).dirichlet([1.0, 1.0, 1.0], (len(mesh.faces), _SAMPLES))
    samples = np.einsum("fsc,fcx->fsx", shares, mesh.vertices[mesh.faces])
    back = nearest_on_surface(cubes.vertices, mesh.vertices, mesh.faces)
    found = {}
    for part in LOCAL_PARTS:
        own = template.part == PARTS.index(part)
        there = nearest_on_surface(samples[own].reshape(-1, 3), cubes.vertices, cubes.faces)
        found[part] = np.concatenate([there.distance, back.distance[own[back.face]]])
    return found, len(crossing_faces(mesh.vertices, mesh.faces))


def main(
    model: Path | None = None, heads: int = 8, json_file: Annotated[Path | None, tyro.conf.arg(name="json")] = None
) -> None:
    """Print a line a head."""
    opened = load(model or bundled_model())
    expressions = Expressions(opened)
    cases = {f"random {seed}": random_head(opened.components, seed) for seed in range(heads)}
    bases = {"": Parameters(), **{f"{name}, ": head for name, head in [*cases.items()][:1]}}
    cases |= {
        f"{base}{name}": expressions.with_strength(head, name, 1.0)
        for base, head in bases.items()
        for name in expressions.names
    }
    template, record = require_template(opened), {}
    print(f"{len(template.vertices)} vertices, {len(template.faces)} faces; mean / largest distance in mm")
    for name, head in cases.items():
        found, crossings = distances(opened, head)
        record[name] = {part: [float(d.mean()), float(d.max())] for part, d in found.items()} | {"crossings": crossings}
        figures = "  ".join(f"{part} {d.mean():.3f} / {d.max():.2f}" for part, d in found.items())
        print(f"{name:28} {figures}  {crossings} crossings", flush=True)
    if json_file:
        json_file.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    tyro.cli(main)
