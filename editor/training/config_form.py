"""A field for every number of a configuration, made from the dataclass itself, with what its docstring says."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QGroupBox, QLineEdit, QVBoxLayout, QWidget

from facewright.core.errors import FacewrightError
from facewright.editor.training.advanced_words import CHOICES, EMPTY
from facewright.editor.training.advanced_words import TITLES as FIELDS
from facewright.editor.training.terms import TERMS
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.number_field import parse_number
from facewright.train.config_help import field_help

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Set
    from dataclasses import Field

_WORDS, _NUMBERS = "Annotated[tuple[str, ...], tyro.conf.UseAppendAction]", "tuple[float, ...]"

_PARSERS: Mapping[str, Callable[[str], object]] = {
    "int": int,
    "float": parse_number,
    "int | None": int,
    _WORDS: lambda text: tuple(filter(None, map(str.strip, text.split(";")))),
    _NUMBERS: lambda text: tuple(map(parse_number, text.split())),
}
"""How the text of a field becomes its value, by the annotation."""


class ConfigForm(QGroupBox):
    """The fields of one dataclass, but for those that are set elsewhere."""

    changed = Signal()

    def __init__(self, title: str, config: Any, elsewhere: Set[str] = frozenset()) -> None:
        """config : an instance, whose values are shown at first."""
        super().__init__(title)
        self._config = config
        self.inputs: dict[str, QLineEdit | QCheckBox | QComboBox] = {}
        form, texts = QFormLayout(self), field_help(type(config))
        for field in fields(config):
            if field.name not in elsewhere and (field.type in (*_PARSERS, "bool") or self._choices(field)):
                self._add(form, field, texts.get(field.name, ""))

    def values(self) -> dict[str, Any]:
        """What the fields hold, by name; FacewrightError if one of them is no number."""
        return {name: self._value(name) for name in self.inputs}

    def show_value(self, name: str, value: object) -> None:
        """Put a value into a field."""
        shown = self.inputs[name]
        if isinstance(shown, QCheckBox):
            shown.setChecked(bool(value))
        elif isinstance(shown, QComboBox):
            shown.setCurrentIndex(shown.findData(value))
        else:
            shown.setText(_text(value))

    def _value(self, name: str) -> object:
        shown = self.inputs[name]
        if isinstance(shown, QCheckBox):
            return shown.isChecked()
        if isinstance(shown, QComboBox):
            return shown.currentData()
        text, kind = shown.text().strip(), str(next(f.type for f in fields(self._config) if f.name == name))
        if not text and kind.endswith("None"):
            return None
        try:
            return _PARSERS[kind](text)
        except ValueError:
            what = "a whole number" if _PARSERS[kind] is int else "a number"
            raise FacewrightError(f"{_title(name)}: {text!r} is not {what}.") from None

    def _choices(self, field: Field[Any]) -> tuple[str, ...]:
        """The words that a field may hold, if it holds one of a few."""
        if not str(field.type).startswith("Literal"):
            return ()
        return get_args(get_type_hints(type(self._config))[field.name])

    def _add(self, form: QFormLayout, field: Field[Any], explanation: str) -> None:
        shown: QLineEdit | QCheckBox | QComboBox
        if choices := self._choices(field):
            shown = QComboBox()
            for choice in choices:
                shown.addItem(CHOICES.get(choice, choice), choice)
            shown.currentIndexChanged.connect(lambda: self.changed.emit())
        elif field.type == "bool":
            shown = QCheckBox()
            shown.toggled.connect(lambda: self.changed.emit())
        else:
            shown = QLineEdit()
            shown.textChanged.connect(lambda: self.changed.emit())
            shown.setPlaceholderText(EMPTY.get(field.name, ""))
        shown.setAccessibleName(_title(field.name))
        shown.setAccessibleDescription(explanation)
        shown.setToolTip(explanation)
        self.inputs[field.name] = shown
        self.show_value(field.name, getattr(self._config, field.name))
        column = QVBoxLayout()
        column.addWidget(shown)
        note = Label(explanation)
        note.setWordWrap(True)
        note.setEnabled(False)  # faded: it explains, it is not what is asked
        column.addWidget(note)
        form.addRow(_title(field.name), column)


def _text(value: object) -> str:
    """What a field of text shows for a value."""
    if isinstance(value, tuple):
        return ("; " if value and isinstance(value[0], str) else " ").join(map(_text, value))
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _title(name: str) -> str:
    """What a field is called."""
    return FIELDS.get(name) or (TERMS[name].name if name in TERMS else name.replace("_", " ").capitalize())


def grouped(*forms: ConfigForm) -> QWidget:
    """Forms one above the other."""
    widget = QWidget()
    layout = QVBoxLayout(widget)
    for form in forms:
        layout.addWidget(form)
    return widget
