"""An artist's session at the real program: candidates, a pull, a slider of one's own on another head, an export.

Run as `python -m tests.e2e.drive_artist MODEL FOLDER`; prints JSON facts, and exits as the program does.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMessageBox

from facewright.editor.candidates.sheet import CandidateSheet
from tests.e2e.driver import (
    ALT,
    CONTROL,
    SHIFT,
    activate,
    answer,
    drive,
    export,
    opened,
    the_window,
    wait_for,
    wait_until_settled,
)
from tests.editor.patience import pause

facts: dict[str, object] = {}


def session(folder: Path) -> None:
    """Draw candidates and use one, age it, pull it, save that as a slider, use that on another head, export, close."""
    window = the_window()
    document = window.document
    QTest.keyClick(window, Qt.Key.Key_G, CONTROL | ALT)
    sheet = opened(window, CandidateSheet)
    wait_for(lambda: not any(cell.icon().isNull() for cell in sheet.cells), "twelve heads")
    candidate = sheet.heads[4]
    QTest.mouseClick(sheet.cells[4], Qt.MouseButton.LeftButton)
    QTest.mouseClick(sheet.use, Qt.MouseButton.LeftButton)
    facts["is_candidate"] = document.parameters == candidate
    facts["variants"] = len(document.state.variants)
    activate(window)

    window.panels.head.rows.fields["Age"].setValue(0.05)
    facts["aged"] = document.parameters != candidate
    wait_until_settled(window, "the aged head")
    window.actions_.view.compare_this.trigger()
    window.actions_.edit.drag.trigger()
    aged, shown = document.parameters, window.pipeline.on_screen
    assert shown is not None
    vertices = shown.painting.head.mesh.vertices
    window.grab_tool.grab(vertices[vertices[:, 2].argmax()])
    for step in range(1, 6):
        window.grab_tool.drag(np.array([0.0, 0.0, 1.0 * step]))
        pause(20)
    window.grab_tool.release()
    wait_for(lambda: document.gesture is None and document.parameters != aged, "the pull to end")
    facts["pulled"] = document.parameters != aged
    facts["step"] = document.undo_stack.undoText().rpartition(" ")[2]
    pulled = document.parameters
    window.actions_.edit.drag.trigger()

    QTest.keyClick(window, Qt.Key.Key_D, CONTROL | ALT)
    dialog = opened(window, QInputDialog)
    [name] = dialog.findChildren(QLineEdit)
    QTest.keyClicks(name, "Pulled")
    QTest.keyClick(name, Qt.Key.Key_Return)
    wait_for(lambda: "Pulled" in window.own.sliders, "the slider")
    QTest.keyClick(window, Qt.Key.Key_A, ALT | SHIFT)  # another head: the mean
    window.own.sliders["Pulled"].setValue(100)
    parts = [
        np.subtract(*(np.pad(head.code(code), (0, 3 - len(head.code(code)))) for head in (pulled, aged)))
        - np.pad(document.parameters.code(code), (0, 3 - len(document.parameters.code(code))))
        for code in ("nose", "eyes", "mouth", "remainder")
    ]
    facts["moves_alike"] = bool(np.abs(parts).max() < 1e-6)
    wait_until_settled(window, "the head with the own slider")
    export(window, folder / "head.glb")
    facts["parameters"] = {code: document.parameters.code(code) for code in ("nose", "eyes", "mouth", "remainder")}
    window.close()
    answer(window, QMessageBox.StandardButton.Discard)


if __name__ == "__main__":
    model_path, place = sys.argv[1:]
    status = drive(lambda: session(Path(place)), ["--model", model_path])
    sys.stdout.write(json.dumps(facts))
    sys.exit(status)
