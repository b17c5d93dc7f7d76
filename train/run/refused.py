"""A run that is refused before it begins leaves nothing behind that it made."""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from facewright.core.errors import FacewrightError
from facewright.train.run.checkpoint import CONFIG, EVENTS
from facewright.train.run.control import LOCK, is_running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TENSORBOARD = "tensorboard"
"""The folder of TensorBoard's files in a run's."""


@contextmanager
def nothing_left(run: Path) -> Iterator[None]:
    """Within `with`, a FacewrightError takes away what was made in a run's folder, and the folder, if no run began.

    One has begun once the folder holds its configuration: so a run that is killed or stopped while it reads can be
    resumed. Of what was there before nothing is taken, nor where another process trains.
    """
    folders = [place for place in (run, *run.absolute().parents) if not place.exists()]
    made = [place for place in (run / EVENTS, run / LOCK, run / TENSORBOARD) if not place.exists()]
    try:
        yield
    except FacewrightError:
        if not (run / CONFIG).exists() and not is_running(run):
            with suppress(OSError):  # there is nothing to be said beside the refusal
                for place in made:
                    if place.is_dir():
                        shutil.rmtree(place)
                    else:
                        place.unlink(missing_ok=True)
                for folder in folders:
                    folder.rmdir()  # if it is empty
        raise
