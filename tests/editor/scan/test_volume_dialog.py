"""CT or MR in the dialog: series, slices, threshold, and what goes wrong."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from facewright.core.volume.skin import Levels, find_levels
from facewright.core.volume.volume import Volume
from facewright.editor.scan.slice_picture import slice_picture
from facewright.editor.scan.volume_dialog import VolumeDialog
from tests.core.volume.phantom import Taken, write_dicom

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

SMALL = Taken(shape=(20, 30, 30), spacing=(9.0, 6.0, 6.0))


@pytest.fixture
def dialog(qtbot: QtBot) -> Iterator[VolumeDialog]:
    window = QWidget()
    qtbot.addWidget(window)
    dialog = VolumeDialog(window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.show()
    yield dialog
    dialog.reject()


def test_a_series_is_chosen_and_its_threshold_moved(qtbot: QtBot, dialog: VolumeDialog, tmp_path: Path) -> None:
    write_dicom(tmp_path, SMALL, names="a{}".format)
    write_dicom(tmp_path, replace(SMALL, shape=(16, 30, 30)), names="b{}".format)
    dialog.look_into(tmp_path)
    assert not dialog.open_button.isEnabled()
    qtbot.waitUntil(dialog.open_button.isEnabled)
    assert [dialog.series.item(row).text()[:13] for row in range(2)] == ["CT, 30 × 30 ×"] * 2
    assert dialog.level == pytest.approx(-480.0, abs=20.0)
    assert dialog.value.text().endswith("HU")
    dialog.series.setCurrentRow(1)
    assert not dialog.open_button.isEnabled()
    qtbot.waitUntil(dialog.open_button.isEnabled)
    dialog.threshold.setValue(700)
    moved = dialog.level
    assert moved > -300.0
    dialog.reset.click()
    assert dialog.level < moved
    dialog.threshold.setValue(700)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.open_button.click()
    assert chosen.args is not None
    volume, level = chosen.args
    assert (volume.values.shape, level) == ((16, 30, 30), pytest.approx(moved))


def test_a_series_that_is_no_longer_chosen_is_not_opened(
    qtbot: QtBot, dialog: VolumeDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_dicom(tmp_path, SMALL, names="a{}".format)
    write_dicom(tmp_path, replace(SMALL, shape=(16, 30, 30)), names="b{}".format)
    gate, asked = threading.Event(), []

    def find_late(volume: Volume) -> Levels:
        asked.append(volume.values.shape)
        gate.wait(60)
        return find_levels(volume)

    monkeypatch.setattr("facewright.editor.scan.volume_dialog.find_levels", find_late)
    shown: list[Volume] = []
    monkeypatch.setattr(dialog, "_take", lambda read: shown.append(read[0]))
    dialog.look_into(tmp_path)
    qtbot.waitUntil(lambda: len(asked) == 1)
    dialog.series.setCurrentRow(1)
    gate.set()
    qtbot.waitUntil(lambda: len(asked) == 2 and not dialog._worker.busy)
    assert [volume.values.shape for volume in shown] == [(16, 30, 30)]


def test_what_cannot_be_read_is_said_in_the_dialog(qtbot: QtBot, dialog: VolumeDialog, tmp_path: Path) -> None:
    dialog.look_into(tmp_path)
    qtbot.waitUntil(lambda: "no DICOM files" in dialog.state.text())
    assert not dialog.open_button.isEnabled()
    assert not dialog.progress.isVisible()


def test_a_volume_that_was_read_is_shown_at_its_threshold(dialog: VolumeDialog) -> None:
    row, column = SMALL.row * SMALL.spacing[2], SMALL.column * SMALL.spacing[1]
    dialog.show_volume(Volume(SMALL.values(), SMALL.origins(), row, column, "CT"), -300.0)
    assert dialog.level == pytest.approx(-300.0, abs=2.0)
    assert dialog.open_button.isEnabled()


def test_slices_stand_upright_in_their_true_proportions(qtbot: QtBot) -> None:
    """A volume that is dense in its upper quarter, however its axes lie."""
    for order in (1, -1):
        taken = replace(SMALL, shape=(24, 20, 10), spacing=(5.0, 3.0, 3.0), density=lambda p: 1000.0 * (p[..., 2] > 30))
        row, column = taken.row * taken.spacing[2], taken.column * taken.spacing[1]
        volume = Volume(taken.values()[::order], taken.origins()[::order], row, column)
        side = slice_picture(volume, 2, Levels(0.0, 1000.0), 500.0, 120).toImage()
        assert (side.width(), side.height()) == (60, 120)
        brightness = np.array([side.pixelColor(30, line).lightness() for line in (5, 60, 110)])
        assert brightness[0] > 100 > brightness[1]
        assert brightness[2] == brightness[1]
