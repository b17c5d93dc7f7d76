"""The projects that were last open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

_KEY = "recent_projects"
_MOST = 10


class RecentFiles:
    """Paths of projects, newest first, remembered from one start to the next."""

    def paths(self) -> list[Path]:
        """Those that still exist."""
        return [path for path in self._remembered() if path.is_file()]

    def add(self, path: Path) -> None:
        """Put a path at the top."""
        others = [other for other in self._remembered() if other != path.absolute()]
        QSettings().setValue(_KEY, [str(path.absolute()), *map(str, others)][:_MOST])

    @staticmethod
    def _remembered() -> list[Path]:
        stored = QSettings().value(_KEY)
        names = stored if isinstance(stored, list) else [stored]  # Qt gives a list of one as that one
        return [Path(name) for name in names if isinstance(name, str)]
