"""The command line of the editor: `python -m editor`, or `facewright`."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import tyro

from facewright.core.errors import FacewrightError
from facewright.core.isolated import isolate_children
from facewright.editor.desktop.display import DisplayProbe

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.editor.viewport.display_options import Colouring


@dataclass(frozen=True)
class Arguments:
    """Edit a head in parts, in a window; or, with --render, draw it into a picture."""

    project: Annotated[Path | None, tyro.conf.Positional] = None
    """Project file (.facewright) to open, or of whose active head to draw a picture."""
    model: Path | None = None
    """Model file, or people or adults, which ship along; people by default."""
    render: Path | None = None
    """PNG file to draw the head into; no window is shown."""
    set: Annotated[tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="CODE.COMPONENT=σ")] = ()
    """A coefficient, such as nose.1=3: the first component of the nose at +3 σ. Those not given are 0."""
    view: Literal["front", "left", "right", "three-quarter", "basal", "top", "back"] = "three-quarter"
    """Where to look from."""
    look: Literal["natural", "clay"] = "natural"
    """How --render draws the head: as a living one, or in clay; in the window as set there."""
    device: str | None = None
    """Where to evaluate the model: auto, cpu, cuda, cuda:1 (the second GPU) or mps; in the window as set there, if not
    given."""


def main() -> int:
    """Run the program that the arguments ask for; return the exit status."""
    isolate_children()
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # PyVista's; without a home it warns that it keeps no cache
    arguments = tyro.cli(Arguments, prog="facewright")
    try:
        return _edit(arguments) if arguments.render is None else _render(arguments, arguments.render)
    except FacewrightError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130


def _edit(arguments: Arguments) -> int:
    """Show the editor until its window is closed; a model that cannot be loaded is told in a dialog too."""
    gc.disable()  # nothing that is loaded now is garbage, and to look for it takes a fifth of the start
    with DisplayProbe(window=True) as probe:
        from PySide6.QtCore import QSettings
        from PySide6.QtGui import QIcon
        from PySide6.QtWidgets import QApplication

        from facewright.editor.desktop.splash import Splash

        probe.check()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setOrganizationName("Facewright")
    application.setApplicationName("Facewright")
    QApplication.setWindowIcon(QIcon(str(files("facewright.resources") / "icons" / "facewright.svg")))
    splash = Splash()
    from facewright.core import device
    from facewright.editor.desktop.garbage import GarbageCollector
    from facewright.editor.desktop.messages import show_error
    from facewright.editor.desktop.settings import DEVICE, OPENS_IN, WELCOME, Settings, make_private
    from facewright.editor.desktop.unforeseen import Unforeseen
    from facewright.editor.devices import use_or_cpu

    splash.say("Loading the viewport…")
    from facewright.core.model.model_file import model_path
    from facewright.editor.document import Document
    from facewright.editor.main_window import MainWindow
    from facewright.editor.storage.models import remember_model

    splash.say("Loading the head model…")
    make_private(QSettings())
    why_not = ""
    if arguments.device is None:
        why_not = use_or_cpu(Settings(QSettings())[DEVICE])
    else:
        device.use(arguments.device)
    try:
        document = Document(*_load(arguments))
    except FacewrightError as error:
        splash.close()
        show_error(None, str(error)).exec()
        raise
    if arguments.model:
        remember_model(document.model.fingerprint, model_path(arguments.model))
    window = MainWindow(document)
    GarbageCollector(application)
    window.viewport.set_view(arguments.view)
    opens_in = cast("Colouring", window.settings[OPENS_IN])
    window.viewport.set_display(replace(window.viewport.display, colouring=opens_in))
    window.show()
    splash.finish(window)
    window.readiness.begin()
    if why_not:
        window.status.tell(why_not)
    window.training.attach()
    if arguments.project:
        window.projects.open(arguments.project)
    if not window.recovery.offer() and not arguments.project and window.settings.is_on(WELCOME):
        window.actions_.help.welcome.trigger()
    sys.excepthook = Unforeseen(window).tell
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python would not hear of Ctrl-C while Qt waits for events
    status = application.exec()
    window.hide()  # if it was not closed, but the program ended: panels tell that they vanish, to what is still whole
    return status


def _render(arguments: Arguments, path: Path) -> int:
    """Draw the scene of the editor at full resolution into a file."""
    if path.suffix.lower() != ".png":
        raise FacewrightError(f"{path} does not end in .png: --render writes PNG pictures.")
    with DisplayProbe(window=False) as probe:
        from facewright.core import device
        from facewright.core.parameters import parse_assignments
        from facewright.core.project_file import load_with_model
        from facewright.editor.live.detail import FINEST
        from facewright.editor.live.evaluation import Job, evaluate
        from facewright.editor.live.painting import PaintRequest, paint
        from facewright.editor.viewport import render_png
        from facewright.editor.viewport.display_options import DisplayOptions

        device.use(arguments.device or device.AUTOMATIC)
        if arguments.project is None:
            model, parameters = _load(arguments)
        else:
            project, model = load_with_model(arguments.project, arguments.model)
            parameters = parse_assignments(arguments.set, model.components).over(project.state.parameters)
            if project.note:
                print(project.note, file=sys.stderr)
        probe.check()
    display = DisplayOptions(colouring="natural" if arguments.look == "natural" else "plain")
    head = paint(PaintRequest(evaluate(Job(1, model, parameters, FINEST)), display)).head
    render_png(head, arguments.view, path)
    return 0


def _load(arguments: Arguments) -> tuple[HeadModel, Parameters]:
    """The model and the head that the command line asks for, on the device in use."""
    from facewright.core.model.model_file import load, model_path
    from facewright.core.parameters import parse_assignments

    model = load(model_path(arguments.model))
    return model, parse_assignments(arguments.set, model.components)


if __name__ == "__main__":
    sys.exit(main())
