"""The Train menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facewright.editor.desktop.action_group import ActionGroup

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow, QMenu

    from facewright.editor.training.training import Training


class TrainActions(ActionGroup):
    """Training runs, their checkpoints, and what a model is worth."""

    TITLE = "&Train"

    def __init__(self, training: Training, window: QMainWindow) -> None:
        super().__init__(window)
        self.train = self.action(
            "Train Model…", "Ctrl+Shift+T", "Learn a model from registered heads, while the editor stays live.",
            training.ask_to_train,
        )  # fmt: skip
        self.anatomy = self.action(
            "Make Anatomy…", "Ctrl+Shift+L",
            "Pick landmarks on one of your own heads: its parts are found, and training can read all of them.",
            training.anatomies.ask,
        )  # fmt: skip
        self.open_run = self.action(
            "Open Run…", "Ctrl+Alt+R", "Show a training run by its folder, whether it still goes on or not.",
            training.ask_for_run,
        )  # fmt: skip
        self.pause = self.toggle(
            "Pause Training", "Ctrl+Alt+Space", "Hold training after the current step, or let it go on.", training.pause
        )
        self.stop = self.action(
            "Stop and Keep", "Ctrl+Alt+K", "Save what training has learnt and end it; it can be resumed.", training.stop
        )
        self.resume = self.action(
            "Resume Training", "Ctrl+Shift+R", "Go on from the run's last checkpoint.", training.resume
        )
        self.newest = self.action(
            "Show Newest Checkpoint", "Ctrl+Shift+K",
            "Put the run's newest model under the head that is edited; every slider stays where it is.",
            training.show_newest,
        )  # fmt: skip
        self.evaluate = self.action(
            "Evaluate Model…", "Ctrl+Shift+V", "The paper's tables for a model, on heads that it never saw, as a page.",
            training.evaluate,
        )  # fmt: skip
        training.state_changed.connect(self._show_state)
        self._show_state(False, False, False)

    def fill(self, menu: QMenu, show_panel: QAction | None = None) -> None:
        """Starting and showing a run; what can be asked of it; evaluation."""
        menu.addActions([self.train, self.anatomy, self.open_run])
        if show_panel:
            menu.addAction(show_panel)
        menu.addSeparator()
        menu.addActions([self.pause, self.stop, self.resume, self.newest])
        menu.addSeparator()
        menu.addAction(self.evaluate)

    def _show_state(self, running: bool, paused: bool, can_resume: bool) -> None:
        self.pause.setEnabled(running)
        self.pause.setChecked(paused)
        self.stop.setEnabled(running)
        self.resume.setEnabled(can_resume)
