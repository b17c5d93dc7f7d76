"""Heads written as mesh files: in which format, unit and topology, and with which morph targets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from facewright.core.atomic_file import require_writable, write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.exchange.formats import file_format
from facewright.core.exchange.head_shapes import (
    Finish,
    conformed_shape,
    morph_heads,
    own_weight,
    production_shape,
    standard_names,
    template_shape,
)
from facewright.core.exchange.patient import ILLUSTRATION, patient_shape
from facewright.core.exchange.print_solid import print_solid
from facewright.core.exchange.provenance import provenance
from facewright.core.exchange.shape import UNITS_PER_MM, LengthUnit, Shape
from facewright.core.exchange.text import object_name
from facewright.core.mesh import Mesh
from facewright.core.production.complexion import LIGHT, Tone
from facewright.core.production.eyes import Eyes
from facewright.core.surface.extraction import head_mesh

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from facewright.core.conform.conformed import Conformed
    from facewright.core.exchange.head_shapes import MorphSet
    from facewright.core.exchange.shape import FileFormat
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.scan.fitted_scan import FittedScan

    Cancel = Callable[[], bool] | None
    Progress = Callable[[float], None] | None

_MADE = 0.6
"""The share of an export after which a head with all its blendshapes is made: a file of them takes long to write."""

Topology = Literal["production", "template", "cubes", "conformed", "scan"]


@dataclass(frozen=True)
class ExportSettings:
    """How to write a head. The default is the production mesh in mm.

    unit : of the file's numbers; topology : the production mesh's, the template's or a conformed one, the same for
    every head, or marching cubes of `voxel_mm`; targets : heads that the exported one morphs into, by name (GLB and
    USD, as all morphs); expressions : which to add as morph targets, the `standard` 52, but not on the template, or the
    `training` expressions that the model names. The head is then written neutral, and an expression that it has becomes
    a target too, at full strength; sculpting : whether formats that double vertices at the seams of UVs leave the UVs
    out and join materials, so that no brush tears the skin; coefficients : whether the file tells the head's, by
    default unless it goes back to a patient's scan; conformed : the topology of somebody's own that the head is written
    on, where `topology` says so; eyes : where they look and their irises, on topologies that have eyeballs; tone
    : of the production mesh's skin, whose lips and brows are painted unless it is for sculpting.

    On the topology `scan` a patient's own surface is written, with its images and colours; as STL it is closed, for a
    printer.

    Raises FacewrightError if a topology is asked for morph targets that it cannot have.
    """

    unit: LengthUnit = "mm"
    topology: Topology = "production"
    voxel_mm: float = 1.5
    targets: Mapping[str, Parameters] = field(default_factory=dict)
    expressions: MorphSet = "none"
    sculpting: bool = False
    coefficients: bool | None = None
    conformed: Conformed | None = None
    eyes: Eyes = field(default_factory=Eyes)
    tone: Tone = LIGHT

    def __post_init__(self) -> None:
        """Freeze the mapping and refuse what cannot be."""
        object.__setattr__(self, "targets", MappingProxyType(dict(self.targets)))
        if self.morphs and self.topology in ("cubes", "scan"):
            raise FacewrightError("Morph targets need one topology for all heads: choose the production mesh.")
        if self.expressions == "standard" and self.topology == "template":
            raise FacewrightError("The standard blendshapes are the production mesh's: choose that, or others.")
        if (self.topology == "conformed") != (self.conformed is not None):
            raise FacewrightError("A head on a topology of your own needs one: conform a mesh first.")

    @property
    def morphs(self) -> bool:
        """Whether there are morph targets."""
        return bool(self.targets) or self.expressions != "none"


def export_head(
    model: HeadModel,
    parameters: Parameters,
    path: Path,
    settings: ExportSettings | None = None,
    cancelled: Cancel = None,
    mesh: Mesh | None = None,
    progress: Progress = None,
    scan: FittedScan | None = None,
) -> Mesh:
    """Write a head to a file of the format that its name ends in; returns the mesh written, in mm.

    mesh : the head's marching cubes at `voxel_mm`, where they are known; progress : is told the share that is done;
    scan : the patient's that the head goes back to: its file is then readable by the user alone.
    Raises FacewrightError if the file cannot be written, the name or the settings do not fit the format or the model,
    or there is no surface; Cancelled once `cancelled` answers true. Whatever happens, the file is whole or as it was.
    """
    settings = settings or ExportSettings()
    form = file_format(path)
    if settings.morphs and not form.morphs:
        raise FacewrightError(f"A file of format {form.name} has no morph targets: choose GLB, or leave them out.")
    require_writable(path)
    told = settings.coefficients if settings.coefficients is not None else scan is None
    notes = provenance(model, parameters, settings.unit, of_patient=settings.topology == "scan", coefficients=told)
    if settings.topology == "scan":
        shape, mesh = _patient(model, parameters, form, settings, cancelled, scan)
    else:
        share = None if progress is None else partial(_tell_made, progress)
        shape, mesh = head_shape(model, parameters, settings, cancelled, mesh, share)
    named = replace(shape, name=_named(path, shape), notes=(*notes, *shape.notes), sculpting=settings.sculpting)
    write_shape(path, form, named, settings.unit, private=scan is not None)
    return mesh


def _tell_made(tell: Callable[[float], None], share: float) -> None:
    """The head is made before it is written."""
    tell(_MADE * share)


def write_shape(path: Path, form: FileFormat, shape: Shape, unit: LengthUnit, *, private: bool = False) -> None:
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
    settings: ExportSettings,
    cancelled: Cancel = None,
    mesh: Mesh | None = None,
    progress: Progress = None,
) -> tuple[Shape, Mesh]:
    """What a file of the head holds, in the settings' unit, and the head's mesh in mm; raises as `export_head`."""
    scale = UNITS_PER_MM[settings.unit]
    if settings.topology == "cubes":
        mesh = mesh or head_mesh(model, parameters, settings.voxel_mm, cancelled)
        return Shape("head", mesh.vertices, mesh.faces).scaled(scale), mesh
    morphs = settings.expressions
    base = parameters if morphs == "none" else parameters.with_code("expression", ())
    targets = dict(settings.targets) | morph_heads(model, base, parameters, morphs)
    if settings.conformed is not None:
        names = standard_names(morphs)
        shape, mesh = conformed_shape(
            model, base, settings.conformed, targets, names, cancelled, progress, settings.eyes
        )
    elif settings.topology == "production":
        names = standard_names(morphs)
        finish = Finish(settings.eyes, settings.tone, painted=not settings.sculpting)
        shape, mesh = production_shape(model, base, targets, names, cancelled, progress, finish)
    else:
        shape, mesh = template_shape(model, base, targets, cancelled, progress)
    return replace(shape, weights=own_weight(morphs)).scaled(scale), mesh


def _patient(
    model: HeadModel,
    parameters: Parameters,
    form: FileFormat,
    settings: ExportSettings,
    cancelled: Cancel,
    scan: FittedScan | None,
) -> tuple[Shape, Mesh]:
    """As `head_shape`, of the patient's own surface; for sculpting without its images, whose coordinates have seams."""
    if scan is None:
        raise FacewrightError("This head goes back to no scan: choose another topology, or open a scan and fit it.")
    if form.closed:
        mesh = print_solid(model, scan, parameters, settings.voxel_mm, cancelled)
        shape = Shape(ILLUSTRATION, mesh.vertices, mesh.faces)
    else:
        shape = patient_shape(model, scan, parameters)
        mesh = Mesh(shape.vertices, shape.faces)
        if settings.sculpting and form.tears:
            shape = shape.without_images()
    return shape.scaled(UNITS_PER_MM[settings.unit]), mesh


def _named(path: Path, shape: Shape) -> str:
    """The object's name: the file's, which for an edited scan tells that it is an illustration."""
    name = object_name(path.stem)
    if shape.name != ILLUSTRATION or ILLUSTRATION in name.lower():
        return name
    return f"{ILLUSTRATION} {name}"
