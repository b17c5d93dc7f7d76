"""One session at the real program: started by `test_editor.py` as a process, driven by mouse and keys.

Run as `python -m tests.e2e.drive_editor MODEL OBJ`; prints JSON facts, and exits as the program does.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from facewright.editor.live.detail import FINEST
from tests.e2e.driver import CONTROL, SHIFT, answer, drive, name_file, the_window, wait_for, wait_until_settled, written
from tests.editor.patience import pause

if TYPE_CHECKING:
    from facewright.editor.live.evaluation import HeadEvaluation

facts: dict[str, object] = {}


def session(obj: Path) -> None:
    """Drag the first nose slider, undo, redo, export, open what was exported in a dialog with a viewport, close."""
    window = the_window()
    shown: list[HeadEvaluation] = []
    window.pipeline.computed.connect(shown.append)
    facts["title"] = window.windowTitle()
    facts["colouring"] = window.viewport.display.colouring

    slider = window.panels.panels["nose"].rows[0].slider
    middle = slider.rect().center()
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=middle)
    for step in range(1, 11):
        QTest.mouseMove(slider, middle + QPoint(step * slider.width() // 40, 0))
        pause(1)
    wait_for(lambda: window.status.state.text() == "Ready", "the surface under the hand")
    facts["levels_while_dragging"] = sorted({evaluation.job.level for evaluation in shown})
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=middle + QPoint(slider.width() // 4, 0))
    wait_until_settled(window, "the full surface after the drag")
    dragged = window.document.parameters
    facts["nose"] = dragged.nose
    facts["steps"] = window.document.undo_stack.count()

    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    wait_until_settled(window, "the surface after undo")
    facts["nose_after_undo"] = window.document.parameters.nose
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL | SHIFT)
    wait_until_settled(window, "the surface after redo")
    facts["redone"] = window.document.parameters == dragged
    facts["last_level_is_finest"] = shown[-1].job.level == FINEST
    facts["last_shown_is_the_sliders"] = shown[-1].job.parameters == dragged

    with written(window.files.exported, "the export"):
        QTest.keyClick(window, Qt.Key.Key_E, CONTROL)
        name_file(window, obj)

    heights = [window.viewport.canvas.height()]
    anatomies = window.training.anatomies
    anatomies.open(obj)
    wait_for(lambda: anatomies.dialog is not None, "another viewport, in a dialog")
    heights.append(window.viewport.canvas.height())
    assert anatomies.dialog
    anatomies.dialog.reject()
    wait_for(lambda: anatomies.dialog is None, "the end of the dialog")
    facts["canvas_heights"] = [*heights, window.viewport.canvas.height()]

    slider.setValue(-30)  # leaves an evaluation running
    window.close()
    answer(window, QMessageBox.StandardButton.Discard)


if __name__ == "__main__":
    model_path, obj_path = sys.argv[1:]
    status = drive(lambda: session(Path(obj_path)), ["--model", model_path])
    facts["threads"] = [t.name for t in threading.enumerate() if t.name.startswith(("evaluation", "files", "autosave"))]
    sys.stdout.write(json.dumps(facts))
    sys.exit(status)
