"""Two sessions at the real program with a crash between them, started by `test_crash.py` as two processes.

Run as `python -m tests.e2e.drive_crash MODEL before FOLDER`, which kills itself, then as
`python -m tests.e2e.drive_crash MODEL after FOLDER`. Both print JSON facts; the project and the exports lie in FOLDER.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from facewright.core.parts import CODES
from facewright.editor.storage.recovery import RecoveryDialog
from tests.e2e.driver import (
    ALT,
    CONTROL,
    SHIFT,
    activate,
    answer,
    drag,
    drive,
    export,
    name_file,
    opened,
    opened_window,
    the_window,
    wait_for,
    wait_until_settled,
    written,
)

if TYPE_CHECKING:
    from facewright.editor.main_window import MainWindow

facts: dict[str, object] = {}


def tell(window: MainWindow) -> None:
    """Print the facts, with what the document now holds."""
    document = window.document
    facts["variants"] = [variant.name for variant in document.state.variants]
    facts["locked"] = sorted(document.state.locked)
    facts["steps"] = document.undo_stack.count()
    facts["parameters"] = {code: document.parameters.code(code) for code in CODES}
    sys.stdout.write(json.dumps(facts))
    sys.stdout.flush()


def before(folder: Path) -> None:
    """Edit, lock, draw, branch, blend, undo to the start, redo to the end, save, go on, and be killed."""
    window = the_window()
    document, panels = window.document, window.panels.panels
    drag(panels["nose"].rows[0].slider, 0.25)
    drag(panels["nose"].rows[1].slider, 0.1)
    nose = document.parameters.nose
    QTest.keyClick(window, Qt.Key.Key_N, CONTROL | ALT)  # lock
    QTest.keyClick(window, Qt.Key.Key_A, CONTROL | SHIFT)  # random head
    facts["nose_stayed"] = document.parameters.nose == nose
    QTest.keyClick(window, Qt.Key.Key_T, CONTROL)  # new variant
    QTest.keyClick(window, Qt.Key.Key_E, CONTROL | SHIFT)  # random eyes
    QTest.keyClick(window, Qt.Key.Key_B, CONTROL)  # the blend panel
    wait_for(window.blend.whole.slider.isVisible, "the blend panel")
    drag(window.blend.parts["eyes"].slider, 0.2)
    end, count = document.state, document.undo_stack.count()
    for _ in range(count):
        QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    facts["undone"] = document.parameters == type(document.parameters)() and not document.undo_stack.canUndo()
    for _ in range(count):
        QTest.keyClick(window, Qt.Key.Key_Z, CONTROL | SHIFT)
    facts["redone"] = document.state == end
    with written(window.projects.saved, "the project"):
        QTest.keyClick(window, Qt.Key.Key_S, CONTROL)
        name_file(window, folder / "mine.facewright")
    drag(panels["mouth"].rows[0].slider, 0.2)  # only in the journal
    tell(window)
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def after(folder: Path) -> None:
    """Restore what the crash left, export it in three ways beside what the screen shows, and close."""
    window = opened_window()
    opened(window, RecoveryDialog).restore.click()
    wait_for(lambda: window.document.undo_stack.count() > 0, "the restored project")
    wait_until_settled(window, "the restored head")
    document, pane = window.document, window.viewport.panes.head
    finest = window.pipeline.full_mesh(document.model, document.parameters)
    assert finest
    wait_for(lambda: len(pane.points) == len(finest.vertices), "its picture")  # painted after it was evaluated
    np.save(folder / "screen.npy", pane.points)
    activate(window)
    with written(window.files.exported, "the surface"):
        QTest.keyClick(window, Qt.Key.Key_E, CONTROL)
        name_file(window, folder / "screen.obj")
    for suffix in ("glb", "obj"):
        activate(window)
        export(window, folder / f"template.{suffix}")
    facts["modified"] = window.isWindowModified()
    facts["path"] = str(window.document.path)
    tell(window)
    window.close()
    answer(window, QMessageBox.StandardButton.Discard)
    wait_for(lambda: not window.isVisible(), "the end")


if __name__ == "__main__":
    model_path, part, place = sys.argv[1:]
    sessions = {"before": before, "after": after}
    sys.exit(drive(lambda: sessions[part](Path(place)), ["--model", model_path]))
