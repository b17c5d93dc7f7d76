"""An artist's session at the real program: candidates, a pull, an own slider on another head, a brush, an export.

Run as `python -m tests.e2e.drive_artist MODEL FOLDER`; prints JSON facts, and exits as the program does.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMessageBox

from facewright.core.sculpt.brush import Brush
from facewright.core.sculpt.dabs import to_record
from facewright.editor.candidates.sheet import CandidateSheet
from facewright.editor.viewport.tool import Touch
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

if TYPE_CHECKING:
    from facewright.editor.main_window import MainWindow

facts: dict[str, object] = {}


def session(folder: Path) -> None:
    """Draw candidates and use one, age it, pull it, save that as a slider, use that elsewhere, brush, export, close."""
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

    wait_for(window.panels.head.rows.isEnabled, "the sliders in words")
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
    window.own.sliders["Pulled"].slider.setValue(100)
    parts = [
        np.subtract(*(np.pad(head.code(code), (0, 3 - len(head.code(code)))) for head in (pulled, aged)))
        - np.pad(document.parameters.code(code), (0, 3 - len(document.parameters.code(code))))
        for code in ("nose", "eyes", "mouth", "remainder")
    ]
    facts["moves_alike"] = bool(np.abs(parts).max() < 1e-6)
    wait_until_settled(window, "the head with the own slider")
    brush(window)
    export(window, folder / "head.glb")
    facts["dabs"] = to_record(document.parameters.dabs)
    facts["parameters"] = {code: document.parameters.code(code) for code in ("nose", "eyes", "mouth", "remainder")}
    window.close()
    answer(window, QMessageBox.StandardButton.Discard)


def brush(window: MainWindow) -> None:
    """Inflate the most forward point with the brush, and bring a stroke that was undone back."""
    document, shown = window.document, window.pipeline.on_screen
    assert shown is not None
    QTest.keyClick(window, Qt.Key.Key_B)
    facts["panel"] = window.brush.isVisible()
    vertices = shown.painting.head.mesh.vertices
    point = vertices[vertices[:, 2].argmax()].astype(np.float64)
    way = np.array([20.0, 0.0, -1.0])
    window.brush_tool.set_brush(Brush(radius=40.0, strength=1.0))
    window.brush_tool.grab(point)
    window.brush_tool.drag(way, Touch(point + way, np.array([0.0, 0.0, 1.0])))
    window.brush_tool.release()
    wait_for(lambda: document.gesture is None and document.parameters.dabs, "the stroke to end")
    stroke = document.parameters.dabs
    document.undo_stack.undo()
    facts["undone"] = document.parameters.dabs == ()
    document.undo_stack.redo()
    facts["redone"] = document.parameters.dabs == stroke
    window.actions_.edit.brush.trigger()
    wait_until_settled(window, "the head with the brush's work")


if __name__ == "__main__":
    model_path, place = sys.argv[1:]
    status = drive(lambda: session(Path(place)), ["--model", model_path])
    sys.stdout.write(json.dumps(facts))
    sys.exit(status)
