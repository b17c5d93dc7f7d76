"""What a file of a head holds, on each topology that heads are written on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.core.exchange.pbr_material import SKIN, WHITE, PbrMaterial
from facewright.core.exchange.production_look import production_look
from facewright.core.exchange.shape import Shape, TextureMap
from facewright.core.exchange.skeleton import Skeleton, strongest
from facewright.core.expressions import Expressions
from facewright.core.mesh import Mesh
from facewright.core.parts import PARTS
from facewright.core.production.complexion import LIGHT, Tone
from facewright.core.production.engine_names import ENGINE_UNITS
from facewright.core.production.eyes import Eyes
from facewright.core.surface.correspondence import require_template, template_topology

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from facewright.core.conform.conformed import Conformed, ConformedHead
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.production.production_mesh import ProductionMesh
    from facewright.core.production.topology import Topology

    Cancel = Callable[[], bool] | None
    Progress = Callable[[float], None] | None
    Head = TypeVar("Head", ProductionMesh, ConformedHead)

MorphSet = Literal["none", "standard", "training"]
"""Expressions as morph targets: none, the 52 that engines know, or the model's named ones."""


class Finish(NamedTuple):
    """What a head's eyes and skin are like; painted : whether lips and brows are, by an image of the face."""

    eyes: Eyes = Eyes()
    tone: Tone = LIGHT
    painted: bool = True


PLAIN = Finish()
"""Of a head of which nothing is told."""

_OWN = "own expression"
"""Name of the morph target that gives a head the expression it was exported with."""


def template_shape(
    model: HeadModel, parameters: Parameters, targets: Mapping[str, Parameters], cancelled: Cancel, progress: Progress
) -> tuple[Shape, Mesh]:
    """The head on the template's topology and its mesh in mm; targets : heads that it morphs into."""
    template = require_template(model)
    tell = progress or (lambda share: None)
    meshes = []
    for done, head in enumerate((parameters, *targets.values()), start=1):
        meshes.append(template_topology(model, head, cancelled))
        tell(done / (len(targets) + 1))
    shape = Shape(
        "head",
        meshes[0].vertices,
        meshes[0].faces,
        texture=TextureMap(template.uv, template.uv_vertex, template.uv_faces),
        groups=PARTS,
        group=template.part,
        targets={name: mesh.vertices for name, mesh in zip(targets, meshes[1:], strict=True)},
    )
    return shape, meshes[0]


def production_shape(
    model: HeadModel,
    parameters: Parameters,
    targets: Mapping[str, Parameters],
    morphs: tuple[str, ...],
    cancelled: Cancel,
    progress: Progress,
    finish: Finish,
) -> tuple[Shape, Mesh]:
    """The same on the production mesh; morphs : names of the standard blendshapes that it gets as well."""
    from facewright.core.production.eyes import looking  # imports numba, which takes a second
    from facewright.core.production.production_mesh import production_mesh

    def make(other: Parameters, names: tuple[str, ...], share: Callable[[float], None]) -> ProductionMesh:
        return looking(production_mesh(model, other, morphs=names, progress=share, cancelled=cancelled), finish.eyes)

    head, moved = _with_targets(make, parameters, targets, morphs, progress)
    return shape_of(head, moved, finish), Mesh(head.vertices, head.topology.triangles)


def shape_of(head: ProductionMesh, targets: Mapping[str, np.ndarray] | None = None, finish: Finish = PLAIN) -> Shape:
    """A production mesh as files hold it, in mm; targets : (V, 3) vertices of morph targets beside its own."""
    topology, eyes = head.topology, finish.eyes
    looks = production_look(eyes.iris, eyes.iris_size, finish.tone, painted=finish.painted)
    return Shape(
        "head",
        head.vertices,
        topology.polygons,
        (topology.credit,),
        _texture_map(topology),
        topology.materials,
        topology.material,
        targets={**(targets or {}), **{name: head.vertices + way for name, way in head.morphs.items()}},
        materials=tuple(looks.get(name, PbrMaterial(name)) for name in topology.materials),
        material=topology.material,
        skeleton=Skeleton(head.joints, *strongest(head.weights)) if head.joints else None,
    )


def conformed_shape(
    model: HeadModel,
    parameters: Parameters,
    topology: Conformed,
    targets: Mapping[str, Parameters],
    morphs: tuple[str, ...],
    cancelled: Cancel,
    progress: Progress,
    eyes: Eyes,
) -> tuple[Shape, Mesh]:
    """The same on a topology of somebody's own, with its UVs, groups, the names of its materials, and its colours."""
    from facewright.core.conform.conformed import conformed_head  # as above

    def make(other: Parameters, names: tuple[str, ...], share: Callable[[float], None]) -> ConformedHead:
        return conformed_head(model, other, topology, eyes=eyes, morphs=names, progress=share, cancelled=cancelled)

    head, moved = _with_targets(make, parameters, targets, morphs, progress)
    layout = topology.layout
    colours = layout.colours if len(layout.colours) else None
    look = SKIN if colours is None else WHITE
    shape = Shape(
        "head",
        head.vertices,
        layout.polygons,
        texture=TextureMap(layout.uv, layout.uv_vertex, layout.uv_polygons) if len(layout.uv) else None,
        groups=layout.groups,
        group=layout.group,
        targets={**moved, **{name: head.vertices + way for name, way in head.morphs.items()}},
        materials=tuple(replace(look, name=name) for name in layout.materials),
        material=layout.material,
        colours=colours,
        skeleton=Skeleton(head.joints, *strongest(head.weights)),
    )
    return shape, Mesh(head.vertices, layout.triangles.astype(np.int32))


def _with_targets(
    make: Callable[[Parameters, tuple[str, ...], Callable[[float], None]], Head],
    parameters: Parameters,
    targets: Mapping[str, Parameters],
    morphs: tuple[str, ...],
    progress: Progress,
) -> tuple[Head, dict[str, np.ndarray]]:
    """A head with its blendshapes, and the vertices (V, 3), mm, of those that it morphs into; all at equal shares."""
    tell = progress or (lambda share: None)

    def part(done: int, share: float) -> None:
        tell((done + share) / (len(targets) + 1))

    head = make(parameters, morphs, partial(part, 0))
    others = enumerate(targets.items(), start=1)
    return head, {name: make(other, (), partial(part, done)).vertices for done, (name, other) in others}


def morph_heads(model: HeadModel, base: Parameters, own: Parameters, morphs: MorphSet) -> dict[str, Parameters]:
    """What a head without expression morphs into: the one it had, and every expression of the model's by name."""
    heads = {_OWN: own} if own != base else {}
    if morphs == "training":
        expressions = Expressions(model)
        if not expressions.names:
            raise FacewrightError(f"The model {model.name} names no expressions: export without them.")
        heads |= {name: expressions.with_strength(base, name, 1.0) for name in expressions.names}
    return heads


def standard_names(morphs: MorphSet) -> tuple[str, ...]:
    """The names of the standard blendshapes, if they are asked for."""
    return tuple(ENGINE_UNITS) if morphs == "standard" else ()


def own_weight(morphs: MorphSet) -> dict[str, float]:
    """A head that is written neutral stands in its own expression at first."""
    return {} if morphs == "none" else {_OWN: 1.0}


def _texture_map(topology: Topology) -> TextureMap:
    """UVs with one vertex for each: a point of the map that several vertices share is there several times."""
    there = topology.polygons >= 0
    pairs = np.stack([topology.polygons[there], topology.uv_polygons[there]], axis=1)
    rows, number = np.unique(pairs, axis=0, return_inverse=True)
    faces = np.full(topology.polygons.shape, -1, np.int32)
    faces[there] = number.reshape(-1)
    return TextureMap(topology.uv[rows[:, 1]], rows[:, 0].astype(np.int32), faces)
