"""Numbers as people type them: with a decimal comma or point, in any language of the system."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMainWindow

from facewright import editor
from facewright.editor.measurement.measure_table import _number
from facewright.editor.training.config_form import ConfigForm
from facewright.editor.widgets.amount_row import AmountField
from facewright.editor.widgets.number_field import NumberField, WholeNumberField, parse_number
from facewright.editor.widgets.slider import CoefficientField
from facewright.train.config import TrainConfig

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractSpinBox
    from pytestqt.qtbot import QtBot

LANGUAGES = ["C", "de_DE", "en_US", "fr_FR", "de_CH", "pt_BR", "ar_EG", "hi_IN"]
TYPED = {
    "1.5": 1.5,
    "1,5": 1.5,
    "-1.5": -1.5,
    "-1,5": -1.5,
    "−1,5": -1.5,
    "0.5": 0.5,
    "0,5": 0.5,
    ".5": 0.5,
    ",5": 0.5,
    "2": 2.0,
}


def typed(field: QAbstractSpinBox, text: str) -> None:
    """Type a text over what a field shows, and Enter."""
    field.lineEdit().selectAll()
    for sign in text:
        field.lineEdit().insert(sign)  # QTest's keys are ASCII's
    QTest.keyClick(field, Qt.Key.Key_Return)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["coefficient", "measure"])
def test_comma_and_point_are_the_same_in_every_language(qtbot: QtBot, language: str, kind: str) -> None:
    field = CoefficientField() if kind == "coefficient" else AmountField()
    field.setLocale(QLocale(language))
    qtbot.addWidget(field)
    for text, value in TYPED.items():
        typed(field, "0")
        typed(field, text)
        assert field.value() == value, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_second_decimal_sign_is_never_a_power_of_ten(qtbot: QtBot, language: str) -> None:
    field = NumberField()
    field.setLocale(QLocale(language))
    field.setRange(-1e6, 1e6)
    qtbot.addWidget(field)
    for text in ("1.5.0", "1,5,0", "1.5,0", "1,5.0"):
        typed(field, "0")
        typed(field, text)
        assert field.value() == 1.5, text  # the second one is not taken, and .50 is .5


def test_what_is_no_number_is_quoted_without_the_unit(qtbot: QtBot) -> None:
    field, told = CoefficientField(), list[str]()
    qtbot.addWidget(field)
    field.refused.connect(told.append)
    typed(field, ".")
    assert told == ["“.” is no number: type one from −6.00 to 6.00 σ."]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hyphen_that_is_typed_becomes_the_minus_sign_that_numbers_are_shown_with(qtbot: QtBot, language: str) -> None:
    field = NumberField()
    field.setLocale(QLocale(language))
    field.setRange(-9, 9)
    qtbot.addWidget(field)
    field.selectAll()
    qtbot.keyClicks(field, "-")
    assert field.text() == "−"
    qtbot.keyClicks(field, "2.5")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == -2.5
    assert "−" in field.text()
    assert "-" not in field.text()
    field.stepBy(-1)
    assert field.value() == -3.5


def test_a_number_beyond_the_end_is_the_end_not_some_of_its_digits(qtbot: QtBot) -> None:
    field = CoefficientField()
    qtbot.addWidget(field)
    for text, value in {"10.5": 6.0, "-10,5": -6.0, "99": 6.0, "5.5": 5.5}.items():
        typed(field, text)
        assert field.value() == value
    field.lineEdit().selectAll()
    field.lineEdit().insert("nan")  # pasted whole
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == 5.5


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["1.5", "1,5"])
def test_a_whole_number_does_not_take_the_digits_of_another(qtbot: QtBot, language: str, text: str) -> None:
    field = WholeNumberField()
    field.setLocale(QLocale(language))
    field.setRange(1, 9999)
    qtbot.addWidget(field)
    field.setValue(7)
    field.lineEdit().selectAll()
    field.lineEdit().insert(text)  # pasted whole
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == 7


def test_texts_are_parsed_alike(qtbot: QtBot) -> None:
    assert [parse_number(text) for text in ("0.5", " 0,5 ", "−3,25", "1e-3", "1e3")] == [0.5, 0.5, -3.25, 1e-3, 1e3]
    for text in ("1.000,5", "1,000.5", "1.2.3", "", "mm", "nan"):
        with pytest.raises(ValueError):  # noqa: PT011
            parse_number(text)
    assert _number("−3,5 mm") == -3.5
    assert _number("1.234,5") is None
    form = ConfigForm("Run", TrainConfig(data="anny:"))
    qtbot.addWidget(form)
    rate = form.inputs["learning_rate"]
    assert isinstance(rate, QLineEdit)
    rate.setText("0,002")
    assert form.values()["learning_rate"] == 0.002


def test_no_field_of_the_editor_is_one_of_qts_own() -> None:
    root = Path(editor.__file__).parent
    for path in root.rglob("*.py"):
        names = {
            name.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
            for name in node.names
        }
        assert path.name == "number_field.py" or not names & {"QDoubleSpinBox", "QSpinBox"}, path


def test_what_cannot_be_is_told(qtbot: QtBot) -> None:
    number, whole = NumberField(), WholeNumberField()
    for field, typed, words, value in (
        (number, "10.5", "most", 6.0),
        (number, "-9", "least", -6.0),
        (whole, "12345", "most", 99),
    ):
        qtbot.addWidget(field)
        field.setRange(-6, 6) if field is number else field.setRange(1, 99)
        told: list[str] = []
        field.refused.connect(told.append)
        field.selectAll()
        qtbot.keyClicks(field, typed)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert field.value() == value
        assert len(told) == 1
        assert words in told[0]
    told = []
    number.refused.connect(told.append)
    qtbot.keyClicks(number, "x")
    assert "x" in told[0]
    assert number.value() == -6.0


@pytest.mark.parametrize("kind", [NumberField, WholeNumberField, CoefficientField, AmountField])
def test_a_window_has_its_shortcuts_once_a_number_is_entered_and_the_text_its_undo_until_then(
    qtbot: QtBot, kind: type[NumberField | WholeNumberField]
) -> None:
    window, field = QMainWindow(), kind()
    qtbot.addWidget(window)
    field.setKeyboardTracking(False)
    window.setCentralWidget(field)
    menu, done = window.menuBar().addMenu("Edit"), []
    for name in ("Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+E"):
        menu.addAction(name, name, lambda name=name: done.append(name))
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    field.setFocus()
    field.selectAll()
    control = Qt.KeyboardModifier.ControlModifier
    both = control | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClicks(field, "2")
    QTest.keyClick(field, Qt.Key.Key_Z, control)
    assert (done, field.value()) == ([], 0)
    assert field.text() == field.prefix() + field.textFromValue(0) + field.suffix()
    QTest.keyClick(field, Qt.Key.Key_Z, both)
    assert done == []
    assert field.text().startswith("2")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == 2
    QTest.keyClick(field, Qt.Key.Key_Z, control)
    QTest.keyClick(field, Qt.Key.Key_Z, both)
    QTest.keyClick(field, Qt.Key.Key_E, control)
    assert done == ["Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+E"]
    field.selectAll()
    QTest.keyClicks(field, "3")
    QTest.keyClick(field, Qt.Key.Key_E, control)  # what is exported has the number that was typed
    assert (done[3:], field.value()) == (["Ctrl+E"], 3)
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_C, control)
    QTest.keyClicks(field, "4")
    QTest.keyClick(field, Qt.Key.Key_A, control)
    QTest.keyClick(field, Qt.Key.Key_V, control)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == 3
