"""The command line of the editor: `python -m editor`, or `facewright`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - tyro reads the annotations when it runs
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from core.errors import FacewrightError
from editor.display import DisplayProbe

if TYPE_CHECKING:
    from core.head_model import HeadModel
    from core.parameters import Parameters


@dataclass(frozen=True)
class Arguments:
    """Edit a head in parts, in a window or, with --render, into a picture."""

    model: Path | None = None
    """Model file; the bundled one by default."""
    render: Path | None = None
    """Draw the head into this PNG file and show no window."""
    set: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    """A coefficient, CODE.COMPONENT=σ, such as nose.1=3; may be given again for others."""
    view: Literal["front", "left", "right", "three-quarter", "basal"] = "three-quarter"
    """Where to look from."""


def main() -> None:
    """Run the program; exits 1 with one sentence if it cannot."""
    arguments = tyro.cli(Arguments, prog="facewright")
    try:
        status = _edit(arguments) if arguments.render is None else _render(arguments, arguments.render)
    except FacewrightError as error:
        print(error, file=sys.stderr)
        status = 1
    sys.exit(status)


def _edit(arguments: Arguments) -> int:
    """Show the editor until its window is closed; a model that cannot be loaded is told in a dialog too."""
    probe = DisplayProbe(window=True)
    from PySide6.QtWidgets import QApplication, QMessageBox

    from editor.document import Document
    from editor.main_window import MainWindow

    probe.check()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setApplicationName("Facewright")
    try:
        document = Document(*_load(arguments))
    except FacewrightError as error:
        QMessageBox.critical(None, "Facewright", str(error))
        raise
    window = MainWindow(document)
    window.viewport.set_view(arguments.view)
    window.show()
    return application.exec()


def _render(arguments: Arguments, path: Path) -> int:
    """Draw the scene of the editor at full resolution into a file."""
    if path.suffix.lower() != ".png":
        raise FacewrightError(f"{path} does not end in .png: --render writes PNG pictures.")
    probe = DisplayProbe(window=False)
    from editor.evaluation import FULL, Job, evaluate
    from editor.viewport import render_png

    model, parameters = _load(arguments)
    probe.check()
    render_png(evaluate(Job(1, model, parameters, FULL)), arguments.view, path)
    return 0


def _load(arguments: Arguments) -> tuple[HeadModel, Parameters]:
    """The model and the head that the command line asks for."""
    from core.model_file import bundled_model, load
    from core.parameters import parse_assignments

    model = load(arguments.model or bundled_model())
    return model, parse_assignments(arguments.set, model.components)


if __name__ == "__main__":
    main()
