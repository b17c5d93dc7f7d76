"""Heads on the clipboard: as the text that the command line's `--set` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from facewright.core.errors import FacewrightError
from facewright.core.parameters import parse_assignments
from facewright.core.parts import CODES
from facewright.editor import commands
from facewright.editor.desktop.messages import show_error

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document


def as_text(parameters: Parameters) -> str:
    """A head as assignments such as `nose.1=3`, separated by blanks; the mean head is `nose.1=0`."""
    values = [
        f"{code}.{component}={value!r}"
        for code in CODES
        for component, value in enumerate(parameters.code(code), start=1)
        if value != 0.0
    ]
    return " ".join(values) or "nose.1=0"


def copy_head(document: Document) -> None:
    """Put the head onto the clipboard."""
    QGuiApplication.clipboard().setText(as_text(document.parameters))


def paste_head(document: Document, window: QWidget) -> None:
    """Set the head on the clipboard; say so if there is none."""
    words = QGuiApplication.clipboard().text().replace("--set", " ").split()
    try:
        if not words:
            raise FacewrightError("The clipboard holds no head: copy one with Edit → Copy Head.")
        commands.set_parameters(document, parse_assignments(words, document.model.components), "Paste Head")
    except FacewrightError as error:
        show_error(window, str(error))
