"""The Head menu: what can be done with the head and with each of its parts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from facewright.core.parts import PARTS
from facewright.editor import commands
from facewright.editor.candidates.sheet import CandidateSheet
from facewright.editor.desktop.action_group import ActionGroup
from facewright.editor.panels.part_panel import PartActions
from facewright.editor.widgets.dice import roll
from facewright.editor.wording import PANEL_ORDER, SUBJECTS, TITLES, literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QMainWindow

    from facewright.core.parts import CodeName
    from facewright.core.project import EditState
    from facewright.editor.document import Document
    from facewright.editor.head_view import HeadView
    from facewright.editor.storage.projects import Projects

_LETTERS: dict[CodeName, str] = {"nose": "N", "eyes": "E", "mouth": "M", "remainder": "H", "expression": "X"}


class HeadActions(ActionGroup):
    """The head as a whole, then part by part."""

    TITLE = "Hea&d"

    def __init__(
        self,
        document: Document,
        projects: Projects,
        save_slider: Callable[[], object],
        view: HeadView,
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        self._document, self._projects, self._view, self._window = document, projects, view, window
        self.reset_head = self.action(
            "Reset Head", "Alt+Shift+A", "Set every slider to 0: the mean of the training heads.",
            partial(commands.reset_head, document),
        )  # fmt: skip
        self.random_head = self.action(
            "Random Head", "Ctrl+Shift+A", "Draw every part as the training heads vary; the expression stays.",
            partial(roll, document, PARTS),
        )  # fmt: skip
        self.candidates = self.action(
            "Candidates…", "Ctrl+Alt+G", "Twelve random heads to pick from, and to breed from.",
            self._show_candidates,
        )  # fmt: skip
        self.save_slider = self.action(
            "Save as Slider…", "Ctrl+Alt+D", "Keep what was changed as a slider of your own, for any head.", save_slider
        )
        self.parts = {code: self._part(code) for code in PANEL_ORDER}
        document.state_changed.connect(self._show_state)

    def fill(self, menu: QMenu) -> None:
        """The head, then a menu for each part."""
        menu.addActions([self.reset_head, self.random_head, self.candidates, self.save_slider])
        menu.addSeparator()
        for code, part in self.parts.items():
            submenu = menu.addMenu(TITLES[code])
            submenu.addActions([part.reset, part.random, part.symmetric, part.lock])
            submenu.addMenu(part.take)

    def _show_candidates(self) -> None:
        """Show the sheet of candidates: the one that is open, or a new one."""
        sheets = [sheet for sheet in self._window.findChildren(CandidateSheet) if sheet.isVisible()]
        sheet = sheets[0] if sheets else CandidateSheet(self._document, self._window, self._view.natural_look)
        sheet.show()
        sheet.activateWindow()

    def _part(self, code: CodeName) -> PartActions:
        title, letter, document = TITLES[code], _LETTERS[code], self._document
        return PartActions(
            reset=self.action(
                f"Reset {title}", f"Alt+Shift+{letter}", f"Set to the mean of {SUBJECTS[code]} of the training heads.",
                partial(commands.reset, document, code),
            ),
            random=self.action(
                f"Random {title}", f"Ctrl+Shift+{letter}", f"Draw as {SUBJECTS[code]} of the training heads vary.",
                partial(roll, document, (code,)),
            ),
            lock=self.toggle(
                f"Lock {title}", f"Ctrl+Alt+{letter}", "Keep as it is, whatever is done to the head.",
                partial(commands.set_lock, document, code),
            ),
            symmetric=self.action(
                f"Make {title} Symmetric", f"Ctrl+Alt+Shift+{letter}", "Take away the asymmetry.",
                partial(commands.make_symmetric, document, (code,)),
            ),
            take=self._take_menu(code),
        )  # fmt: skip

    def _take_menu(self, code: CodeName) -> QMenu:
        menu = QMenu(f"Take {TITLES[code]} From", self._window)
        menu.aboutToShow.connect(lambda: self._offer(menu, code))
        return menu

    def _offer(self, menu: QMenu, code: CodeName) -> None:
        """List the other variants, and files."""
        menu.clear()
        state = self._document.state
        for index, variant in enumerate(state.variants):
            if index != state.active:
                menu.addAction(literal(variant.name), partial(commands.take, self._document, variant, (code,)))
        menu.addSeparator()
        menu.addAction("File…", partial(self._projects.ask_to_take, (code,)))
        menu.setEnabled(code not in state.locked)

    def _show_state(self, state: EditState) -> None:
        for code, part in self.parts.items():
            free = code not in state.locked
            part.lock.setChecked(not free)
            for action in (part.reset, part.random, part.symmetric, part.take.menuAction()):
                action.setEnabled(free)
