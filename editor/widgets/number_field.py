"""Fields for numbers: a decimal comma and a decimal point mean the same, whatever the system's language."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QToolTip

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QWidget

_POINTS = ".,\u066b"  # the last one is the Arabic decimal separator
_MINUS = "−"  # as we write it ourselves
_TOLD_MS = 6000
_CLIPBOARD = (
    QKeySequence.StandardKey.SelectAll,
    QKeySequence.StandardKey.Copy,
    QKeySequence.StandardKey.Cut,
    QKeySequence.StandardKey.Paste,
)
"""What a field does with its text on keys that menus have too."""


def parse_number(text: str) -> float:
    """The number that a person has typed, with a decimal comma or a decimal point.

    Raises ValueError if it is none, or if it has more than one of them: which of them groups digits cannot be told.
    """
    number = float(_with_point(text.strip(), "."))
    if math.isnan(number):
        raise ValueError(f"{text!r} is no number")
    return number


def _say(field: QDoubleSpinBox | QSpinBox, sentence: str) -> None:
    """Say under a field why it does not hold what was typed."""
    field.refused.emit(sentence)  # type: ignore[union-attr]
    below = field.mapToGlobal(QPoint(0, field.height()))
    QToolTip.showText(below, sentence, field, QRect(), _TOLD_MS)


def _nearest(field: QDoubleSpinBox | QSpinBox, text: str) -> str:
    """The end of a field's range that a text is beyond, or what the field held; why is said."""
    least, most = (field.textFromValue(end) for end in (field.minimum(), field.maximum()))  # type: ignore[arg-type]
    typed = text.removeprefix(field.prefix()).removesuffix(field.suffix()).strip()
    try:
        number = parse_number(typed)
    except ValueError:
        held = field.textFromValue(field.value())  # type: ignore[arg-type]
        _say(field, f"“{typed}” is no number: type one from {least} to {most}{field.suffix()}.")
        return held
    if number > field.maximum():
        _say(field, f"{most}{field.suffix()} is the most there can be here.")
        return most
    _say(field, f"{least}{field.suffix()} is the least there can be here.")
    return least


def _take_key(field: QDoubleSpinBox | QSpinBox, event: QKeyEvent, take: Callable[[QKeyEvent], None]) -> None:
    """Let a field take a key, and say so where one that writes has written nothing."""
    before, selected = field.text(), field.lineEdit().hasSelectedText()
    take(event)
    if selected and event.text() in before:
        return  # it stands in the place of itself
    plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    if plain and event.text().isprintable() and event.text().strip() and field.text() == before:
        _say(field, f"“{event.text()}” cannot stand there: type a number, such as {field.textFromValue(1)}.")


def _passes_on(field: QDoubleSpinBox | QSpinBox, event: QEvent) -> bool:
    """Whether a key is a shortcut that a field leaves to the window; what was typed is entered first.

    Qt's own fields keep the keys that undo and redo with nothing of theirs to undo, and on X11 those of Emacs: Ctrl+E.
    """
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    with_control = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier == Qt.KeyboardModifier.ControlModifier
    is_letter = Qt.Key.Key_A <= event.key() <= Qt.Key.Key_Z
    if not (with_control and is_letter) or any(event.matches(key) for key in _CLIPBOARD):
        return False
    if event.matches(QKeySequence.StandardKey.Undo) and field.lineEdit().isUndoAvailable():
        return False
    if event.matches(QKeySequence.StandardKey.Redo) and field.lineEdit().isRedoAvailable():
        return False
    field.interpretText()
    event.ignore()
    return True


def _forget_typing(field: QDoubleSpinBox | QSpinBox) -> None:
    """Undo no letters of a number that is entered: from then on its undoing is the document's."""
    edit = field.lineEdit()
    if edit.isUndoAvailable() or edit.isRedoAvailable():
        edit.setText(edit.text())


class NumberField(QDoubleSpinBox):
    """A number with a fraction; what is typed with the other decimal sign turns into the system's."""

    refused = Signal(str)
    """Why the field does not hold what was typed; it is shown under the field, too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editingFinished.connect(lambda: _forget_typing(self))

    def event(self, event: QEvent) -> bool:
        """Let the window have its shortcuts, where the text has no use for them."""
        return _passes_on(self, event) or super().event(event)

    def validate(self, text: str, cursor: int) -> tuple[QValidator.State, str, int]:
        """Qt's judgement of a text as it is typed; a second decimal sign is not taken."""
        try:
            state, text, cursor = super().validate(_with_point(text, self.locale().decimalPoint()), cursor)
        except ValueError:
            return QValidator.State.Invalid, text, cursor
        if state == QValidator.State.Invalid and self._is_beyond(text):
            state = QValidator.State.Intermediate  # else the key that passes the end is lost, and 10.5 becomes 1.5
        return state, text.replace("-", _MINUS), cursor

    def fixup(self, text: str) -> str:
        """What becomes of a number beyond the ends: the nearer one; of what is none: the number before it."""
        return _nearest(self, text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the key, or say why not."""
        _take_key(self, event, super().keyPressEvent)

    def valueFromText(self, text: str) -> float:
        """The value of a text that `validate` has taken."""
        return super().valueFromText(_with_point(text, self.locale().decimalPoint()))

    def textFromValue(self, value: float) -> str:
        """A value as it is written everywhere else: with a minus sign, not a hyphen."""
        return super().textFromValue(value).replace("-", _MINUS)

    def _is_beyond(self, text: str) -> bool:
        number = self._number(text)
        return number is not None and not self.minimum() <= number <= self.maximum()

    def _number(self, text: str) -> float | None:
        try:
            return parse_number(text.removeprefix(self.prefix()).removesuffix(self.suffix()))
        except ValueError:
            return None


class PanelField(NumberField):
    """A number beside its slider in a panel: Enter or leaving the field sets it, and the wheel is the panel's."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setKeyboardTracking(False)
        self.setButtonSymbols(NumberField.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel."""
        event.ignore()


class WholeNumberField(QSpinBox):
    """A whole number: what has a decimal sign is none, and not taken for its digits."""

    refused = Signal(str)
    """Why the field does not hold what was typed; it is shown under the field, too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editingFinished.connect(lambda: _forget_typing(self))

    def event(self, event: QEvent) -> bool:
        """Let the window have its shortcuts, where the text has no use for them."""
        return _passes_on(self, event) or super().event(event)

    def validate(self, text: str, cursor: int) -> tuple[QValidator.State, str, int]:
        """Qt's judgement of a text as it is typed."""
        if any(sign in text for sign in _POINTS):
            return QValidator.State.Invalid, text, cursor
        state, text, cursor = super().validate(text, cursor)
        if state == QValidator.State.Invalid and text.strip(" -").isdecimal():
            state = QValidator.State.Intermediate  # beyond the ends: told once it is entered
        return state, text, cursor

    def fixup(self, text: str) -> str:
        """What becomes of a number beyond the ends: the nearer one; of what is none: the number before it."""
        return _nearest(self, text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the key, or say why not."""
        _take_key(self, event, super().keyPressEvent)


def _with_point(text: str, point: str) -> str:
    """A text whose decimal sign is `point`; ValueError if it has more than one."""
    if sum(text.count(sign) for sign in _POINTS) > 1:
        raise ValueError(f"{text!r} has more than one decimal sign")
    for sign in _POINTS:
        text = text.replace(sign, point)
    return text.replace(_MINUS, "-")
