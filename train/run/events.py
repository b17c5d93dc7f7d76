"""What a run says while it goes on: one JSON object a line in its folder, and to whoever started it."""

from __future__ import annotations

import contextlib
import json
import sys
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
    alone.
    """

    def __init__(self, path: Path | None, listeners: Sequence[Listener]) -> None:
        """Open `path` for appending, if there is one."""
        self._file = path.open("ab", buffering=0) if path else None
        self._whole = self._end_of_last_line(path) if path else 0
        self._listeners = listeners

    @staticmethod
    def _end_of_last_line(path: Path) -> int:
        """Where the last finished line ends, in bytes."""
        return path.read_bytes().rfind(b"\n") + 1

    def __call__(self, kind: str, **values: object) -> None:
        """Record one event."""
        event: dict[str, object] = {"event": kind, **values}
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
        if self._file is not None:
            self._file.close()


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
    """Messages on standard error, and once steps are taken a progress bar with the loss terms beside it."""

    def __init__(self) -> None:
        """No bar yet."""
        self._bar: tqdm[NoReturn] | None = None

    def __call__(self, event: dict[str, object]) -> None:
        """Show one event."""
        if event["event"] == "step":
            self._show_step(event)
            return
        if self._bar is not None and event["event"] == "end":
            self._bar.close()
        if "message" in event:
            tqdm.write(str(event["message"]), file=sys.stderr)

    def _show_step(self, event: dict[str, object]) -> None:
        progress, losses = event["progress"], event["losses"]
        assert isinstance(progress, float)
        assert isinstance(losses, dict)
        if self._bar is None:
            self._bar = tqdm(total=100.0, bar_format="{desc} {percentage:5.1f}%|{bar:24}| {elapsed} {postfix}")
        self._bar.set_description_str(str(event["phase"]), refresh=False)
        self._bar.set_postfix_str(" ".join(f"{name} {value:.3g}" for name, value in losses.items()), refresh=False)
        self._bar.update(100.0 * progress - self._bar.n)
