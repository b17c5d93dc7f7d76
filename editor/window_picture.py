"""Make the README's pictures of the window anew: python -m editor.window_picture [--out FOLDER] [--only NAME ...]."""

from __future__ import annotations

import io
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import tyro
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QSettings, QStandardPaths
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QDialog

from core.anatomy import bundled_anatomy
from core.atomic_file import write_atomically
from core.errors import FacewrightError
from core.model_file import bundled_model, load
from core.parameters import Parameters, random_head
from editor import commands
from editor.anatomy.dialog import AnatomyDialog
from editor.anatomy.draft import NEEDED
from editor.display import DisplayProbe
from editor.document import Document
from editor.main_window import MainWindow
from editor.settings import SCHEME, SMOOTHNESS
from editor.viewport.picture import png
from editor.viewport.pose import Pose, View
from train.heads import ict_folder
from train.ict_facekit import NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZE = (1152, 720)
_PATIENCE_S = 600.0
_HEAD = 4
"""Seed of the head in the pictures."""

PictureName = Literal["editor", "compare", "drag", "export", "make-anatomy"]


def _wait(condition: Callable[[], object], what: str) -> None:
    """Let the window live until a condition holds. Raises FacewrightError if it never does."""
    end = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise FacewrightError(f"Waited in vain for {what}.")
        QApplication.processEvents()
        time.sleep(0.01)


class Stage:
    """The window with one head in it, put into different scenes one after the other."""

    def __init__(self, window: MainWindow) -> None:
        """Show the window, and wait until its sliders have names."""
        self._window, self._document = window, window.document
        self._dialog: QDialog | None = None
        window.settings[SMOOTHNESS] = "always"
        window.resize(*_SIZE)
        window.show()
        self._settle()
        _wait(lambda: window.words.told == set(window.panels.panels), "the sliders' names")

    def editor(self) -> None:
        """The whole window, light: a head somewhere near the mean."""
        self._window.settings[SCHEME] = "light"
        commands.rename(self._document, 0, "Ada")
        commands.set_parameters(self._document, random_head(self._document.model.components, _HEAD, 0.8), "Random Head")
        self._window.viewport.set_view("three-quarter")

    def compare(self) -> None:
        """Two variants side by side with the map of their distance, dark."""
        document, window = self._document, self._window
        before = document.state.variant
        window.settings[SCHEME] = "dark"
        commands.branch(document, "Grace")
        for part in ("nose", "mouth"):
            commands.set_parameters(document, document.parameters.with_value(part, 0, 2.5), "Change")
        window.viewing.comparison.compare_with(before)
        look = replace(window.viewport.look, comparison="split", colouring="displacement")
        window.viewport.set_look(look)
        window.viewport.set_view("three-quarter")
        _wait(lambda: window.viewport.sight() and len(window.viewport.panes.other.points) > 50_000, "the other head")

    def drag(self) -> None:
        """The nose tip held by the hand, halfway through a drag, with the landmarks shown."""
        window = self._window
        look = replace(window.viewport.look, comparison="off", colouring="parts", landmarks=True)
        window.viewport.set_look(look)
        self._settle()
        tip = self._tip()
        window.viewport.stand(Pose(View(55.0, 3.0), (0.0, float(tip[1]), float(tip[2]) - 40.0), 560.0))
        window.actions_.edit.drag.trigger()
        window.grab_tool.take(tip)
        window.grab_tool.carry(np.array([0.0, 2.0, 6.0]))
        before = self._document.parameters
        _wait(lambda: self._document.parameters != before, "the surface to follow the hand")

    def export(self) -> None:
        """The export dialog over the window."""
        window = self._window
        window.grab_tool.let_go()
        _wait(lambda: self._document.gesture is None, "the hand to let go")
        window.actions_.edit.drag.trigger()
        window.viewport.set_look(replace(window.viewport.look, colouring="plain", landmarks=False))
        window.viewport.reset_view()
        window.exporter.ask()
        self._dialog = next(dialog for dialog in window.findChildren(QDialog) if dialog.isVisible())

    def make_anatomy(self, heads: Path) -> None:
        """The dialog in which an anatomy is made, of ICT-FaceKit's neutral head, its parts found, dark."""
        if self._dialog:
            self._dialog.reject()
        self._window.settings[SCHEME] = "dark"
        self._window.training.anatomies.open(heads / NEUTRAL)
        _wait(lambda: self._window.findChildren(AnatomyDialog), "the neutral head")
        self._dialog = dialog = self._window.findChildren(AnatomyDialog)[0]
        points = bundled_anatomy("ict_facekit").points
        for name in NEEDED:
            dialog.session.pick(name, points[name])
            dialog.session.keep(f"Pick {name}")
        dialog.actions_.find.trigger()
        _wait(lambda: dialog.session.is_current, "the parts")
        dialog.session.undo_stack.setClean()
        dialog.viewport.stand(dialog.viewport.pose.orbited(20.0, 0.0).zoomed(1.5, 0.0, 0.1))

    def picture(self) -> Image.Image:
        """What the window shows, with the dialog over its middle if one is open; a larger dialog alone."""
        self._settle()
        pixmap = self._window.grab()
        inner = self._dialog.grab() if self._dialog else None
        if inner and inner.width() > pixmap.width():
            pixmap = inner
        elif self._dialog and inner:
            painter = QPainter(pixmap)
            left, top = (pixmap.width() - inner.width()) // 3, (pixmap.height() - inner.height()) // 2
            painter.fillRect(left - 1, top - 1, inner.width() + 2, inner.height() + 2, self._dialog.palette().light())
            painter.drawPixmap(left, top, inner)
            painter.end()
        stream = QBuffer()
        stream.open(QIODevice.OpenModeFlag.WriteOnly)
        pixmap.save(stream, "PNG")
        return Image.open(io.BytesIO(stream.data().data())).convert("RGB")

    def _settle(self) -> None:
        """Wait until everything that is shown is finished."""
        window, document = self._window, self._document
        _wait(lambda: document.gesture or window.evaluator.full_mesh(document.model, document.parameters), "the head")
        rested = time.monotonic() + 2.0  # the painter, the words and what Qt still has to do
        _wait(lambda: time.monotonic() > rested and window.status.state.text() == "Ready", "rest")

    def _tip(self) -> np.ndarray:
        """The foremost point near the middle plane, (3,) mm."""
        points = self._window.viewport.panes.head.points
        return points[np.argmax(np.where(np.abs(points[:, 0]) < 4.0, points[:, 2], -np.inf))]


@dataclass(frozen=True)
class Arguments:
    """Draw the pictures of the window that the README shows."""

    out: Path = Path("resources/pictures")
    """The folder to write NAME.png into."""
    only: tuple[PictureName, ...] = ("editor", "compare", "drag", "export")
    """The pictures to write."""
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
        window = MainWindow(Document(load(arguments.model or bundled_model()), Parameters()))
        stage = Stage(window)
        scenes: dict[PictureName, Callable[[], None]] = {
            "editor": stage.editor,
            "compare": stage.compare,
            "drag": stage.drag,
            "export": stage.export,
        }
        chosen = set(arguments.only)
        if arguments.heads:
            scenes["make-anatomy"] = partial(stage.make_anatomy, ict_folder(arguments.heads))
            chosen.add("make-anatomy")
        for name, scene in scenes.items():
            scene()
            if name in chosen:
                write_atomically(arguments.out / f"{name}.png", png(stage.picture()))
        window.document.undo_stack.setClean()
        window.close()
    application.quit()


def main() -> None:
    """Run the command; exits 1 with one sentence if it cannot."""
    arguments = tyro.cli(Arguments, prog="python -m editor.window_picture")
    try:
        with DisplayProbe(window=True) as probe:
            probe.check()
        draw(arguments)
    except FacewrightError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
