"""Random edits of every kind, for tests and benchmarks of what becomes of them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from facewright.core.errors import FacewrightError
from facewright.core.parts import CODES, PARTS
from facewright.core.sculpt.dabs import dab
from facewright.core.surgery.plan import NO_PLAN, Operation
from facewright.editor import commands
from tests.core.scan.test_fitted_scan import some_scan

if TYPE_CHECKING:
    import numpy as np

    from facewright.editor.document import Document


def act(document: Document, rng: np.random.Generator) -> None:
    """One random operation of any kind; some are refused."""
    state = document.state
    other = int(rng.integers(len(state.variants)))
    code = CODES[rng.integers(len(CODES))]
    sigma = float(rng.uniform(-3, 3))
    one = dab(rng.uniform(-90.0, 90.0, 3), rng.uniform(-2.0, 2.0, 3), 8.0)

    def drag() -> None:
        document.begin_gesture()
        for _ in range(int(rng.integers(1, 4))):
            commands.set_coefficient(document, code, int(rng.integers(10)), float(rng.uniform(-3, 3)))
        document.end_gesture()

    def wander() -> None:
        document.undo_stack.setIndex(int(rng.integers(document.undo_stack.count() + 1)))

    def blend() -> None:
        document.begin_gesture()
        for weight in rng.uniform(size=2).tolist():
            commands.blend(document, state.variants[0], state.variants[other], PARTS, weight)
        document.end_gesture()

    operations = [
        lambda: commands.set_coefficient(document, code, 3, sigma),
        drag,
        drag,
        wander,
        document.undo_stack.undo,
        document.undo_stack.redo,
        lambda: commands.randomise_head(document, int(rng.integers(1, 99))),
        lambda: commands.reset(document, code),
        lambda: commands.branch(document, None if rng.random() < 0.5 else "Ünï <b>code</b> \n 头"),
        lambda: commands.activate(document, other),
        lambda: commands.rename(document, other, f"Name {rng.integers(9)}"),
        lambda: commands.move(document, 0, other),
        lambda: commands.delete(document, other),
        lambda: commands.set_lock(document, code, bool(rng.integers(2))),
        lambda: commands.correct_landmark(document, "prn", tuple(rng.uniform(-9, 9, 3).tolist())),
        lambda: commands.reset_landmarks(document, ["prn"]),
        lambda: commands.set_plan(document, NO_PLAN.with_operation(Operation("dorsum", sigma)), "Dorsal hump"),
        lambda: commands.set_brush_work(document, (*document.parameters.dabs, one), "Brush: Inflate"),
        lambda: commands.adopt_scan(document, some_scan()) if rng.random() < 0.1 else None,
        blend,
    ]
    with contextlib.suppress(FacewrightError):
        operations[rng.integers(len(operations))]()
