"""Topologies of one's own that were conformed: a file each in the user's folder for such things, by name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths

from facewright.core.conform.studio_mesh import SUFFIX
from facewright.core.conform.topology_file import load_topology, save_topology
from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    from facewright.core.conform.conformed import Conformed

_UNSAFE = re.compile(r"[^\w -]+")
_LONGEST_NAME = 80


def own_folder() -> Path:
    """Where a person's own topologies lie."""
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(data) / "topologies"


class Topologies:
    """The conformed topologies of a folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or own_folder()

    def names(self) -> list[str]:
        """All of them, by the alphabet; none is read for that."""
        return sorted((path.stem for path in self._folder.glob(f"*.{SUFFIX}")), key=str.casefold)

    def add(self, topology: Conformed) -> str:
        """Keep one; one of the same name is replaced. Returns its name; raises FacewrightError if that fails."""
        name = _UNSAFE.sub("_", topology.name).strip(" _")[:_LONGEST_NAME] or "topology"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FacewrightError(f"The folder of topologies cannot be made: {error.strerror}.") from None
        save_topology(topology, self._path(name))
        return name

    def load(self, name: str) -> Conformed:
        """Read one. Raises FacewrightError if it is not there, or damaged."""
        return load_topology(self._path(name))

    def remove(self, name: str) -> None:
        """Forget one. Raises FacewrightError if that fails."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise FacewrightError(f"The topology cannot be deleted: {error.strerror}.") from None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.{SUFFIX}"
