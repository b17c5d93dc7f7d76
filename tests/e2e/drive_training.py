"""A model trained from the menu: started by `test_elsewhere.py` as a process, driven by mouse and keys.

Run as `python -m tests.e2e.drive_training MODEL SOURCE RUN`; prints JSON facts, and exits as the program does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from facewright.editor.training.dialog import TrainingDialog
from tests.e2e.driver import CONTROL, SHIFT, answer, drag, drive, the_window, wait_for, wait_until_settled

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from facewright.editor.main_window import MainWindow
    from facewright.editor.training.record import Record

STEPS = 100_000
SETTINGS: dict[str, dict[str, float]] = {
    "run_form": {
        "subjects": 3, "steps": STEPS, "template_share": 80 / STEPS, "stage_share": 0.9, "heads": 4, "stage_points": 32,
        "surface_points": 32, "space_points": 32, "pool_heads": 4, "pool_points": 300, "sdf_learning_rate": 2e-3,
        "learning_rate": 1e-3,
    },
    "network_form": {
        "width": 16, "layers": 3, "hyper_width": 16, "blend_width": 8, "landmark_width": 16, "sdf_width": 48,
    },
}  # fmt: skip
"""A network that learns in seconds that a head is a closed lump: what is looked at here is the way there."""

facts: dict[str, object] = {}


def click(button: QWidget | None) -> None:
    """Click on a button."""
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def opened_dialog(window: MainWindow) -> TrainingDialog:
    """The training dialog, opened from the menu by its shortcut."""
    QTest.keyClick(window, Qt.Key.Key_T, CONTROL | SHIFT)
    wait_for(lambda: any(d.isVisible() for d in window.findChildren(TrainingDialog)), "the training dialog")
    return next(d for d in window.findChildren(TrainingDialog) if d.isVisible())


def start(window: MainWindow, source: str, run: str) -> None:
    """Fill the dialog in and start; a folder that holds no heads is refused first."""
    dialog = opened_dialog(window)
    dialog.folder.setText(run)
    dialog.source.set_source("ict:nowhere")
    dialog.device.setCurrentIndex(dialog.device.findData("cpu"))
    for form, values in SETTINGS.items():
        for name, value in values.items():
            getattr(dialog, form).show_value(name, value)
    click(dialog.start)
    wait_for(lambda: "no folder" in dialog.message.text(), "the refusal")
    dialog.source.set_source(source)
    click(dialog.start)
    wait_for(lambda: window.training.process.running, "the heads to be read and the run to start")


def points(record: Record, term: str) -> int:
    """How many points a term's curve has."""
    return len(record.curves[term].steps) if term in record.curves else 0


def colours(widget: QWidget) -> int:
    """How many colours a widget is drawn in."""
    picture = widget.grab().toImage()
    return len({picture.pixel(x, y) for x in range(picture.width()) for y in range(0, picture.height(), 2)})


def session(source: str, run: str) -> None:
    """Train, watch the curves, stop and keep, show the checkpoint under the edited head, move its sliders, go back."""
    window = the_window()
    training, document = window.training, window.document
    slider = window.panels.panels["nose"].rows[0].slider
    drag(slider, 0.1)
    edited, before = document.parameters, document.model
    start(window, source, run)
    panel = training.panel
    facts["panel_opened"] = panel.isVisible()
    wait_for(lambda: points(training.process.record, "gt") > 0, "the first steps")
    wait_for(lambda: points(training.process.record, "stage/nose") > 1, "the parts to be learnt")
    record = training.process.record
    facts["phases"] = list(record.turns)
    facts["terms_listed"] = panel.terms.count() == len(record.curves) > 5
    facts["curves_drawn"] = colours(panel.plot) > 8

    began = time.monotonic()
    click(panel.stop)
    wait_for(lambda: not training.process.running, "the run to stop")
    facts["seconds_to_stop"] = time.monotonic() - began
    facts["told"] = panel.state.text()
    facts["can_resume"] = panel.resume.isEnabled()

    click(panel.newest)
    wait_for(lambda: document.model is not before, "the checkpoint")
    facts["head_kept"] = document.parameters == edited
    wait_until_settled(window, "the same head of the checkpoint")
    drag(window.panels.panels["mouth"].rows[0].slider, 0.2)
    facts["moved"] = len(document.parameters.mouth)
    wait_until_settled(window, "the head that was moved")
    facts["model"] = document.model.name
    worker = [sys.executable, "-c", "import json, pickle, socket, numpy"]
    facts["worker"] = subprocess.run(worker, check=False).returncode
    QTest.mouseClick(
        panel.checkpoints.viewport(), Qt.MouseButton.LeftButton,
        pos=panel.checkpoints.visualItemRect(panel.checkpoints.item(0)).center(),
    )  # fmt: skip
    wait_for(lambda: document.model is before, "the model of before")
    facts["moved_head_kept"] = len(document.parameters.mouth) == facts["moved"]
    window.close()
    answer(window, QMessageBox.StandardButton.Discard)


if __name__ == "__main__":
    model_path, source_name, run_folder = sys.argv[1:]
    status = drive(lambda: session(source_name, run_folder), ["--model", model_path])
    sys.stdout.write(json.dumps(facts))
    sys.exit(status)
