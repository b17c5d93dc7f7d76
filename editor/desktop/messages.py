"""How the editor says that something did not work, and asks what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget


def show_error(parent: QWidget | None, message: str) -> QMessageBox:
    """Open a dialog with one sentence; the editor goes on beneath it."""
    box = QMessageBox(QMessageBox.Icon.Warning, "Facewright", message, QMessageBox.StandardButton.Ok, parent)
    return _opened(box)


def ask(
    parent: QWidget | None,
    question: str,
    explanation: str,
    buttons: QMessageBox.StandardButton,
    default: QMessageBox.StandardButton,
) -> QMessageBox:
    """Open a dialog with a question; its `finished` signal tells the button that was pressed."""
    box = QMessageBox(QMessageBox.Icon.Question, "Facewright", question, buttons, parent)
    box.setInformativeText(explanation)
    box.setDefaultButton(default)
    return _opened(box)


def choose(
    parent: QWidget | None, question: str, explanation: str, answers: Mapping[str, Callable[[], object]]
) -> QMessageBox:
    """Open a dialog with a question and answers in words of its own, the first the default; Cancel does nothing."""
    box = QMessageBox(QMessageBox.Icon.Question, "Facewright", question, QMessageBox.StandardButton.Cancel, parent)
    box.setInformativeText(explanation)
    buttons = {box.addButton(text, QMessageBox.ButtonRole.AcceptRole): answer for text, answer in answers.items()}
    box.setDefaultButton(next(iter(buttons)))
    box.buttonClicked.connect(lambda button: buttons.get(button, lambda: None)())
    return _opened(box)


def _opened(box: QMessageBox) -> QMessageBox:
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for label in box.findChildren(QLabel):  # the explanation is one of them
        label.setTextFormat(Qt.TextFormat.PlainText)
    box.open()
    return box
