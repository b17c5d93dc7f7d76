"""Two heads in one file: a GLB that morphs one random head into another.

    python examples/morph_target.py --out morph.glb

On the production mesh all heads of a model have the same faces and UVs, so one can be a morph target of another.
"""

from __future__ import annotations

from pathlib import Path

import tyro

from facewright.core.exchange.export import ExportSettings, export_head
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import random_head


def main(out: Path = Path("morph.glb"), first: int = 1, second: int = 2) -> None:
    """Write a head and its morph target.

    Args:
        out: GLB file to write.
        first: Seed of the head.
        second: Seed of the head that it morphs into.
    """
    model = load(bundled_model())
    head, other = (random_head(model.components, seed) for seed in (first, second))
    mesh = export_head(model, head, out, ExportSettings(unit="m", targets={f"head {second}": other}))
    print(f"{out}: {len(mesh.vertices)} vertices, one morph target")


if __name__ == "__main__":
    tyro.cli(main)
