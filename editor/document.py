"""What is being edited: the only mutable state of the editor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from facewright.core.errors import FacewrightError
from facewright.core.expressions import Expressions
from facewright.core.parts import CODES
from facewright.core.project import EditState, Project, Step, Variant
from facewright.core.symmetry import Symmetry
from facewright.editor.change import Change, take_back
from facewright.editor.comparison import MEAN_HEAD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters

MOST_STEPS = 2000
"""Steps of the history; the oldest is forgotten beyond them."""


@dataclass(frozen=True)
class SavedFile:
    """A project's file as it was when it was last read or written.

    digest : of its content, in hexadecimal (`editor.storage.saved_file`).
    """

    path: Path
    digest: str


@dataclass(frozen=True)
class Mark:
    """What is edited at a moment, as a value.

    It has which project, the model, the step that led there, the state itself, and what that is compared with.

    An index of the undo stack would not do: other steps come to stand at the same one.
    """

    project: int
    fingerprint: str
    serial: int
    state: EditState
    before: Variant
    cohort: str


@dataclass(frozen=True)
class Tools:
    """How the next edits are made. Choosing a tool changes no head, so it is no step of the history.

    symmetric : both sides change alike; strength, seed : of random draws; hills : the source of training heads that
    sliders show the spread of, all if empty.
    """

    symmetric: bool = False
    strength: float = 1.0
    seed: int = 1
    hills: str = ""

    @classmethod
    def of_record(cls, record: Mapping[str, object]) -> Tools:
        """The tools that a project's file names; those that it does not name, or names wrongly, are as at first."""
        strength, seed = record.get("strength"), record.get("seed")
        return cls(
            symmetric=record.get("symmetric") is True,
            strength=float(strength) if isinstance(strength, int | float) and 0.0 <= strength <= 2.0 else cls.strength,
            seed=seed if isinstance(seed, int) and seed > 0 else cls.seed,
            hills=str(record.get("hills", "")),
        )


class Document(QObject):
    """A project: the model, the variants of a head made of it, and how they came about.

    Everything that is shown follows this object's signals; everything that is changed goes through
    `editor.commands`, so that it can be undone.

    A *gesture* is a run of changes under one press of a mouse button or a key. Changes of one gesture are
    one undo step, and the surface may be shown coarsely until the gesture ends.
    """

    project_changed = Signal()
    """Another project is edited from now on; all the others follow."""
    model_changed = Signal(object)
    """The new `HeadModel`; `state_changed` and `parameters_changed` follow."""
    model_moved = Signal(object)
    """The same `HeadModel` on another device; nothing else has changed."""
    state_changed = Signal(object)
    """The new `EditState`: a head, a variant's name or a lock has changed."""
    parameters_changed = Signal(object)
    """The new `Parameters` of the head that is edited; `state_changed` came before."""
    landmarks_changed = Signal()
    """Landmarks were corrected, or given back to the model; `state_changed` came before."""
    tools_changed = Signal(object)
    """The new `Tools`."""
    before_changed = Signal(object)
    """The `Variant` that heads are compared with from now on."""
    cohort_changed = Signal(str)
    """Whose norms are shown from now on; empty for none."""
    gesture_changed = Signal(bool)
    """Whether a gesture is under way."""
    step_changed = Signal()
    """A step was done, taken back or done again, or the last one has grown."""
    file_changed = Signal()
    """The project has another file, or is now saved or no longer."""

    def __init__(self, model: HeadModel, parameters: Parameters | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._state = _fresh(parameters)
        self._tools = Tools()
        self._before, self._cohort = MEAN_HEAD, ""
        self._file: SavedFile | None = None
        self._saved: Mark | None = None
        self._others: dict[str, tuple[SavedFile | None, Mark | None]] = {}
        self._told = False
        self._project = 1
        self._gestures = 0
        self._in_gesture = False
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(MOST_STEPS)
        self.undo_stack.indexChanged.connect(self._tell_step)
        self._saved = self.mark()

    @property
    def model(self) -> HeadModel:
        """The model that gives the parameters their meaning."""
        return self._model

    @property
    def state(self) -> EditState:
        """Variants and locks as they are now."""
        return self._state

    @property
    def parameters(self) -> Parameters:
        """The head that is edited (σ)."""
        return self._state.parameters

    @property
    def landmarks(self) -> dict[str, np.ndarray]:
        """Landmarks that a person has corrected: places (3,) on the template, mm, as `find_landmarks` takes them."""
        return {name: np.array(place) for name, place in self._state.landmarks.items()}

    @property
    def tools(self) -> Tools:
        """How the next edits are made."""
        return self._tools

    @property
    def before(self) -> Variant:
        """The head that others are compared with, as it was when it was chosen."""
        return self._before

    @property
    def cohort(self) -> str:
        """Whose norms are shown, as the screen names them; empty for none."""
        return self._cohort

    @property
    def path(self) -> Path | None:
        """The project's file, once it has one."""
        return self._file.path if self._file else None

    @property
    def file(self) -> SavedFile | None:
        """The project's file as it was when this editor last read or wrote it, once it has one."""
        return self._file

    @property
    def project_number(self) -> int:
        """Which project is edited: another number for each that was opened or begun."""
        return self._project

    @property
    def modified(self) -> bool:
        """Whether there is something that its file does not hold."""
        return self.mark() != self._saved

    def mark(self) -> Mark:
        """What is edited at this moment."""
        serial = self.serial(self.undo_stack.index())
        return Mark(self._project, self._model.fingerprint, serial, self._state, self._before, self._cohort)

    def serial(self, index: int) -> int:
        """The number of the step that leads to an index of the history, which no other step has; 0 at its beginning."""
        return cast("Change", self.undo_stack.command(index - 1)).serial if index else 0

    @cached_property
    def symmetry(self) -> Symmetry:
        """Left and right in the model's coefficients."""
        return Symmetry(self._model)

    @cached_property
    def expressions(self) -> Expressions:
        """The model's named expressions."""
        return Expressions(self._model)

    @property
    def gesture(self) -> int | None:
        """Number of the gesture under way, different for every one; None between gestures."""
        return self._gestures if self._in_gesture else None

    def set_state(self, state: EditState) -> None:
        """Replace the state. For `editor.commands` alone: a change made here cannot be undone."""
        if state != self._state:
            before, self._state = self._state, state
            self._tell_modified()
            self.state_changed.emit(state)
            if state.parameters != before.parameters:
                self.parameters_changed.emit(state.parameters)
            if state.landmarks != before.landmarks:
                self.landmarks_changed.emit()

    def set_tools(self, tools: Tools) -> None:
        """Choose how the next edits are made."""
        if tools != self._tools:
            self._tools = tools
            self.tools_changed.emit(tools)

    def set_before(self, variant: Variant) -> None:
        """Choose the head that others are compared with. It changes no head, so it is no step of the history."""
        self._before = variant
        self._tell_modified()
        self.before_changed.emit(variant)

    def set_cohort(self, cohort: str) -> None:
        """Choose whose norms are shown."""
        if cohort != self._cohort:
            self._cohort = cohort
            self._tell_modified()
            self.cohort_changed.emit(cohort)

    def set_model(self, model: HeadModel) -> None:
        """Start a new project with the mean head of another model: its components mean something else."""
        self._take_model(model)
        self._restart(_fresh(), None)
        self.project_changed.emit()
        self.model_changed.emit(model)
        self._tell_all()

    def exchange_model(self, model: HeadModel) -> None:
        """Go on with the same variants, locks and history on another state of a model's training.

        Coefficients stay as they are, and what is compared with if the model has its components. The project's file
        stays the other model's: it is saved in a new one, until the model that it belongs to is back.
        Raises FacewrightError, and changes nothing, if a step of the history has components that the model lacks.
        """
        if model is self._model:
            return

        def fits(variant: Variant) -> bool:
            return all(len(head.code(code)) <= model.components[code] for head in variant.heads for code in CODES)

        for step in self.project().steps:
            if not all(map(fits, step.state.variants)):
                raise FacewrightError(
                    f"The step “{step.text}” has finer components than {model.name}: save the project, then start a "
                    "new one."
                )
        self._others[self._model.fingerprint] = self._file, self._saved
        self._take_model(model)
        self._before = self._before if fits(self._before) else MEAN_HEAD
        self.end_gesture()
        nothing_done = None if self.undo_stack.count() else self.mark()
        self._file, self._saved = self._others.get(model.fingerprint, (None, nothing_done))
        self.model_changed.emit(model)
        self._tell_all()

    def move_model(self, model: HeadModel) -> None:
        """Go on with the same model where it has been moved to another device; of the project nothing changes."""
        self._take_model(model)
        self.model_moved.emit(model)

    def start_anew(self) -> None:
        """Start a new project with the mean head of the same model."""
        self._restart(_fresh(), None)
        self.project_changed.emit()
        self._tell_all()

    def project(self, view: Mapping[str, object] | None = None) -> Project:
        """The document as a file keeps it, looked at as `view` says."""
        changes = [cast("Change", self.undo_stack.command(index)) for index in range(self.undo_stack.count())]
        start = changes[0].before if changes else self._state
        steps = (Step("Start", start), *(Step(change.text(), change.after) for change in changes))
        before = None if self._before == MEAN_HEAD else self._before
        model, current = self._model, self.undo_stack.index()
        return Project(model.name, model.fingerprint, steps, current, dict(view or {}), before, self._cohort)

    def check(self, project: Project) -> None:
        """Raise FacewrightError if a project is another model's."""
        project.check_model(self._model.name, self._model.fingerprints, self._model.components)

    def restore(self, project: Project, file: SavedFile | None, *, saved: bool = True) -> None:
        """Go on with a project of this model, its history included; `saved` if `file` holds all of it.

        Raises FacewrightError if it is another model's.
        """
        self.check(project)
        quiet = self.blockSignals(True)  # the steps between are not to be evaluated
        self._restart(project.steps[0].state, file)
        self._before, self._cohort = project.before or MEAN_HEAD, project.cohort
        for step in project.steps[1:]:
            self.undo_stack.push(Change(self, step.state, step.text))
        self.undo_stack.setIndex(project.current)
        self.blockSignals(quiet)
        self._saved = self.mark() if saved else None
        self.project_changed.emit()
        self._tell_all()

    def set_saved(self, file: SavedFile | None, mark: Mark) -> None:
        """Take note that a file now holds what was edited at the moment of `mark`; without one, that it may be lost."""
        if mark.project != self._project:
            return
        if mark.fingerprint != self._model.fingerprint:
            self._others[mark.fingerprint] = file, mark
            return
        self._file, self._saved = file, mark
        self._told = self.modified
        self.file_changed.emit()

    def begin_gesture(self) -> int:
        """Open an undo step that all changes up to `end_gesture` share; the number of the gesture."""
        self._gestures += 1
        if not self._in_gesture:
            self._in_gesture = True
            self.gesture_changed.emit(True)
        return self._gestures

    def end_gesture(self, number: int | None = None) -> None:
        """Close the undo step of the gesture under way, if there is one; of a gesture with a number, if it is that."""
        if self._in_gesture and number in (None, self._gestures):
            self._in_gesture = False
            self.gesture_changed.emit(False)

    def take_back(self, number: int) -> None:
        """Close the undo step of a gesture, and leave no trace of what it has changed; nothing if it is over."""
        if self.gesture == number:
            last = self.undo_stack.command(self.undo_stack.index() - 1)
            if isinstance(last, Change) and last.gesture == number:
                take_back(self.undo_stack)
            self.end_gesture(number)

    def _tell_step(self) -> None:
        self._tell_modified()
        self.step_changed.emit()

    def _tell_modified(self) -> None:
        """Tell that there is something to save, or that there is nothing any more."""
        if self.modified != self._told:
            self._told = self.modified
            self.file_changed.emit()

    def _take_model(self, model: HeadModel) -> None:
        self._model = model
        for name in ("symmetry", "expressions"):
            self.__dict__.pop(name, None)

    def _restart(self, state: EditState, file: SavedFile | None) -> None:
        self.end_gesture()
        quiet = self.blockSignals(True)
        self.undo_stack.clear()
        self.blockSignals(quiet)
        self._others.clear()
        self._project += 1
        self._state, self._file = state, file
        self._before, self._cohort = MEAN_HEAD, ""
        self._saved = self.mark()

    def _tell_all(self) -> None:
        self.state_changed.emit(self._state)
        self.parameters_changed.emit(self._state.parameters)
        self.landmarks_changed.emit()
        self.before_changed.emit(self._before)
        self.cohort_changed.emit(self._cohort)
        self._told = self.modified
        self.file_changed.emit()


def _fresh(parameters: Parameters | None = None) -> EditState:
    """One variant, by default the mean head."""
    return EditState((Variant("Head 1", parameters),)) if parameters else EditState()
