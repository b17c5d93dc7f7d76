"""python -m train heads | anatomy | run | check | evaluate | baselines | template | expressions: heads to models."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from facewright.core.atomic_file import require_writable, write_atomically
from facewright.core.device import AUTOMATIC, use
from facewright.core.errors import FacewrightError, exit_status
from facewright.core.model.model_file import load, model_path, save
from facewright.train.baselines.implicit import METHODS, Method, configured
from facewright.train.config import CONFIG, PRESETS, TrainConfig, preset_file
from facewright.train.data.source_commands import Heads, MakeAnatomy
from facewright.train.evaluate import FULL, QUICK, ModelEvaluator
from facewright.train.evaluation.populations import populations
from facewright.train.evaluation.progress import progress_bar, progress_events
from facewright.train.evaluation.report import make_folder
from facewright.train.evaluation.tables import MODEL as OURS
from facewright.train.expression_command import Expressions
from facewright.train.loop import train
from facewright.train.run.checkpoint import MODEL, STATE, model_of
from facewright.train.run.control import Control, ask, is_running
from facewright.train.run.events import JsonLines, ProgressBar
from facewright.train.run.preflight import look
from facewright.train.run.refused import TENSORBOARD, nothing_left
from facewright.train.run.shortest import TooShort
from facewright.train.run.tensorboard import TensorBoard
from facewright.train.template import template_mesh, training_heads
from facewright.train.workers import Workers

if TYPE_CHECKING:
    from facewright.train.evaluation.populations import Population
    from facewright.train.run.events import Listener


@dataclass(frozen=True)
class Run:
    """Train a model on registered heads: SDFNet on the template, every stage on known displacements, then end to end.

    A configuration may stand first: `run CONFIG.json --out RUN`, a file with only what differs from the defaults, such
    as another run's; or `run paper --data SOURCE --out RUN`, the paper's model to the letter. Options replace what it
    says.

    Ctrl-C, or with --json a line "stop" on standard input, ends the run after the current step and saves it; so does
    the word `stop` in a file `request` in the run's folder, and `pause` there holds it until the file is gone.
    """

    config: Annotated[TrainConfig, tyro.conf.arg(name="")]
    """What to train; with --resume, what is given here replaces what the run was started with."""
    out: Path | None = None
    """Folder of a new run."""
    resume: Path | None = None
    """Folder of a run to go on with; one without a checkpoint, of which only config.json need be there, is begun."""
    or_resume: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Go on with the run in `out` if there is one: for jobs that are started again by themselves, such as Slurm's. What
    torchrun starts again does so anyway."""
    tensorboard: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Write TensorBoard's event files to the run's folder as well; needs pip install tensorboardX."""
    json: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Print one JSON event a line on standard output instead of a progress bar."""

    def __call__(self) -> None:
        """Train until done or stopped, on this process or on all that torchrun started."""
        folder = self.resume or self.out
        if folder is None or (self.resume and self.out):
            raise FacewrightError("Say where: --out FOLDER for a new run, or --resume FOLDER to go on with one.")
        again = self.or_resume or int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0
        workers = Workers.join()
        if self.resume is None and not again and workers.first and (folder / CONFIG).exists():
            raise FacewrightError(
                f"{folder} holds a training run: --resume {folder} goes on with it, or give another --out."
            )
        resume = self.resume is not None or again
        if workers.first:
            self._lead(folder, resume, workers)
        else:
            train(self.config, folder, resume, workers=workers)
        workers.leave()

    def _lead(self, folder: Path, resume: bool, workers: Workers) -> None:
        """Train as the process that writes the run's folder, reports and hears what is asked."""
        if not self.json and not is_running(folder):  # a program that starts a run may ask before this one can hear
            ask(folder, None)
        with nothing_left(folder), Control(folder) as control:
            listeners: list[Listener] = [JsonLines() if self.json else ProgressBar()]
            if self.tensorboard:
                listeners.append(TensorBoard(folder / TENSORBOARD))
            if self.json:
                threading.Thread(target=_stop_on_request, args=(control.stop,), daemon=True).start()
            stop, pause = control.should_stop, control.is_paused
            train(self.config, folder, resume, listeners, stop, workers=workers, is_paused=pause)


@dataclass(frozen=True)
class Check:
    """Read the heads of a run without training, and say what it would need: time, memory and disk, as JSON.

    Where its minutes are too few, heads are not read: how many are enough is said as JSON, too.
    """

    config: Annotated[Path, tyro.conf.Positional]
    """The run's configuration, a file as config.json in its folder."""
    out: Path
    """Folder of the run; it need not be there."""

    def __call__(self) -> None:
        """Look and print."""
        try:
            told = asdict(look(TrainConfig.load(self.config), self.out))
        except TooShort as error:
            print(json.dumps(error.told))
            raise
        print(json.dumps(told))


@dataclass(frozen=True)
class Evaluate:
    """Fit a model to heads that it never saw and print the paper's tables, each figure beside its floor.

    Then each local part is moved to ±3 σ: what changes outside its window (leak), and how the curvature jumps across
    its rim (seam). Linear models of the same training heads stand beside it, and the models of `beside`. On heads of
    another data set than the model's own, whose correspondence is not known, there are neither seams nor linear models.
    """

    data: str
    """Source of heads, such as ict:FOLDER, whose test split is evaluated: the model's own data set, or any other. Given
    again for the further sources of a model that has several."""
    also: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    """The further ones."""
    model: Path | None = None
    """Model file, a run's folder, or people or adults, which ship along; people by default."""
    beside: tuple[Path, ...] = ()
    """Folders of training runs, whose models are evaluated alike and shown under the folders' names."""
    outside: tuple[str, ...] = ()
    """Sources of further heads, in neutral, each fitted by the same code and shown apart: SOURCE or NAME=SOURCE, such
    as anny: or adults=folder:FOLDER."""
    people: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Further heads that a benchmark does not hold, drawn of all the sources given: of Anny anny_adults and
    anny_children, of ICT-FaceKit ict_wide, surgical and ict_sums, shown apart under these names."""
    subjects: int | None = None
    """Evaluate only the first so many test subjects."""
    quick: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Every sixth expression, three components a part: for a first impression."""
    json: Path | None = None
    """File for the figures as JSON: means, deviations, and every head's."""
    csv: Path | None = None
    """File for every head's figures as CSV, one row a region."""
    report: Path | None = None
    """Folder for a page with the tables and pictures."""
    record: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Write the model's figures into its file, under `metrics` of the header's metadata."""
    events: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Print how far it is as one JSON event a line on standard output, before the tables."""
    device: str = AUTOMATIC
    """Where to evaluate the models: auto, cpu, cuda, cuda:1 (the second GPU) or mps."""

    def __call__(self) -> None:
        """Evaluate, print, write; where to is looked at first, for it takes long."""
        use(self.device)
        path = model_of(model_path(self.model))
        for written in (self.json, self.csv, path if self.record else None):
            if written:
                require_writable(written)
        if self.report:
            make_folder(self.report)
        beside = {folder.resolve().name: load(folder / MODEL) for folder in self.beside}
        if len({*beside, OURS}) <= len(self.beside):
            raise FacewrightError(
                f"The folders of runs beside the model need names of their own, other than {OURS!r}: rename one."
            )
        effort = QUICK if self.quick else FULL
        model = load(path)
        progress = progress_events if self.events else progress_bar
        outside: dict[str, str | Population] = {**_named(self.outside)}
        if self.people:
            outside |= populations((self.data, *self.also))
        evaluator = ModelEvaluator(model, self.data, effort, self.subjects, beside, outside, progress, self.also)
        evaluation = evaluator.run()
        print("\n\n".join(table.text() for table in evaluation.tables()))
        with ExitStack() as writing:  # called from the last to the first, each whatever has become of the others
            if self.report:
                writing.callback(lambda folder: print(f"\n{evaluator.report(evaluation, folder)}"), self.report)
            if self.record:
                recorded = replace(model, metadata={**model.metadata, "metrics": evaluation.metrics()})
                writing.callback(save, recorded, path)
            if self.json:
                figures = json.dumps(evaluation.record(), indent=1) + "\n"
                writing.callback(write_atomically, self.json, figures.encode())
            if self.csv:
                writing.callback(write_atomically, self.csv, evaluation.csv().encode())


@dataclass(frozen=True)
class Template:
    """Give a model the mesh that its heads are exported on: its template, remeshed, unwrapped and labelled."""

    model: Annotated[Path, tyro.conf.Positional]
    """Model file, or a run's folder; the file is rewritten with the mesh in it."""
    data: str
    """Source of the heads that the model was trained on, such as ict:FOLDER: they tell parts and landmarks. Given again
    for each further one, in the run's order."""
    also: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    """The further ones."""
    device: str = AUTOMATIC
    """Where to evaluate the model: auto, cpu, cuda, cuda:1 (the second GPU) or mps."""

    def __call__(self) -> None:
        """Make the mesh and write the file anew."""
        use(self.device)
        path = model_of(self.model)
        model = load(path)
        mesh = template_mesh(model, training_heads(model, self.data, *self.also))
        save(replace(model, template=mesh), path)
        print(f"{path}: a template mesh of {len(mesh.vertices)} vertices and {len(mesh.faces)} faces")


@dataclass(frozen=True)
class Baselines:
    """Train what the model is compared with on the same heads for the same time, and evaluate all of it in one table.

    Each method's run lies in a folder of `out` with its name. Ctrl-C saves the one in progress; the same command goes
    on from there, and finished runs are kept.
    """

    config: Annotated[TrainConfig, tyro.conf.arg(name="")]
    """How the model itself is trained; train.baselines.implicit says in what the other methods differ."""
    out: Path
    """Folder of the runs."""
    methods: tuple[Method, ...] = METHODS
    """What to train. Without `ours` the bundled model is what the others are compared with."""
    outside: tuple[str, ...] = ()
    """As in evaluate."""
    test_subjects: int | None = None
    """Evaluate only the first so many test subjects."""
    quick: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """As in evaluate."""
    json: Path | None = None
    """File for the figures as JSON."""

    def __call__(self) -> None:
        """Train one after the other, then evaluate."""
        stop = threading.Event()
        signal.signal(signal.SIGINT, lambda *_: stop.set())
        for method in self.methods:
            folder = self.out / method
            print(f"\n{method}: {folder}", file=sys.stderr)
            train(configured(method, self.config), folder, (folder / STATE).is_file(), [ProgressBar()], stop.is_set)
            if stop.is_set():
                raise KeyboardInterrupt
        signal.signal(signal.SIGINT, signal.default_int_handler)
        ours = self.out / "ours" / MODEL if "ours" in self.methods else None
        beside = tuple(self.out / method for method in self.methods if method != "ours")
        device = self.config.device or AUTOMATIC
        Evaluate(
            data=self.config.data, also=self.config.also, model=ours, beside=beside, outside=self.outside,
            subjects=self.test_subjects, quick=self.quick, json=self.json, device=device,
        )()  # fmt: skip


def _named(sources: tuple[str, ...]) -> dict[str, str]:
    """Sources by name: of NAME=SOURCE that, else the kind of source; FacewrightError where two have one name."""
    by_name: dict[str, str] = {}
    for source in sources:
        name, equals, rest = source.partition("=")
        named = bool(equals) and name.isidentifier()
        name, source = (name, rest) if named else (source.partition(":")[0], source)
        if name in by_name:
            raise FacewrightError(f"Two data sets outside are called {name}: name them, as in adults={source}.")
        by_name[name] = source
    return by_name


def _stop_on_request(stop: Callable[[], None]) -> None:
    """Wait for a line `stop` on standard input."""
    for line in sys.stdin:
        if line.strip() == "stop":
            stop()
            return


def _resumed(arguments: list[str]) -> Run | None:
    """The run that `--resume` names, as it was configured."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--resume", type=Path)
    folder = parser.parse_known_args(arguments)[0].resume
    return Run(TrainConfig.load(folder / CONFIG), resume=folder) if folder else None


def _configured(arguments: list[str]) -> Run | None:
    """The run that a configuration describes, if one stands first: a file, or the name of a preset."""
    name = next(iter(arguments), "-")
    if name.startswith("-"):
        return None
    given = Path(name) / CONFIG if Path(name).is_dir() else Path(name)
    file = next((preset_file(preset) for preset in PRESETS if preset == name), given)
    return Run(TrainConfig.load(file, data=tyro.MISSING))


def _bounded(run: Run, arguments: list[str]) -> Run:
    """The run, without the steps that it was configured with where the arguments give minutes alone."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--minutes")
    parser.add_argument("--steps")
    given = parser.parse_known_args(arguments)[0]
    alone = given.minutes is not None and given.steps is None
    return replace(run, config=replace(run.config, steps=None)) if alone else run


def _further(arguments: list[str]) -> list[str]:
    """Arguments in which every `--data` but the first is `--also`, which takes one source each time."""
    further, given = list[str](), False
    for argument in arguments:
        option, equals, value = argument.partition("=")
        further.append(f"--also{equals}{value}" if option == "--data" and given else argument)
        given |= option == "--data"
    return further


def _command(arguments: list[str]) -> Callable[[], None]:
    """The command that the arguments name."""
    if arguments[:1] in (["run"], ["baselines"], ["template"], ["evaluate"]):
        arguments = _further(arguments)
    if arguments[:1] == ["run"]:
        begun, options = _configured(arguments[1:]), arguments[1:]
        if begun:
            options = options[1:]
        run = _resumed(options) or begun
        if run:
            return tyro.cli(Run, prog="facewright-train run", args=options, default=_bounded(run, options))
    return tyro.extras.subcommand_cli_from_dict(
        {
            "heads": Heads,
            "anatomy": MakeAnatomy,
            "run": Run,
            "check": Check,
            "evaluate": Evaluate,
            "baselines": Baselines,
            "template": Template,
            "expressions": Expressions,
        },
        prog="facewright-train",
        description="From registered heads to a model, and what it is worth.",
        args=arguments,
    )


def main() -> int:
    """Run the command that the arguments name; return the exit status."""
    return exit_status(lambda: _command(sys.argv[1:])())
