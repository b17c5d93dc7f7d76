"""Training in the editor, put together: dialog, process, panel and checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import QFileDialog

from facewright.core.errors import FacewrightError
from facewright.editor.anatomy.maker import AnatomyMaker
from facewright.editor.desktop.file_dialog import FileDialog
from facewright.editor.desktop.messages import choose, show_error
from facewright.editor.training.checkpoints import KEPT, Checkpoints, step_of
from facewright.editor.training.dialog import TrainingDialog
from facewright.editor.training.ending import LOG
from facewright.editor.training.model_evaluation import ModelEvaluation
from facewright.editor.training.panel import TrainingPanel
from facewright.editor.training.process import TrainingProcess
from facewright.train.config import CONFIG, TrainConfig
from facewright.train.run.checkpoint import MODEL
from facewright.train.run.control import is_running
from facewright.train.run.refused import Absent

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from facewright.editor.document import Document
    from facewright.editor.training.ending import Ending

_LAST_RUN = "training/run"


def is_run(path: Path) -> bool:
    """Whether a path is the folder of a training run."""
    return (path / CONFIG).is_file()


class Training(QObject):
    """One run at a time, on the screen and in the editor's model."""

    opened = Signal()
    """There is a run to look at: show the panel."""
    state_changed = Signal(bool, bool, bool)
    """Whether a run goes on, is paused, can be resumed."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.process = TrainingProcess(self)
        self.panel = TrainingPanel()
        self.checkpoints = Checkpoints(document, self)
        self.evaluation = ModelEvaluation(window)
        self.anatomies = AnatomyMaker(window)
        self._config: TrainConfig | None = None
        self._saved: int | None = None
        self._keeps = False
        self._then: Callable[[], object] | None = None
        self._absent: Absent | None = None
        self._dialog: TrainingDialog | None = None
        self._document = document
        self._connect()

    def ask_to_train(self) -> None:
        """Let the user choose what to train, then start."""
        if self.process.running:
            show_error(self._window, "A run is going on: stop it first. What it has learnt is kept.")
            return
        self._drop_dialog()
        dialog = self._dialog = TrainingDialog(self._window)  # kept, filled in, until its run has begun
        dialog.accepted.connect(lambda: self.begin(dialog.config, dialog.run))
        dialog.rejected.connect(self._drop_dialog)
        dialog.source.offer_anatomies(self.anatomies)
        dialog.open()

    def begin(self, config: TrainConfig, run: Path) -> None:
        """Start a new run in a folder; one that is refused leaves nothing behind."""
        absent = Absent.of(run, CONFIG, LOG)
        try:
            run.mkdir(parents=True, exist_ok=True)
            config.save(run / CONFIG)
        except OSError as error:
            self._refuse(f"{run} cannot be written to ({error.strerror}): choose another folder.")
            return
        self.resume(run)
        self._absent = absent

    def ask_for_run(self) -> None:
        """Let the user choose a run's folder, then show it."""
        there = self.process.run.parent if self.process.run else Path.home()
        dialog = FileDialog(self._window, "Open Run", str(there))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.open(Path(name)))
        dialog.open()

    def open(self, run: Path) -> None:
        """Show a run, and hear of it while it goes on."""
        self._try(lambda: self._open(run, self.process.open))

    def resume(self, run: Path | None = None) -> None:
        """Go on with a run, by default the one that is shown."""
        if folder := run or self.process.run:
            self._try(lambda: self._open(folder, self.process.start))

    def attach(self) -> None:
        """Show the run that was shown last, if it goes on."""
        run = QSettings().value(_LAST_RUN)
        if isinstance(run, str) and is_running(Path(run)):
            self.open(Path(run))

    def pause(self, paused: bool) -> None:
        """Hold the run, or let it go on."""
        self._try(lambda: self.process.ask("pause" if paused else None))
        self._show_running()

    def stop(self) -> None:
        """Save what is learnt and end."""
        self._try(self._ask_to_stop)

    def show_newest(self) -> None:
        """Put the run's newest model under the head that is edited."""
        if run := self.process.run:
            self.checkpoints.show_newest(run)
        else:
            show_error(self._window, "No run is open: Train Model… starts one, Open Run… shows one.")

    def evaluate(self) -> None:
        """Let the user choose a model to evaluate."""
        self.evaluation.ask(self.process.run)

    @property
    def settled(self) -> bool:
        """Whether the editor can close without a word about training."""
        return not self.process.owned

    def settle(self, then: Callable[[], object]) -> None:
        """Do something that ends the editor, once it is clear what is to become of a run that goes on."""
        self._keeps = False
        if self.settled:
            then()
            return
        run = self.process.run
        choose(
            self._window,
            f"Training goes on in {run.name if run else 'its folder'}.",
            "It can do so without the editor, which finds it again when it is started.",
            {"Keep Training": lambda: self._keep_then(then), "Stop and Keep": lambda: self._stop_then(then)},
        )

    def close(self) -> None:
        """End what still runs here, but for a run that is to be kept."""
        if self._keeps:
            self.process.let_go()
        self.evaluation.close()
        self.anatomies.close()
        self.process.close()
        self.checkpoints.close()

    def _keep_then(self, then: Callable[[], object]) -> None:
        self._keeps = True
        then()

    def _stop_then(self, then: Callable[[], object]) -> None:
        def stop() -> None:
            self._ask_to_stop()
            self._then = then

        self._try(stop)

    def _ask_to_stop(self) -> None:
        self.process.ask("stop")
        self.panel.state.setText("Saving what is learnt…")

    def _open(self, run: Path, way: Callable[[Path], None]) -> None:
        if self.process.running:
            if run != self.process.run:
                raise FacewrightError("A run is going on: stop it before another is opened. What it learnt is kept.")
            self.opened.emit()
            return
        self._config = TrainConfig.load(run / CONFIG)
        self._saved = self._absent = None
        way(run)
        QSettings().setValue(_LAST_RUN, str(run))
        self.checkpoints.list(run)
        self.opened.emit()

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except FacewrightError as error:
            show_error(self._window, str(error))

    def _connect(self) -> None:
        self.process.advanced.connect(self._show_record)
        self.process.running_changed.connect(lambda _: self._show_running())
        self.process.ended.connect(self._show_ending)
        self.panel.pause_asked.connect(self.pause)
        self.panel.stop_asked.connect(self.stop)
        self.panel.resume_asked.connect(lambda: self.resume())
        self.panel.newest_asked.connect(self.show_newest)
        self.panel.checkpoint_asked.connect(self.checkpoints.show)
        self.panel.first_asked.connect(self.checkpoints.show_first)
        self.checkpoints.listed.connect(self._list_checkpoints)
        self.checkpoints.shown.connect(lambda _: self._mark_checkpoint())
        self.checkpoints.failed.connect(lambda message: show_error(self._window, message))

    def _show_record(self) -> None:
        record, run = self.process.record, self.process.run
        self.panel.show_record(record, self._remaining())
        if run is None:
            return
        self.panel.show_run(run, (run / MODEL).is_file())
        if record.saved != self._saved:
            self._saved = record.saved
            if self.panel.follow.isChecked():
                self.checkpoints.show_newest(run)

    def _show_running(self) -> None:
        running, paused = self.process.running, self.process.paused
        can_resume = self.process.run is not None and not running and self.process.record.progress < 1.0
        self.panel.show_running(running, paused, can_resume=can_resume)
        self.state_changed.emit(running, paused, can_resume)

    def _show_ending(self, ending: Ending) -> None:
        self._show_record()
        self.panel.show_ending(ending)
        then, self._then = self._then, None
        if ending.refused and self._absent:
            self._absent.restore()
            self.process.forget()
            self.panel.show_none()
            self._refuse(ending.message, ending.enough)
            return
        self._drop_dialog()
        if ending.failed:
            show_error(self._window, ending.message)
        elif then:
            then()

    def _refuse(self, message: str, minutes: int | None = None) -> None:
        """Say why no run was begun, where it was asked for: what was filled in is still there."""
        if self._dialog is None:
            show_error(self._window, message)
            return
        self._dialog.open()
        self._dialog.refuse(message, minutes)

    def _drop_dialog(self) -> None:
        if self._dialog:
            self._dialog.deleteLater()
            self._dialog = None

    def _remaining(self) -> str:
        """How long the run will still take, where it is counted in time."""
        if self._config is None or self._config.steps is not None or not self.process.running:
            return ""
        minutes = self._config.minutes * (1.0 - self.process.record.progress)
        return f"{minutes:.0f} min left" if minutes >= 2.0 else f"{60 * minutes:.0f} s left"

    def _list_checkpoints(self, paths: list[Path]) -> None:
        first = self.checkpoints.first
        self.panel.show_checkpoints(paths, first.name if first else "", self._current())

    def _mark_checkpoint(self) -> None:
        if run := self.process.run:
            self.checkpoints.list(run)

    def _current(self) -> str:
        """Where the model in the editor is kept, as the panel names it."""
        model, run = self._document.model, self.process.run
        if run is None or model is self.checkpoints.first:
            return ""
        return str(run / KEPT / f"step-{step_of(model):09d}.safetensors")
