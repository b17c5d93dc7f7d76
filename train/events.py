"""What a run says while it goes on: one JSON object a line in its folder, and to whoever started it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, TextIO

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Protocol

    class Listener(Protocol):
        """Hears every event of a run."""

        def __call__(self, event: dict[str, object]) -> None:
            """Take one event: its `event` names the kind, the rest is JSON."""


class EventLog:
    """Appends every event to a file, one JSON object a line, and passes it on to listeners."""

    def __init__(self, path: Path, listeners: Sequence[Listener]) -> None:
        """Open `path` for appending."""
        self._file = path.open("a", encoding="utf-8")
        self._listeners = listeners

    def __call__(self, kind: str, **values: object) -> None:
        """Record one event."""
        event: dict[str, object] = {"event": kind, **values}
        self._file.write(json.dumps(event) + "\n")
        self._file.flush()
        for listener in self._listeners:
            listener(event)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class JsonLines:
    """Prints events as JSON, one a line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Print to `stream`, by default standard output."""
        self._stream = stream or sys.stdout

    def __call__(self, event: dict[str, object]) -> None:
        """Print one event."""
        print(json.dumps(event), file=self._stream, flush=True)


class ProgressBar:
    """A progress bar over the run on standard error, with the loss terms beside it."""

    def __init__(self) -> None:
        """An empty bar."""
        self._bar = tqdm(total=100.0, unit="%", bar_format="{desc} {percentage:5.1f}%|{bar}| {elapsed} {postfix}")

    def __call__(self, event: dict[str, object]) -> None:
        """Show one event."""
        kind = event["event"]
        if kind == "step":
            progress, losses = event["progress"], event["losses"]
            assert isinstance(progress, float) and isinstance(losses, dict)
            self._bar.set_description_str(str(event["phase"]))
            self._bar.set_postfix_str(" ".join(f"{name} {value:.3g}" for name, value in losses.items()))
            self._bar.update(100.0 * progress - self._bar.n)
        elif kind == "end":
            self._bar.close()
            self._bar.write(str(event["message"]), file=sys.stderr)
        elif "message" in event:
            self._bar.write(str(event["message"]), file=sys.stderr)
