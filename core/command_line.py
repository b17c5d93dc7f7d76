"""The command line of the model: `python -m core`, or `facewright-core`."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro
from tqdm import tqdm

from facewright.core.anthropometry.landmarks import parse_landmarks
from facewright.core.atomic_file import require_writable, write_atomically
from facewright.core.conform.command import ConformCommand
from facewright.core.conform.studio_mesh import SUFFIX
from facewright.core.device import AUTOMATIC, use
from facewright.core.errors import FacewrightError, exit_status
from facewright.core.exchange.batch import batch_paths
from facewright.core.exchange.export import ExportSettings, Topology, export_head
from facewright.core.exchange.formats import file_format, listed
from facewright.core.exchange.head_shapes import MorphSet
from facewright.core.exchange.shape import LengthUnit, UnitChoice, chosen
from facewright.core.measure_command import MeasureCommand
from facewright.core.mesh import Mesh
from facewright.core.model.head_model import HeadModel
from facewright.core.model.model_file import load, model_path
from facewright.core.parameters import Parameters, parse_assignments, random_head
from facewright.core.parts import CODES
from facewright.core.project import Project
from facewright.core.project_file import load_with_model
from facewright.core.reading.surface_file import suffix
from facewright.core.scan.align import align, align_by_landmarks
from facewright.core.scan.mean_face import mean_face
from facewright.core.scan.scan import Scan, read_scan
from facewright.core.scan.scan_fit import ScanFit, ScanFitSettings, fit_scan
from facewright.core.volume.kinds import is_volume

if TYPE_CHECKING:
    from facewright.core.conform.conformed import Conformed

_TOPOLOGIES: tuple[Topology, ...] = ("production", "template", "cubes")
"""As in `ExportSettings`, but for a scan's, that takes a scan, and those of files."""

_OUT = f"Mesh file to write; its name ends in {listed('.')}."


_WIDEST_VOXEL_MM = 20.0
"""Of wider ones there is no face any more."""

_FINDINGS: dict[str, str] = {
    "unsure": "It is not sure that the face lies there: look at the head, or place the scan by five landmarks.",
    "not found": "No face was found: check the unit, or place the scan by five landmarks.",
}
"""What is said of a scan whose face was not found for sure."""


class NotFittedError(FacewrightError):
    """The head does not follow the scan."""

    status = 3


class UnsureError(FacewrightError):
    """The head follows the scan, if the face is where it was looked for."""

    status = 4


@dataclass(frozen=True)
class MeshCommand:
    """Write a head, a project's variants or a range of random heads as mesh files."""

    out: Annotated[Path, tyro.conf.arg(help=f"{_OUT} Several heads get names: head_1.obj, head_2.obj, …")]
    project: Path | None = None
    """A .facewright project: write every variant in it."""
    set: Annotated[tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="CODE.COMPONENT=σ")] = ()
    """A coefficient, such as nose.1=3: the first component of the nose at +3 σ. Those not given are 0."""
    morph: Annotated[tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="CODE.COMPONENT=σ")] = ()
    """A coefficient of the head that this one morphs into, instead of its own; GLB and USD."""
    expressions: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Add expressions as morph targets, the 52 standard ones, or the model's on its template; GLB and USD."""
    random: int | None = None
    """Write so many heads, every part drawn as the training heads vary; coefficients given are kept."""
    seed: int = 0
    """Seed of the first random head; the next one's is one more."""
    model: Path | None = None
    """Model file, or people or adults, which ship along; people by default."""
    device: str = AUTOMATIC
    """Where to evaluate the model: auto, cpu, cuda, cuda:1 (the second GPU) or mps."""
    unit: UnitChoice = "auto"
    """Unit of the file's numbers; by default m for GLB, which is in metres by definition, and mm for the others."""
    topology: Annotated[str, tyro.conf.arg(metavar="production|template|cubes|FILE")] = "production"
    """The production mesh of quads, with eyes, teeth and UVs, the template's triangles, or marching cubes; or a file
    that facewright-core conform wrote."""
    voxel: float | None = None
    """Edge of a voxel, in mm; of --topology cubes, by default 1.5."""
    json: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Print one JSON object a head instead of a line."""

    def run(self) -> None:
        """Load the model, make the meshes, write them and tell about them; `seconds` is from the codes to the file.

        Raises FacewrightError if any of that is not possible.
        """
        unit = chosen(self.unit) or file_format(self.out).unit
        if self.voxel is not None and (self.topology != "cubes" or self.voxel > _WIDEST_VOXEL_MM):
            raise FacewrightError(
                f"--voxel is of --topology cubes, in mm, {_WIDEST_VOXEL_MM:g} at most: the other topologies have none."
            )
        voxel = ExportSettings.voxel_mm if self.voxel is None else self.voxel
        use(self.device)
        project: Project | None = None
        if self.project is None:
            model = load(model_path(self.model))
        else:
            project, model = load_with_model(self.project, self.model)
            if project.note:
                print(project.note, file=sys.stderr)
        target = parse_assignments(self.morph, model.components)
        topology, conformed = self._topology()
        heads = self._heads(model, project)
        for head, path in zip(heads.values(), batch_paths(list(heads), self.out), strict=True):
            targets = {"morph": target.over(head)} if self.morph else {}
            morphs: MorphSet = "none"
            if self.expressions:
                morphs = "training" if topology == "template" else "standard"
            settings = ExportSettings(unit, topology, voxel, targets, morphs, conformed=conformed)
            start = time.perf_counter()
            mesh = export_head(model, head, path, settings)
            self._tell(path, mesh, model, time.perf_counter() - start)

    def _topology(self) -> tuple[Topology, Conformed | None]:
        """What is asked for: one of this program's, or a conformed one from a file."""
        for name in _TOPOLOGIES:
            if self.topology == name:
                return name, None
        path = Path(self.topology)
        if not path.suffix:
            choices = ", ".join(_TOPOLOGIES)
            raise FacewrightError(f"There is no topology {self.topology}: name {choices}, or a .{SUFFIX} file.")
        from facewright.core.conform.topology_file import load_topology  # imports numba, which takes a second

        return "conformed", load_topology(path)

    def _heads(self, model: HeadModel, project: Project | None) -> dict[str, Parameters]:
        """The heads asked for, by name."""
        given = parse_assignments(self.set, model.components)
        if project is not None and self.random is not None:
            raise FacewrightError("A project's heads or random ones: give --project or --random, not both.")
        if project is not None:
            return {variant.name: given.over(variant.parameters) for variant in project.state.variants}
        if self.random is None:
            return {"head": given}
        if self.random < 1:
            raise FacewrightError("--random needs a number of heads, 1 or more.")
        if self.seed < 0:
            raise FacewrightError("--seed needs a whole number, 0 or more.")
        numbers = range(self.random)
        return {str(n + 1): given.over(random_head(model.components, self.seed + n)) for n in numbers}

    def _tell(self, path: Path, mesh: Mesh, model: HeadModel, seconds: float) -> None:
        facts = {
            "file": str(path),
            "vertices": len(mesh.vertices),
            "faces": len(mesh.faces),
            "watertight": mesh.watertight,
            "components": mesh.component_count,
            "height_mm": round(mesh.height_mm, 3),
            "seconds": round(seconds, 3),
            "device": str(model.device),
            "model": model.name,
        }
        if self.json:
            print(json.dumps(facts))
        else:
            closed = "closed" if mesh.watertight else "open"
            print(
                f"{path}: {len(mesh.vertices)} vertices, {len(mesh.faces)} faces, {closed}, "
                f"{mesh.height_mm:.1f} mm tall; {seconds:.2f} s on {model.device}"
            )


@dataclass(frozen=True)
class FitCommand:
    """Fit the model to a scan of a face in any pose and unit (OBJ, PLY, STL or GLB), or to the skin in CT or MR."""

    scan: tyro.conf.Positional[Path]
    """File of the scan; or a DICOM folder, or a NIfTI, NRRD or MetaImage file."""
    unit: UnitChoice = "auto"
    """Unit of the scan; guessed from its size by default."""
    landmark: Annotated[tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="NAME=X,Y,Z")] = ()
    """Place the scan by five landmarks in its own unit and frame: en_r, en_l, prn, ch_r, ch_l."""
    series: int = 1
    """Which series of a DICOM folder; 1 is the one that spans most, most finely."""
    threshold: float | None = None
    """What is skin in a volume, in its units (Hounsfield's for CT); found if not given."""
    out: Path | None = None
    """JSON file to write: parameters, pose and residuals."""
    mesh: Annotated[Path | None, tyro.conf.arg(help=f"{_OUT} Holds the fitted head, in the head frame.")] = None
    model: Path | None = None
    """Model file, or people or adults, which ship along; people by default."""
    device: str = AUTOMATIC
    """Where to evaluate the model: auto, cpu, cuda, cuda:1 (the second GPU) or mps."""
    json: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Print one JSON object instead of lines."""

    def run(self) -> None:
        """Read, place, fit, print and write; FacewrightError if any of that is not possible."""
        start = time.perf_counter()
        if self.out is not None and suffix(self.out) != "json":
            raise FacewrightError(f"{self.out.name}: a fit is written as JSON, to a file whose name ends in .json.")
        for path in (self.out, self.mesh):
            if path is not None:
                require_writable(path)
        written = None if self.mesh is None else ExportSettings(file_format(self.mesh).unit, "cubes")
        use(self.device)
        model = load(model_path(self.model))
        scan = self._read()
        unit, mean = chosen(self.unit) or scan.unit, mean_face(model)
        if self.landmark:
            pose = align_by_landmarks(scan, parse_landmarks(self.landmark), mean, unit)
        else:
            pose = align(scan, mean, unit)
        settings = ScanFitSettings()
        with tqdm(total=settings.steps, desc="Fitting", disable=None, leave=False) as bar:

            def tell(step: int, error: float) -> None:
                bar.set_postfix_str(f"{error:.2f} mm")
                bar.update(step - bar.n)

            fit = fit_scan(model, scan, pose, settings, progress=tell)
        facts = _fit_facts(scan, unit, fit) | {
            "seconds": round(time.perf_counter() - start, 2),
            "model": model.name,
            "fingerprint": model.fingerprint,
        }
        if self.out is not None:
            kept = {name: fact for name, fact in facts.items() if name != "notes"}  # which may name a patient's files
            write_atomically(self.out, json.dumps(kept, indent=1).encode(), private=True)
        if self.mesh is not None:
            export_head(model, fit.parameters, self.mesh, written)
        if self.json:
            print(json.dumps(facts))
        else:
            self._tell(scan, unit, fit, time.perf_counter() - start)
        if fit.verdict == "bad alignment" or fit.alignment.finding == "not found":
            raise NotFittedError("The head does not follow the scan: place it by five landmarks, or check the unit.")
        if fit.alignment.finding == "unsure":
            raise UnsureError(_FINDINGS["unsure"])

    def _tell(self, scan: Scan, unit: LengthUnit, fit: ScanFit, seconds: float) -> None:
        """Say how well the head follows the scan."""
        print(f"{self.scan.name}: {len(scan.points)} points, {unit}; {fit.verdict}; {seconds:.0f} s")
        for sentence in (*_doubts(fit), *scan.notes):
            print(f"  {sentence}")
        for name, region in fit.regions.items():
            print(f"  {name:10} mean {region.mean_mm:.2f} mm, 95th percentile {region.p95_mm:.2f} mm")

    def _read(self) -> Scan:
        """The scan, or the skin in the volume; FacewrightError if there is none."""
        if not is_volume(self.scan):
            return read_scan(self.scan)
        from facewright.core.volume.skin import skin  # SimpleITK takes a while, and few need it
        from facewright.core.volume.volume_file import find_volumes, read_volume

        sources = find_volumes(self.scan)
        if not 1 <= self.series <= len(sources):
            raise FacewrightError(f"{self.scan.name} has {len(sources)} series: give --series 1 to {len(sources)}.")
        told = [f"{number}. {source.told}" for number, source in enumerate(sources, 1)]
        print(*(told if len(told) > 1 else ()), f"Series {self.series} is read.", sep="\n", file=sys.stderr)
        return skin(read_volume(sources[self.series - 1]), self.threshold)


def _doubts(fit: ScanFit) -> list[str]:
    """Why a fit is not to be relied on, in sentences."""
    told = _FINDINGS.get(fit.alignment.finding)
    unplaced = [told] if told else []
    return [*unplaced, *(f"{doubt[0].upper()}{doubt[1:]}." for doubt in fit.doubts)]


def _fit_facts(scan: Scan, unit: LengthUnit, fit: ScanFit) -> dict[str, object]:
    """What is known about a fit, as JSON can hold it."""
    pose = fit.alignment
    return {
        "verdict": fit.verdict,
        "found": pose.found,
        "finding": pose.finding,
        "covered": pose.covered,
        "beside": fit.beside,
        "nose_beside": fit.nose_beside,
        "doubts": list(fit.doubts),
        "notes": list(scan.notes),
        "unit": unit,
        "points": len(scan.points),
        "rotation": pose.rotation.tolist(),
        "translation_mm": pose.translation.tolist(),
        "regions": {name: region._asdict() for name, region in fit.regions.items()},
        "parameters": {code: fit.parameters.code(code) for code in CODES},
    }


def main() -> int:
    """Run the command that the arguments name; return the exit status."""
    return exit_status(
        lambda: tyro.extras.subcommand_cli_from_dict(
            {"mesh": MeshCommand, "fit": FitCommand, "measure": MeasureCommand, "conform": ConformCommand},
            prog="facewright-core",
            description="Heads from a model, without a window.",
        ).run()
    )
