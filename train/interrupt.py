"""Stopping work that does not ask whether it should: within moments, and leaving nothing half done behind."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from facewright.train.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

_POLL_SECONDS = 0.1


class Stopped(Exception):
    """The run was asked to stop."""


def interruptible(
    work: Callable[[], Result], should_stop: Callable[[], bool], workers: Workers | None = None
) -> Result:
    """What `work` returns or raises; raises Stopped as soon as `should_stop()`.

    The work goes on in a thread of its own, to its end if it is abandoned: what it gives is dropped then, so it must
    change nothing that anybody still reads. Workers that all call this wait for each other, and are stopped together as
    soon as any should stop; their work must not speak to the others' then.
    """
    workers = workers or Workers()
    outcome: list[Result] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # handed to whoever waits
            failure.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    working = True
    while working:
        thread.join(_POLL_SECONDS)
        working, stop = workers.any(thread.is_alive(), should_stop())
        if stop:
            raise Stopped
    if failure:
        raise failure[0]
    return outcome[0]
