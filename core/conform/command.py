"""The command that conforms a mesh: `facewright-core conform`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from tqdm import tqdm

from facewright.core.anthropometry.landmarks import parse_landmarks
from facewright.core.atomic_file import require_writable
from facewright.core.conform.studio_mesh import SUFFIX, read_studio_mesh
from facewright.core.device import AUTOMATIC, use
from facewright.core.errors import FacewrightError
from facewright.core.exchange.shape import UnitChoice, chosen
from facewright.core.model.model_file import load, model_path


@dataclass(frozen=True)
class ConformCommand:
    """Register a mesh of a head, in any pose and unit, once: heads can then be written on its topology."""

    mesh: tyro.conf.Positional[Path]
    """OBJ, GLB, PLY or STL file of a realistic head with a closed mouth; quads, UVs and groups are kept."""
    out: Annotated[Path, tyro.conf.arg(help=f"File to write, for mesh --topology; its name ends in .{SUFFIX}.")]
    unit: UnitChoice = "auto"
    """Unit of the mesh; sought by default."""
    landmark: Annotated[tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="NAME=X,Y,Z")] = ()
    """Place the mesh by five landmarks in its own unit and frame: en_r, en_l, prn, ch_r, ch_l."""
    model: Path | None = None
    """Model file, or people or adults, which ship along; people by default."""
    device: str = AUTOMATIC
    """Where to evaluate the model: auto, cpu, cuda, cuda:1 (the second GPU) or mps."""

    def run(self) -> None:
        """Read, register, write and tell; FacewrightError if any of that is not possible."""
        from facewright.core.conform.conformed import conform  # imports numba, which takes a second
        from facewright.core.conform.topology_file import save_topology

        start = time.perf_counter()
        if self.out.suffix.lower() != f".{SUFFIX}":
            raise FacewrightError(f"{self.out.name}: a topology's file ends in .{SUFFIX}.")
        require_writable(self.out)
        use(self.device)
        mesh = read_studio_mesh(self.mesh)
        landmarks = parse_landmarks(self.landmark) if self.landmark else None
        model = load(model_path(self.model))
        with tqdm(total=100, desc="Conforming", disable=None, leave=False) as bar:

            def tell(share: float) -> None:
                bar.update(round(100.0 * share) - bar.n)

            topology = conform(model, mesh, chosen(self.unit), landmarks, tell)
        save_topology(topology, self.out)
        faces = topology.layout.polygons
        print(
            f"{self.out}: {len(topology.rest)} vertices, {int((faces[:, 3] >= 0).sum())} quads, "
            f"{int((faces[:, 3] < 0).sum())} triangles, {'with' if len(topology.layout.uv) else 'without'} UVs; "
            f"{time.perf_counter() - start:.0f} s"
        )
        for note in mesh.notes:
            print(f"{self.mesh.name}: {note}")
