"""The underlined letters of menus and dialogs: with Alt, or within an open menu, each leads to one entry."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QPushButton, QTabWidget, QWidget
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QDialog, QMenu

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_WORD, _WITHIN, _NONE = 1.0, 4.0, 1000.0
"""What it costs to underline the start of a later word, a letter within one, and one that is not there."""


def lettered(texts: Sequence[str]) -> list[str]:
    """The texts with a letter of its own underlined in each, as far as there are enough; some may have one already."""
    taken = {letter for text in texts if (letter := mnemonic(text))}
    free = [place for place, text in enumerate(texts) if not mnemonic(text)]
    letters = [letter for letter in _LETTERS if letter not in taken]
    result = list(texts)
    if not free or not letters:
        return result
    costs = np.array([[_cost(texts[place], letter) for letter in letters] for place in free])
    every = csr_array(costs + 1.0)  # no 0, which would be no entry
    for row, column in zip(*min_weight_full_bipartite_matching(every), strict=True):
        if costs[row, column] < _NONE:
            text = texts[free[row]]
            at = _places(text, letters[column])[0]
            result[free[row]] = f"{text[:at]}&{text[at:]}"
    return result


def mnemonic(text: str) -> str:
    """The letter that is underlined in a text; empty if there is none."""
    return QKeySequence.mnemonic(text).toString().rpartition("+")[2].lower()


def underline_menus(menu: QWidget) -> None:
    """Give every entry of a menu bar or a menu its letter, and those of the menus within."""
    actions = [action for action in menu.actions() if not action.isSeparator()]
    for action, text in zip(actions, lettered([action.text() for action in actions]), strict=True):
        if action.text() != text:
            action.setText(text)
        if inner := cast("QMenu | None", action.menu()):
            underline_menus(inner)


def underline_dialog(dialog: QDialog) -> None:
    """Give what a dialog shows at first its letters: labels of fields, boxes to tick, buttons and tabs."""
    setters: list[tuple[str, Callable[[str], object]]] = []
    for tabs in dialog.findChildren(QTabWidget):
        setters += [(tabs.tabText(index), partial(tabs.setTabText, index)) for index in range(tabs.count())]
    for widget in dialog.findChildren(QWidget):
        names = isinstance(widget, (QCheckBox, QPushButton)) or (isinstance(widget, QLabel) and widget.buddy())
        if names and isinstance(widget, (QLabel, QAbstractButton)) and widget.isVisibleTo(dialog):
            setters.append((widget.text(), widget.setText))
    setters = [(text, setter) for text, setter in setters if text]
    for (_, setter), text in zip(setters, lettered([text for text, _ in setters]), strict=True):
        setter(text)


def _cost(text: str, letter: str) -> float:
    """How far a letter is from what one would guess: nothing for a text's first."""
    places = _places(text, letter)
    if not places:
        return _NONE
    starts = places[0] == 0 or not text[places[0] - 1].isalnum()
    return 0.0 if places[0] == 0 else (_WORD if starts else _WITHIN) + 0.01 * places[0]


def _places(text: str, letter: str) -> list[int]:
    """Where a letter stands in a text, starts of words first."""
    places = [at for at, each in enumerate(text.lower()) if each == letter]
    return sorted(places, key=lambda at: at > 0 and text[at - 1].isalnum())
