"""Projects that were open last, as long as a person wants them to be remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings

from facewright.editor.desktop.settings import REMEMBER, Settings
from facewright.editor.storage.recent import RecentFiles, remembers

if TYPE_CHECKING:
    from pathlib import Path


def test_the_newest_is_first_and_no_disk_is_asked(qapp: object, tmp_path: Path) -> None:
    recent, paths = RecentFiles(), [tmp_path / f"{name}.facewright" for name in "abc"]
    for path in paths:
        recent.add(path)
    recent.add(paths[0])
    assert recent.paths() == [paths[0], paths[2], paths[1]]
    recent.clear()
    assert recent.paths() == []


def test_nothing_is_remembered_where_that_is_not_wanted(qapp: object, tmp_path: Path) -> None:
    Settings(QSettings())[REMEMBER] = "off"
    assert not remembers(QSettings())
    RecentFiles().add(tmp_path / "a.facewright")
    assert RecentFiles().paths() == []
