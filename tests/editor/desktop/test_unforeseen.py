"""An exception that nobody foresaw is told in the window, once."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox, QWidget

from facewright.editor.desktop.unforeseen import Unforeseen

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot


def raised(unforeseen: Unforeseen) -> None:
    """Let an exception end where Qt would hand it over."""
    try:
        raise ValueError("axes of length 0")
    except ValueError:
        kind, error, trace = sys.exc_info()
        assert kind
        assert error
        unforeseen.tell(kind, error, trace)


def test_it_is_told_in_one_box_and_in_the_terminal(
    qtbot: QtBot, bare_window: QWidget, capsys: pytest.CaptureFixture[str]
) -> None:
    bare_window.show()
    unforeseen = Unforeseen(bare_window)
    raised(unforeseen)
    raised(unforeseen)
    [box] = bare_window.findChildren(QMessageBox)
    assert "ValueError: axes of length 0" in box.text()
    assert capsys.readouterr().err.count("Traceback") == 2
    box.accept()
    raised(unforeseen)
    assert any(other.isVisible() for other in bare_window.findChildren(QMessageBox))


def test_no_box_is_opened_off_the_gui_thread(bare_window: QWidget, capsys: pytest.CaptureFixture[str]) -> None:
    thread = threading.Thread(target=raised, args=[Unforeseen(bare_window)])
    thread.start()
    thread.join()
    assert not bare_window.findChildren(QMessageBox)
    assert "axes of length 0" in capsys.readouterr().err
