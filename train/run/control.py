"""What is asked of a run while it goes on, and how one can tell that it does: two small files in its folder.

A file serves whoever looks at the folder, the program that started the run and any other; it outlives both.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from typing import IO, TYPE_CHECKING, Literal, Self, get_args

from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from pathlib import Path

Request = Literal["pause", "stop"]

REQUEST, LOCK = "request", "lock"

LOOK_S = 0.2
"""Seconds between two looks at the request."""

_HOLD_S = 2.0
"""For so long a lock is tried: another program may be looking whether it is held."""


def ask(run: Path, request: Request | None) -> None:
    """Ask the run in a folder to pause, or to save and end, after its current step; None lets a paused one go on.

    Raises FacewrightError if the folder cannot be written to.
    """
    if request:
        write_atomically(run / REQUEST, request.encode())
        return
    try:
        (run / REQUEST).unlink(missing_ok=True)
    except NotADirectoryError:  # so there is none; whoever makes the folder tells what is in its place
        return
    except OSError as error:
        raise FacewrightError(f"{run / REQUEST} cannot be removed ({error.strerror}): remove it by hand.") from error


def asked(run: Path) -> Request | None:
    """What the run in a folder was asked for last."""
    try:
        text = (run / REQUEST).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    return next((request for request in get_args(Request) if request == text), None)


def is_running(run: Path) -> bool:
    """Whether a process trains in a folder: it holds a lock there, which ends with it, however it ends."""
    try:
        with (run / LOCK).open("r+b") as file:
            return not _try_lock(file)
    except OSError:
        return False


class Control:
    """The training side: holds the run's lock within `with`, and hears what is asked. For the main thread.

    Ctrl-C is the same as the request to stop. A request may be there before the run is: whoever starts one takes away
    what an earlier run has left.
    """

    def __init__(self, run: Path) -> None:
        """Of the run in a folder, which is made if need be."""
        self._run = run
        self._stop, self._paused, self._over = threading.Event(), threading.Event(), threading.Event()

    def __enter__(self) -> Self:
        """Take the lock; FacewrightError if another process trains there, or the folder cannot be written to."""
        try:
            self._run.mkdir(parents=True, exist_ok=True)
            self._lock = _hold(self._run)
        except OSError as error:
            raise FacewrightError(
                f"{self._run} cannot be written to ({error.strerror}): choose another folder."
            ) from error
        self._handler = signal.signal(signal.SIGINT, lambda *_: self._stop.set())
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let the lock go; what was asked is done."""
        self._over.set()
        signal.signal(signal.SIGINT, self._handler)
        with contextlib.suppress(FacewrightError):
            ask(self._run, None)
        self._lock.close()

    def stop(self) -> None:
        """Ask for the end, from any thread."""
        self._stop.set()

    def should_stop(self) -> bool:
        """Whether to save and end. Training asks between steps."""
        return self._stop.is_set()

    def is_paused(self) -> bool:
        """Whether to hold. Training asks between steps, and every `LOOK_S` seconds while it holds."""
        return self._paused.is_set()

    def _watch(self) -> None:
        while not self._over.wait(LOOK_S):
            request = asked(self._run)
            (self._paused.set if request == "pause" else self._paused.clear)()
            if request == "stop":
                self.stop()
                return


def _hold(run: Path) -> IO[bytes]:
    """The lock of a run's folder, open: it is held until it is closed.

    It is opened anew for every try: a run that is refused takes its own away.
    """
    end = time.monotonic() + _HOLD_S
    while not _try_lock(file := (run / LOCK).open("a+b")):
        file.close()
        if time.monotonic() > end:
            raise FacewrightError(f"Another process trains in {run} already: stop that one, or choose another folder.")
        time.sleep(LOOK_S / 4)
    return file


def _try_lock(file: IO[bytes]) -> bool:
    """Take the lock of an open file, if nobody holds it."""
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
