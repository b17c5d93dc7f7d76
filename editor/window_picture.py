"""Make the pages' pictures of the window anew: python -m editor.window_picture [--out FOLDER] [--only NAME ...]."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import tyro
from PIL import Image
from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtWidgets import QApplication

from facewright.core.errors import exit_status
from facewright.core.model.model_file import load, model_path
from facewright.core.parameters import Parameters
from facewright.editor.desktop.display import DisplayProbe
from facewright.editor.document import Document
from facewright.editor.live.detail import FINEST
from facewright.editor.live.evaluation import Job, evaluate
from facewright.editor.live.painting import drawable
from facewright.editor.main_window import MainWindow
from facewright.editor.page_picture import write_picture
from facewright.editor.picture_stage import PictureStage
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.picture import Photographer
from facewright.train.data.sources import ict_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.model.head_model import HeadModel

PictureName = Literal[
    "editor",
    "natural",
    "compare",
    "drag",
    "export",
    "brush",
    "noses",
    "scan",
    "operations",
    "report",
    "achieved",
    "measure",
    "training",
    "make-anatomy",
]

_NOSES = (-3.0, -1.5, 0.0, 1.5, 3.0)
"""The first component of the nose on the heads of a row, σ."""
_NOSE_SIZE, _NOSE_ZOOM = (300, 360), 1.15


@dataclass(frozen=True)
class Arguments:
    """Draw the pictures of the window that the pages show."""

    out: Path = Path("resources/pictures")
    """The folder to write NAME.png into."""
    only: tuple[PictureName, ...] = tuple(name for name in get_args(PictureName) if name != "make-anatomy")
    """The pictures to write; those of something that is not given are left out."""
    scan: Path | None = None
    """A scan of a face, for scan, operations, report and achieved."""
    run: Path | None = None
    """Folder of a training run, for training."""
    heads: str | None = None
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder, for make-anatomy: this one is written only with it."""
    model: Path | None = None
    """Model file; the bundled one by default."""


def draw(arguments: Arguments) -> None:
    """Play every scene in turn, since each goes on from the last, and write those asked for."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as home:
        QStandardPaths.setTestModeEnabled(True)  # nothing of the user's is read or changed
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, home)
        model = load(model_path(arguments.model))
        if "noses" in arguments.only:
            _write(arguments.out, "noses", noses(model))
        window = MainWindow(Document(model, Parameters()))
        stage = PictureStage(window)
        for name, scene in _scenes(stage, arguments, Path(home)).items():
            scene()
            if name in (*arguments.only, "make-anatomy"):
                _write(arguments.out, name, stage.picture())
        window.document.set_saved(None, window.document.mark())
        window.close()
    application.quit()


def noses(model: HeadModel) -> Image.Image:
    """A row of heads that differ in their noses alone."""
    width, height = _NOSE_SIZE
    row = Image.new("RGB", (width * len(_NOSES), height))
    with Photographer((2 * width, 2 * height), DisplayOptions(dark=False)) as photographer:
        for place, sigma in enumerate(_NOSES):
            head = evaluate(Job(1, model, Parameters(nose=(sigma,)), FINEST))
            photographer.panes.head.show(drawable(head))
            photographer.panes.look_from("three-quarter")
            photographer.panes.stand(photographer.panes.pose.zoomed(_NOSE_ZOOM))
            row.paste(photographer.take().resize(_NOSE_SIZE, Image.Resampling.BOX), (place * width, 0))
    return row


def _write(folder: Path, name: PictureName, picture: Image.Image) -> None:
    write_picture(folder / f"{name}.png", picture)


def _scenes(stage: PictureStage, arguments: Arguments, folder: Path) -> dict[PictureName, Callable[[], None]]:
    """What is to be played, in this order; folder : for what is needed meanwhile."""
    scenes: dict[PictureName, Callable[[], None]] = {
        "editor": stage.editor,
        "natural": stage.natural,
        "compare": stage.compare,
        "drag": stage.drag,
        "export": stage.export,
        "brush": stage.brush,
    }
    if arguments.scan:
        scenes["scan"] = partial(stage.scan, arguments.scan)
        scenes |= {"operations": stage.operations, "report": stage.report}
        scenes["achieved"] = partial(stage.achieved, folder)
    scenes["measure"] = stage.measure
    if arguments.run:
        scenes["training"] = partial(stage.training, arguments.run)
    if arguments.heads:
        scenes["make-anatomy"] = partial(stage.make_anatomy, ict_folder(arguments.heads))
    return scenes


def make(arguments: Arguments) -> None:
    """Draw where there is a screen; FacewrightError where there is none."""
    with DisplayProbe(window=True) as probe:
        probe.check()
    draw(arguments)


def main() -> int:
    """Run the command; the exit status."""
    return exit_status(lambda: make(tyro.cli(Arguments, prog="python -m editor.window_picture")))


if __name__ == "__main__":
    sys.exit(main())
