"""What a person without a mouse has: the Tab key, and the names that a screen reader says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QGroupBox, QLabel, QTabWidget, QWidget

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANY_TABS = 400


def unnamed(root: QWidget) -> list[QWidget]:
    """The widgets of a window that the Tab key may come to and of which a screen reader could say nothing."""
    return [widget for widget in focusable(root) if not _is_named(widget)]


def focusable(root: QWidget) -> Iterator[QWidget]:
    """The widgets of a window that the Tab key may come to."""
    for widget in root.findChildren(QWidget):
        passes_on = widget.focusProxy() or isinstance(widget, QTabWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not passes_on and widget.window() is root.window():
            yield widget


def focused() -> QWidget:
    """The widget that hears the keys."""
    widget = QApplication.focusWidget()
    assert widget
    return widget


def tabbed_through() -> list[QWidget]:
    """What the Tab key comes to, from the widget that has the focus until it is back there."""
    start = focused()
    found = [start]
    for _ in range(_MANY_TABS):
        QTest.keyClick(found[-1], Qt.Key.Key_Tab)
        now = focused()
        if now is start:
            return found
        assert now is not found[-1], f"Tab does not leave {now}"
        found.append(now)
    raise AssertionError("Tab does not come back")


def _is_named(widget: QWidget) -> bool:
    texts = [widget.accessibleName()]
    texts += [widget.text()] if isinstance(widget, QAbstractButton) else []
    texts += [widget.title()] if isinstance(widget, QGroupBox) else []
    texts += [label.text() for label in widget.window().findChildren(QLabel) if label.buddy() is widget]
    return any(text.strip() for text in texts)
