"""After a crash: all unsaved work offered back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QIcon, QPixmap
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QListWidgetItem, QVBoxLayout

from facewright.core.errors import FacewrightError
from facewright.editor.desktop.messages import choose, show_error
from facewright.editor.desktop.mnemonics import underline_dialog
from facewright.editor.storage.left_behind import abandoned, left_behind, without_marks
from facewright.editor.widgets.label import Label
from facewright.editor.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QPushButton, QWidget

    from facewright.editor.storage.autosave import Autosave
    from facewright.editor.storage.files import Files
    from facewright.editor.storage.left_behind import LeftBehind
    from facewright.editor.storage.projects import Projects

_PICTURE = QSize(144, 108)
_SIZE = QSize(640, 460)


class RecoveryDialog(QDialog):
    """A list of what editors left behind, the newest first, with what can be done about each."""

    def __init__(
        self, works: list[LeftBehind], restore: Callable[[LeftBehind], object], folder: Path, window: QWidget
    ) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Unsaved Work")
        self.resize(_SIZE)
        self._works, self._restore_it, self._folder = works, restore, folder
        headline = Label("Facewright ended without warning. This work had not been saved:")
        self.list = QListWidget()
        self.list.setIconSize(_PICTURE)
        self.list.setSpacing(4)
        self.list.setWordWrap(True)
        self.list.setAccessibleName("Unsaved work, the newest first")
        hint = Label("Later keeps all of it: File → Restore Unsaved Work… shows this list again.")
        hint.setWordWrap(True)
        box = QDialogButtonBox()
        self.restore = self._button(box, "Restore", self._restore)
        self.restore.setDefault(True)
        self.show_files = self._button(box, "Show Files", self._show_files)
        self.discard = self._button(box, "Discard…", self._ask_to_discard)
        self.later = self._button(box, "Later", self.close)
        layout = QVBoxLayout(self)
        for widget in (headline, self.list, hint, box):
            layout.addWidget(widget)
        self.list.currentRowChanged.connect(self._offer)
        self.list.itemDoubleClicked.connect(lambda _: self._restore())
        self._fill()
        underline_dialog(self)

    def _button(self, box: QDialogButtonBox, text: str, slot: Callable[[], object]) -> QPushButton:
        button = box.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: slot())
        return button

    def _fill(self) -> None:
        self.list.clear()
        for left in self._works:
            picture = QPixmap(str(left.picture))
            if picture.isNull():
                picture = QPixmap(_PICTURE)
                picture.fill(self.palette().alternateBase().color())
            self.list.addItem(QListWidgetItem(QIcon(picture), described(left)))
        readable = (row for row, left in enumerate(self._works) if left.project)
        self.list.setCurrentRow(next(readable, 0))

    @property
    def _current(self) -> LeftBehind | None:
        row = self.list.currentRow()
        return self._works[row] if 0 <= row < len(self._works) else None

    def _offer(self) -> None:
        left = self._current
        self.restore.setEnabled(left is not None and left.project is not None)
        self.discard.setEnabled(left is not None)

    def _restore(self) -> None:
        left = self._current
        if left and left.project:
            self.close()
            self._restore_it(left)

    def _show_files(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    def _ask_to_discard(self) -> None:
        if left := self._current:
            question = f"Discard the unsaved work on {left.name}?"
            choose(self, question, "It cannot be recovered afterwards.", {"Discard": partial(self._discard, left)})

    def _discard(self, left: LeftBehind) -> None:
        left.discard()
        self._works.remove(left)
        self._fill()
        if not self._works:
            self.close()


def described(left: LeftBehind) -> str:
    """What the list says of unsaved work."""
    time = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(left.time)), QLocale.FormatType.ShortFormat)
    lines = [f"{left.name}, last changed {time}"]
    if left.project is None:
        lines.append("It cannot be read. Its files stay: Show Files opens their folder.")
        return "\n".join(lines)
    state, steps = left.project.state, len(left.project.steps) - 1
    heads = counted(len(state.variants), "variant") if len(state.variants) > 1 else state.variant.name
    lines.append(f"{heads}, {counted(steps, 'step')} in its history; model {left.project.model_name}")
    if not left.whole:
        lines.append("What was done last cannot be read; the rest can be restored.")
    if left.superseded:
        lines.append("Its file has been saved by another program since: you are asked before that is written over.")
    return "\n".join(lines)


class Recovery:
    """Offers what a crash left behind in a folder."""

    def __init__(self, folder: Path, projects: Projects, files: Files, autosave: Autosave, window: QWidget) -> None:
        self._folder, self._projects, self._files = folder, projects, files
        self._autosave, self._window = autosave, window

    def offer(self) -> bool:
        """Show the list if there is anything once that is read; say whether an editor has left anything at all."""
        is_any = bool(abandoned(self._folder))
        if is_any:
            self._look(lambda: None)
        return is_any

    def show(self) -> None:
        """Show the list, or that there is nothing."""
        message = "There is no unsaved work: no editor has ended without warning since the last one."
        self._look(partial(show_error, self._window, message))

    def _look(self, otherwise: Callable[[], object]) -> None:
        """Read what there is off the GUI thread; show the list, or do something else if there is nothing."""

        def found(works: list[LeftBehind]) -> None:
            if works:
                RecoveryDialog(works, self._restore, self._folder, self._window).open()
            else:
                otherwise()

        self._files.read("Looking for unsaved work…", partial(left_behind, self._folder), found)

    def _restore(self, left: LeftBehind) -> None:
        if left.project:
            project, done = without_marks(left.project), partial(self._autosave.adopt, left.discard)
            try:
                self._projects.restore(project, left.file, done)
            except FacewrightError as error:
                show_error(self._window, str(error))
