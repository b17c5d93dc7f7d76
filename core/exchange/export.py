"""Heads written as mesh files: in which format, unit and topology, and with which morph targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.exchange.formats import file_format
from facewright.core.exchange.provenance import provenance
from facewright.core.exchange.shape import UNITS_PER_MM, Shape, TextureMap, Unit
from facewright.core.exchange.text import object_name
from facewright.core.expressions import Expressions
from facewright.core.parts import PARTS
from facewright.core.surface.correspondence import require_template, template_topology
from facewright.core.surface.extraction import head_mesh

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from facewright.core.exchange.shape import FileFormat
    from facewright.core.mesh import Mesh
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters

    Cancel = Callable[[], bool] | None

Topology = Literal["template", "cubes"]

_OWN = "own expression"
"""Name of the morph target that gives a head the expression it was exported with."""


@dataclass(frozen=True)
class ExportSettings:
    """How to write a head. The default is the template's topology in mm.

    unit : of the file's numbers; topology : the template's, the same for every head, or marching cubes of
    `voxel_mm`; targets : heads that the exported one morphs into, by name (GLB alone); expressions : whether to add
    the training expressions as morph targets (GLB alone). The head is then written neutral, and an expression that
    it has becomes a target too, at full strength; sculpting : whether to leave out the UVs where a format
    doubles vertices at their seams, so that no brush tears the surface.

    Raises FacewrightError if marching cubes are asked for morph targets.
    """

    unit: Unit = "mm"
    topology: Topology = "template"
    voxel_mm: float = 1.5
    targets: Mapping[str, Parameters] = field(default_factory=dict)
    expressions: bool = False
    sculpting: bool = False

    def __post_init__(self) -> None:
        """Freeze the mapping and refuse what cannot be."""
        object.__setattr__(self, "targets", MappingProxyType(dict(self.targets)))
        if self.morphs and self.topology == "cubes":
            raise FacewrightError("Morph targets need one topology for all heads: choose the template's.")

    @property
    def morphs(self) -> bool:
        """Whether there are morph targets."""
        return bool(self.targets) or self.expressions


def export_head(
    model: HeadModel,
    parameters: Parameters,
    path: Path,
    settings: ExportSettings | None = None,
    cancelled: Cancel = None,
    mesh: Mesh | None = None,
) -> Mesh:
    """Write a head to a file of the format that its name ends in; returns the mesh written, in mm.

    mesh : the head's marching cubes at `voxel_mm`, where they are known. Raises FacewrightError if the file cannot be
    written, the name or the settings do not fit the format or the model, or there is no surface; Cancelled once
    `cancelled` answers true. Whatever happens, the file is whole or as it was.
    """
    settings = settings or ExportSettings()
    form = file_format(path)
    if settings.morphs and not form.morphs:
        raise FacewrightError(f"A file of format {form.name} has no morph targets: choose GLB, or leave them out.")
    shape, mesh = head_shape(model, parameters, object_name(path.stem), settings, cancelled, mesh)
    if settings.sculpting and form.tears:
        shape = shape.welded()
    write_shape(path, form, shape, settings.unit)
    return mesh


def write_shape(path: Path, form: FileFormat, shape: Shape, unit: Unit, *, private: bool = False) -> None:
    """Write a file, and before it those that it names beside it; raises FacewrightError, as `write_atomically`.

    Where the file itself is not there yet, one beside it is somebody else's: it is not written over.
    """
    beside = {path.with_name(name): data for name, data in form.companions(shape).items()}
    taken = next((other for other in beside if other.exists() and not path.exists()), None)
    if taken is not None:
        raise FacewrightError(f"{taken.name} is there already, and {path.name} needs that name: choose another name.")
    for place, data in (*beside.items(), (path, form.write(shape, unit))):
        write_atomically(place, data, private=private)


def head_shape(
    model: HeadModel,
    parameters: Parameters,
    name: str,
    settings: ExportSettings,
    cancelled: Cancel = None,
    mesh: Mesh | None = None,
) -> tuple[Shape, Mesh]:
    """What a file of the head holds, and the head's mesh in mm; raises as `export_head`."""
    notes, scale = tuple(provenance(model, parameters, settings.unit)), UNITS_PER_MM[settings.unit]
    if settings.topology == "cubes":
        mesh = mesh or head_mesh(model, parameters, settings.voxel_mm, cancelled)
        return Shape(name, mesh.vertices * scale, mesh.faces, notes), mesh
    template = require_template(model)
    base = parameters.with_code("expression", ()) if settings.expressions else parameters
    heads = dict(settings.targets) | (_expressions(model, base, parameters) if settings.expressions else {})
    mesh = template_topology(model, base, cancelled)
    shape = Shape(
        name,
        mesh.vertices * scale,
        mesh.faces,
        notes,
        TextureMap(template.uv, template.uv_vertex, template.uv_faces),
        PARTS,
        template.part,
        {target: template_topology(model, head, cancelled).vertices * scale for target, head in heads.items()},
        {_OWN: 1.0} if settings.expressions else {},
    )
    return shape, mesh


def _expressions(model: HeadModel, neutral: Parameters, own: Parameters) -> dict[str, Parameters]:
    """A head in every training expression, and in its own if it has one."""
    expressions = Expressions(model)
    if not expressions.names:
        raise FacewrightError(f"The model {model.name} names no expressions: export without them.")
    heads = {name: expressions.with_strength(neutral, name, 1.0) for name in expressions.names}
    return ({_OWN: own} if own != neutral else {}) | heads
