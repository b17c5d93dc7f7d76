"""What is being edited: the only mutable state of the editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from core.parameters import Parameters

if TYPE_CHECKING:
    from core.head_model import HeadModel


class Document(QObject):
    """One head: the model it comes from, its parameters, and how they came about.

    Everything that is shown follows this object's signals; everything that is changed goes through
    `editor.commands`, so that it can be undone.

    A *gesture* is a run of changes under one press of a mouse button or a key. Changes of one gesture are
    one undo step, and the surface may be shown coarsely until the gesture ends.
    """

    model_changed = Signal(object)
    """The new `HeadModel`; `parameters_changed` follows."""
    parameters_changed = Signal(object)
    """The new `Parameters`."""
    gesture_changed = Signal(bool)
    """Whether a gesture is under way."""

    def __init__(self, model: HeadModel, parameters: Parameters | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._parameters = parameters or Parameters()
        self._gestures = 0
        self._in_gesture = False
        self.undo_stack = QUndoStack(self)

    @property
    def model(self) -> HeadModel:
        """The model that gives the parameters their meaning."""
        return self._model

    @property
    def parameters(self) -> Parameters:
        """The head as it is set now (σ)."""
        return self._parameters

    @property
    def gesture(self) -> int | None:
        """Number of the gesture under way, different for every one; None between gestures."""
        return self._gestures if self._in_gesture else None

    def set_parameters(self, parameters: Parameters) -> None:
        """Replace the parameters. For `editor.commands` alone: a change made here cannot be undone."""
        if parameters != self._parameters:
            self._parameters = parameters
            self.parameters_changed.emit(parameters)

    def set_model(self, model: HeadModel) -> None:
        """Start anew with the mean head of another model: its components mean something else, so no step is kept."""
        self._model = model
        self._parameters = Parameters()
        self.undo_stack.clear()
        self.model_changed.emit(model)
        self.parameters_changed.emit(self._parameters)

    def begin_gesture(self) -> None:
        """Open an undo step that all changes up to `end_gesture` share."""
        self._gestures += 1
        if not self._in_gesture:
            self._in_gesture = True
            self.gesture_changed.emit(True)

    def end_gesture(self) -> None:
        """Close the undo step of the gesture under way, if there is one."""
        if self._in_gesture:
            self._in_gesture = False
            self.gesture_changed.emit(False)
