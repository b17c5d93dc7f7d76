"""What drafts of heads are made with: a table of SDFNet, made in the background."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.surface.template_table import Table


class Draft:
    """A table that is made in the background once it is first asked for."""

    def __init__(self, make: Callable[[], Table | None]) -> None:
        """`make` gives the table, or None where there is none; it runs once, in a thread of its own."""
        self._make, self._lock = make, threading.Lock()
        self._table: Table | None = None
        self._thread: threading.Thread | None = None

    def ready(self) -> Table | None:
        """The table; None as long as it is being made."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="field table", daemon=True)
                self._thread.start()
        return self._table

    def wait(self) -> None:
        """Until the table is made."""
        self.ready()
        assert self._thread is not None
        self._thread.join()

    def _run(self) -> None:
        with suppress(RuntimeError):  # the program ends: there are no threads any more to evaluate it
            self._table = self._make()
