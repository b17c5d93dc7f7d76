"""What a run says while it goes on: one JSON object a line in its folder, and to whoever started it."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from typing import TYPE_CHECKING, TextIO

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import NoReturn, Protocol

    class Listener(Protocol):
        """Hears every event of a run."""

        def __call__(self, event: dict[str, object], /) -> None:
            """Take one event: its `event` names the kind, the rest is JSON."""


class EventLog:
    """Appends every event to a file, one JSON object a line, and passes it on to listeners.

    A line that a crash or a full disk left unfinished is cut off. While the disk is full, events reach the listeners
    alone. Nothing follows `end`, whatever a thread that was left behind still says.
    """

    def __init__(self, path: Path | None, listeners: Sequence[Listener]) -> None:
        """Open `path` for appending, if there is one."""
        self._file = path.open("ab", buffering=0) if path else None
        self._whole = self._end_of_last_line(path) if path else 0
        self._listeners = listeners
        self._turn, self._over = threading.Lock(), False

    @staticmethod
    def _end_of_last_line(path: Path) -> int:
        """Where the last finished line ends, in bytes."""
        return path.read_bytes().rfind(b"\n") + 1

    def __call__(self, kind: str, **values: object) -> None:
        """Record one event."""
        with self._turn:
            if not self._over:
                self._over = kind == "end"
                self._record({"event": kind, **values})

    def _record(self, event: dict[str, object]) -> None:
        if self._file is not None:
            line = (json.dumps(event) + "\n").encode()
            with contextlib.suppress(OSError):  # a full disk; checkpoints say so
                self._file.truncate(self._whole)
                if self._file.write(line) == len(line):
                    self._whole += len(line)
        for listener in self._listeners:
            listener(event)

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._over = True
        if self._file is not None:
            self._file.close()


class Progress:
    """Tells how far some work is: what it is when it begins, then how much is done, every so often."""

    def __init__(self, events: EventLog, kind: str, every_seconds: float) -> None:
        """Tell by events of a kind."""
        self._events, self._kind, self._every = events, kind, every_seconds
        self._message, self._at = "", 0.0

    def __call__(self, message: str, done: int = 0, of: int = 0) -> None:
        """So much is done of `of`, which is 0 if nobody knows."""
        now = time.monotonic()
        is_new = message != self._message
        if is_new or now - self._at >= self._every:
            self._message, self._at = message, now
            text = {"message": message} if is_new else {}
            self._events(self._kind, **text, **({"done": done, "of": of} if of else {}))


class JsonLines:
    """Prints events as JSON, one a line, for as long as somebody reads them."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Print to `stream`, by default standard output."""
        self._stream: TextIO | None = stream or sys.stdout

    def __call__(self, event: dict[str, object]) -> None:
        """Print one event; a reader that has gone away, such as an editor that was closed, does not end the run."""
        try:
            if self._stream:
                print(json.dumps(event), file=self._stream, flush=True)
        except OSError:
            self._stream = None


class ProgressBar:
    """Messages on standard error, and below them one line: what goes on, how much of it is done, and how well."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to `stream`, by default standard error."""
        self._stream = stream or sys.stderr
        self._bar: tqdm[NoReturn] | None = None
        self._held_out = ""

    def __call__(self, event: dict[str, object]) -> None:
        """Show one event."""
        mm, losses = event.get("mm"), event.get("losses")
        if "message" in event:
            tqdm.write(str(event["message"]), file=self._stream)
        if isinstance(mm, dict):
            self._held_out = f"unseen {sum(mm.values()) / len(mm):.2f} mm"
            parts = ", ".join(f"{part} {value:.2f}" for part, value in mm.items())
            tqdm.write(f"Step {event['step']}: unseen heads are {parts} mm from the model's", file=self._stream)
        if isinstance(losses, dict):
            text = [f"loss {event['total']:.4g}", f"{event['steps_per_second']:.3g} steps/s", self._held_out]
            self._show(str(event["phase"]), float(str(event["progress"])), "  ".join(filter(None, text)))
        elif isinstance(done := event.get("done"), int) and isinstance(of := event.get("of"), int):
            self._show("sampling" if event["event"] == "pool" else "preparing", done / of, f"{done} of {of}")
        if self._bar is not None and event["event"] == "end":
            self._bar.close()

    def _show(self, what: str, share: float, text: str) -> None:
        if self._bar is None:
            form = "{desc:9}{percentage:4.0f}%|{bar:20}| {elapsed}  {unit}"
            self._bar = tqdm(total=100.0, bar_format=form, file=self._stream, dynamic_ncols=True, unit=text)
        self._bar.set_description_str(what, refresh=False)
        self._bar.unit = text
        self._bar.n = 100.0 * share
        self._bar.refresh()
