"""What the program and its model are, and whom they are owed to."""

from __future__ import annotations

import html
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from facewright.core.model.head_model import HeadModel

_CREDITS = (("data", "Training data"), ("credit", "Credit"), ("licence", "Licence"))


def about_text(model: HeadModel) -> str:
    """Facewright, the model's name and the credit and licence of its training data, as HTML."""
    lines = [
        f"<h3>{program()}</h3>",
        "<p>An editor of human heads in parts, on an implicit 3D face model.</p>",
        f"<p><b>Model:</b> {html.escape(model.name)}<br>",
        "<br>".join(
            f"<b>{label}:</b> {html.escape(str(model.metadata[key]))}"
            for key, label in _CREDITS
            if key in model.metadata
        ),
        "</p><p>Shapes made or edited here are synthetic: say so where you show them.</p>",
    ]
    return "".join(lines)


def program() -> str:
    """Name and version of the program; the name alone where it runs from its sources."""
    try:
        return f"Facewright {version('facewright')}"
    except PackageNotFoundError:
        return "Facewright"


def show_about(parent: QWidget, model: HeadModel) -> None:
    """Open the dialog; the editor goes on beneath it."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("About Facewright")
    box.setIconPixmap(parent.windowIcon().pixmap(64))
    box.setText(about_text(model))
    box.open()
