"""One task runs, one waits, the newest wins, and nothing that goes wrong stops the next."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from facewright.core.errors import Cancelled, FacewrightError
from facewright.editor.background import Background
from facewright.editor.live.newest import Newest, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot


class Gate:
    """Tasks that wait until the gate is open, and note what became of them."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.done: list[object] = []
        self.failed: list[str] = []

    def task(self, name: str, error: Exception | None = None, *, heeds: bool = False) -> Task[str]:
        """A task that answers its name, or fails; `heeds` : raises Cancelled where it is asked to end."""

        def work(cancelled: threading.Event) -> str:
            self.open.wait(60)
            if heeds and cancelled.is_set():
                raise Cancelled
            if error:
                raise error
            return name

        return Task(work, self.done.append, lambda error: self.failed.append(type(error).__name__))


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def newest(qapp: object, gate: Gate) -> Iterator[Newest]:
    newest = Newest("newest")
    yield newest
    gate.open.set()
    newest.close()


def said(newest: Newest) -> list[str]:
    messages: list[str] = []
    newest.failed.connect(messages.append)
    return messages


def test_of_all_that_waits_the_newest_runs(qtbot: QtBot, newest: Newest, gate: Gate) -> None:
    busy: list[bool] = []
    newest.busy_changed.connect(busy.append)
    for name in "abcd":
        newest.want(gate.task(name))
    assert newest.busy
    gate.open.set()
    qtbot.waitUntil(lambda: not newest.busy)
    assert gate.done == ["a", "d"]
    assert busy == [True, True, False]


def test_an_error_is_told_and_the_next_task_runs(qtbot: QtBot, newest: Newest, gate: Gate) -> None:
    messages = said(newest)
    newest.want(gate.task("a", FacewrightError("No.")))
    newest.want(gate.task("b"))
    gate.open.set()
    qtbot.waitUntil(lambda: bool(gate.done))
    assert (messages, gate.failed, gate.done) == (["No."], ["FacewrightError"], ["b"])


def test_a_mistake_in_the_program_reaches_its_handler_and_the_next_task_runs(
    qtbot: QtBot, newest: Newest, gate: Gate
) -> None:
    messages = said(newest)
    with qtbot.capture_exceptions() as exceptions:
        newest.want(gate.task("a", ZeroDivisionError()))
        newest.want(gate.task("b"))
        gate.open.set()
        qtbot.waitUntil(lambda: bool(gate.done))
    assert [kind for kind, _, _ in exceptions] == [ZeroDivisionError]
    assert (messages, gate.failed) == ([], ["ZeroDivisionError"])


def test_an_answer_that_cannot_be_used_is_told_like_any_error(qtbot: QtBot, newest: Newest) -> None:
    messages = said(newest)

    def refuse(answer: object) -> None:
        raise FacewrightError(f"{answer} is of no use.")

    newest.want(Task(lambda cancelled: "This", refuse))
    qtbot.waitUntil(lambda: messages == ["This is of no use."])


def test_what_is_dropped_is_not_answered_whatever_it_comes_to(qtbot: QtBot, newest: Newest, gate: Gate) -> None:
    messages = said(newest)
    newest.want(gate.task("a", FacewrightError("No.")))
    newest.want(gate.task("b"))
    newest.drop()
    newest.want(gate.task("c"))
    gate.open.set()
    qtbot.waitUntil(lambda: not newest.busy)
    assert (gate.done, gate.failed, messages) == (["c"], [], [])


def test_what_is_cancelled_may_answer_all_the_same(qtbot: QtBot, newest: Newest, gate: Gate) -> None:
    messages = said(newest)
    newest.want(gate.task("best so far"))
    newest.cancel()
    newest.want(gate.task("next", heeds=True))
    gate.open.set()
    qtbot.waitUntil(lambda: not newest.busy)
    assert gate.done == ["best so far", "next"]  # that one was not cancelled
    gate.open.clear()
    newest.want(gate.task("none", heeds=True))
    newest.cancel()
    gate.open.set()
    qtbot.waitUntil(lambda: not newest.busy)
    assert (gate.failed, messages) == (["Cancelled"], [])


def test_more_is_asked_for_whenever_there_is_nothing_to_do(qtbot: QtBot, gate: Gate) -> None:
    left = list("abc")
    more: Callable[[], Task[Any] | None] = lambda: gate.task(left.pop(0)) if left else None  # noqa: E731
    newest = Newest("more", more=more)
    gate.open.set()
    newest.want(gate.task("first"))
    qtbot.waitUntil(lambda: not newest.busy)
    assert gate.done == ["first", "a", "b", "c"]
    left.append("d")
    newest.advance()
    qtbot.waitUntil(lambda: not newest.busy)
    newest.close()
    assert gate.done[-1] == "d"


def test_a_thread_that_others_work_on_outlives_it(qtbot: QtBot, gate: Gate) -> None:
    shared = Background("shared")
    newest = Newest(shared)
    newest.want(gate.task("a"))
    newest.close()
    answers: list[int] = []
    shared.run(lambda: 1, lambda future: answers.append(future.result()))
    gate.open.set()
    qtbot.waitUntil(lambda: answers == [1])
    shared.close()
    assert gate.done == []
