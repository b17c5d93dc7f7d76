"""The command line of the model: `python -m core`, or `facewright-core`."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from core.errors import FacewrightError
from core.exchange.batch import batch_paths
from core.exchange.export import ExportSettings, Topology, default_unit, export_head, file_format
from core.exchange.shape import Unit
from core.head_model import HeadModel
from core.mesh import Mesh as TriangleMesh
from core.model_file import bundled_model, load
from core.parameters import Parameters, parse_assignments, random_head
from core.project_file import load as load_project


@dataclass(frozen=True)
class Mesh:
    """Write a head, a project's variants or a range of random heads as mesh files."""

    out: Path
    """File to write; its name ends in .obj, .ply, .stl or .glb. Several heads get names: head_1.obj, head_2.obj, …"""
    project: Path | None = None
    """A .facewright project: write every variant in it."""
    set: Annotated[tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="CODE.COMPONENT=σ")] = ()
    """A coefficient, such as nose.1=3: the first component of the nose at +3 σ. Those not given are 0."""
    morph: Annotated[tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="CODE.COMPONENT=σ")] = ()
    """A coefficient of the head that this one morphs into, instead of its own; GLB alone."""
    expressions: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Add the training expressions as morph targets; GLB alone."""
    random: int | None = None
    """Write so many heads, every part drawn as the training heads vary; coefficients given are kept."""
    seed: int = 0
    """Seed of the first random head; the next one's is one more."""
    model: Path | None = None
    """Model file; the bundled one by default."""
    unit: Unit | None = None
    """Unit of the file's numbers; m for GLB, which is in metres by definition, and mm for the others."""
    topology: Topology = "cubes"
    """Marching cubes, or the template's topology: the same for every head, with UVs and parts."""
    voxel: float = 1.5
    """Edge of a voxel of marching cubes, in mm."""
    json: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Print one JSON object a head instead of a line."""

    def run(self) -> None:
        """Load the model, make the meshes, write them and tell about them; `seconds` is from the codes to the file.

        Raises FacewrightError if any of that is not possible.
        """
        unit = self.unit or default_unit(file_format(self.out))
        model = load(self.model or bundled_model())
        target = parse_assignments(self.morph, model.components)
        heads = self._heads(model)
        for head, path in zip(heads.values(), batch_paths(list(heads), self.out), strict=True):
            targets = {"morph": target.over(head)} if self.morph else {}
            settings = ExportSettings(unit, self.topology, self.voxel, targets, self.expressions)
            start = time.perf_counter()
            mesh = export_head(model, head, path, settings)
            self._tell(path, mesh, model, time.perf_counter() - start)

    def _heads(self, model: HeadModel) -> dict[str, Parameters]:
        """The heads asked for, by name."""
        given = parse_assignments(self.set, model.components)
        if self.project is not None and self.random is not None:
            raise FacewrightError("A project's heads or random ones: give --project or --random, not both.")
        if self.project is not None:
            project = load_project(self.project)
            if project.fingerprint != model.fingerprint:
                raise FacewrightError(
                    f"{self.project} was made with the model {project.model_name}, not with {model.name}: give its "
                    "own with --model."
                )
            return {variant.name: given.over(variant.parameters) for variant in project.state.variants}
        if self.random is None:
            return {"head": given}
        if self.random < 1:
            raise FacewrightError("--random needs a number of heads, 1 or more.")
        numbers = range(self.random)
        return {str(n + 1): given.over(random_head(model.components, self.seed + n)) for n in numbers}

    def _tell(self, path: Path, mesh: TriangleMesh, model: HeadModel, seconds: float) -> None:
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


def main() -> int:
    """Run the command that the arguments name; return the exit status."""
    command = tyro.extras.subcommand_cli_from_dict(
        {"mesh": Mesh}, prog="facewright-core", description="Heads from a model, without a window."
    )
    try:
        command.run()
    except FacewrightError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
