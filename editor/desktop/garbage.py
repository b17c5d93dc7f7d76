"""Cyclic garbage, collected on the thread that draws alone.

Python's collector runs on whichever thread happens to allocate. What it finds there may be Qt's or VTK's, and these
are destroyed on the thread that made them or take the program down with them. So it is switched off, and called here.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_INTERVAL_MS = 1000


class GarbageCollector(QObject):
    """Collects on its own thread what is due, now and then; what is there already is kept and not looked at again.

    The program and its libraries are half a million objects: a look at all of them takes some tenths of a second, in
    which nothing else can run.
    """

    def __init__(self, parent: QObject) -> None:
        """Take over from Python's own collector, for as long as the program runs."""
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.timeout.connect(lambda: collect_what_is_due(older=1))  # there is little else, and it may be large
        self._timer.start()


def collect_what_is_due(older: int = 0) -> None:
    """Collect the oldest generation of which Python's own collector would say that its time has come; else nothing.

    older : so many generations beyond that one, if there are.
    """
    pairs = zip(gc.get_count(), gc.get_threshold(), strict=True)
    due = [generation for generation, (count, most) in enumerate(pairs) if count > most > 0]
    if due:
        gc.collect(min(due[-1] + older, 2))
