"""Projects as files: new, open, save, and nothing lost on the way."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QMessageBox

from core import project_file
from core.errors import FacewrightError
from core.model import model_file
from editor import commands
from editor.desktop.messages import ask, show_error
from editor.storage.recent import RecentFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtWidgets import QWidget

    from core.model.head_model import HeadModel
    from core.parts import CodeName
    from core.project import Project, Variant
    from editor.document import Document
    from editor.storage.files import Files

_FILTER = f"Facewright projects (*{project_file.SUFFIX})"
_MODEL_SUFFIX = ".safetensors"
_MODEL_FILTER = f"Facewright models (*{_MODEL_SUFFIX})"


class Looks(Protocol):
    """What knows how the project is looked at."""

    def view_record(self) -> dict[str, object]:
        """How it is looked at now, as JSON holds it."""

    def show_view_record(self, record: Mapping[str, object], /) -> None:
        """Look at it as a record says; what it does not say, or says wrongly, stays."""


def opens(path: Path) -> bool:
    """Whether the editor opens files of this name: projects and models."""
    return path.suffix.lower() in (project_file.SUFFIX, _MODEL_SUFFIX)


class Projects(QObject):
    """The document's file: opening, saving, and the question what is to become of unsaved changes."""

    saved = Signal(Path)
    """The file that was written."""

    def __init__(self, document: Document, files: Files, looks: Looks, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._files, self._looks, self._window = document, files, looks, window
        self.recent = RecentFiles()

    def new(self) -> None:
        """Start a new project."""
        self.settle(self._document.start_anew)

    def ask_to_open(self) -> None:
        """Let the user choose a project, then open it."""
        self._files.chooser.ask("Open Project", _FILTER, self._open_project)

    def ask_for_model(self) -> None:
        """Let the user choose a model, then start a new project with it."""
        self._files.chooser.ask("Open Model", _MODEL_FILTER, self._open_model)

    def open(self, path: Path) -> None:
        """Open a project, or start a new one with a model, as the file's name says.

        Unsaved changes are asked about once the file has been read; a bad one is told, and nothing changes.
        """
        (self._open_model if path.suffix.lower() == _MODEL_SUFFIX else self._open_project)(path)

    def restore(self, project: Project, path: Path | None) -> None:
        """Go on with unsaved changes of a project whose own file is `path`.

        Raises FacewrightError if it is another model's.
        """
        self._document.restore(project, path, saved=False)

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Save into the project's file, or ask for one; `then` is called once that has succeeded."""
        if self._document.path:
            self.save_as(self._document.path, then)
        else:
            self.ask_to_save(then)

    def ask_to_save(self, then: Callable[[], object] | None = None) -> None:
        """Let the user choose a file, then save into it."""
        name = self._document.path.name if self._document.path else f"head{project_file.SUFFIX}"
        self._files.chooser.ask_where("Save Project", _FILTER, name, lambda path: self.save_as(path, then))

    def save_as(self, path: Path, then: Callable[[], object] | None = None) -> None:
        """Save into a file, whatever the document becomes meanwhile."""
        project = self._document.project(self._looks.view_record())

        def done(_: None) -> None:
            self._document.set_saved(path, project.current)
            self.recent.add(path)
            self.saved.emit(path)
            if then:
                then()

        self._files.work(f"Saving {path.name}…", partial(project_file.save, project, path), done)

    def settle(self, then: Callable[[], object]) -> None:
        """Do something that replaces the project, once its changes are saved or given up."""
        if not self._document.modified:
            then()
            return
        name = self._document.path.name if self._document.path else "this project"
        buttons = QMessageBox.StandardButton
        box = ask(
            self._window,
            f"Save the changes to {name}?",
            "What is not saved is lost.",
            buttons.Save | buttons.Discard | buttons.Cancel,
            buttons.Save,
        )

        def answered(code: int) -> None:
            if code == buttons.Save:
                self.save(then)
            elif code == buttons.Discard:
                then()

        box.finished.connect(answered)

    def ask_to_take(self, codes: Sequence[CodeName]) -> None:
        """Let the user choose a project and one of its heads, then take codes from it."""
        self._files.chooser.ask("Take From Project", _FILTER, partial(self._take_from, codes))

    def _open_model(self, path: Path) -> None:
        def loaded(model: HeadModel) -> None:
            self.settle(partial(self._document.set_model, model))

        self._files.work(f"Loading {path.name}…", partial(model_file.load, path), loaded)

    def _open_project(self, path: Path) -> None:
        def loaded(project: Project) -> None:
            self._document.check(project)
            self.settle(partial(self._go_on_with, project, path))

        self._files.work(f"Opening {path.name}…", partial(project_file.load, path), loaded)

    def _go_on_with(self, project: Project, path: Path) -> None:
        try:
            self._document.restore(project, path)
        except FacewrightError as error:  # training has brought another model since the project was checked
            show_error(self._window, str(error))
            return
        self._looks.show_view_record(project.view)
        self.recent.add(path)

    def _take_from(self, codes: Sequence[CodeName], path: Path) -> None:
        def loaded(project: Project) -> None:
            self._document.check(project)
            self._choose_variant(project.state.variants, lambda source: commands.take(self._document, source, codes))

        self._files.work(f"Opening {path.name}…", partial(project_file.load, path), loaded)

    def _choose_variant(self, variants: Sequence[Variant], chosen: Callable[[Variant], object]) -> None:
        if len(variants) == 1:
            chosen(variants[0])
            return
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle("Take From Project")
        dialog.setLabelText("From which head?")
        dialog.setComboBoxItems([variant.name for variant in variants])
        dialog.textValueSelected.connect(lambda name: chosen(next(v for v in variants if v.name == name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
