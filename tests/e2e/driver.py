"""What the scripts share that drive the real program by mouse and keys, in a process of their own."""

from __future__ import annotations

import sys
import time
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox

from facewright.editor.__main__ import main
from facewright.editor.export.export_dialog import ExportDialog
from facewright.editor.main_window import MainWindow
from tests.editor.patience import PATIENCE_S, pause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeVar

    from PySide6.QtCore import SignalInstance
    from PySide6.QtWidgets import QDialog, QWidget

    Dialog = TypeVar("Dialog", bound=QDialog)

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def wait_for(condition: Callable[[], object], what: str, times: int = 1) -> None:
    """Let the program run until a condition holds; long work takes `times` the usual patience."""
    end = time.monotonic() + times * 2 * PATIENCE_S  # a new checkout compiles its kernels first
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        pause(5)


def opened_window() -> MainWindow:
    """The main window, once it is there."""
    wait_for(lambda: any(isinstance(w, MainWindow) for w in QApplication.topLevelWidgets()), "the window")
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))


def the_window(times: int = 1) -> MainWindow:
    """The main window, once it shows the head and is active; the bundled model's takes `times` the usual patience."""
    window = opened_window()
    wait_until_settled(window, "the first head", times)
    activate(window)
    return window


def activate(window: MainWindow) -> None:
    """Bring the main window before the others, so that it hears its shortcuts."""
    window.activateWindow()
    wait_for(window.isActiveWindow, "the window to be active")


def wait_until_settled(window: MainWindow, what: str, times: int = 1) -> None:
    """Wait until the shown surface is the edited head's, at full resolution."""
    document, pipeline = window.document, window.pipeline
    wait_for(lambda: pipeline.full_mesh(document.model, document.parameters) is not None, what, times)


def opened(window: MainWindow, kind: type[Dialog]) -> Dialog:
    """The dialog of a kind, once it is open."""
    wait_for(lambda: any(dialog.isVisible() for dialog in window.findChildren(kind)), f"a {kind.__name__}")
    return next(dialog for dialog in window.findChildren(kind) if dialog.isVisible())


def answer(window: MainWindow, button: QMessageBox.StandardButton) -> None:
    """Press a button of the message box that is open."""
    QTest.mouseClick(opened(window, QMessageBox).button(button), Qt.MouseButton.LeftButton)


def name_file(window: MainWindow, path: Path) -> None:
    """Type a path into the file dialog that is open, and accept it."""
    name = opened(window, QFileDialog).findChildren(QLineEdit)[0]
    name.setText(str(path))
    QTest.keyClick(name, Qt.Key.Key_Return)


@contextmanager
def written(told: SignalInstance, what: str) -> Iterator[None]:
    """Wait at the end until a signal has told that a file is written."""
    files: list[object] = []
    told.connect(files.append)
    yield
    wait_for(lambda: files, f"{what} to be written")


def export(window: MainWindow, path: Path) -> None:
    """Export the head on the template, in the format of a path; by keys, but for the last button."""
    with written(window.exporter.exported, path.name):
        QTest.keyClick(window, Qt.Key.Key_O, CONTROL | ALT)
        dialog = opened(window, ExportDialog)
        QTest.keyClicks(dialog.format, path.suffix.removeprefix("."))
        QTest.keyClicks(dialog.topology, "Template")
        QTest.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
        name_file(window, path)


def drag(widget: QWidget, share: float) -> None:
    """Drag from a widget's middle to the right, by a share of its width, and let go."""
    press = widget.rect().center()
    place = press
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=press)
    for step in range(1, 11):
        place = press + type(press)(round(share * widget.width() * step / 10), 0)
        QTest.mouseMove(widget, place)
        pause(1)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=place)


def drive(session: Callable[[], None], arguments: list[str]) -> int:
    """Run the program with a session at its mouse and keys; a session that fails ends it with its traceback."""

    def run() -> None:
        if not application.thread().loopLevel():  # the splash screen draws itself before the program runs
            QTimer.singleShot(20, run)
            return
        try:
            session()
        except BaseException:
            traceback.print_exc()
            QApplication.exit(70)

    application = QApplication(["facewright"])
    application.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    QTimer.singleShot(0, run)
    sys.argv = ["facewright", *arguments]
    return main()
