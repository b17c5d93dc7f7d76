"""Heads on the clipboard: as the text that the command line's `--set` reads, and beside it what that cannot say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from facewright.core.errors import FacewrightError
from facewright.core.input_file import parsed_json
from facewright.core.parameters import parse_assignments
from facewright.core.parts import CODES
from facewright.core.sculpt import dabs
from facewright.core.surgery.fields import tried
from facewright.core.surgery.plan import from_record, to_record
from facewright.editor import commands
from facewright.editor.desktop.messages import show_error

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document


_REST = "application/x-facewright-head+json"
"""What a copied head has beside its coefficients."""


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
    """Put the head onto the clipboard, with its operations and its brush work."""
    head, data = document.parameters, QMimeData()
    data.setText(as_text(head))
    rest = {"plan": to_record(head.plan), "brush_work": dabs.to_record(head.dabs)}
    data.setData(_REST, json.dumps(rest).encode())
    QGuiApplication.clipboard().setMimeData(data)


def paste_head(document: Document, window: QWidget) -> None:
    """Set the head on the clipboard; say so if there is none."""
    data = QGuiApplication.clipboard().mimeData()
    words = data.text().replace("--set", " ").split()
    try:
        if not words:
            raise FacewrightError("The clipboard holds no head: copy one with Edit → Copy Head.")
        head = parse_assignments(words, document.model.components)
        if data.hasFormat(_REST):
            head = _with_rest(head, bytes(data.data(_REST).data()))
        commands.set_parameters(document, head, "Paste Head")
    except FacewrightError as error:
        show_error(window, str(error))


def _with_rest(head: Parameters, data: bytes) -> Parameters:
    """The head with the operations and the brush work that were copied; FacewrightError if they are damaged."""
    try:
        record = parsed_json(data)
        return head.with_plan(tried(from_record(record["plan"]))).with_dabs(dabs.from_record(record["brush_work"]))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FacewrightError("The head on the clipboard is damaged: copy it again.") from error
