"""How well a topology of somebody's own carries heads, once it is conformed.

    python -m tests.bench.conform [--model FILE] [--heads 3] [--only own|decimated] [--json FILE]

Two meshes are made of random head 9, and conformed as a studio's file would be. `own`: the production mesh itself,
turned, in centimetres, its vertices shuffled; on other heads the production mesh tells where each vertex belongs.
`decimated`: the skin of marching cubes at 1.5 mm, a fifth of its triangles left, which has no vertex of the topology.

Prints for each head: of vertices by their material, mm, mean and largest distance to where the production mesh has
them; |Φ| of the skin of the face, mean, 99th percentile; polygons turned over against the mesh as it came; seconds.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import tyro
from scipy.spatial.transform import Rotation

from facewright.core.conform.conformed import conform, conformed_head
from facewright.core.conform.studio_mesh import StudioMesh, read_studio_mesh
from facewright.core.exchange.export import ExportSettings, export_head
from facewright.core.metrics import in_face
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import random_head
from facewright.core.production.production_mesh import production_mesh
from facewright.core.production.topology import bundled_topology
from facewright.core.production.untangled import turned_over
from facewright.core.surface.extraction import head_mesh

_SEED = 9
_LEFT = 0.2
_GROUPS = {
    "skin": ("skin",),
    "neck and back": ("skin_head",),
    "eyes": ("sclera", "iris", "cornea"),
    "teeth": ("teeth", "gums_and_tongue"),
    "lashes": ("lashes",),
}


def own_mesh(model):
    """The production mesh as a file in cm, read, shuffled and turned; and of each vertex, which it was."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.obj"
        export_head(model, random_head(model.components, _SEED), path, ExportSettings(unit="cm"))
        mesh = read_studio_mesh(path)
    order = np.random.default_rng(0).permutation(len(mesh.vertices))
    place = np.full(len(order) + 1, -1, np.int32)
    place[order] = np.arange(len(order))
    layout = mesh.layout
    shuffled = type(layout)(
        place[layout.polygons],
        layout.uv,
        place[layout.uv_vertex],
        layout.uv_polygons,
        layout.groups,
        layout.group,
        layout.materials,
        layout.material,
    )
    turn = Rotation.from_euler("xyz", [10.0, 25.0, -15.0], degrees=True).as_matrix()
    return StudioMesh("own", mesh.vertices[order] @ turn.T + [3.0, 160.0, -7.0], shuffled), order


def decimated_mesh(model):
    """Marching cubes of the head, decimated, in mm, as it is read from a file."""
    import pyvista

    cubes = head_mesh(model, random_head(model.components, _SEED), 1.5)
    surface = pyvista.PolyData(cubes.vertices, np.column_stack([np.full(len(cubes.faces), 3), cubes.faces]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decimated.stl"
        surface.decimate(1.0 - _LEFT).save(path)
        return read_studio_mesh(path)


def figures(model, conformed, seed, order):
    """Of one head; order : which vertex of the production mesh each is, None if none."""
    start, head = time.perf_counter(), random_head(model.components, seed)
    made = conformed_head(model, head, conformed)
    seconds = time.perf_counter() - start
    tip = made.vertices[made.vertices[:, 2].argmax()]
    own: dict[str, object] = {"seconds": round(seconds, 2)}
    skin = conformed.binding.on_surface > 0.99
    if order is not None:
        topology, true = bundled_topology(), production_mesh(model, head).vertices[order]
        away = np.linalg.norm(made.vertices - true, axis=1)
        for name, materials in _GROUPS.items():
            of = away[np.isin(order, topology.vertices_of(*materials))]
            own[f"{name}_mm"] = [round(float(value), 3) for value in (of.mean(), of.max())]
        skin &= topology.on_surface[order]
    off = np.abs(model.field(head).distance(made.vertices[skin & in_face(made.vertices, tip)]))
    own["off_mm"] = [round(float(value), 4) for value in (off.mean(), np.percentile(off, 99))]
    own["turned_over"] = int(turned_over(made.vertices, conformed.rest, conformed.layout.polygons).sum())
    own["polygons"] = len(conformed.layout.polygons)
    return own


def main(
    *,
    model: Path | None = None,
    heads: int = 3,
    only: Literal["own", "decimated"] | None = None,
    json_file: Annotated[Path | None, tyro.conf.arg(name="json")] = None,
) -> None:
    """Conform, and print a line a head."""
    loaded = load(model or bundled_model())
    rows: dict[str, dict[str, object]] = {}
    for kind in ("own", "decimated") if only is None else (only,):
        mesh, order = own_mesh(loaded) if kind == "own" else (decimated_mesh(loaded), None)
        start = time.perf_counter()
        conformed = conform(loaded, mesh)
        print(f"{kind}: {len(mesh.vertices)} vertices conformed in {time.perf_counter() - start:.0f} s", flush=True)
        for seed in range(1, heads + 1):
            rows[f"{kind} {seed}"] = figures(loaded, conformed, seed, order)
            print(kind, seed, json.dumps(rows[f"{kind} {seed}"]), flush=True)
    if json_file:
        json_file.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    tyro.cli(main)
