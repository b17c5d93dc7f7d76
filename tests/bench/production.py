"""How far the production mesh is from the surface that it stands for, on random heads, and how long it takes.

    python -m tests.bench.production [--model FILE] [--heads SEED ...] [--expressions NAME ... | all] [--json FILE]

Of the skin's vertices that go along with the surface: |Φ|. Of points spread over the face's quads, which cut corners
where the surface is round: the distance to marching cubes at half a millimetre, of all (`face`), of what a ring of
cameras sees (`seen`), which leaves out the inside of nostrils and mouth, and of what is seen where the mesh goes along
with the surface (`with`). It leaves the surface where that is far from the sum of the blendshapes, which some models
have not learnt well, and about lids and lips that are to close; `left` is the share of what is seen that does so. The
end of the neck, of which models have a rim, is no face. The bar is that of `with`: 0.1 mm mean, 0.5 mm largest.
Points over it are judged again, by marching cubes of a quarter of a millimetre, since half a millimetre fills the ends
of finer folds: `fine_largest` is the largest then.
`crossing` counts pairs of the skin's triangles that cut through one another.
Quads turned over against the topology's neutral head; the same with each of the 52 blendshapes at full strength on the
first three heads, against the head without. Seconds are of a head after the first, without and with all blendshapes.

With --expressions, the distances of the heads in those of the 52 instead, where the model has learnt them: as the head
is exported that has such an expression; jawOpen+mouthClose is a sum of two. All of one head take some ten minutes. Rows
are added to those of the file, so that a long list can be measured in pieces.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import tyro

from facewright.core.crossings import crossing_faces
from facewright.core.expressions import Expressions
from facewright.core.mesh import Mesh
from facewright.core.metrics import face_normals, in_face, nearest_on_surface
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters, random_head
from facewright.core.production.engine_names import ENGINE_UNITS
from facewright.core.production.followers import bundled_followers
from facewright.core.production.production_mesh import production_mesh
from facewright.core.production.topology import bundled_topology
from facewright.core.production.untangled import turned_over
from facewright.core.surface.extraction import extract
from facewright.train.evaluation.reconstruction import face_bounds
from facewright.train.evaluation.visibility import camera_ring, visible

_VOXEL_MM, _HIDES_MM = 0.5, 1.5
"""Of the reference, and of what hides its points from cameras: rays at the finer one take a minute a head."""

_FINE_MM, _ABOUT_MM = 0.25, 5.0
"""Of the reference about points over the bar, and how far about."""

_SAMPLES = 2
_MORPHED = 3
"""Random points on each triangle; heads whose blendshapes are looked at."""

_BAR_MM = 0.1, 0.5
"""Mean and largest distance of what is seen where the mesh goes along with the surface."""

_MARGIN_MM = 5.0
"""How far about the face the reference goes."""

_WITH = 0.99


class Distances(NamedTuple):
    """Of points on the skin of a face: points (n, 3), apart (n,), mm, seen (n,), and goes_along (n,) bool."""

    points: np.ndarray
    apart: np.ndarray
    seen: np.ndarray
    goes_along: np.ndarray


def reference(model, head, tip, voxel_mm=_VOXEL_MM):
    """The marching cubes of a face with the tip of its nose there (3,), as `head_mesh` gives those of a head."""
    box = face_bounds(tip, model.bounds_mm, _MARGIN_MM)
    return extract(model.field(head).distance, box, voxel_mm).largest_component()


def nose_tip(mesh):
    """The foremost point (3,) of a head without expression: lips that are pushed out may be before it."""
    return mesh.vertices[mesh.vertices[:, 2].argmax()]


def face_distances(model, head, mesh, tip):
    """The distances of one head, on the face about the tip of its nose (3,)."""
    topology = mesh.topology
    face = topology.on_surface & ~bundled_followers(topology).neck.end
    triangles = topology.triangles[face[topology.triangles].all(axis=1)]
    shares = np.random.default_rng(0).dirichlet([1.0, 1.0, 1.0], (len(triangles), _SAMPLES))
    samples = np.einsum("fsc,fcx->fsx", shares, mesh.vertices[triangles]).reshape(-1, 3)
    normals = np.repeat(face_normals(mesh.vertices, triangles), _SAMPLES, axis=0)
    goes_along = np.repeat(mesh.on_surface[triangles].min(axis=1) > _WITH, _SAMPLES)
    inside = in_face(samples, tip)
    samples, normals, goes_along = samples[inside], normals[inside], goes_along[inside]
    cubes = reference(model, head, tip)
    nearest = nearest_on_surface(samples, cubes.vertices, cubes.faces)
    cameras = camera_ring(tip)
    seen = visible(samples, normals, Mesh(mesh.vertices, topology.triangles), cameras)
    hidden = np.flatnonzero(~seen)  # what the surface shows and the mesh hides counts too
    on_cubes = face_normals(cubes.vertices, cubes.faces[nearest.face[hidden]])
    seen[hidden] = visible(nearest.point[hidden], on_cubes, reference(model, head, tip, _HIDES_MM), cameras)
    return Distances(samples, nearest.distance, seen, goes_along)


def distance_figures(model, head, mesh, tip):
    """Mean, 99th percentile and largest of the distances: of all the face, of what is seen, of what goes along."""
    points, apart, seen, goes_along = face_distances(model, head, mesh, tip)
    along = seen & goes_along
    figures = {
        f"{name}_{what}mm": round(float(value), 4)
        for name, some in (("face", apart), ("seen", apart[seen]), ("with", apart[along]))
        for what, value in (("", some.mean()), ("p99_", np.percentile(some, 99)), ("largest_", some.max()))
    }
    figures["left"] = round(1.0 - float(along.sum() / seen.sum()), 4)
    over = along & (apart > _BAR_MM[1])
    if over.any():
        finer = [fine_distance(model, head, point) for point in points[over]]
        figures["fine_largest_mm"] = round(max(*finer, float(apart[along & ~over].max())), 4)
    figures["crossing"] = crossing(mesh.topology, mesh.vertices)
    worst = np.where(along, apart, 0.0).argmax()
    return figures | {"worst_at": np.round(points[worst], 1).tolist()}


def crossing(topology, vertices):
    """How many pairs of the skin's triangles cut through one another."""
    skin = topology.on_surface[topology.triangles].all(axis=1)
    return len(crossing_faces(vertices, topology.triangles[skin]))


def fine_distance(model, head, point):
    """How far a point (3,) is from marching cubes of a quarter of a millimetre: folds finer than a half are lost."""
    about = extract(model.field(head).distance, np.stack([point - _ABOUT_MM, point + _ABOUT_MM]), _FINE_MM)
    return float(nearest_on_surface(point[None], about.vertices, about.faces).distance[0])


def row(model, head, *, morphed):
    """Figures of one head."""
    start = time.perf_counter()
    mesh = production_mesh(model, head)
    plain = time.perf_counter() - start
    topology = mesh.topology
    polygons = bundled_followers(topology).welded.polygons
    off = np.abs(model.field(head).distance(mesh.vertices[topology.on_surface & (mesh.on_surface > _WITH)]))
    found: dict[str, object] = {
        "off_mm": float(off.mean()),
        "off_p99_mm": float(np.percentile(off, 99)),
        "off_largest_mm": float(off.max()),
        **distance_figures(model, head, mesh, nose_tip(mesh)),
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


def posed(model, head, name):
    """A head with the expression that one of the 52 stands for, at full strength, or several of them with + between."""
    expressions = Expressions(model)
    for unit in [unit for each in name.split("+") for unit in ENGINE_UNITS[each]]:
        head = expressions.with_strength(head, unit, 1.0)
    return head


def learnt(model):
    """The names of the blendshapes whose expressions the model has learnt."""
    return tuple(name for name, units in ENGINE_UNITS.items() if units and set(units) <= set(model.facial_units))


def over_the_bar(figures):
    """Whether what is seen of the surface is further off than it may be."""
    largest = figures.get("fine_largest_mm", figures["with_largest_mm"])
    return figures["with_mm"] > _BAR_MM[0] or largest > _BAR_MM[1]


def main(
    *,
    model: Path | None = None,
    heads: tuple[int, ...] = tuple(range(1, 9)),
    expressions: tuple[str, ...] = (),
    json_file: Annotated[Path | None, tyro.conf.arg(name="json")] = None,
) -> None:
    """Print a line a head, or one for each of its expressions, and which are over the bar."""
    loaded = load(model or bundled_model())
    start = time.perf_counter()
    production_mesh(loaded, Parameters())
    print(f"first head of the model: {time.perf_counter() - start:.1f} s")
    topology = bundled_topology()
    print(f"crossing in ICT-FaceKit's own neutral head: {crossing(topology, topology.neutral)}")
    rows = json.loads(json_file.read_text()) if json_file and json_file.exists() else {}
    names = learnt(loaded) if expressions == ("all",) else expressions
    for seed in heads:
        head = random_head(loaded.components, seed)
        for name in names or (None,):
            key = f"{seed} {name}" if name else f"{seed}"
            if name:
                expressive = posed(loaded, head, name)
                tip = nose_tip(production_mesh(loaded, head))
                rows[key] = distance_figures(loaded, expressive, production_mesh(loaded, expressive), tip)
            else:
                rows[key] = row(loaded, head, morphed=seed <= _MORPHED)
            print(key, json.dumps(rows[key]), flush=True)
            if json_file:
                json_file.write_text(json.dumps(rows, indent=1))
    over = [key for key, figures in rows.items() if over_the_bar(figures)]
    print(f"over the bar: {', '.join(over) or 'none'} of {len(rows)}")


if __name__ == "__main__":
    tyro.cli(main)
