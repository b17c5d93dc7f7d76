"""Work off the GUI thread, answered on it, and what it tells meanwhile."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal, Slot

from facewright.core.memory import give_back

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

_REST_MS = 250
"""Once no thread has answered for so long, the memory that their work has freed is given back."""


class _Rest(QObject):
    """The program's one timer: once all threads rest, the last that answered gives back what they have freed."""

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self._last: Background | None = None
        self._timer = QTimer(self, singleShot=True, interval=_REST_MS)
        self._timer.timeout.connect(self._tidy)

    def begin(self, background: Background) -> None:
        """A thread has answered."""
        self._last = background
        self._timer.start()

    @Slot()
    def _tidy(self) -> None:
        last, self._last = self._last, None
        if last:
            last.submit(give_back)


def _rest() -> _Rest:
    application = QCoreApplication.instance()
    assert application is not None
    return application.findChild(_Rest) or _Rest(application)


class Background(QObject):
    """One thread that runs functions in the order given; their answers arrive on this object's thread.

    Call `close` before the program ends: it drops what has not started, waits for what has, and no answer
    arrives afterwards.

    What crosses the threads through Qt is a signal without arguments to a declared slot: PySide is not safe with
    anything else there (PYSIDE-3124). The answers themselves wait in a queue. What a function refers to, such as a
    dialog, is let go of on this object's thread, after the other one has: Qt's objects end where they began.
    """

    _answered = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._answers: SimpleQueue[Future[Any]] = SimpleQueue()
        self._asked: deque[tuple[Callable[[], Any], Callable[[Future[Any]], None]]] = deque()
        self._closed = False
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._asked)

    def run(self, work: Callable[[], Answer], answer: Callable[[Future[Answer]], None]) -> None:
        """Run `work` on the thread, then `answer(future)` here, where `future.result()` returns or raises."""
        self._asked.append((work, answer))
        lent = [work]

        def do() -> Answer:
            try:
                return lent[0]()
            finally:
                lent.clear()

        def tell(done: Future[Answer]) -> None:
            self._answers.put(done)
            self._answered.emit()

        self._executor.submit(do).add_done_callback(tell)

    def submit(self, work: Callable[[], object]) -> None:
        """Run `work` on the thread, whatever comes of it; nothing once it is closed."""
        if not self._closed:
            self._executor.submit(work)

    def close(self) -> None:
        """Wait for the work under way and end the thread."""
        self._closed = True
        self._executor.shutdown(wait=True, cancel_futures=True)

    @Slot()
    def _deliver(self) -> None:
        future = self._answers.get()
        _, answer = self._asked.popleft()
        if not self._closed:
            _rest().begin(self)
            answer(future)


class Relay(QObject):
    """Hands what work tells meanwhile, from any thread, to a function on this object's thread, in its order.

    It crosses as the answers of a `Background` do.
    """

    _told = Signal()

    def __init__(self, hear: Callable[..., object], parent: QObject) -> None:
        super().__init__(parent)
        self._hear = hear
        self._waiting: SimpleQueue[tuple[object, ...]] = SimpleQueue()
        self._told.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def tell(self, *values: object) -> None:
        """Have `hear` called with these."""
        self._waiting.put(values)
        self._told.emit()

    @Slot()
    def _deliver(self) -> None:
        self._hear(*self._waiting.get())
