"""The first start: kernels are compiled at once, and the status bar says so while it takes long."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from facewright.core.field import kernels
from facewright.core.field.table_kernels import interpolate
from facewright.core.surface.ready import make_ready
from facewright.editor import readiness
from facewright.editor.desktop.status_bar import StatusBar
from facewright.editor.readiness import Readiness
from tests.editor.patience import PATIENCE_S

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_no_kernel_is_left_for_the_first_drag() -> None:
    make_ready()
    assert all(kernel.signatures for kernel in (kernels.move, kernels.template_distance, kernels.weights, interpolate))


@pytest.mark.parametrize("late", [True, False])
def test_the_status_bar_tells_only_of_what_takes_long(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    gate = threading.Event()
    monkeypatch.setattr(readiness, "make_ready", lambda: gate.wait(PATIENCE_S) if late else None)
    monkeypatch.setattr(readiness, "_SOON_MS", 20 if late else 60_000)
    status = StatusBar()
    qtbot.addWidget(status)
    ready = Readiness(status)
    told: list[bool] = []
    ready.changed.connect(told.append)
    ready.changed.connect(status.show_preparing)
    ready.begin()
    if late:
        qtbot.waitUntil(lambda: told == [True])
        assert status.state.text().startswith("Making ready")
        status.show_busy(True)
        assert status.state.text().startswith("Making ready")
        gate.set()
    qtbot.waitUntil(lambda: bool(told) and told[-1] is False)
    status.show_busy(False)
    assert status.state.text() == "Ready"
    assert told.count(True) == int(late)
    ready.close()
