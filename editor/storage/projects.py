"""Projects as files: new, open, save, and nothing lost on the way."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QInputDialog, QMessageBox

from facewright.core import project_file
from facewright.core.errors import FacewrightError
from facewright.core.transfer import transfer_project
from facewright.editor import commands
from facewright.editor.desktop.messages import ask, choose, show_error
from facewright.editor.desktop.settings import REMEMBER
from facewright.editor.storage import saved_file
from facewright.editor.storage.models import (
    MODEL_FILTER,
    MODEL_SUFFIX,
    ModelFinder,
    forget_models,
    load_model,
    remember_model,
)
from facewright.editor.storage.recent import RecentFiles, remembers
from facewright.editor.storage.saved_file import ChangedOnDisk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtWidgets import QWidget

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName
    from facewright.core.project import Project, Variant
    from facewright.editor.desktop.settings import Setting
    from facewright.editor.document import Document, Mark, SavedFile
    from facewright.editor.storage.autosave import Autosave, Moment
    from facewright.editor.storage.files import Files

_FILTER = f"Facewright projects (*{project_file.SUFFIX})"


class ViewRecords(Protocol):
    """What knows how the project is looked at."""

    def view_record(self) -> dict[str, object]:
        """How it is looked at now, as JSON holds it."""

    def show_view_record(self, record: Mapping[str, object], /) -> None:
        """Look at it as a record says; what it does not say, or says wrongly, stays."""


def opens(path: Path) -> bool:
    """Whether the editor opens files of this name: projects and models."""
    return path.suffix.lower() in (project_file.SUFFIX, MODEL_SUFFIX)


class Projects(QObject):
    """The document's file: opening, saving, and the question what is to become of unsaved changes."""

    saving = Signal()
    """What was saved before is no news any more."""
    saved = Signal(Path)
    """The file that was written."""

    def __init__(
        self, document: Document, files: Files, autosave: Autosave, view: ViewRecords, window: QWidget
    ) -> None:
        super().__init__(window)
        self._document, self._files, self._autosave = document, files, autosave
        self._view, self._window = view, window
        self._models = ModelFinder(files, window)
        self.recent = RecentFiles()
        self._replaced: SavedFile | None = None
        self._written: SavedFile | None = None

    def new(self) -> None:
        """Start a new project."""
        self.settle(self._document.start_anew)

    def ask_to_open(self) -> None:
        """Let the user choose a project, then open it."""
        self._files.chooser.ask("Open Project", _FILTER, self._open_project)

    def ask_for_model(self) -> None:
        """Let the user choose a model, then start a new project with it."""
        self._files.chooser.ask("Open Model", MODEL_FILTER, self._open_model)

    def open(self, path: Path) -> None:
        """Open a project, or start a new one with a model, as the file's name says.

        Unsaved changes are asked about once the file has been read; a bad one is told, and nothing changes.
        """
        (self._open_model if path.suffix.lower() == MODEL_SUFFIX else self._open_project)(path)

    def restore(self, project: Project, file: SavedFile | None, done: Callable[[], object]) -> None:
        """Go on with unsaved changes of a project whose own file is `file`, and with its model; then call `done`.

        Those of the project that is open are asked about once the model is there.
        """

        def go_on() -> None:
            self._document.restore(project, file, saved=False)
            if project.view:  # of a crash within moments of the first step nothing is known
                self._view.show_view_record(project.view)
            self._tell_note(project)
            done()

        self._with_model(project, go_on, self.settle)

    def apply(self, setting: Setting) -> None:
        """Forget which files were open, once a person wants none to be remembered."""
        if setting is REMEMBER and not remembers(QSettings()):
            self.forget()

    def forget(self) -> None:
        """Forget which files were open."""
        self.recent.clear()
        forget_models()

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Save into the project's file, or ask for one; `then` is called once that has succeeded."""
        if self._document.path:
            self.save_as(self._document.path, then)
        else:
            self.ask_to_save(then)

    def ask_to_save(self, then: Callable[[], object] | None = None, name: str = "") -> None:
        """Let the user choose a file, by default of that name, then save into it."""
        name = name or (self._document.path.name if self._document.path else f"head{project_file.SUFFIX}")
        self._files.chooser.ask_where("Save Project", _FILTER, name, lambda path: self.save_as(path, then))

    def save_as(self, path: Path, then: Callable[[], object] | None = None) -> None:
        """Save into a file, whatever the document becomes meanwhile."""
        self._save(path, self._document.file, then)

    def _save(self, path: Path, last: SavedFile | None, then: Callable[[], object] | None) -> None:
        """Save into a file; if it is the one of `last`, only if it still holds what it held then."""
        self.saving.emit()
        project, mark = self._document.project(self._view.view_record()), self._document.mark()
        moment = self._autosave.moment()
        last = last if last and last.path.absolute() == path.absolute() else None

        def done(result: SavedFile | ChangedOnDisk) -> None:
            if isinstance(result, ChangedOnDisk):
                self._ask_whose(result, then)
            else:
                self._note_saved(result, mark, moment, then)

        job = partial(self._write, project, path, last, lambda file: self._autosave.announce(file, moment))
        self._files.work(f"Saving {path.name}…", job, done)

    def _write(
        self, project: Project, path: Path, last: SavedFile | None, announce: Callable[[SavedFile], None]
    ) -> SavedFile | ChangedOnDisk:
        """Save a project, or tell that its file is not what it was; on the thread of files.

        Where a save before this one has replaced what `last` says, while this one waited, its content is meant.
        """
        is_ours = last is not None and last is self._replaced
        try:
            written = saved_file.save(project, path, self._written if is_ours else last, announce)
        except ChangedOnDisk as changed:
            return changed
        self._replaced, self._written = last, written
        return written

    def _note_saved(self, file: SavedFile, mark: Mark, moment: Moment, then: Callable[[], object] | None) -> None:
        self._document.set_saved(file, mark)
        self._autosave.confirm(file, moment)
        self.recent.add(file.path)
        self.saved.emit(file.path)
        if then:
            then()

    def _ask_whose(self, changed: ChangedOnDisk, then: Callable[[], object] | None) -> None:
        """The project's file is not what it was: nothing is written before a person says what is to become of it."""
        path = changed.path
        if changed.gone:
            choose(
                self._window,
                f"{path.name} is no longer where it was: it was moved, renamed or deleted.",
                f"It was in {path.parent}.",
                {"Save As…": lambda: self.ask_to_save(then), "Save There Again": lambda: self._save(path, None, then)},
            )
            return
        copy = f"{path.stem} copy{project_file.SUFFIX}"
        choose(
            self._window,
            f"{path.name} has been changed by another program since it was opened or saved here.",
            "Keep yours as a copy, take theirs and give up what was changed here, or write yours over theirs.",
            {
                "Keep Mine as a Copy…": lambda: self.ask_to_save(then, copy),
                "Take Theirs": lambda: self._take_theirs(path),
                "Overwrite": lambda: self._save(path, None, then),
            },
        )

    def _take_theirs(self, path: Path) -> None:
        def loaded(opened: tuple[Project, SavedFile]) -> None:
            self._with_model(opened[0], partial(self._go_on_with, *opened))

        self._files.read(f"Opening {path.name}…", partial(saved_file.load, path), loaded)

    def settle(self, then: Callable[[], object]) -> None:
        """Do something that replaces the project, once its changes are saved or given up.

        What is changed while they are being saved is asked about again.
        """
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
                self.save(partial(self.settle, then))
            elif code == buttons.Discard:
                then()

        box.finished.connect(answered)

    def ask_to_take(self, codes: Sequence[CodeName]) -> None:
        """Let the user choose a project and one of its heads, then take codes from it."""
        self._files.chooser.ask("Take From Project", _FILTER, partial(self._take_from, codes))

    def ask_to_carry_over(self) -> None:
        """Let the user choose a model, then carry this project's heads over to it."""
        self._files.chooser.ask("Carry Heads Over", MODEL_FILTER, self.carry_over)

    def carry_over(self, path: Path) -> None:
        """Go on with this project's heads in the model of a file: fitted there, as a new project."""
        document = self._document
        source, project = document.model, document.project(self._view.view_record())

        def job(cancelled: Callable[[], bool]) -> tuple[HeadModel, Project]:
            target = load_model(path)
            return target, transfer_project(project, source, target, cancelled=cancelled)

        def carried(answer: tuple[HeadModel, Project]) -> None:
            target, moved = answer

            def go_on() -> None:
                remember_model(target.fingerprint, path)
                document.set_model(target)
                document.restore(moved, None, saved=False)
                self._view.show_view_record(moved.view)

            self.settle(go_on)

        self._files.compute("Fitting the heads in the other model…", job, carried)

    def _open_model(self, path: Path) -> None:
        def loaded(model: HeadModel) -> None:
            remember_model(model.fingerprint, path)
            self.settle(partial(self._document.set_model, model))

        self._files.read(f"Loading {path.name}…", partial(load_model, path), loaded)

    def _open_project(self, path: Path) -> None:
        def loaded(opened: tuple[Project, SavedFile]) -> None:
            go_on = partial(self._go_on_with, *opened)
            self._with_model(opened[0], go_on, self.settle)

        self._files.read(f"Opening {path.name}…", partial(saved_file.load, path), loaded)

    def _with_model(
        self,
        project: Project,
        go_on: Callable[[], None],
        when: Callable[[Callable[[], object]], object] = lambda then: then(),
    ) -> None:
        """Open the model that a project was made with, if it is not, and go on; both `when` it is time to.

        Raises FacewrightError if the project sets what its model does not have.
        """
        document = self._document
        if project.fingerprint in document.model.fingerprints:
            document.check(project)
            when(go_on)
            return

        def go_on_with(model: HeadModel) -> None:
            project.check_model(model.name, model.fingerprints, model.components)

            def exchange() -> None:
                document.set_model(model)
                go_on()

            when(exchange)

        self._models.fetch(project, go_on_with)

    def _go_on_with(self, project: Project, file: SavedFile) -> None:
        try:
            self._document.restore(project, file)
        except FacewrightError as error:  # training has brought another model since the project was checked
            show_error(self._window, str(error))
            return
        self._view.show_view_record(project.view)
        self.recent.add(file.path)
        self._tell_note(project)

    def _tell_note(self, project: Project) -> None:
        """Say what had to be left out of a project."""
        if project.note:
            show_error(self._window, project.note)

    def _take_from(self, codes: Sequence[CodeName], path: Path) -> None:
        def loaded(project: Project) -> None:
            self._document.check(project)
            self._tell_note(project)
            self._choose_variant(project.state.variants, lambda source: commands.take(self._document, source, codes))

        self._files.read(f"Opening {path.name}…", partial(project_file.load, path), loaded)

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
