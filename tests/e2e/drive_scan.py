"""A DICOM folder to a fitted head in the real window: `python -m tests.e2e.drive_scan FOLDER [PICTURES]`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from facewright.editor.scan.volume_dialog import VolumeDialog
from tests.e2e.driver import drive, name_file, opened, the_window, wait_for
from tests.editor.patience import pause

STEPS = 90
"""Of the fit: a quarter of the window's own, which is half a minute less."""

facts: dict[str, object] = {}


def click(button: object) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


def session(folder: Path, pictures: Path | None) -> None:
    """Choose the folder, look at its slices, take the skin, fit, close."""
    window = the_window(3)
    window.resize(1600, 1000)
    panel, scans = window.scan_panel, window.scans
    scans._settings = replace(scans._settings, steps=STEPS)
    window.docks.action("Scan").trigger()
    click(panel.open_folder)
    name_file(window, folder)
    dialog = opened(window, VolumeDialog)
    wait_for(dialog.open_button.isEnabled, "the slices")
    facts["series"] = [dialog.series.item(row).text() for row in range(dialog.series.count())]
    facts["level"] = dialog.value.text()
    if pictures:
        dialog.grab().save(str(pictures / "series.png"))
    click(dialog.open_button)
    wait_for(lambda: scans.placement and scans.placement.is_placed and not scans.doing, "the face in the volume", 3)
    pause(500)
    if pictures:
        window.screen().grabWindow(0).save(str(pictures / "placed.png"))
    facts["name"] = panel.name.text()
    click(panel.fit)
    wait_for(lambda: scans.is_fitting, "the fit to begin")
    wait_for(lambda: window.document.state.variant.scan, "the fit", 6)
    fitted = window.document.state.variant.scan
    assert fitted
    pose = fitted.fit.alignment
    facts["verdict"] = fitted.fit.verdict
    facts["rotation"], facts["translation"] = pose.rotation.tolist(), pose.translation.tolist()
    facts["face_mm"] = fitted.fit.regions["face"].mean_mm
    if pictures:
        pause(3000)
        window.screen().grabWindow(0).save(str(pictures / "fitted.png"))
    window.document.set_saved(None, window.document.mark())
    window.close()


if __name__ == "__main__":
    folder, *more = map(Path, sys.argv[1:])
    status = drive(lambda: session(folder, more[0] if more else None), [])
    sys.stdout.write(json.dumps(facts))
    sys.exit(status)
