"""Fields for numbers: a decimal comma and a decimal point mean the same, whatever the system's language."""

from __future__ import annotations

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox

_POINTS = ".,\u066b"  # the last one is the Arabic decimal separator
_MINUS = "−"  # as we write it ourselves


def parse_number(text: str) -> float:
    """The number that a person has typed, with a decimal comma or a decimal point.

    Raises ValueError if it is none, or if it has more than one of them: which of them groups digits cannot be told.
    """
    return float(_with_point(text.strip(), "."))


class NumberField(QDoubleSpinBox):
    """A number with a fraction; what is typed with the other decimal sign turns into the system's."""

    def validate(self, text: str, cursor: int) -> tuple[QValidator.State, str, int]:
        """Qt's judgement of a text as it is typed; a second decimal sign is not taken."""
        try:
            state, text, cursor = super().validate(_with_point(text, self.locale().decimalPoint()), cursor)
        except ValueError:
            return QValidator.State.Invalid, text, cursor
        if state == QValidator.State.Invalid and self._is_beyond(text):
            state = QValidator.State.Intermediate  # else the key that passes the end is lost, and 10.5 becomes 1.5
        return state, text, cursor

    def fixup(self, text: str) -> str:
        """What becomes of a number beyond the ends: the nearer one."""
        number = self._number(text)
        if number is None:
            return super().fixup(text)
        return self.textFromValue(min(max(number, self.minimum()), self.maximum()))

    def valueFromText(self, text: str) -> float:
        """The value of a text that `validate` has taken."""
        return super().valueFromText(_with_point(text, self.locale().decimalPoint()))

    def _is_beyond(self, text: str) -> bool:
        number = self._number(text)
        return number is not None and not self.minimum() <= number <= self.maximum()

    def _number(self, text: str) -> float | None:
        try:
            return parse_number(text.removeprefix(self.prefix()).removesuffix(self.suffix()))
        except ValueError:
            return None


class WholeNumberField(QSpinBox):
    """A whole number: what has a decimal sign is none, and not taken for its digits."""

    def validate(self, text: str, cursor: int) -> tuple[QValidator.State, str, int]:
        """Qt's judgement of a text as it is typed."""
        if any(sign in text for sign in _POINTS):
            return QValidator.State.Invalid, text, cursor
        return super().validate(text, cursor)


def _with_point(text: str, point: str) -> str:
    """A text whose decimal sign is `point`; ValueError if it has more than one."""
    if sum(text.count(sign) for sign in _POINTS) > 1:
        raise ValueError(f"{text!r} has more than one decimal sign")
    for sign in _POINTS:
        text = text.replace(sign, point)
    return text.replace(_MINUS, "-")
