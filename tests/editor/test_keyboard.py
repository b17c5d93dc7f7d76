"""The program by keys alone: everything is named, reached and left again."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QDialog, QDockWidget, QLabel, QPushButton, QWidget

from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.editor.desktop.mnemonics import lettered, mnemonic
from facewright.editor.desktop.palette import CommandPalette
from facewright.editor.export.export_dialog import ExportDialog
from tests.editor.keys import focusable, focused, tabbed_through, unnamed

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu
    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.main_window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier


def activate(qtbot: QtBot, window: QWidget) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)


def letters_of(dialog: QDialog) -> Counter[str]:
    """How often each letter is underlined in what a dialog shows."""
    texts = [
        widget.text()
        for widget in dialog.findChildren(QWidget)
        if widget.isVisibleTo(dialog)
        and (isinstance(widget, (QCheckBox, QPushButton)) or (isinstance(widget, QLabel) and widget.buddy()))
    ]
    return Counter(mnemonic(text) for text in texts if text)


def test_tab_goes_round_the_window_through_every_panel_and_down_every_part(qtbot: QtBot, window: MainWindow) -> None:
    commands.branch(window.document)
    docks = window.findChildren(QDockWidget)
    for dock in docks:
        dock.show()
    assert len(list(focusable(window))) > 100
    assert unnamed(window) == []
    activate(qtbot, window)
    window.viewport.setFocus()
    found = tabbed_through()
    for area in (window.variants, *docks):
        assert any(area.isAncestorOf(widget) for widget in found), area
    for panel in window.panels.panels.values():
        panel.show_more()
        rows = [widget for row in panel.rows for widget in (row.slider, row.field)]
        chain: list[QWidget] = [rows[0]]
        following = chain[0].nextInFocusChain()
        while following and following is not rows[0]:
            chain += [following] if following in rows else []
            following = following.nextInFocusChain()
        assert chain == rows


def test_every_dialog_is_named_lettered_gone_round_by_tab_and_left_by_escape(qtbot: QtBot, window: MainWindow) -> None:
    commands.branch(window.document)
    model = cast("HeadModel", SimpleNamespace(template=object(), expressions={"smile": None}))
    heads = {name: Parameters() for name in ("Head 1", "Head 2")}
    actions = window.actions_
    for ask in (
        lambda: ExportDialog(model, heads, window).open(),
        actions.view.settings.trigger,
        actions.train.train.trigger,
        actions.train.evaluate.trigger,
        actions.measure.report.trigger,
        actions.help.welcome.trigger,
        actions.help.keys.trigger,
        actions.help.find.trigger,
    ):
        ask()
        dialog = next(dialog for dialog in window.findChildren(QDialog) if dialog.isVisible())
        activate(qtbot, dialog)
        assert unnamed(dialog) == [], dialog
        if QApplication.focusWidget() is None:
            QTest.keyClick(dialog, Qt.Key.Key_Tab)
        if not isinstance(dialog, CommandPalette):  # of which the field alone takes the focus
            tabbed_through()
        letters = letters_of(dialog)
        assert set(letters.values()) <= {1}, (dialog, letters)
        assert "" not in letters, dialog
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: not any(dialog.isVisible() for dialog in window.findChildren(QDialog)))


def test_every_menu_entry_has_a_letter_of_its_own(window: MainWindow) -> None:
    waiting: list[QWidget] = [window.menuBar()]
    while waiting:
        actions = [action for action in waiting.pop().actions() if not action.isSeparator()]
        letters = Counter(mnemonic(action.text()) for action in actions)
        assert "" not in letters, letters
        assert set(letters.values()) <= {1}, letters
        menus = [cast("QMenu | None", action.menu()) for action in actions]
        waiting += [menu for menu in menus if menu and menu.actions()]


def test_a_head_is_made_by_keys_in_panels_that_have_the_focus_once_they_are_asked_for(
    qtbot: QtBot, window: MainWindow
) -> None:
    document = window.document
    activate(qtbot, window)
    for _ in range(2):  # puts the panel of the parts away, and shows it again
        QTest.keyClick(window, Qt.Key.Key_F9)
    slider = window.panels.panels["nose"].rows[0].slider
    while focused() is not slider:
        assert window.panels.isAncestorOf(focused())
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert document.parameters == Parameters(nose=(0.1,))
    QTest.keyClick(window, Qt.Key.Key_T, CONTROL)
    QTest.keyClick(slider, Qt.Key.Key_PageUp)
    QTest.keyClick(window, Qt.Key.Key_B, CONTROL)
    while focused() is not window.blend.whole.slider:
        assert window.blend.isAncestorOf(focused())
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
    QTest.keyClick(window.blend.whole.slider, Qt.Key.Key_PageDown)
    assert document.state.variant.blend
    QTest.keyClick(window, Qt.Key.Key_B, CONTROL)
    assert window.viewport.hasFocus()
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert not document.state.variant.blend


def test_undo_goes_to_the_head_once_a_number_is_entered_and_a_press_beside_the_fields_takes_the_keys(
    qtbot: QtBot, window: MainWindow
) -> None:
    document, panel = window.document, window.panels.panels["nose"]
    activate(qtbot, window)
    field = panel.rows[0].field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "1.5")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert document.parameters == Parameters(nose=(1.5,))
    assert field.hasFocus()
    QTest.keyClick(field, Qt.Key.Key_Z, CONTROL)
    assert document.parameters == Parameters()
    field.selectAll()
    QTest.keyClicks(field, "2")
    QTest.mouseClick(panel.rows[0].label, Qt.MouseButton.LeftButton)
    assert document.parameters == Parameters(nose=(2.0,))
    assert not field.hasFocus()
    QTest.keyClick(focused(), Qt.Key.Key_Z, CONTROL)
    assert document.parameters == Parameters()


def test_a_letter_is_the_first_of_a_word_where_it_can_be_and_a_given_one_stays() -> None:
    assert lettered(["Open", "Save", "Save As"]) == ["&Open", "&Save", "Save &As"]
    assert lettered(["&Undo Nose 1", "Unlock"])[0] == "&Undo Nose 1"
    assert lettered(["aa", "aa"]) == ["&aa", "aa"]
    assert lettered([]) == []
