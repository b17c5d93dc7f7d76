"""How far the production mesh is from the surface that it stands for, on random heads, and how long it takes.

    python -m tests.bench.production [--model FILE] [--heads 8] [--json-file FILE]

Of the skin's vertices: |Φ|. Of the visible face, both ways against marching cubes at half a millimetre: the distance of
points spread over its quads (mean, 99th percentile, largest), where flat quads cut corners too. Quads turned over
against the topology's neutral head; the same with each of the 52 blendshapes at full strength on the first three heads,
against the head without. Seconds are of a head after the first, without and with all blendshapes.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import tyro

from facewright.core.metrics import in_face, nearest_on_surface
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters, random_head
from facewright.core.production.engine_names import ENGINE_UNITS
from facewright.core.production.followers import bundled_followers
from facewright.core.production.production_mesh import production_mesh
from facewright.core.production.untangled import turned_over
from facewright.core.surface.extraction import head_mesh

_VOXEL_MM = 0.5
_SAMPLES = 2
_MORPHED = 3
"""Random points on each triangle; heads whose blendshapes are looked at."""


def face_distances(model, head, mesh):
    """Distances (n,) in mm from points on the skin of a face to its marching cubes."""
    topology = mesh.topology
    triangles = topology.triangles[topology.on_surface[topology.triangles].all(axis=1)]
    shares = np.random.default_rng(0).dirichlet([1.0, 1.0, 1.0], (len(triangles), _SAMPLES))
    samples = np.einsum("fsc,fcx->fsx", shares, mesh.vertices[triangles]).reshape(-1, 3)
    tip = mesh.vertices[mesh.vertices[:, 2].argmax()]
    samples = samples[in_face(samples, tip)]
    cubes = head_mesh(model, head, _VOXEL_MM)
    return nearest_on_surface(samples, cubes.vertices, cubes.faces).distance


def row(model, head, *, morphed):
    """Figures of one head."""
    start = time.perf_counter()
    mesh = production_mesh(model, head)
    plain = time.perf_counter() - start
    topology = mesh.topology
    polygons = bundled_followers(topology).welded.polygons
    off = np.abs(model.field(head).distance(mesh.vertices[topology.on_surface]))
    apart = face_distances(model, head, mesh)
    found: dict[str, object] = {
        "off_mm": float(off.mean()),
        "off_p99_mm": float(np.percentile(off, 99)),
        "off_largest_mm": float(off.max()),
        "face_mm": float(apart.mean()),
        "face_p99_mm": float(np.percentile(apart, 99)),
        "face_largest_mm": float(apart.max()),
        "turned_over": int(turned_over(mesh.vertices, topology.neutral, polygons).sum()),
        "seconds": round(plain, 2),
    }
    if morphed:
        start = time.perf_counter()
        shapes = production_mesh(model, head, morphs=tuple(ENGINE_UNITS)).morphs
        found["seconds_morphs"] = round(time.perf_counter() - start, 2)
        over = {
            name: int(turned_over(mesh.vertices + moved, mesh.vertices, polygons).sum())
            for name, moved in shapes.items()
        }
        found["turned_over_morphs"] = {name: count for name, count in over.items() if count}
    return found


def main(*, model: Path | None = None, heads: int = 8, json_file: Path | None = None) -> None:
    """Print a line a head."""
    loaded = load(model or bundled_model())
    start = time.perf_counter()
    production_mesh(loaded, Parameters())
    print(f"first head of the model: {time.perf_counter() - start:.1f} s")
    rows = {}
    for seed in range(1, heads + 1):
        rows[seed] = row(loaded, random_head(loaded.components, seed), morphed=seed <= _MORPHED)
        print(seed, json.dumps(rows[seed]))
    if json_file:
        json_file.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    tyro.cli(main)
