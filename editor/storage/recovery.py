"""After a crash: unsaved changes offered back."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileInfo, QLocale
from PySide6.QtWidgets import QMessageBox

from core import project_file
from editor.desktop.messages import ask
from editor.storage.autosave import PATH_KEY, discard, left_behind

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from core.project import Project
    from editor.storage.autosave import Autosave
    from editor.storage.files import Files
    from editor.storage.projects import Projects


def offer(folder: Path, projects: Projects, files: Files, autosave: Autosave, window: QWidget) -> bool:
    """Offer the newest project that a crash left in the autosave folder; return whether there is one."""
    found = left_behind(folder)
    if not found:
        return False
    left = found[0]
    time = QLocale().toString(QFileInfo(str(left)).lastModified(), QLocale.FormatType.ShortFormat)
    buttons = QMessageBox.StandardButton
    box = ask(
        window,
        "Facewright ended without warning. Restore the unsaved changes?",
        f"They were last changed at {time}. What is discarded cannot be had again.",
        buttons.Yes | buttons.Discard | buttons.Cancel,
        buttons.Yes,
    )
    box.button(buttons.Yes).setText("Restore")
    box.button(buttons.Cancel).setText("Later")

    def restored(project: Project) -> None:
        projects.restore(project, _origin(project))
        autosave.adopt(left)

    def answered(code: int) -> None:
        if code == buttons.Yes:
            files.work("Restoring…", partial(project_file.load, left), restored)
        elif code == buttons.Discard:
            discard(left)

    box.finished.connect(answered)
    return True


def _origin(project: Project) -> Path | None:
    """The project's own file, if it had one."""
    name = project.view.get(PATH_KEY)
    return Path(name) if isinstance(name, str) and name else None
