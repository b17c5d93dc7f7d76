"""Cyclic garbage, collected on the GUI thread alone."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject

from facewright.editor.desktop.garbage import GarbageCollector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot


@pytest.fixture
def collector(bare_window: QWidget) -> Iterator[GarbageCollector]:
    yield GarbageCollector(bare_window)
    gc.unfreeze()


def make_ring(ends: list[str]) -> None:
    """Leave a QObject that only cycles hold, and note the thread on which it ends."""
    ring = QObject()
    ring.itself = ring  # type: ignore[attr-defined]
    weakref.finalize(ring, lambda: ends.append(threading.current_thread().name))


def test_what_a_worker_allocates_ends_no_object_of_qt_there(qtbot: QtBot, collector: GarbageCollector) -> None:
    ends: list[str] = []
    kept: list[list[int]] = []
    make_ring(ends)
    worker = threading.Thread(target=lambda: kept.extend([] for _ in range(20_000)))  # Python's own would run there
    worker.start()
    worker.join()
    assert not ends
    qtbot.waitUntil(lambda: bool(ends))
    assert ends == [threading.main_thread().name]
