"""Work off the GUI thread, answered on it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from facewright.core.memory import give_back

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

_REST_MS = 250
"""Once no thread has answered for so long, the memory that their work has freed is given back."""


class Background(QObject):
    """One thread that runs functions in the order given; their answers arrive on this object's thread.

    Call `close` before the program ends: it drops what has not started, waits for what has, and no answer
    arrives afterwards.

    What crosses the threads through Qt is a signal without arguments to a declared slot: PySide is not safe with
    anything else there (PYSIDE-3124). The answers themselves wait in a queue.
    """

    _answered = Signal()
    _all_answers: ClassVar[int] = 0
    """Answers of all threads so far."""

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._answers: SimpleQueue[tuple[Callable[[Future[Any]], None], Future[Any]]] = SimpleQueue()
        self._closed = False
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._answers_then = 0
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._tidy)

    def run(self, work: Callable[[], Answer], answer: Callable[[Future[Answer]], None]) -> None:
        """Run `work` on the thread, then `answer(future)` here, where `future.result()` returns or raises."""

        def tell(done: Future[Answer]) -> None:
            self._answers.put((answer, done))
            self._answered.emit()

        self._executor.submit(work).add_done_callback(tell)

    def close(self) -> None:
        """Wait for the work under way and end the thread."""
        self._closed = True
        self._rest.stop()
        self._executor.shutdown(wait=True, cancel_futures=True)

    @Slot()
    def _deliver(self) -> None:
        answer, future = self._answers.get()
        if not self._closed:
            Background._all_answers += 1
            self._answers_then = Background._all_answers
            self._rest.start()
            answer(future)

    @Slot()
    def _tidy(self) -> None:
        """Give memory back, unless another thread has answered since: then it is that one's turn."""
        if not self._closed and self._answers_then == Background._all_answers:
            self._executor.submit(give_back)
