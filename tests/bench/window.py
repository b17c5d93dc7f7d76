"""How fast the picture follows a slider, in the real window: `python tests/bench/window.py --json FILE`.

Every part's first slider is dragged step by step, each from the new value to the end of the next frame that VTK
paints of it; of that, `evaluate_ms` went to computing the surface, and `paint_ms` from there to the frame. The same in
natural colours with every code's first slider, `natural`: what is drawn there is the production mesh. With
`--soak 2000` that many random drags follow, and the figures tell whether the window ever stood still, whether
memory grew and whether the last surface shown is that of the sliders.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import tyro
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from pyvistaqt import QtInteractor

from facewright.core.model.model_file import bundled_model, load
from facewright.core.parts import CODES, LOCAL_PARTS
from facewright.core.traits import can_measure
from facewright.editor.document import Document
from facewright.editor.live.detail import FINEST
from facewright.editor.main_window import MainWindow

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the tests are no installed package
from tests.editor.patience import pause

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.editor.live.evaluation import HeadEvaluation
    from facewright.editor.live.painting import PaintRequest, PaintResult

PATIENCE_S = 120.0
HEARTBEAT_MS = 5


@dataclass(frozen=True)
class Options:
    """What to measure."""

    model: Path | None = None
    """Model file; the bundled one if not given."""
    json: Path | None = None
    """Where to write the figures."""
    frames: int = 60
    """Steps of each drag."""
    soak: int = 0
    """Random drags afterwards."""


class Step(NamedTuple):
    """Milliseconds from a slider's new value to the picture, of that computing and painting; what was drawn."""

    total_ms: float
    evaluate_ms: float
    paint_ms: float
    triangles: int


class Hand:
    """Drags sliders of a shown window, and sees what comes of it."""

    def __init__(self, window: MainWindow) -> None:
        """Follow what is computed and what is painted, and how long the window takes to answer."""
        self.window = window
        self.shown: HeadEvaluation | None = None
        self.painted = self.longest_pause = self._shown_at = self._on_screen_at = 0.0
        self._on_screen: PaintRequest | None = None
        self._beat = time.perf_counter()
        interactor = window.findChild(QtInteractor)
        assert isinstance(interactor, QtInteractor)
        interactor.render_window.AddObserver("EndEvent", self._paint)  # type: ignore[union-attr]
        window.pipeline.computed.connect(self._show)
        window.pipeline.screen_changed.connect(self._put_on_screen)
        self._heart = QTimer(window, interval=HEARTBEAT_MS)
        self._heart.timeout.connect(self._tick)

    def settle(self) -> None:
        """Wait until the full surface of the sliders is shown."""
        _wait(lambda: self._is_on_screen(self.window.document.parameters, settled=True))

    def let_measure(self) -> None:
        """Wait until the sliders have their names: measuring them takes a core, once on a machine."""
        _wait(lambda: not can_measure(self.window.document.model) or self.window.words.told >= set(CODES))

    def rest(self) -> None:
        """Forget the pauses so far: from here on they count."""
        self._beat, self.longest_pause = time.perf_counter(), 0.0
        self._heart.start()

    def move(self, code: CodeName, component: int, sigma: float) -> None:
        """Put a slider somewhere, as within a drag."""
        slider = self.window.panels.panels[code].rows[component].slider
        slider.setValue(round(sigma * slider.maximum() / 3.0))

    def step(self, code: CodeName, sigma: float) -> Step:
        """Move a slider, and wait for the end of the frame that shows it."""
        start = time.perf_counter()
        self.move(code, 0, sigma)
        wanted = self.window.document.parameters
        _wait(lambda: self._is_on_screen(wanted) and self.painted > self._on_screen_at)
        assert self.shown
        triangles = self.window.viewport.panes.triangles
        paint_ms = (self.painted - self._shown_at) * 1e3
        return Step((self.painted - start) * 1e3, self.shown.seconds * 1e3, paint_ms, triangles)

    def _show(self, evaluation: HeadEvaluation) -> None:
        self.shown, self._shown_at = evaluation, time.perf_counter()

    def _put_on_screen(self, painted: PaintResult) -> None:
        self._on_screen, self._on_screen_at = painted.request, time.perf_counter()

    def _is_on_screen(self, parameters: Parameters, *, settled: bool = False) -> bool:
        request = self._on_screen
        if request is None or request.evaluation.job.parameters != parameters:
            return False
        return not settled or (
            request.evaluation.job.level == FINEST and request.display == self.window.viewport.display
        )

    def _paint(self, *_: object) -> None:
        self.painted = time.perf_counter()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest_pause, self._beat = max(self.longest_pause, now - self._beat), now


def drag(hand: Hand, code: CodeName, frames: int) -> dict[str, float]:
    """Figures of one drag of a code's first slider, up to 3 σ, down to −3 and back."""
    hand.window.document.begin_gesture()
    tenths = np.unique(np.round(30 * np.sin(np.linspace(0.0, 2.0 * np.pi, frames))) / 10, return_index=True)[0]
    steps = [hand.step(code, float(tenth)) for tenth in tenths if tenth]
    hand.window.document.end_gesture()
    hand.settle()
    hand.move(code, 0, 0.0)
    hand.settle()
    totals, evaluating, painting, triangles = (np.array(column) for column in zip(*steps, strict=True))
    return {
        "median_ms": float(np.median(totals)),
        "p95_ms": float(np.percentile(totals, 95)),
        "first_ms": float(totals[0]),
        "evaluate_ms": float(np.median(evaluating)),
        "paint_ms": float(np.median(painting)),
        "triangles": int(np.median(triangles)),
    }


def soak(hand: Hand, drags: int) -> dict[str, object]:
    """Random drags, a few steps each; memory is noted after the first tenth and at the end."""
    rng = np.random.default_rng(0)
    document = hand.window.document
    megabytes: list[float] = []
    hand.rest()
    for number in range(drags):
        code = LOCAL_PARTS[rng.integers(len(LOCAL_PARTS))] if rng.random() < 0.9 else CODES[rng.integers(len(CODES))]
        component = int(rng.integers(10))
        document.begin_gesture()
        for sigma in rng.uniform(-2.0, 2.0, rng.integers(1, 5)):
            hand.move(code, component, float(sigma))
            pause(int(rng.integers(1, 30)))
        document.end_gesture()
        if number % max(drags // 10, 1) == 0:
            hand.settle()
            megabytes.append(resident_mb())
    hand.settle()
    assert hand.shown is not None
    return {
        "drags": drags,
        "longest_pause_ms": hand.longest_pause * 1e3,
        "resident_mb": [*megabytes, resident_mb()],
        "last_frame_is_the_sliders": hand.shown.job.parameters == document.parameters,
    }


def resident_mb() -> float:
    """Memory that the process holds, in MB; 0 where the system does not tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if statm.exists() else 0.0


def _wait(condition: Callable[[], bool]) -> None:
    """Let the program run until a condition holds, asleep between its events as it is in people's hands."""
    end = time.monotonic() + PATIENCE_S
    awake = QTimer(interval=100)
    awake.start()
    while not condition():
        assert time.monotonic() < end, "the surface did not come"
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def main() -> None:
    """Measure, print and write."""
    options = tyro.cli(Options, description=__doc__)
    application = QApplication(["facewright"])
    window = MainWindow(Document(load(options.model or bundled_model())))
    window.show()
    hand = Hand(window)
    hand.settle()
    hand.let_measure()
    figures: dict[str, object] = {"device": str(window.document.model.device)}
    figures["parts"] = {part: drag(hand, part, options.frames) for part in LOCAL_PARTS}
    display = window.viewport.display
    window.viewport.set_display(replace(display, colouring="natural"))
    hand.settle()
    figures["natural"] = {code: drag(hand, code, options.frames) for code in CODES}
    window.viewport.set_display(display)
    hand.settle()
    if options.soak:
        figures["soak"] = soak(hand, options.soak)
    window.close()
    application.processEvents()
    text = json.dumps(figures, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
