"""Where heads to train on come from, as a person chooses it: what `train.data.sources` knows of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from facewright.editor.desktop.file_dialog import FileDialog
from facewright.editor.widgets.label import Label
from facewright.train.data.sources import SOURCES

if TYPE_CHECKING:
    from facewright.editor.anatomy.maker import AnatomyMaker
    from facewright.train.data.sources import SourceKind

_REMEMBERED = "training/source"


class SourceChooser(QWidget):
    """A kind of source, what it is, and its folder. What was chosen last is there at first."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kinds, self.folder, self.about = QComboBox(), QLineEdit(), Label()
        self.browse = QPushButton("Choose…")
        self.anatomy = QPushButton("Make Anatomy…")
        self.anatomy.setToolTip("Pick landmarks on one of these heads, once: the folder needs an anatomy.json.")
        self._anatomies: AnatomyMaker | None = None
        self.setFocusProxy(self.kinds)
        self.browse.setAccessibleName("Choose the folder of the source")
        self.kinds.setAccessibleName("Kind of source")
        self.folder.setAccessibleName("Folder of the source")
        for source in SOURCES:
            self.kinds.addItem(source.title, source.kind)
        self.about.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.folder)
        row.addWidget(self.browse)
        row.addWidget(self.anatomy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.kinds)
        layout.addWidget(self.about)
        layout.addLayout(row)
        self.set_source(str(QSettings().value(_REMEMBERED, "")))
        self._show_kind()
        self.kinds.currentIndexChanged.connect(self._show_kind)
        self.folder.textChanged.connect(lambda: self.changed.emit())
        self.browse.clicked.connect(self._ask)
        self.anatomy.clicked.connect(self._ask_for_anatomy)

    def offer_anatomies(self, anatomies: AnatomyMaker) -> None:
        """Let anatomies be made from here, for the kinds of sources that need one."""
        self._anatomies = anatomies
        anatomies.saved.connect(self._take_folder)
        self._show_kind()

    @property
    def source(self) -> str:
        """What is chosen, as `open_source` reads it."""
        return f"{self._kind.kind}:{self.folder.text().strip() if self._kind.wants else ''}"

    @property
    def complete(self) -> bool:
        """Whether there is nothing left to choose, and nothing in the way."""
        chosen = not self._kind.wants or bool(self.folder.text().strip())
        return chosen and not self._kind.obstacle

    def set_source(self, source: str) -> None:
        """Choose a source; nothing if it is of no known kind."""
        kind, _, folder = source.partition(":")
        index = self.kinds.findData(kind)
        if index >= 0:
            self.kinds.setCurrentIndex(index)
            self.folder.setText(folder)

    def remember(self) -> None:
        """Choose the same the next time."""
        QSettings().setValue(_REMEMBERED, self.source)

    @property
    def _kind(self) -> SourceKind:
        return SOURCES[self.kinds.currentIndex()]

    def _show_kind(self) -> None:
        kind = self._kind
        self.about.setText(f"{kind.about} {kind.obstacle or f'Licence: {kind.licence}.'}")
        self.folder.setPlaceholderText(kind.wants)
        for widget in (self.folder, self.browse):
            widget.setVisible(bool(kind.wants))
        self.anatomy.setVisible(kind.needs_anatomy and self._anatomies is not None)
        self.changed.emit()

    def _ask(self) -> None:
        choose_folder(self, self._kind.wants, self.folder)

    def _ask_for_anatomy(self) -> None:
        if self._anatomies:
            self._anatomies.ask(self.window())

    def _take_folder(self, anatomy: Path) -> None:
        """The heads lie where their anatomy was put, unless another folder was chosen."""
        if self._kind.needs_anatomy and not self.folder.text().strip():
            self.folder.setText(str(anatomy.parent))


def choose_folder(parent: QWidget, title: str, field: QLineEdit) -> None:
    """Let the user choose a folder for a field."""
    there = Path(field.text()) if field.text() else Path.home()
    dialog = FileDialog(parent, title, str(there))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(field.setText)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
