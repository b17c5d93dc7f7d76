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
from core.mesh import write_obj
from core.model_file import bundled_model, load
from core.parameters import parse_assignments
from core.provenance import provenance
from core.surface import head_mesh


@dataclass(frozen=True)
class Mesh:
    """Write a head as one closed surface, an OBJ file in mm."""

    out: Path
    """OBJ file to write."""
    set: Annotated[tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="CODE.COMPONENT=σ")] = ()
    """A coefficient, such as nose.1=3: the first component of the nose at +3 σ. Those not given are 0."""
    model: Path | None = None
    """Model file; the bundled one by default."""
    voxel: float = 1.5
    """Edge of a voxel of marching cubes, in mm."""
    json: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Print one JSON object instead of a line."""

    def run(self) -> None:
        """Load the model, make the mesh, write it and tell about it; `seconds` is from the codes to the mesh.

        Raises FacewrightError if any of that is not possible.
        """
        model = load(self.model or bundled_model())
        parameters = parse_assignments(self.set, model.components)
        start = time.perf_counter()
        mesh = head_mesh(model, parameters, self.voxel)
        seconds = time.perf_counter() - start
        write_obj(mesh, self.out, provenance(model, parameters))
        facts = {
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
                f"{self.out}: {len(mesh.vertices)} vertices, {len(mesh.faces)} faces, {closed}, "
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
