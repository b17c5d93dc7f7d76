"""How far an evaluation is: a bar for people, or events for a program."""

from __future__ import annotations

import io
import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Callable

    Progress = Callable[..., Any]
    """Makes a bar, given what `tqdm` is given."""

progress_bar = partial(tqdm, disable=None, leave=False, bar_format="{desc:32} {percentage:3.0f}%|{bar:24}| {elapsed}")
"""On standard error, if that is a terminal."""


_ROUNDING = 1e-6
"""Of a count that is told in parts."""


class _Events(tqdm):  # type: ignore[misc]
    """Prints what a bar would show, as JSON on standard output, one object a line."""

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        """Print one event; the bar's end is not worth one."""
        if msg is None:
            share = self.n / self.total if self.total else 0.0
            event = {"event": "progress", "message": self.desc.removesuffix(": "), "progress": share}
            count = {"done": int(self.n + _ROUNDING), "of": int(self.total)} if self.total else {}
            print(json.dumps({**event, **count}), file=sys.stdout, flush=True)  # noqa: T201


progress_events = partial(_Events, file=io.StringIO(), leave=False, mininterval=0.5)
"""On standard output."""
