"""All operations of the window, in random order, and the memory that they take."""

from __future__ import annotations

import os
import queue
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tests.bench.robustness_child import PATIENCE_S, Child, opened, tell
from tests.bench.window import resident_mb
from tests.editor.patience import pause

if TYPE_CHECKING:
    import numpy as np
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMenu

    from facewright.editor.main_window import MainWindow

FIRST, EVERY = 500, 50
"""Operations before memory is to be flat; operations between two looks at it."""
_MOST_GROWTH = 1.05
_NEVER = ("Quit",)
"""What ends the program."""
_SETTLE_S = 20.0
_CALM_S, _CALM_MB = 1.5, 2.0
"""Memory that changes by less in that time is that of a program at rest."""


def run(minutes: float, seed: int) -> tuple[Counter[str], dict[str, object]]:
    """Soak for so long; the counts, and how memory went."""
    counts: Counter[str] = Counter()
    memory: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        child = Child("tests.bench.robustness_soak", Path(home), home, str(minutes), str(seed))
        last = "the start"
        try:
            while (line := child.line(PATIENCE_S)) is not None:
                last = line.get("does", last)
                counts.update({line["was"]: 1} if "was" in line else {})
                memory += [line["mb"]] if "mb" in line else []
        except queue.Empty:
            counts["hang"] += 1
            print(f"hangs in {last}", file=sys.stderr)
        said = child.end()
        if "Traceback" in said or "Fatal" in said:
            counts["traceback"] += said.count("Traceback") + said.count("Fatal")
            print(f"after {last}:\n{said[-4000:]}", file=sys.stderr)
    settled = memory[FIRST // EVERY :]
    growth = max(settled[-3:]) / settled[0] if len(settled) > 3 else 1.0
    counts["over_memory"] += growth > _MOST_GROWTH
    done = counts["clean"] + counts["refused"]
    return counts, {"resident_mb": memory, "growth_after_500": growth, "operations": done}


class Hand:
    """Does one random thing after the other."""

    def __init__(self, window: MainWindow, home: Path, rng: np.random.Generator) -> None:
        self.window, self._home, self._rng = window, home, rng

    def act(self) -> str:
        """Do something, and close what it has opened; `refused` if a box said why not."""
        rng, window = self._rng, self.window
        kind = rng.random()
        if kind < 0.4:
            self._slide()
        elif kind < 0.6:
            from tests.editor.random_edits import act

            act(window.document, rng)
        elif kind < 0.64:
            tell(does="save and open")
            window.projects.save_as(self._home / "soak.facewright")
            self._wait(0.5)
            window.projects.open(self._home / "soak.facewright")
        else:
            actions = list(self._actions())
            action = actions[rng.integers(len(actions))]
            tell(does=action.text())
            action.trigger()
        self._wait(rng.uniform(0.0, 0.15))
        return self._close_dialogs()

    def settle(self) -> None:
        """Wait for the surface of the sliders, for what is computed from it, and for what is freed later."""
        document, evaluator = self.window.document, self.window.pipeline
        end = time.monotonic() + _SETTLE_S
        while evaluator.full_mesh(document.model, document.parameters) is None and time.monotonic() < end:
            self._wait(0.05)
        mb, calm, end = resident_mb(), time.monotonic(), time.monotonic() + _SETTLE_S
        while time.monotonic() - calm < _CALM_S and time.monotonic() < end:
            self._wait(0.1)
            if abs(resident_mb() - mb) > _CALM_MB:
                mb, calm = resident_mb(), time.monotonic()

    def _slide(self) -> None:
        rng, panels = self._rng, list(self.window.panels.panels.values())
        rows = panels[rng.integers(len(panels))].rows
        slider = rows[rng.integers(len(rows))].slider
        tell(does=f"slide {slider.accessibleName()}")
        self.window.document.begin_gesture()
        for value in rng.integers(-20, 21, rng.integers(1, 5)).tolist():
            slider.setValue(value)
            self._wait(0.02)
        self.window.document.end_gesture()

    def _actions(self) -> list[QAction]:
        found, waiting = [], list(self.window.menuBar().actions())
        while waiting:
            action = waiting.pop()
            if menu := cast("QMenu | None", action.menu()):
                waiting += menu.actions()
            elif action.isEnabled() and not action.isSeparator() and action.text().replace("&", "") not in _NEVER:
                found.append(action)
        return found

    def _close_dialogs(self) -> str:
        """Close all that is open, the last first; what is asked is answered with no."""
        from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QProgressDialog

        was = "clean"
        for _ in range(50):
            open_ = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
            if not open_:
                break
            for dialog in reversed(open_):
                if isinstance(dialog, QMessageBox):
                    was = "refused"
                    discard = dialog.button(QMessageBox.StandardButton.Discard)
                    discard.click() if discard else dialog.reject()
                elif not isinstance(dialog, QProgressDialog):
                    dialog.reject()
            self._wait(0.1)
        popup = QApplication.activePopupWidget()
        if popup:
            popup.close()
        return was

    @staticmethod
    def _wait(seconds: float) -> None:

        pause(round(1000 * seconds))


def soak(home: Path, minutes: float, seed: int) -> None:
    """Do what can be done, for so long."""
    import numpy as np
    from PySide6.QtCore import QTimer

    application, window = opened()
    hand = Hand(window, home, np.random.default_rng(seed))

    def work() -> None:
        hand.settle()
        tell(does="begin", mb=resident_mb())
        end, number = time.monotonic() + 60.0 * minutes, 0
        while time.monotonic() < end:
            tell(was=hand.act())
            number += 1
            if number % EVERY == 0:
                hand.settle()
                tell(does=f"{number} operations", mb=resident_mb())
        window.document.set_saved(None, window.document.mark())
        window.close()
        application.quit()

    QTimer.singleShot(0, work)
    application.exec()


if __name__ == "__main__":
    soak(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
    os._exit(0)
