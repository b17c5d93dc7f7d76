"""One session at the real program: started by `test_editor.py` as a process, driven by mouse and keys.

Run as `python -m tests.e2e.drive_editor MODEL OBJ`; prints JSON facts, and exits as the program does.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from editor.__main__ import main
from editor.evaluation import FULL, Evaluation
from editor.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Callable

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
PATIENCE_S = 60.0
facts: dict[str, object] = {}


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Let the program run until a condition holds."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        QTest.qWait(5)


def session(obj: str) -> None:
    """Drag the first nose slider, undo, redo, export, close."""
    wait_for(lambda: any(isinstance(w, MainWindow) for w in QApplication.topLevelWidgets()), "the window")
    window = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))
    shown: list[Evaluation] = []
    window.evaluator.evaluated.connect(shown.append)

    def settled() -> bool:
        return window.evaluator.full_mesh(window.document.model, window.document.parameters) is not None

    wait_for(settled, "the mean head")
    window.activateWindow()
    wait_for(window.isActiveWindow, "the window to be active")
    facts["title"] = window.windowTitle()

    shown.clear()
    slider = window.panels.panels["nose"].rows[0].slider
    middle = slider.rect().center()
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=middle)
    for step in range(1, 11):
        QTest.mouseMove(slider, middle + QPoint(step * slider.width() // 40, 0))
        QTest.qWait(1)
    wait_for(lambda: window.status.state.text() == "Ready", "the surface under the hand")
    facts["levels_while_dragging"] = sorted({evaluation.job.level for evaluation in shown})
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=middle + QPoint(slider.width() // 4, 0))
    wait_for(settled, "the full surface after the drag")
    dragged = window.document.parameters
    facts["nose"] = dragged.nose
    facts["steps"] = window.document.undo_stack.count()

    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    wait_for(settled, "the surface after undo")
    facts["nose_after_undo"] = window.document.parameters.nose
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL | SHIFT)
    wait_for(settled, "the surface after redo")
    facts["redone"] = window.document.parameters == dragged
    facts["last_level_is_full"] = shown[-1].job.level == FULL
    facts["last_shown_is_the_sliders"] = shown[-1].job.parameters == dragged

    exported: list[object] = []
    window.files.exported.connect(exported.append)
    QTest.keyClick(window, Qt.Key.Key_E, CONTROL)
    wait_for(lambda: window.findChildren(QFileDialog), "the file dialog")
    dialog = window.findChildren(QFileDialog)[0]
    name = dialog.findChildren(QLineEdit)[0]
    name.setText(obj)
    QTest.keyClick(name, Qt.Key.Key_Return)
    wait_for(lambda: exported, "the export")

    slider.setValue(-30)  # leaves an evaluation running
    window.close()


def run(obj: str) -> None:
    """Run the session; end the program with its traceback if it fails."""
    try:
        session(obj)
    except BaseException:
        traceback.print_exc()
        QApplication.exit(70)


if __name__ == "__main__":
    model_path, obj_path = sys.argv[1:]
    application = QApplication(["facewright"])
    application.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    QTimer.singleShot(0, lambda: run(obj_path))
    sys.argv = ["facewright", "--model", model_path]
    status = main()
    facts["threads"] = [t.name for t in threading.enumerate() if t.name.startswith(("evaluation", "files"))]
    sys.stdout.write(json.dumps(facts))
    sys.exit(status)
