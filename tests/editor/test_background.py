"""What work off the GUI thread leaves behind."""

from __future__ import annotations

import ctypes
import sys
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from facewright.core.memory import give_back
from facewright.editor.background import Background, Relay
from tests.bench.window import resident_mb

if TYPE_CHECKING:
    from concurrent.futures import Future

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

_BLOCKS, _BLOCK_BYTES, _KEPT = 2000, 100_000, 50


def scattered() -> list[np.ndarray]:
    """Some arrays that stay, each above 5 MB that are freed: the C library gives none of these back by itself."""
    return [np.ones(_BLOCK_BYTES, np.uint8) for _ in range(_BLOCKS)][::_KEPT]


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library is not glibc"
)
def test_what_work_has_freed_goes_back_to_the_system_once_all_threads_rest(qtbot: QtBot) -> None:
    background, kept = Background("scattering"), list[np.ndarray]()
    after_work = list[float]()
    give_back()  # what tests before this one have freed, which the work would be served from
    before = resident_mb()

    def answer(future: Future[list[np.ndarray]]) -> None:
        kept.extend(future.result())
        after_work.append(resident_mb())

    background.run(scattered, answer)
    try:
        freed_mb = 0.6 * _BLOCKS * _BLOCK_BYTES / 1e6
        qtbot.waitUntil(lambda: bool(after_work))
        assert after_work[0] - before > freed_mb
        qtbot.waitUntil(lambda: after_work[0] - resident_mb() > freed_mb)
    finally:
        background.close()
    assert all((array == 1).all() for array in kept)


class Ends:
    """Notes which thread lets go of it."""

    def __init__(self, on: list[int]) -> None:
        self._on = on

    def __del__(self) -> None:
        self._on.append(threading.get_ident())

    def work(self) -> None:
        """Nothing to do."""

    def answer(self, future: Future[None]) -> None:
        """Nothing to say."""
        assert future.done()


def test_what_work_and_answers_refer_to_ends_on_the_thread_that_asked(qtbot: QtBot) -> None:
    """A dialog that ends on another thread takes the program with it."""
    background, on = Background("ending"), list[int]()
    times = 300
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(times):
            background.run(Ends(on).work, Ends(on).answer)
        qtbot.waitUntil(lambda: len(on) == 2 * times)
    finally:
        sys.setswitchinterval(before)
        background.close()
    assert {*on} == {threading.get_ident()}


def test_what_work_tells_is_heard_in_order_on_the_thread_of_who_asked(qtbot: QtBot, bare_window: QWidget) -> None:
    heard: list[tuple[int, str, threading.Thread]] = []
    relay = Relay(lambda step, words: heard.append((step, words, threading.current_thread())), bare_window)
    background = Background("telling")
    there = threading.current_thread()

    def work() -> None:
        for step in range(3):
            relay.tell(step, "of 3")

    background.run(work, lambda future: heard.append((3, "", there)))
    qtbot.waitUntil(lambda: len(heard) == 4)
    background.close()
    assert heard == [*((step, "of 3", there) for step in range(3)), (3, "", there)]
