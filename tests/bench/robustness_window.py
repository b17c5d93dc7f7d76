"""The window while it refuses files that would fill the memory: how long it keeps people waiting, and what it takes."""

from __future__ import annotations

import os
import queue
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.bench.robustness_child import PATIENCE_S, Child, opened, tell
from tests.bench.window import resident_mb

MOST_S, MOST_MB = 0.5, 1000.0
"""How long the window may answer nobody; how much memory a refusal may take beyond what the program has."""
_LONGEST_S = 60.0
"""A file neither refused nor opened by then is counted as a hang."""


def run(minutes: float, seed: int) -> tuple[Counter[str], dict[str, object]]:
    """Open each file once; the counts, and the longest wait and the most memory of each."""
    counts: Counter[str] = Counter()
    files: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as home:
        child = Child("tests.bench.robustness_window", Path(home), home)
        last = "the start"
        try:
            while (line := child.line(PATIENCE_S)) is not None:
                last = line.pop("file", last)
                if was := line.pop("was", None):
                    counts[was] += 1
                    counts["hang"] += line["waited_s"] > MOST_S
                    counts["over_memory"] += line["more_mb"] > MOST_MB
                    files[last] = {"was": was, **line}
        except queue.Empty:
            counts["hang"] += 1
            print(f"hangs at {last}", file=sys.stderr)
        said = child.end()
        if "Traceback" in said or "Fatal" in said:
            counts["traceback"] += 1
            print(f"after {last}:\n{said[-4000:]}", file=sys.stderr)
    return counts, {"files": files}


def _session(home: Path) -> None:
    """Open the files in a window, one after the other."""
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtWidgets import QDialog

    from tests.bench.bombs import bombs

    application, window = opened()
    longest, most, last = 0.0, 0.0, time.perf_counter()

    def tick() -> None:
        nonlocal longest, most, last
        now = time.perf_counter()
        longest, most, last = max(longest, now - last), max(most, resident_mb()), now

    ticker = QTimer(window)
    ticker.setTimerType(Qt.TimerType.PreciseTimer)
    ticker.timeout.connect(tick)
    ticker.start(5)

    def settle(condition: object = None) -> bool:
        end = time.monotonic() + _LONGEST_S
        while time.monotonic() < end:
            application.processEvents()
            time.sleep(0.002)
            if callable(condition) and condition():
                return True
        return condition is None

    def boxes() -> list[QDialog]:
        return [w for w in application.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]

    def work() -> None:
        nonlocal longest, most, last
        document = window.document
        settle(lambda: window.pipeline.full_mesh(document.model, document.parameters) is not None)
        for path in bombs(home):
            for box in boxes():
                box.reject()
            window.scans.close_scan()
            before, longest, last = resident_mb(), 0.0, time.perf_counter()
            most, started = before, last
            tell(file=f"{path.parent.name} {path.suffix}")
            if path.suffix == ".facewright":
                window.projects.open(path)
                done = settle(boxes)
            else:
                window.scans.open(path)
                done = settle(lambda: not window.scans.doing.startswith("Reading"))
            was = "hang" if not done else "refused" if boxes() or not window.scans.placement else "clean"
            seconds = round(time.perf_counter() - started, 2)
            tell(was=was, seconds=seconds, waited_s=round(longest, 3), more_mb=round(most - before))
        for box in boxes():
            box.reject()
        document.set_saved(None, document.mark())
        window.close()
        application.quit()

    QTimer.singleShot(0, work)
    application.exec()


if __name__ == "__main__":
    _session(Path(sys.argv[1]))
    os._exit(0)
