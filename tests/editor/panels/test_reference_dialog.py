"""How a reference picture is laid behind the head, or over it."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton

from facewright.editor.panels.reference_dialog import ReferenceDialog
from facewright.editor.viewport.display_options import ReferenceLook
from tests.editor.keys import unnamed

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.editor.main_window import MainWindow


def test_a_picture_is_chosen_made_faint_laid_over_the_head_scaled_kept_and_removed(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    view, viewport = window.actions_.view, window.viewport
    view.reference.trigger()
    [chooser] = window.findChildren(QFileDialog)  # there is none yet
    chooser.close()
    Image.new("RGB", (80, 80), (200, 30, 30)).save(tmp_path / "red.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    view.show_reference(tmp_path / "bad.png")
    qtbot.waitUntil(lambda: any("cannot be read" in box.text() for box in window.findChildren(QMessageBox)))
    view.show_reference(tmp_path / "red.png")
    assert not viewport.has_reference  # it is decoded off the GUI thread
    qtbot.waitUntil(lambda: bool(window.findChildren(ReferenceDialog)))
    view.reference.trigger()
    [dialog] = window.findChildren(ReferenceDialog)
    assert unnamed(dialog) == []
    assert not dialog.frameGeometry().contains(viewport.mapToGlobal(viewport.rect().center()))  # where the head is
    assert viewport.display.reference == ReferenceLook()
    dialog.in_front.click()
    assert viewport.display.reference == ReferenceLook(0.5, in_front=True)
    assert dialog.opacity.slider.value() == 50
    dialog.opacity.slider.setValue(25)
    dialog.scale.field.selectAll()
    qtbot.keyClicks(dialog.scale.field, "150")
    qtbot.keyClick(dialog.scale.field, Qt.Key.Key_Return)
    look = ReferenceLook(0.25, 1.5, in_front=True)
    assert viewport.display.reference == look
    kept = window.view.view_record()
    dialog.in_front.click()
    assert viewport.display.reference == ReferenceLook(0.25, 1.5)
    window.view.show_view_record(kept)
    assert viewport.display.reference == look
    assert dialog.in_front.isChecked()
    window.view.show_view_record({})  # of a project that says nothing of it
    assert viewport.display.reference == look
    next(button for button in dialog.findChildren(QPushButton) if "Remove" in button.text().replace("&", "")).click()
    assert not viewport.has_reference
    assert not dialog.isVisible()


@pytest.mark.parametrize("in_front", [False, True])
def test_a_thumbnail_has_nothing_of_the_picture(window: MainWindow, in_front: bool) -> None:
    viewport = window.viewport

    def redness(content: bytes) -> int:
        pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), dtype=np.int64)
        return int(((pixels[..., 0] > 240) & (pixels[..., 1] < 20)).sum())

    assert redness(window.view.thumbnail()) == 0
    viewport.set_reference(Image.new("RGB", (80, 80), (255, 0, 0)))
    display = replace(viewport.display, reference=ReferenceLook(in_front=in_front))
    viewport.set_display(display)
    assert redness(window.view.thumbnail()) == 0
    assert viewport.display == display
    shown = viewport.canvas.grabFramebuffer()
    corner = shown.pixelColor(3, shown.height() // 2)
    assert (corner.red(), corner.green()) == (255, 0)
