"""The window in which an anatomy is made: the head, the landmarks and parts beside it, and what is wrong beneath."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QSignalBlocker, QSize, QStandardPaths, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from facewright.editor.anatomy.actions import AnatomyActions
from facewright.editor.anatomy.landmark_panel import LandmarkPanel
from facewright.editor.anatomy.landmark_picker import LandmarkPicker
from facewright.editor.anatomy.part_brush import PartBrush
from facewright.editor.anatomy.part_panel import AnatomyPartPanel
from facewright.editor.anatomy.session import AnatomySession
from facewright.editor.anatomy.view import AnatomyView
from facewright.editor.anatomy.widgets import paragraph
from facewright.editor.desktop.icons import ActionIcons
from facewright.editor.desktop.messages import ask
from facewright.editor.desktop.settings import NAVIGATION, Settings
from facewright.editor.storage.file_work import FileChooser, progress_dialog, work
from facewright.editor.viewport import Viewport
from facewright.editor.viewport.navigation import STYLES
from facewright.editor.widgets.small_screen import fit
from facewright.train.anatomy.user_anatomy import MM_PER_UNIT, RELATIVE
from facewright.train.data.layouts import ANATOMY

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction, QShowEvent

    from facewright.editor.anatomy.neutral_head import NeutralHead
    from facewright.editor.background import Background

_SIZE, _SIDE_WIDTH = QSize(1240, 800), 350
_FILTER = "Anatomies (*.json)"
_UNITS = {**{unit: unit for unit in MM_PER_UNIT}, RELATIVE: f"{RELATIVE}: lengths are not real"}
_BUTTONS = QMessageBox.StandardButton


class AnatomyDialog(QDialog):
    """Making one anatomy; asks before unsaved work is given up."""

    saved = Signal(Path)
    """The file that was written."""

    def __init__(self, head: NeutralHead, background: Background, parent: QWidget | None = None) -> None:
        """background : the thread to work on; it outlives the dialog."""
        super().__init__()
        self.setWindowTitle(f"{head.path.name}[*] — Make Anatomy")
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.session = AnatomySession(head, background, self)
        self._background = background
        self._chooser = FileChooser(self, QStandardPaths.StandardLocation.DocumentsLocation)
        self.viewport = Viewport(self)
        self.view = AnatomyView(self.session, self.viewport)
        self.picker = LandmarkPicker(self.session, self.view)
        self.brush = PartBrush(self.session, self.view)
        self.actions_ = AnatomyActions(self.session, self.view, self.brush, self._remove, self.ask_to_save, self)
        self.landmarks = LandmarkPanel(self.session, self.picker, self.actions_)
        self.parts = AnatomyPartPanel(self.session, self.brush, self.actions_)
        self.tabs, self.unit = QTabWidget(), QComboBox()
        self.message, self.progress = paragraph(), QProgressBar()
        self._file: Path | None = None
        self._assemble()
        self._connect()
        self._give_tool()
        self._show()
        if parent:  # not before: Qt would make the window beneath anew for the viewport, and lose its layout
            self.setParent(parent, self.windowFlags())

    def ask_to_save(self, then: Callable[[], object] | None = None) -> None:
        """Let the user choose a file, at first beside the mesh, then write the anatomy into it."""
        place = self._file or self.session.head.path.with_name(ANATOMY)
        self._chooser.ask_where("Save Anatomy", _FILTER, str(place), lambda path: self.save(path, then))

    def save(self, path: Path, then: Callable[[], object] | None = None) -> None:
        """Write the anatomy that is shown into a file; `then` is called once that has succeeded."""
        draft, anatomy = self.session.draft, self.session.anatomy
        if anatomy is None:
            return

        def done(_: None) -> None:
            self._file = path
            self.session.set_saved(draft)
            self.saved.emit(path)
            if then:
                then()

        progress = progress_dialog(self, f"Saving {path.name}…")
        work(self._background, self, progress, partial(replace(anatomy, name=path.stem).save, path), done)

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the whole head, now that it is known how large the viewport is."""
        super().showEvent(event)
        self.viewport.reset_view()

    def reject(self) -> None:
        """Close, once what is not saved is saved or given up."""
        if not self.session.modified:
            super().reject()
            return
        can_save = self.session.is_current
        box = ask(
            self,
            "Save the anatomy?" if can_save else "Give up the anatomy?",
            "What is not saved is lost."
            if can_save
            else "It cannot be saved before its parts are found. What was picked and painted is lost.",
            _BUTTONS.Save | _BUTTONS.Discard | _BUTTONS.Cancel if can_save else _BUTTONS.Discard | _BUTTONS.Cancel,
            _BUTTONS.Save if can_save else _BUTTONS.Cancel,
        )
        box.finished.connect(self._settle)

    def done(self, result: int) -> None:
        """Vanish at once, and release the graphics while the window still has its context."""
        self.hide()
        self.session.close()
        self.viewport.close_graphics()
        super().done(result)

    def _settle(self, answer: int) -> None:
        if answer == _BUTTONS.Save:
            self.ask_to_save(super().reject)
        elif answer == _BUTTONS.Discard:
            super().reject()

    def _remove(self) -> None:
        self.session.remove(self.landmarks.selected)

    def _assemble(self) -> None:
        fit(self, _SIZE)
        toolbar = QToolBar()
        actions = self.actions_
        groups: tuple[list[QAction], ...] = (
            [actions.undo, actions.redo],
            actions.views,
            [actions.roll, actions.tip, actions.wireframe],
        )
        for group in groups:
            toolbar.addActions(group)
            toolbar.addSeparator()
        everything = [*(action for group in groups for action in group), actions.remove, actions.find]
        everything += [actions.grow, actions.shrink, actions.forget, actions.save]
        self.addActions(everything)
        self.icons = ActionIcons(self, everything)
        for unit, title in _UNITS.items():
            self.unit.addItem(title, unit)
        self.unit.setAccessibleName("Unit of the mesh")
        self.unit.setToolTip("The unit of the file's numbers, guessed from the size; change it if it is wrong.")
        self.about = paragraph()
        self.tabs.addTab(self.landmarks, "1. Landmarks")
        self.tabs.addTab(self.parts, "2. Parts")
        self.tabs.tabBar().setAccessibleName("Steps")
        self.message.setAccessibleName("What was found")
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Finding the parts")
        self.save_button, self.close_button = QPushButton("Save…"), QPushButton("Close")
        self.save_button.setToolTip(actions.save.toolTip())
        for button in (self.save_button, self.close_button):
            button.setAutoDefault(False)  # Enter in a field is meant for the field
        self._lay_out(toolbar)

    def _lay_out(self, toolbar: QToolBar) -> None:
        form = QFormLayout()
        form.addRow("Unit", self.unit)
        closing = QHBoxLayout()
        closing.addStretch()
        closing.addWidget(self.save_button)
        closing.addWidget(self.close_button)
        side = QWidget()
        side.setFixedWidth(_SIDE_WIDTH)
        column = QVBoxLayout(side)
        column.addWidget(self.about)
        column.addLayout(form)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.message)
        column.addWidget(self.progress)
        column.addLayout(closing)
        left = QVBoxLayout()
        left.addWidget(toolbar)
        left.addWidget(self.viewport, 1)
        left.setSpacing(0)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left, 1)
        row.addWidget(side)

    def _connect(self) -> None:
        navigation = Settings(QSettings(), self)[NAVIGATION]
        self.viewport.set_style(next(style for style in STYLES if style == navigation))
        self.tabs.currentChanged.connect(self._give_tool)
        self.unit.currentIndexChanged.connect(lambda: self.session.set_unit(self.unit.currentData()))
        self.save_button.clicked.connect(self.actions_.save.trigger)
        self.close_button.clicked.connect(self.reject)
        self.session.changed.connect(self._show)

    def _give_tool(self) -> None:
        """The left button picks landmarks under their tab, and paints under that of the parts."""
        if self.tabs.currentWidget() is self.parts:
            self.viewport.set_tool(self.brush, PartBrush.KEYS, Qt.CursorShape.CrossCursor)
            self.view.show_landmarks(False)
        else:
            self.brush.hover(None)
            self.viewport.set_tool(self.picker, cursor=Qt.CursorShape.CrossCursor)
            self.view.show_landmarks(True)

    def _show(self) -> None:
        session = self.session
        had_parts = self.tabs.isTabEnabled(1)
        self.tabs.setTabEnabled(1, session.anatomy is not None)
        if session.anatomy and not had_parts and session.is_current:
            self.tabs.setCurrentIndex(1)
        self.about.setText(_about(session.head, session.draft.unit))
        with QSignalBlocker(self.unit):
            self.unit.setCurrentIndex(self.unit.findData(session.draft.unit))
        self.progress.setVisible(session.is_busy)
        self.save_button.setEnabled(self.actions_.save.isEnabled())
        self.setWindowModified(session.modified)
        self.message.setText(self._say())

    def _say(self) -> str:
        session = self.session
        if session.problem:
            return f"⚠ {session.problem}"
        if session.is_busy:
            return "Finding the parts…"
        if self._file and not session.modified:
            return (
                f"Saved as {self._file}. Put your heads beside it, SUBJECT.obj or SUBJECT/EXPRESSION.obj, and choose "
                f"Train → Train Model… with your own heads in {self._file.parent}."
            )
        return ""


def _about(head: NeutralHead, unit: str) -> str:
    """What was read, in the unit that it is taken to be in."""
    size = f"{head.size.extent:,.3g} {'units' if unit == RELATIVE else unit} across"
    guessed = "guessed from its size" if unit == head.size.unit else "set by hand"
    return f"{len(head.vertices):,} vertices, {len(head.polygons):,} faces, {size} ({guessed})."
