"""python -m train run | evaluate | template: train a model, measure it on heads it never saw, give it a mesh."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import tyro

from core.atomic_file import write_atomically
from core.errors import FacewrightError
from core.model_file import bundled_model, load, save
from train.checkpoint import CONFIG
from train.config import TrainConfig
from train.evaluate import FULL, QUICK, Evaluator
from train.events import JsonLines, ProgressBar
from train.loop import train
from train.template import template_mesh, training_heads


@dataclass(frozen=True)
class Run:
    """Train a model on registered heads: SDFNet on the template, every stage on known displacements, then end to end.

    Ctrl-C, or with --json a line "stop" on standard input, ends the run after the current step and saves it.
    """

    config: Annotated[TrainConfig, tyro.conf.arg(name="")]
    """What to train; with --resume, what is given here replaces what the run was started with."""
    out: Path | None = None
    """Folder of a new run."""
    resume: Path | None = None
    """Folder of a run to go on with."""
    json: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Print one JSON event a line on standard output instead of a progress bar."""

    def __call__(self) -> None:
        """Train until done or stopped."""
        folder = self.resume or self.out
        if folder is None or (self.resume and self.out):
            raise FacewrightError("Say where: --out FOLDER for a new run, or --resume FOLDER to go on with one.")
        if self.resume is None and (folder / CONFIG).exists():
            raise FacewrightError(
                f"{folder} holds a training run: --resume {folder} goes on with it, or give another --out."
            )
        stop = threading.Event()
        signal.signal(signal.SIGINT, lambda *_: stop.set())
        if self.json:
            threading.Thread(target=_stop_on_request, args=(stop,), daemon=True).start()
        listener = JsonLines() if self.json else ProgressBar()
        train(self.config, folder, self.resume is not None, [listener], stop.is_set)


@dataclass(frozen=True)
class Evaluate:
    """Fit a model to heads that it never saw and print the paper's tables, each figure beside its floor.

    Then each local part is moved to ±3 σ: what changes outside its window (leak), and how the curvature jumps across
    its rim (seam). Linear models of the same training heads stand beside it.
    """

    data: str
    """Source of heads that the model was trained on, such as ict:FOLDER; its test split is evaluated."""
    model: Path | None = None
    """Model file; the bundled one by default."""
    subjects: int | None = None
    """Evaluate only the first so many test subjects."""
    quick: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Every sixth expression, three components a part, shorter fits: for a first impression."""
    json: Path | None = None
    """File for the figures as JSON."""
    report: Path | None = None
    """Folder for a page with the tables and pictures."""

    def __call__(self) -> None:
        """Evaluate, print, write; where to is looked at first, for it takes long."""
        if self.json and not self.json.resolve().parent.is_dir():
            raise FacewrightError(f"There is no folder {self.json.resolve().parent}: choose another place.")
        evaluator = Evaluator(
            load(self.model or bundled_model()), self.data, self.subjects, QUICK if self.quick else FULL
        )
        evaluation = evaluator.run()
        print("\n\n".join(table.text() for table in evaluation.tables()))
        if self.json:
            write_atomically(self.json, (json.dumps(evaluation.record(), indent=1) + "\n").encode())
        if self.report:
            print(f"\n{evaluator.report(evaluation, self.report)}")


@dataclass(frozen=True)
class Template:
    """Give a model the mesh that its heads are exported on: its template, remeshed, unwrapped and labelled."""

    model: Annotated[Path, tyro.conf.Positional]
    """Model file; it is rewritten with the mesh in it."""
    data: str
    """Source of the heads that the model was trained on, such as ict:FOLDER: they tell parts and landmarks."""

    def __call__(self) -> None:
        """Make the mesh and write the file anew."""
        model = load(self.model)
        mesh = template_mesh(model, training_heads(model, self.data))
        save(replace(model, template=mesh), self.model)
        print(f"{self.model}: a template mesh of {len(mesh.vertices)} vertices and {len(mesh.faces)} faces")


def _stop_on_request(stop: threading.Event) -> None:
    """Wait for a line `stop` on standard input."""
    for line in sys.stdin:
        if line.strip() == "stop":
            stop.set()
            return


def _resumed(arguments: list[str]) -> Run | None:
    """The run that `--resume` names, as it was configured."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--resume", type=Path)
    folder = parser.parse_known_args(arguments)[0].resume
    return Run(TrainConfig.load(folder / CONFIG), resume=folder) if folder else None


def main() -> int:
    """Run the command that the arguments name; return the exit status."""
    arguments = sys.argv[1:]
    try:
        resumed = _resumed(arguments) if arguments[:1] == ["run"] else None
        if resumed:
            command = tyro.cli(Run, prog="facewright-train run", args=arguments[1:], default=resumed)
        else:
            command = tyro.extras.subcommand_cli_from_dict(
                {"run": Run, "evaluate": Evaluate, "template": Template},
                prog="facewright-train",
                description="From registered heads to a model, and what it is worth.",
                args=arguments,
            )
        command()
    except FacewrightError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
