"""Work off the GUI thread, answered on it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")


class Background(QObject):
    """One thread that runs functions in the order given; their answers arrive on this object's thread.

    Call `close` before the program ends: it drops what has not started, waits for what has, and no answer
    arrives afterwards.
    """

    _answered = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._closed = False
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(self, work: Callable[[], Answer], answer: Callable[[Future[Answer]], None]) -> None:
        """Run `work` on the thread, then `answer(future)` here, where `future.result()` returns or raises."""
        future = self._executor.submit(work)
        future.add_done_callback(lambda done: self._answered.emit((answer, done)))

    def close(self) -> None:
        """Wait for the work under way and end the thread."""
        self._closed = True
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _deliver(self, pair: tuple[Callable[[Future[Answer]], None], Future[Answer]]) -> None:
        if not self._closed:
            answer, future = pair
            answer(future)
