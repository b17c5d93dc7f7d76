"""An editor in a process of its own, on a display of its own if there is none, that tells what it does line by line."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from facewright.core.isolated import module_command
from facewright.editor.desktop.display import has_display

ROOT = Path(__file__).parents[2]
"""Where the tests are."""

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from facewright.editor.main_window import MainWindow

PATIENCE_S = 240.0
"""Without a word for so long, a process hangs; generous, for other work may hold a machine up."""


class Child:
    """A module of ours that prints JSON lines."""

    def __init__(self, module: str, home: Path, *arguments: str) -> None:
        command = module_command(module, *arguments)
        if sys.platform.startswith("linux") and not has_display() and shutil.which("xvfb-run"):
            command = ["xvfb-run", "-a", "-s", "-screen 0 1440x900x24", *command]
        home_of = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
        self.errors = (home / "stderr").open("w+b")
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env={**os.environ, **home_of, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        assert self._process.stdout
        self._lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()

    def line(self, timeout: float = PATIENCE_S) -> dict[str, Any] | None:
        """The next line; None at the end. Raises queue.Empty if none comes."""
        return self._lines.get(timeout=timeout)

    def rest(self) -> list[dict[str, Any]]:
        """The lines that had been told when the process was killed."""
        found = []
        while (line := self._lines.get(timeout=PATIENCE_S)) is not None:
            found.append(line)
        return found

    def kill(self, pid: int) -> None:
        """End the editor, whose process id its first line told, as a kill -9 does."""
        os.kill(pid, 9)

    def end(self) -> str:
        """Wait for the end, by force if need be; what was said on standard error."""
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace")
        self.errors.close()
        return said

    def _read(self, stream: IO[bytes]) -> None:
        for line in stream:
            try:
                self._lines.put(json.loads(line))
            except ValueError:  # cut short by the kill
                continue
        self._lines.put(None)


def tell(**facts: object) -> None:
    """Print a line, there before anything else is done."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def opened() -> tuple[QApplication, MainWindow]:
    """In the child: the program and its window, with the bundled model and dialogs that can be closed from here."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    from facewright.core.model.model_file import bundled_model, load
    from facewright.editor.desktop.garbage import GarbageCollector
    from facewright.editor.document import Document
    from facewright.editor.main_window import MainWindow

    application = QApplication(["facewright"])
    application.setOrganizationName("Facewright")
    application.setApplicationName("Facewright")
    application.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    window = MainWindow(Document(load(bundled_model())))
    GarbageCollector(application)
    window.show()
    return application, window
