"""The projects that were last open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

from facewright.editor.desktop.file_dialog import forget_folders
from facewright.editor.desktop.settings import REMEMBER, Settings

_KEY = "recent_projects"
_MOST = 10


def remembers(store: QSettings) -> bool:
    """Whether the user wants files to be remembered."""
    return Settings(store).is_on(REMEMBER)


class RecentFiles:
    """Paths of projects, newest first, remembered from one start to the next, if that is wanted."""

    def add(self, path: Path) -> None:
        """Put a path at the top."""
        settings = QSettings()
        if remembers(settings):
            others = [other for other in self.paths() if other != path.absolute()]
            settings.setValue(_KEY, [str(path.absolute()), *map(str, others)][:_MOST])

    def clear(self) -> None:
        """Forget all of them, and what Qt's own file dialog remembers of folders."""
        QSettings().remove(_KEY)
        forget_folders()

    @staticmethod
    def paths() -> list[Path]:
        """All of them; whether they still exist is not asked here, for a drive that sleeps takes long to answer."""
        stored = QSettings().value(_KEY)
        names = stored if isinstance(stored, list) else [stored]  # Qt gives a list of one as that one
        return [Path(name) for name in names if isinstance(name, str)]
