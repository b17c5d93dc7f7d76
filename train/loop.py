"""The training loop: reads the heads, takes steps until the run is spent, and writes what its folder holds."""

from __future__ import annotations

import math
import shutil
import time
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import torch

from facewright.core.errors import FacewrightError
from facewright.core.model.model_file import load as load_model
from facewright.core.model.model_file import save as save_model
from facewright.train import fine_tune
from facewright.train import losses as terms
from facewright.train.config import CONFIG
from facewright.train.data.several import training_heads
from facewright.train.data.sources import in_words
from facewright.train.device import device_kept, device_of
from facewright.train.interrupt import Stopped, interruptible
from facewright.train.run.checkpoint import BEST, EVENTS, MODEL, POOL, STATE, load_template, restore
from facewright.train.run.checkpoint import save as save_checkpoint
from facewright.train.run.control import LOOK_S
from facewright.train.run.events import EventLog, Progress
from facewright.train.run.monitor import Monitor
from facewright.train.run.outcome import HELD_OUT, added, head_model
from facewright.train.run.refused import nothing_left
from facewright.train.run.shortest import TooShort, require_time
from facewright.train.trainer import Trainer
from facewright.train.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from facewright.train.config import TrainConfig
    from facewright.train.run.events import Listener


def train(
    config: TrainConfig,
    run: Path,
    resume: bool = False,
    listeners: Sequence[Listener] = (),
    should_stop: Callable[[], bool] = lambda: False,
    report_seconds: float = 1.0,
    workers: Workers | None = None,
    is_paused: Callable[[], bool] = lambda: False,
) -> None:
    """Train until the run's time or steps are spent or `should_stop()`; either way the last state is saved.

    While `is_paused()` it holds after the step that it is at. Listeners hear of a step every `report_seconds`, and of
    the first of every phase. With `resume` the run goes on from its state, or begins if it was ended before it had one.
    One that is refused before it begins leaves nothing behind.
    Every one of the `workers` calls this; the first alone writes and has listeners.
    Raises FacewrightError if the data cannot be read or are not those of the run, the folder not written, the device
    not used or lost, if memory is not enough for the smallest portion of a step, or if the training diverges.
    """
    workers = workers or Workers()
    device_of(config.device, workers)  # before anything is read or made
    torch.set_num_threads(torch.get_num_threads())  # MKL's too: threads of a field, here before, have left it one
    with (
        nothing_left(run) if workers.first else nullcontext(),
        closing(_opened(run, listeners if workers.first else (), workers)) as events,
        device_kept(run),
    ):
        resumed = workers.any(resume and (run / STATE).is_file())[0]
        begun = workers.first and not (run / CONFIG).exists()
        if begun:
            config.save(run / CONFIG)  # before anything that takes time: a run that is killed now can be resumed
        events("begin", message=f"Reading {' and '.join(map(in_words, config.sources))}", run=str(run))
        progress = Progress(events, "preparation", report_seconds)
        try:
            prepared = partial(_prepared, config, run, resumed, workers, should_stop, progress)
            trainer = interruptible(prepared, should_stop, workers)
            trainer.broadcast()
        except Stopped:
            events("end", step=0, progress=0.0, message="Training stopped before its first step; nothing has changed.")
            return
        except FacewrightError as error:
            if isinstance(error, TooShort):
                events("too_short", **error.told)
            if begun:
                (run / CONFIG).unlink(missing_ok=True)
            raise
        events("ready", message=trainer.summary(), step=trainer.steps, progress=trainer.progress)
        saver, before = _Saver(trainer, run, events), trainer.steps
        if workers.first:
            trainer.config.save(run / CONFIG)  # that of a fine-tuning now has the model's network
            if trainer.steps:
                saver.complete()
        with closing(trainer):
            _steps(trainer, run, events, _Agreement(workers, should_stop, is_paused), report_seconds, saver)
        saver.last()
        finished = trainer.progress >= 1.0
        if finished and workers.first:
            shutil.rmtree(run / POOL, ignore_errors=True)
        told = _spent(trainer) if finished and trainer.steps == before else "Training finished."
        told = told if finished else f"Training stopped; go on with --resume {run}."
        events("end", step=trainer.steps, progress=trainer.progress, message=f"{told} Model: {run / MODEL}")


def _spent(trainer: Trainer) -> str:
    """What to say of a run that had nothing left to do."""
    config = trainer.config
    wanted = f"{config.minutes:g} min" if config.steps is None else f"{config.steps} steps"
    return (
        f"Nothing to do: the run is to have {wanted} in all, and has had {trainer.steps} steps in "
        f"{trainer.seconds / 60.0:.1f} min. Give more --steps or --minutes."
    )


def _prepared(
    config: TrainConfig, run: Path, resumed: bool, workers: Workers, should_stop: Callable[[], bool], progress: Progress
) -> Trainer:
    """The trainer of a run, as it was saved last or new."""
    state, model, start = run / STATE, None, None
    if config.start_from:
        own = run / MODEL
        if resumed and own.is_file():
            model = fine_tune.begun_from(load_model(own, torch.device("cpu")))
        else:  # a run that was killed before it first wrote a model has a state alone
            model = load_model(Path(config.start_from), torch.device("cpu"))
        config = replace(config, network=model.network.config)
    if not resumed and workers.count == 1:
        require_time(config, device_of(config.device, workers))
    heads = training_heads(config)
    if model:
        template = load_template(state) if resumed else None
        start = fine_tune.begin(model, heads, should_stop, template, progress)
    progress("Making ready for the first step")
    trainer = Trainer(config, heads, workers, start)
    if resumed:
        restore(trainer, state)
    return trainer


def _steps(
    trainer: Trainer,
    run: Path,
    events: EventLog,
    agreement: _Agreement,
    report_seconds: float,
    saver: _Saver,
) -> None:
    """Take steps until the run is over or to be stopped, reporting, saving and measuring in between."""
    workers, monitor = trainer.workers, Monitor(trainer, agreement.should_stop)
    watch, pace = _Watch(Progress(events, "pool", report_seconds), agreement), _Pace(trainer)
    trainer.told = lambda sentence: events("warning", message=sentence, step=trainer.steps)
    portions, told_phase = trainer.portions, ""
    try:
        if trainer.start and trainer.steps == 0 and monitor.wanted:
            events("preparation", message="Measuring the model on unseen heads before it learns")
            _measure(monitor, trainer, events, saver)
        while True:
            trainer.seconds, stop = agreement(trainer.seconds)
            if stop or trainer.progress >= 1.0:
                break
            values = trainer.step(watch, run)
            if trainer.portions != portions:
                portions = trainer.portions
                told = f"Memory ran out: a step's heads are now learnt from in {portions} portions, to the same effect"
                events("memory", message=told, portions=portions, step=trainer.steps)
            where = {"phase": trainer.phase, "step": trainer.steps, "progress": trainer.progress}
            if workers.first and (pace.seconds >= report_seconds or trainer.phase != told_phase):
                losses = values()
                total = terms.total(losses, trainer.config.weights)
                rates = {group: rate for group, rate in trainer.learning_rates().items() if rate}
                events("step", **where, losses=losses, total=total, rates=rates, **pace.rates())
                told_phase = trainer.phase
            if saver.due:
                saver.save()
            if monitor.due:
                _measure(monitor, trainer, events, saver)
        if monitor.wanted and trainer.progress >= 1.0:
            _measure(monitor, trainer, events, saver)
    except Stopped:
        return


def _measure(monitor: Monitor, trainer: Trainer, events: EventLog, saver: _Saver) -> None:
    """Tell how far unseen heads are from the model, or once that there are none; keep the best model of all.

    Raises FacewrightError if the training has diverged.
    """
    saver.require_finite()
    try:
        error = monitor.measure()
    except Stopped:  # before the next step, where all workers agree on it
        return
    except FacewrightError as missing:
        events("held_out", message=f"No measurement on unseen heads: {missing}", step=trainer.steps)
        return
    except ZeroDivisionError as broken:  # compiled fields, of weights so large that what they give is no number
        raise saver.diverged() from broken
    events("held_out", phase=trainer.phase, step=trainer.steps, progress=trainer.progress, mm=error)
    if trainer.phase == "end":
        saver.best(sum(error.values()) / len(error))


class _Saver:
    """Saves a run every so often, on its first worker. While the disk is full the last checkpoint stays."""

    def __init__(self, trainer: Trainer, run: Path, events: EventLog) -> None:
        self._trainer, self._run, self._events = trainer, run, events
        self._saved, self._step = time.monotonic(), trainer.steps
        self._model: object = None  # the step that the model file says it is of
        self._best_mm = math.inf  # as the best model's file says

    @property
    def due(self) -> bool:
        """Whether it is time."""
        first, every = self._trainer.workers.first, self._trainer.config.checkpoint_seconds
        return first and time.monotonic() - self._saved >= every

    def complete(self) -> None:
        """Write the model of a run that goes on, if a crash has left that of the checkpoint before, or none.

        One that is right is left as it is, with the template mesh and the figures that other commands wrote into it.
        The best one stays, even if it is of a step after the checkpoint.
        """
        with suppress(FacewrightError):
            self._model = load_model(self._run / MODEL, torch.device("cpu")).metadata.get("steps")
        with suppress(FacewrightError):
            best = load_model(self._run / BEST, torch.device("cpu")).metadata.get(HELD_OUT)
            self._best_mm = best if isinstance(best, float) else math.inf
        if self._model != self._trainer.steps:
            self._write_model()

    def save(self) -> None:
        """Save, or say why not and try again when it is next due."""
        trainer, every = self._trainer, self._trainer.config.checkpoint_seconds
        self.require_finite()
        try:
            self._write()
        except FacewrightError as error:
            told = f"{error} {self._intact} The training goes on and tries again in {every:.0f} s."
            self._events("warning", message=told, step=trainer.steps)
        self._saved = time.monotonic()

    def last(self) -> None:
        """Save at the end; FacewrightError if it cannot be."""
        if not self._trainer.workers.first:
            return
        self.require_finite()
        try:
            self._write()
        except FacewrightError as error:
            raise FacewrightError(f"{error} {self._intact} Make room and go on with --resume {self._run}.") from error

    def best(self, error_mm: float) -> None:
        """Save the model if it is the best so far, by its error on unseen heads; else the one before stays."""
        if not error_mm < self._best_mm:
            return
        try:
            self._write_model(BEST, {HELD_OUT: error_mm})
            self._best_mm = error_mm
        except FacewrightError as error:
            self._events("warning", message=f"{error} The best model is not kept.", step=self._trainer.steps)

    def require_finite(self) -> None:
        """Raise FacewrightError if the weights are no longer numbers."""
        if not self._trainer.is_finite:
            raise self.diverged()

    def diverged(self) -> FacewrightError:
        """What to say of a training that has diverged, and what to do."""
        return FacewrightError(
            f"The training diverged, its weights are no longer numbers. {self._intact} Give lower learning rates, such "
            f"as half of each, with --resume {self._run}."
        )

    @property
    def _intact(self) -> str:
        return f"The checkpoint of step {self._step} is intact." if self._step else "There is no checkpoint yet."

    def _write(self) -> None:
        save_checkpoint(self._trainer, self._run / STATE)
        self._step = self._trainer.steps
        if self._model != self._step:
            self._write_model()
        self._events("checkpoint", step=self._trainer.steps, progress=self._trainer.progress)

    def _write_model(self, name: str = MODEL, facts: Mapping[str, float] = MappingProxyType({})) -> None:
        """Write the model as it stands, and facts about it; what other commands wrote into the file before is told."""
        path, gone = self._run / name, list[str]()
        with suppress(FacewrightError):  # there is none, or it is damaged
            gone = added(load_model(path, torch.device("cpu")), self._trainer)
        model = head_model(self._trainer)
        save_model(replace(model, metadata={**model.metadata, **facts}), path)
        if name == MODEL:
            self._model = self._trainer.steps
        if gone:
            told = (
                f"The model has learnt further, so that what was written into {name} is gone: {' and '.join(gone)}. "
                "Write it again when the training is over."
            )
            self._events("warning", message=told, step=self._trainer.steps)


@dataclass(frozen=True)
class _Agreement:
    """How long the run has learnt and whether to stop, the same for all workers."""

    workers: Workers
    should_stop: Callable[[], bool]
    is_paused: Callable[[], bool]

    def __call__(self, seconds: float = 0.0) -> tuple[float, bool]:
        """The first worker's seconds, and whether any wants to stop.

        Does not return while any is paused. All go on speaking to each other then: torch takes one that is silent for
        half an hour for dead.
        """
        while True:
            seconds, stop, hold = self.workers.agree(seconds, self.should_stop(), self.is_paused())
            if stop or not hold:
                return seconds, stop
            time.sleep(LOOK_S)


class _Watch:
    """Tells of work between steps, and stops it when any worker is asked to."""

    def __init__(self, progress: Progress, agreement: _Agreement) -> None:
        self._progress, self._agreement = progress, agreement

    def __call__(self, told: str, done: int, of: int) -> None:
        if self._agreement()[1]:
            raise Stopped
        self._progress(told, done, of)


class _Pace:
    """Steps and points a second since they were last asked for."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._at, self._steps, self._points = time.monotonic(), trainer.steps, trainer.points

    @property
    def seconds(self) -> float:
        """Time since then."""
        return time.monotonic() - self._at

    def rates(self) -> dict[str, float]:
        """What an event says of it. A point is one at which a stage, or Φ, is learnt."""
        seconds, trainer = max(self.seconds, 1e-9), self._trainer
        steps, points = trainer.steps - self._steps, trainer.points - self._points
        self._at, self._steps, self._points = time.monotonic(), trainer.steps, trainer.points
        return {"steps_per_second": round(steps / seconds, 3), "points_per_second": round(points / seconds)}


def _opened(run: Path, listeners: Sequence[Listener], workers: Workers) -> EventLog:
    """The event log of a run's folder, which is made if need be; only the first worker's writes."""
    if not workers.first:
        return EventLog(None, listeners)
    try:
        run.mkdir(parents=True, exist_ok=True)
        for unfinished in run.glob(".*.new"):  # of a process that was killed while it wrote
            unfinished.unlink(missing_ok=True)
        return EventLog(run / EVENTS, listeners)
    except OSError as error:
        raise FacewrightError(f"{run} cannot be written to ({error.strerror}): choose another folder.") from error
