"""Every dialog is no larger than a screen of 800 × 600, with its buttons in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QDialog, QPushButton

from facewright.core.parameters import Parameters
from facewright.editor.export.export_dialog import ExportDialog
from facewright.editor.panels.reference_dialog import ReferenceDialog
from facewright.editor.scan.volume_dialog import VolumeDialog
from facewright.editor.storage.recovery import RecoveryDialog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.editor.main_window import MainWindow

FRAME = QSize(8, 40)
"""What systems put about a window."""


@pytest.mark.parametrize("screen", [QSize(800, 600), QSize(1024, 768)])
def test_every_dialog_fits_and_shows_its_buttons(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screen: QSize
) -> None:
    monkeypatch.setattr(QScreen, "availableSize", lambda of: screen)
    actions, heads = window.actions_, {f"Head {number}": Parameters() for number in range(1, 9)}
    asks: tuple[Callable[[], object], ...] = (
        actions.view.settings.trigger,
        actions.help.keys.trigger,
        actions.help.welcome.trigger,
        actions.help.find.trigger,
        actions.help.about.trigger,
        actions.head.candidates.trigger,
        actions.measure.report.trigger,
        actions.train.train.trigger,
        actions.train.evaluate.trigger,
        lambda: ExportDialog(window.document.model, heads, window).open(),
        lambda: ReferenceDialog(window.viewport, print, window).open(),
        lambda: RecoveryDialog([], print, tmp_path, window).open(),
        lambda: VolumeDialog(window).open(),
    )
    for ask in asks:
        ask()
        dialog = next(dialog for dialog in window.findChildren(QDialog) if dialog.isVisible())
        qtbot.waitExposed(dialog)
        whole = dialog.size() + FRAME
        assert whole == whole.boundedTo(screen), dialog
        for button in dialog.findChildren(QPushButton):
            corner = button.mapTo(dialog, button.rect().bottomRight())
            is_seen = button.visibleRegion().boundingRect() == button.rect()
            assert button.isHidden() or (is_seen and dialog.rect().contains(corner)), (dialog, button.text())
        dialog.close()
        qtbot.waitUntil(lambda: not any(dialog.isVisible() for dialog in window.findChildren(QDialog)))
