"""Variants and blends, from the widgets that show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox

from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.editor.desktop.palette import menu_actions

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from facewright.editor.main_window import MainWindow


def names(window: MainWindow) -> list[str]:
    tabs = window.variants.tabs
    return [tabs.tabText(index) for index in range(tabs.count())]


def test_tabs_follow_the_document_and_lead_back(qtbot: QtBot, window: MainWindow) -> None:
    document, tabs = window.document, window.variants.tabs
    commands.set_coefficient(document, "nose", 0, 1.0)
    qtbot.mouseClick(window.variants.add, Qt.MouseButton.LeftButton)
    commands.set_coefficient(document, "nose", 0, 2.0)
    assert names(window) == ["Head 1", "Head 2"]
    assert tabs.currentIndex() == 1
    tabs.setCurrentIndex(0)
    assert document.parameters == Parameters(nose=(1.0,))
    window.actions_.variants.flip.trigger()
    assert document.parameters == Parameters(nose=(2.0,))
    window.actions_.variants.flip.trigger()
    assert document.parameters == Parameters(nose=(1.0,))
    tabs.moveTab(0, 1)
    assert [variant.name for variant in document.state.variants] == ["Head 2", "Head 1"]
    assert document.state.variant.name == "Head 1"
    window.actions_.variants.delete.trigger()
    assert names(window) == ["Head 2"]
    assert not window.actions_.variants.delete.isEnabled()
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert names(window) == ["Head 1"]


def test_a_change_of_variants_lets_go_of_a_tab_that_is_dragged_and_closes_its_menu(
    qtbot: QtBot, window: MainWindow
) -> None:
    document, tabs, left = window.document, window.variants.tabs, Qt.MouseButton.LeftButton
    for name in ("B", "C"):
        commands.branch(document, name)
    window.show()
    for index in (2, 1):
        qtbot.mousePress(tabs, left, pos=tabs.tabRect(index).center())
        for place in (index - 1, 0):
            qtbot.mouseMove(tabs, tabs.tabRect(place).center())
        document.undo_stack.setIndex(index)
        qtbot.mouseMove(tabs, tabs.tabRect(0).center())
        assert names(window) == [variant.name for variant in document.state.variants]
        assert tabs.currentIndex() == document.state.active == index
        qtbot.mouseRelease(tabs, left, pos=tabs.tabRect(0).center())
        assert tabs.currentIndex() == document.state.active == index
    assert document.undo_stack.index() == 1
    tabs.customContextMenuRequested.emit(tabs.tabRect(1).center())
    assert QApplication.activePopupWidget()
    document.undo_stack.undo()  # as a fit that ends changes the variants
    assert not QApplication.activePopupWidget()


def test_going_back_and_forth_survives_a_rename_and_a_deletion(window: MainWindow) -> None:
    document, flip = window.document, window.actions_.variants.flip
    for name in ("B", "C"):
        commands.branch(document, name)
    commands.activate(document, 0)
    commands.activate(document, 2)
    commands.rename(document, 2, "Broad")
    flip.trigger()
    assert document.state.variant.name == "Head 1"
    flip.trigger()
    assert document.state.variant.name == "Broad"
    commands.delete(document, 2)
    shown = document.state.variant.name
    flip.trigger()
    assert document.state.variant.name != shown


def test_a_variant_is_renamed_in_its_tab(qtbot: QtBot, window: MainWindow) -> None:
    commands.branch(window.document, "Second")
    for typed, expected in (("Broad nose", "Broad nose"), ("Head 1", "Broad nose")):
        window.actions_.variants.rename.trigger()
        editor = window.variants.tabs.findChildren(QLineEdit)[-1]
        editor.setText(typed)
        qtbot.keyClick(editor, Qt.Key.Key_Return)
        assert names(window) == ["Head 1", expected]
    [box] = window.findChildren(QMessageBox)
    assert "Head 1" in box.text()
    box.close()


def test_the_blend_panel_destroys_neither_head(window: MainWindow) -> None:
    document, panel = window.document, window.blend
    assert not panel.whole.slider.isEnabled()
    commands.set_coefficient(document, "nose", 0, 2.0)
    commands.set_coefficient(document, "eyes", 0, -1.0)
    commands.branch(document, "B")
    commands.reset_head(document)
    before = document.state.variants
    assert (panel.first.currentText(), panel.second.currentText()) == ("Head 1", "B")
    panel.whole.slider.setValue(50)
    assert document.parameters == Parameters(nose=(1.0,), eyes=(-0.5,))
    panel.parts["nose"].slider.setValue(0)
    assert document.parameters == Parameters(nose=(2.0,), eyes=(-0.5,))
    assert document.state.variants[:2] == before
    assert len(document.state.variants) == 3
    assert panel.parts["nose"].field.text() == "0 %"
    document.undo_stack.undo()
    assert panel.parts["nose"].slider.value() == 50
    assert panel.whole.slider.value() == 50
    panel.parts["eyes"].field.setValue(25)
    assert document.parameters == Parameters(nose=(1.0,), eyes=(-0.75,))
    commands.activate(document, 0)
    assert panel.whole.slider.value() == 0


def test_escape_gives_up_a_name_that_is_typed(qtbot: QtBot, window: MainWindow) -> None:
    window.variants.rename_active()
    editor = window.variants.tabs.findChildren(QLineEdit)[-1]
    editor.setText("Other")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert editor.isHidden()
    assert names(window) == ["Head 1"]
    assert window.document.undo_stack.count() == 0


def test_a_name_that_is_typed_stays_while_the_variants_change_and_goes_with_its_own(
    qtbot: QtBot, window: MainWindow
) -> None:
    document = window.document
    commands.branch(document, "Second")
    commands.activate(document, 0)
    window.variants.edit_name(1)
    editor = window.variants.tabs.findChildren(QLineEdit)[-1]
    editor.setText("Other")
    commands.branch(document, "Between")  # as a fit that ends
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert names(window) == ["Head 1", "Between", "Other"]
    window.variants.edit_name(1)
    editor = window.variants.tabs.findChildren(QLineEdit)[-1]
    commands.delete(document, 1)
    assert editor.isHidden()
    assert names(window) == ["Head 1", "Other"]


def test_an_ampersand_in_a_name_is_shown_and_underlines_nothing(window: MainWindow) -> None:
    document = window.document
    commands.branch(document, "Tom & Jerry")
    commands.branch(document, "Third")
    assert names(window)[1] == "Tom && Jerry"  # as Qt writes one
    assert window.actions_.edit.undo.text() == "&Undo New Variant Third"
    document.undo_stack.undo()
    assert window.actions_.edit.undo.text() == "&Undo New Variant Tom && Jerry"
    assert document.undo_stack.undoText() == "New Variant Tom && Jerry"
    assert document.undo_stack.text(0) == "New Variant Tom & Jerry"  # the history's
    assert any("Undo New Variant Tom & Jerry" in name for name, _ in menu_actions(window.menuBar()))
    document.undo_stack.redo()
    take = window.actions_.head.parts["nose"].take
    take.aboutToShow.emit()
    assert take.actions()[1].text() == "Tom && Jerry"
    window.variants.edit_name(1)
    assert window.variants.tabs.findChildren(QLineEdit)[-1].text() == "Tom & Jerry"
