"""What is said of random heads, of training heads, and of heads whose sliders in words are at their ends.

    python -m tests.bench.plausible [MODEL]

A line for each kind of head: the share that is called typical, unusual and extreme, before and with a look along the
sliders. Training heads are drawn: N(0, 1) along every component.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from facewright.core.features import FeatureMap
from facewright.core.model.model_file import load
from facewright.core.parameters import Parameters, random_head
from facewright.core.parts import PARTS
from facewright.core.plausibility import Ways, of_head
from tests import ROOT

COUNT, END = 200, 3.0


def main() -> None:
    """Measure a model, by default the bundled one."""
    model = load(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "resources" / "model" / "facewright.safetensors")
    maps = {part: FeatureMap(model, part) for part in PARTS}
    ways = {part: Ways(own.basis.directions) for part, own in maps.items()}
    names = [(part, name) for part, own in maps.items() for name in own.basis.names]
    rng = np.random.default_rng(0)

    def drawn() -> Parameters:
        return Parameters.of(
            {part: rng.standard_normal(model.components[part]).clip(-5.0, 5.0).tolist() for part in PARTS}
        )

    def at_ends(head: Parameters, count: int) -> Parameters:
        for index in rng.permutation(len(names))[:count]:
            part, name = names[index]
            head = maps[part].basis.with_strength(head, name, float(rng.choice([-END, END])))
        return head

    def tell(what: str, heads: list[Parameters]) -> None:
        for look, own in (("before", None), ("with", ways)):
            levels = [of_head(head, ways=own).level for head in heads]
            shares = "  ".join(
                f"{level} {levels.count(level) / COUNT:5.1%}" for level in ("typical", "unusual", "extreme")
            )
            print(f"{what:34} {look:7} {shares}")

    randoms = [random_head(model.components, seed) for seed in range(COUNT)]
    tell("random heads", randoms)
    tell("training heads", [drawn() for _ in range(COUNT)])
    for count in range(1, 7):
        tell(f"{count} at ±{END:g} σ, from the mean", [at_ends(Parameters(), count) for _ in range(COUNT)])
        tell(f"{count} at ±{END:g} σ, from random heads", [at_ends(head, count) for head in randoms])


if __name__ == "__main__":
    main()
