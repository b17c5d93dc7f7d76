"""How long tests wait for the editor before they give up: only a failure lasts that long, however slow the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QTimer
from pytestqt.qtbot import QtBot

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import SignalInstance
    from pytestqt.wait_signal import SignalBlocker

PATIENCE_S = 60.0


def pause(milliseconds: int) -> None:
    """Let the program run for so long.

    `QTest.qWait` would keep Python's lock while it waits: work on other threads would come to a stand.
    """
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


class PatientBot(QtBot):
    """A `QtBot` that waits for longer than five seconds."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = int(PATIENCE_S * 1000)) -> None:
        """Wait until a condition holds."""
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(
        self,
        signal: SignalInstance,
        *,
        timeout: int = int(PATIENCE_S * 1000),
        raising: bool | None = None,
        check_params_cb: Callable[..., bool] | None = None,
    ) -> SignalBlocker:
        """Wait for a signal until the end of the `with` block."""
        return super().waitSignal(signal, timeout=timeout, raising=raising, check_params_cb=check_params_cb)
