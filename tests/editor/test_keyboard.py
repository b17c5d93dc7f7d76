"""The program by keys alone: everything is reached, named and left again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QDialog,
    QDockWidget,
    QGroupBox,
    QLabel,
    QPushButton,
    QTabWidget,
    QWidget,
)

from core.parameters import Parameters
from editor import commands
from editor.export_dialog import ExportDialog
from editor.key_sheet import KeySheet
from editor.mnemonics import lettered, mnemonic
from editor.palette import CommandPalette
from editor.report.dialog import ReportDialog
from editor.settings_dialog import SettingsDialog
from editor.training.dialog import TrainingDialog
from editor.training.evaluating import EvaluateDialog
from editor.welcome import Welcome
from tests.core.tiny_model import tiny_model_with_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QMenu
    from pytestqt.qtbot import QtBot

    from editor.main_window import MainWindow

_MANY_TABS = 400
_HEADS = {"Head 1": Parameters(), "Wide": Parameters(nose=(2.0,))}

DIALOGS: dict[type[QDialog], Callable[[MainWindow], object]] = {
    ExportDialog: lambda window: ExportDialog(tiny_model_with_template(), _HEADS, window).open(),
    SettingsDialog: lambda window: window.actions_.view.settings.trigger(),
    TrainingDialog: lambda window: window.actions_.train.train.trigger(),
    EvaluateDialog: lambda window: window.actions_.train.evaluate.trigger(),
    Welcome: lambda window: window.actions_.help.welcome.trigger(),
    CommandPalette: lambda window: window.actions_.help.find.trigger(),
    KeySheet: lambda window: window.actions_.help.keys.trigger(),
}


def is_named(widget: QWidget) -> bool:
    """Whether a screen reader has something to say of a widget."""
    texts = [widget.accessibleName()]
    texts += [widget.text()] if isinstance(widget, QAbstractButton) else []
    texts += [widget.title()] if isinstance(widget, QGroupBox) else []
    texts += [label.text() for label in widget.window().findChildren(QLabel) if label.buddy() is widget]
    return any(text.strip() for text in texts)


def focusable(root: QWidget) -> Iterator[QWidget]:
    """The widgets of one window that the Tab key may come to; what passes the focus on is none."""
    for widget in root.findChildren(QWidget):
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes and not widget.focusProxy() and widget.window() is root.window() and not _is_inner(widget):
            yield widget


def _is_inner(widget: QWidget) -> bool:
    """Whether Qt made it as a piece of another widget, or it passes the focus on to its own tabs."""
    return widget.objectName().startswith("qt_spinbox") or isinstance(widget, QTabWidget)


def open_dialog(window: MainWindow, kind: type[QDialog]) -> QDialog:
    DIALOGS[kind](window)
    return next(dialog for dialog in window.findChildren(kind) if dialog.isVisible())


def tabbed_through(window: QWidget) -> list[QWidget]:
    """What the Tab key comes to, from the widget that has the focus and back to it."""
    start = QApplication.focusWidget()
    assert start
    found = [start]
    for _ in range(_MANY_TABS):
        QTest.keyClick(found[-1], Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        assert now, f"Tab lost the focus after {found[-1]}"
        if now is start:
            return found
        assert now is not found[-1], f"Tab does not leave {now}"
        found.append(now)
    raise AssertionError("Tab does not come back")


def show_all_panels(window: MainWindow) -> list[QDockWidget]:
    docks = window.findChildren(QDockWidget)
    for dock in docks:
        dock.show()
    for panel in window.panels.panels.values():
        panel.set_expanded(True)
    return docks


def activate(qtbot: QtBot, window: QWidget) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)


def test_everything_in_the_window_that_takes_the_focus_has_a_name(window: MainWindow) -> None:
    show_all_panels(window)
    found = list(focusable(window))
    assert len(found) > 100
    assert [widget for widget in found if not is_named(widget)] == []


def test_tab_goes_round_the_window_through_every_panel_and_down_every_part(qtbot: QtBot, window: MainWindow) -> None:
    commands.branch(window.document)
    docks = show_all_panels(window)
    activate(qtbot, window)
    window.viewport.setFocus()
    found = tabbed_through(window)
    for area in (window.variants, *docks):
        assert any(area.isAncestorOf(widget) for widget in found), area
    for panel in window.panels.panels.values():
        panel.show_more()
        rows = [widget for row in panel.rows for widget in (row.slider, row.field)]
        chain = [rows[0]]
        while len(chain) < len(rows):
            following = cast("QWidget", chain[-1].nextInFocusChain())
            while following not in rows:
                following = following.nextInFocusChain()
            chain.append(following)
        assert chain == rows


@pytest.mark.parametrize("kind", DIALOGS)
def test_a_dialog_is_named_lettered_gone_round_by_tab_and_left_by_escape(
    qtbot: QtBot, window: MainWindow, kind: type[QDialog]
) -> None:
    commands.branch(window.document)
    dialog = open_dialog(window, kind)
    activate(qtbot, dialog)
    assert [widget for widget in focusable(dialog) if not is_named(widget)] == []
    if QApplication.focusWidget() is None:
        QTest.keyClick(dialog, Qt.Key.Key_Tab)
    if kind is not CommandPalette:  # of which only the field takes the focus
        tabbed_through(dialog)
    texts = [
        widget.text()
        for widget in dialog.findChildren(QWidget)
        if widget.isVisibleTo(dialog)
        and (isinstance(widget, (QCheckBox, QPushButton)) or (isinstance(widget, QLabel) and widget.buddy()))
        and widget.text()
    ]
    letters = Counter(mnemonic(text) for text in texts)
    if kind not in (CommandPalette, KeySheet):
        assert letters and set(letters.values()) == {1}, letters
        assert "" not in letters
    gone = []
    dialog.finished.connect(gone.append)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert gone


def test_the_report_is_gone_round_by_tab(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_.measure.report.trigger()
    dialog = window.findChildren(ReportDialog)[0]
    activate(qtbot, dialog)
    assert [widget for widget in focusable(dialog) if not is_named(widget)] == []
    dialog.before.setFocus()
    assert dialog.note in tabbed_through(dialog)
    dialog.reject()


def test_every_menu_entry_has_a_letter_of_its_own(window: MainWindow) -> None:
    waiting: list[QWidget] = [window.menuBar()]
    while waiting:
        actions = [action for action in waiting.pop().actions() if not action.isSeparator()]
        letters = Counter(mnemonic(action.text()) for action in actions)
        assert "" not in letters, [action.text() for action in actions]
        assert set(letters.values()) <= {1}, [action.text() for action in actions]
        menus = [cast("QMenu | None", action.menu()) for action in actions]
        waiting += [menu for menu in menus if menu and menu.actions()]


def test_a_panel_that_is_asked_for_has_the_focus_until_it_is_put_away(qtbot: QtBot, window: MainWindow) -> None:
    commands.branch(window.document)
    activate(qtbot, window)
    window.viewport.setFocus()
    QTest.keyClick(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.blend.isAncestorOf(QApplication.focusWidget()))
    window.blend.whole.setFocus()
    QTest.keyClick(window.blend.whole, Qt.Key.Key_PageUp)
    assert window.document.state.variant.blend
    QTest.keyClick(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.viewport.hasFocus)


def test_a_letter_is_the_first_of_a_word_where_it_can_be_and_a_given_one_stays() -> None:
    assert lettered(["Open", "Save", "Save As"]) == ["&Open", "&Save", "Save &As"]
    assert lettered(["&Undo Nose 1", "Unlock"])[0] == "&Undo Nose 1"
    assert lettered(["aa", "aa"]) == ["&aa", "aa"]
    assert lettered([]) == []


def test_the_parameters_of_a_head_are_set_by_keys(qtbot: QtBot, window: MainWindow) -> None:
    activate(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_F9)  # puts the panel of parts away
    QTest.keyClick(window, Qt.Key.Key_F9)
    qtbot.waitUntil(lambda: window.panels.isAncestorOf(QApplication.focusWidget()))
    slider = window.panels.panels["nose"].rows[0].slider
    for _ in range(20):
        if QApplication.focusWidget() is slider:
            break
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert window.document.parameters == Parameters(nose=(0.1,))
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.document.parameters == Parameters()
