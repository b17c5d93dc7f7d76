"""A hand at the window: one random thing after the other, by mouse and keys, and one in the midst of another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QDockWidget,
    QFileDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QProgressDialog,
    QSlider,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

from tests.bench.robustness_child import tell
from tests.editor.patience import pause
from tests.editor.random_edits import act

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from PySide6.QtGui import QAction

    from facewright.editor.main_window import MainWindow

    Act = Callable[[], object]

Item = TypeVar("Item")

_LEFT, _NO_KEYS, _CONTROL = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
)
_KINDS = QAbstractSlider, QAbstractSpinBox, QComboBox, QAbstractButton, QAbstractItemView, QTabBar, QLineEdit
"""Widgets that a hand can do something with."""
_NEVER = ("Quit", "Turntable Video…", "Before → After Video…")
"""What ends the program, or takes minutes."""
_TYPED = ("1", "-2.5", "99999", "abc", "3,5", "", "1e5", "-0", "<b>a</b>")
_KEYS = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Plus, Qt.Key.Key_Minus),
    *(Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Tab),
    *(Qt.Key.Key_Backtab, Qt.Key.Key_Space, Qt.Key.Key_Delete, Qt.Key.Key_F2, Qt.Key.Key_G, Qt.Key.Key_B),
)
_PAUSES_MS = (0, 0, 0, 5, 20, 60)
_MOST_TABS = 6


class Hand:
    """Does one random thing after the other."""

    def __init__(self, window: MainWindow, home: Path, rng: np.random.Generator) -> None:
        self.window, self._home, self._rng = window, home, rng
        self._acts: dict[Act, int] = {
            self._trigger: 5, self._press_keys: 2, self._pull: 4, self._use_tab: 2, self._undo: 2, self._shape: 1,
            self._use_panel: 7, self._tear: 2, self._edit: 4, self._save_and_open: 1, self._open_scan: 1,
        }  # fmt: skip

    def act(self) -> str:
        """Do something, and answer what it has opened; `refused` if a box said why not."""
        acts, weights = list(self._acts), np.array(list(self._acts.values()))
        acts[self._rng.choice(len(acts), p=weights / weights.sum())]()
        pause(self._pick(_PAUSES_MS))
        return self.answer()

    def answer(self) -> str:
        """Answer all that is open, the last first; what asks for it in vain is turned down."""
        was = "clean"
        for patience in range(40, 0, -1):
            if popup := QApplication.activePopupWidget():
                popup.close()
            open_ = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
            if not open_:
                break
            for dialog in reversed(open_):
                if not isValid(dialog) or not dialog.isVisible():
                    continue
                if isinstance(dialog, QMessageBox):
                    was = "refused"
                    self._pick(dialog.buttons()).click()
                elif isinstance(dialog, QProgressDialog):
                    if self._rng.random() < 0.1:
                        for button in dialog.findChildren(QAbstractButton):
                            button.click()
                elif patience < 10:
                    dialog.reject()
                elif isinstance(dialog, QFileDialog):
                    self._name_file(dialog)
                else:
                    self._try_out(dialog)
            pause(self._pick((5, 20, 100)))
        return was

    def _pick(self, items: Iterable[Item]) -> Item:
        items = list(items)
        return items[self._rng.integers(len(items))]

    def _place(self, widget: QWidget) -> QPoint:
        """Somewhere in a widget, rather in its middle."""
        x, y = np.clip(self._rng.normal(0.5, 0.15, 2), 0.02, 0.98)
        return QPoint(round(x * widget.width()), round(y * widget.height()))

    def _edit(self) -> None:
        tell(does="edit")
        act(self.window.document, self._rng)

    def _save_and_open(self) -> None:
        tell(does="save and open")
        path = self._home / "soak.facewright"
        self.window.projects.save_as(path)
        pause(500)
        self.window.projects.open(path)

    def _open_scan(self) -> None:
        tell(does="open a scan")
        self.window.scan_panel.open(self._home / "soak.ply")
        pause(self._pick((0, 500, 3000)))

    def _trigger(self) -> None:
        action = self._pick(self._actions())
        tell(does=action.text())
        action.trigger()

    def _actions(self) -> list[QAction]:
        found, waiting = [], list(self.window.menuBar().actions())
        while waiting:
            action = waiting.pop()
            if menu := cast("QMenu | None", action.menu()):
                menu.aboutToShow.emit()
                waiting += menu.actions()
            elif action.isEnabled() and not action.isSeparator() and action.text().replace("&", "") not in _NEVER:
                found.append(action)
        return found

    def _press_keys(self) -> None:
        for key in self._rng.choice(len(_KEYS), self._rng.integers(1, 5)).tolist():
            target = QApplication.focusWidget() or self.window.viewport
            tell(does=f"key {_KEYS[key].name} in {type(target).__name__}")
            QTest.keyClick(target, _KEYS[key], self._pick((_NO_KEYS, _NO_KEYS, _CONTROL)))

    def _pull(self, meanwhile: Act | None = None) -> None:
        """Drag in the viewport: with one of its tools, or the camera."""
        edit, canvas = self.window.actions_.edit, self.window.viewport.canvas
        tool = self._pick((edit.drag, edit.brush, self.window.actions_.measure.correct, None, None))
        if tool and tool.isEnabled():
            tool.trigger()
        if self._rng.random() < 0.3:
            self.window.viewport.reset_view()
        button = self._pick((_LEFT, _LEFT, _LEFT, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton))
        tell(does=f"drag {button.name} {tool.text() if tool else ''}")
        self._drag(canvas, self._place(canvas), button, meanwhile)

    def _drag(
        self, widget: QWidget, start: QPoint, button: Qt.MouseButton = _LEFT, meanwhile: Act | None = None
    ) -> None:
        way = QPointF(*(self._rng.uniform(-0.2, 0.2, 2) * (widget.width(), widget.height())).tolist())
        QTest.mousePress(widget, button, _NO_KEYS, start)
        for share in (0.2, 0.5, 1.0):
            if isValid(widget):
                QTest.mouseMove(widget, (start.toPointF() + way * share).toPoint())
                pause(self._pick(_PAUSES_MS))
            if share == 0.5 and meanwhile:
                meanwhile()
        if isValid(widget):
            QTest.mouseRelease(widget, button, _NO_KEYS, (start.toPointF() + way).toPoint())

    def _tear(self) -> None:
        """Do something else in the midst of a drag."""
        other = self._pick((self._trigger, self._undo, self._use_tab, self._edit, self._press_keys))
        sliders = [w for w in self._usable(self.window) if isinstance(w, QSlider)]
        if sliders and self._rng.random() < 0.5:
            slider = self._pick(sliders)
            tell(does=f"drag {slider.accessibleName()}")
            self._drag(slider, slider.rect().center(), meanwhile=other)
        else:
            self._pull(other)

    def _undo(self) -> None:
        tell(does="undo and redo")
        edit = self.window.actions_.edit
        for _ in range(self._rng.integers(1, 8)):
            self._pick((edit.undo, edit.undo, edit.redo)).trigger()
            pause(self._pick(_PAUSES_MS))

    def _use_tab(self) -> None:
        """Choose, drag, rename, add or delete a variant at its tab."""
        tabs, variants = self.window.variants.tabs, self.window.actions_.variants
        place, other = (tabs.tabRect(self._pick(range(tabs.count()))).center() for _ in range(2))
        kind = self._pick(("choose", "drag", "rename", "add", "delete", "flip"))
        tell(does=f"{kind} a variant")
        if kind == "choose":
            QTest.mouseClick(tabs, _LEFT, pos=place)
        elif kind == "drag":
            QTest.mousePress(tabs, _LEFT, pos=place)
            for middle in ((place + other) / 2, other):
                QTest.mouseMove(tabs, middle)
                pause(2)
            self._pick((lambda: None, self._undo, variants.delete.trigger))()
            QTest.mouseRelease(tabs, _LEFT, pos=other)
        elif kind == "rename":
            QTest.mouseDClick(tabs, _LEFT, pos=place)
            for editor in tabs.findChildren(QLineEdit):
                self._type_into(editor)
        elif kind == "add" and tabs.count() < _MOST_TABS:
            QTest.mouseClick(self.window.variants.add, _LEFT)
        else:
            (variants.delete if kind == "delete" else variants.flip).trigger()

    def _shape(self) -> None:
        """Make the window another size, or let a panel float."""
        tell(does="shape the window")
        self.window.resize(*self._rng.integers((700, 500), (1440, 900)).tolist())
        dock = self._pick(self.window.findChildren(QDockWidget))
        if dock.isVisible():
            dock.setFloating(not dock.isFloating())

    def _use_panel(self) -> None:
        dock = self._pick(self.window.findChildren(QDockWidget))
        dock.show()
        dock.raise_()
        pause(5)
        self._use_one_of(dock)

    def _use_one_of(self, root: QWidget) -> None:
        """Use one of the widgets that can be seen in another."""
        if not (usable := self._usable(root)):
            return
        widget = self._pick(usable)
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        tell(does=f"use {type(widget).__name__} {widget.accessibleName() or text}")
        if isinstance(widget, QAbstractSlider):
            self._drag(widget, widget.rect().center())
        elif isinstance(widget, QComboBox):
            widget.setCurrentIndex(self._pick(range(widget.count()) or (-1,)))
        elif isinstance(widget, QAbstractSpinBox | QLineEdit):
            self._type_into(widget)
        elif isinstance(widget, QAbstractItemView):
            QTest.mouseClick(widget.viewport(), _LEFT, pos=self._place(widget.viewport()))
        else:
            QTest.mouseClick(widget, _LEFT, pos=self._place(widget))

    def _type_into(self, field: QAbstractSpinBox | QLineEdit) -> None:
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, self._pick(_TYPED))
        QTest.keyClick(field, self._pick((Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Up, Qt.Key.Key_Escape)))

    @staticmethod
    def _usable(root: QWidget) -> list[QWidget]:
        return [
            widget
            for widget in root.findChildren(QWidget)
            if isinstance(widget, _KINDS)
            and widget.isEnabled()
            and not widget.visibleRegion().isEmpty()
            and not isinstance(widget.parent(), QAbstractSpinBox | QComboBox)
        ]

    def _name_file(self, dialog: QFileDialog) -> None:
        """Name a file, to be written or that is there, or give up."""
        ends = re.findall(r"\*(\.\w+)", " ".join(dialog.nameFilters())) or [".txt"]
        path = self._pick((self._home / "soak", self._home / "other")).with_suffix(self._pick(ends))
        tell(does=f"{dialog.windowTitle()}: {path.name}")
        opens = dialog.acceptMode() == QFileDialog.AcceptMode.AcceptOpen
        if path.exists() == opens:  # else Qt asks in a loop of its own
            name = dialog.findChildren(QLineEdit)[0]
            name.setText(str(path))
            QTest.keyClick(name, Qt.Key.Key_Return)
        if isValid(dialog):
            dialog.reject()

    def _try_out(self, dialog: QDialog) -> None:
        """Use some of a dialog, then leave it."""
        for _ in range(self._rng.integers(3)):
            if isValid(dialog) and dialog.isVisible():
                self._use_one_of(dialog)
        if isValid(dialog) and dialog.isVisible():
            self._pick((dialog.reject, dialog.reject, dialog.accept))()
