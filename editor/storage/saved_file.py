"""Which content of a file is meant: by its digest, so that nothing is written over what nobody here has seen."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from facewright.core import project_file
from facewright.core.atomic_file import write_atomically
from facewright.core.input_file import require_regular
from facewright.editor.document import SavedFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from facewright.core.project import Project


class ChangedOnDisk(Exception):
    """A project's file is not what it was when it was last read or written here."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path
        self.gone = not path.exists()


def digest_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal; empty if it cannot be read."""
    try:
        require_regular(path)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def is_still(file: SavedFile) -> bool:
    """Whether a file holds what it did."""
    return digest_of(file.path) == file.digest


def load(path: Path) -> tuple[Project, SavedFile]:
    """Read a project, and which content of its file that is.

    Raises FacewrightError as `core.project_file.load` does.
    """
    while True:
        before, project = digest_of(path), project_file.load(path)
        if digest_of(path) == before:  # another program may have written it meanwhile
            return project, SavedFile(path, before)


def save(
    project: Project, path: Path, last: SavedFile | None, announce: Callable[[SavedFile], None] = lambda file: None
) -> SavedFile:
    """Write a project; `announce` hears of the content just before it is there.

    last : what the file is taken to hold; None to write over whatever is there.
    Raises FacewrightError if it cannot be written, ChangedOnDisk if it holds something else.
    """
    content = project_file.to_bytes(project)
    if last and not is_still(last):
        raise ChangedOnDisk(last.path)
    file = SavedFile(path, hashlib.sha256(content).hexdigest())
    announce(file)
    write_atomically(path, content, private=True)
    return file
