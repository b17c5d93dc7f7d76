"""A run that is refused before it begins leaves nothing behind that it made."""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from facewright.core.errors import FacewrightError
from facewright.train.config import CONFIG
from facewright.train.run.checkpoint import EVENTS
from facewright.train.run.control import LOCK, is_running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TENSORBOARD = "tensorboard"
"""The folder of TensorBoard's files in a run's."""


@dataclass(frozen=True)
class Absent:
    """What was not there before a run: folders, the innermost first, and places in it."""

    folders: tuple[Path, ...]
    places: tuple[Path, ...]

    @classmethod
    def of(cls, run: Path, *names: str) -> Self:
        """Of a run's folder, those above it, and the files and folders of these names in it; a run's own always."""
        folders = tuple(place for place in (run, *run.absolute().parents) if not place.exists())
        places = (run / name for name in (EVENTS, LOCK, TENSORBOARD, *names))
        return cls(folders, tuple(place for place in places if not place.exists()))

    def restore(self) -> None:
        """Take away what has been made of it since; a folder that holds anything else stays."""
        with suppress(OSError):  # there is nothing to be said beside the refusal
            for place in self.places:
                if place.is_dir():
                    shutil.rmtree(place)
                else:
                    place.unlink(missing_ok=True)
            for folder in self.folders:
                folder.rmdir()  # if it is empty


@contextmanager
def nothing_left(run: Path) -> Iterator[None]:
    """Within `with`, a FacewrightError takes away what was made in a run's folder, and the folder, if no run began.

    One has begun once the folder holds its configuration: so a run that is killed or stopped while it reads can be
    resumed. Of what was there before nothing is taken, nor where another process trains.
    """
    absent = Absent.of(run)
    try:
        yield
    except FacewrightError:
        if not (run / CONFIG).exists() and not is_running(run):
            absent.restore()
        raise
