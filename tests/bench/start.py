"""From the command to the window and its first heads: `xvfb-run python tests/bench/start.py --json FILE`.

Every start is a process of its own, which imports nothing but Qt before the editor does. The window comes with the mean
head as the model's file holds it; then its surface is evaluated, and eyes, brows and skin are made.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import tyro

_BEGAN = "FACEWRIGHT_BENCH_BEGAN"
_NATURAL = "AsExported"
"""The class of a painting's head in natural colours."""


@dataclass(frozen=True)
class Options:
    """What to measure."""

    starts: int = 5
    json: Path | None = None
    """Where to write the figures."""


def started(settings: str) -> dict[str, float]:
    """Seconds from the command to the window, the first evaluated head and the natural one, of one start.

    settings : a folder for them, so that nobody's own are read or changed.
    """
    environment = os.environ | {_BEGAN: repr(time.time()), "XDG_CONFIG_HOME": settings}
    command = [sys.executable, str(Path(__file__).resolve())]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def watch(began: float) -> None:
    """Start the editor in this process, print when what is seen, and end it."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    application = QApplication(sys.argv[:1])
    seen: dict[str, float] = {}

    def look() -> None:
        module = sys.modules.get("facewright.editor.main_window")  # importing it is a part of what is measured
        windows = [
            each for each in application.topLevelWidgets() if isinstance(each, getattr(module, "MainWindow", ()))
        ]
        window: Any = next(iter(windows), None)
        if window is None:
            return
        seen.setdefault("window", time.time() - began)
        shown = window.pipeline.on_screen
        if shown is not None:
            seen.setdefault("head", time.time() - began)
        if shown is not None and type(shown.painting.head).__name__ == _NATURAL:
            seen["natural"] = time.time() - began
            print(json.dumps(seen), flush=True)
            os._exit(0)

    timer = QTimer(interval=10)
    timer.timeout.connect(look)
    timer.start()
    from facewright.editor.__main__ import main

    sys.exit(main())


def main() -> None:
    """Measure, print and write."""
    options = tyro.cli(Options, description=__doc__)
    with tempfile.TemporaryDirectory() as settings:
        started(settings)  # the first welcomes, and compiles in a new installation
        each = [started(settings) for _ in range(options.starts)]
    figures = {
        f"{name}_s": {"median": median(s[name] for s in each), "all": [s[name] for s in each]} for name in each[0]
    }
    text = json.dumps(figures, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    if _BEGAN in os.environ:
        watch(float(os.environ[_BEGAN]))
    else:
        main()
