"""A nose by its measurements: ask for an angle, keep two lengths, get the nose.

    python examples/nose_to_measure.py --angle 105

prints what was reached and writes the measurements before and after as CSV.
"""

from __future__ import annotations

from pathlib import Path

import tyro

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import measure
from facewright.core.anthropometry.measure_tables import to_csv
from facewright.core.anthropometry.solve import solve
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import random_head


def main(angle: float = 105.0, seed: int = 3, out: Path = Path("before_and_after.csv")) -> None:
    """Solve for a nasolabial angle on a random head.

    Args:
        angle: The angle wanted, in degrees.
        seed: Which random head.
        out: CSV file to write.
    """
    model = load(bundled_model())
    head = random_head(model.components, seed)
    solution = solve(model, head, {"nasolabial_angle": angle}, locked=["bridge_length", "nasal_width"])
    print(solution.said)
    before, after = (measure(model, find_landmarks(model, each)) for each in (head, solution.parameters))
    out.write_text(to_csv(after, before), encoding="utf-8")


if __name__ == "__main__":
    tyro.cli(main)
