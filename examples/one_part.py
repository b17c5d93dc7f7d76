"""One part moves, the rest does not: five noses on one head.

    python examples/one_part.py --out noses

writes five OBJ files and says how far the signed distance changed outside the nose's window: 0, not nearly 0.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tyro

from facewright.core.exchange.export import ExportSettings, export_head
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters


def main(out: Path = Path("noses"), voxel_mm: float = 1.5) -> None:
    """Write one head with five noses.

    Args:
        out: Folder of the files.
        voxel_mm: Edge of a voxel of marching cubes.
    """
    model = load(bundled_model())
    out.mkdir(parents=True, exist_ok=True)
    low, high = model.bounds_mm
    points = np.random.default_rng(0).uniform(low, high, (20_000, 3)).astype(np.float32)
    mean = model.field(Parameters())
    outside = mean.window("nose", points) == 0.0
    for sigma in (-3.0, -1.5, 0.0, 1.5, 3.0):
        head = Parameters(nose=(sigma,))
        export_head(model, head, out / f"nose_{sigma:+.1f}.obj", ExportSettings(topology="cubes", voxel_mm=voxel_mm))
        change = np.abs(model.field(head).distance(points) - mean.distance(points))
        print(f"{sigma:+.1f} σ: {change[~outside].max():.2f} mm inside the window, {change[outside].max()} mm outside")


if __name__ == "__main__":
    tyro.cli(main)
