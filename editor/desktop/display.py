"""Whether this machine can show a window or draw a picture, found out before it is too late.

Qt aborts the process when it finds no display, and VTK crashes it when there is no OpenGL. Both are
therefore tried in a process of their own, whose end, however violent, is turned into one sentence. It runs
while the editor's libraries load.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Self

from facewright.core.errors import FacewrightError
from facewright.core.isolated import code_command

_TIMEOUT_S = 60.0
_ANSWER_S = 2.0

_WINDOW = """
from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext, QSurfaceFormat
application = QGuiApplication([])
wanted = QSurfaceFormat()
wanted.setVersion(3, 2)
wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
wanted.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
QSurfaceFormat.setDefaultFormat(wanted)
context, surface = QOpenGLContext(), QOffscreenSurface()
surface.create()
if not (context.create() and context.makeCurrent(surface) and context.format().version() >= (3, 2)):
    raise SystemExit("no OpenGL")
"""

_PICTURE = """
import pyvista
plotter = pyvista.Plotter(off_screen=True, window_size=(16, 16))
plotter.add_mesh(pyvista.Sphere())
plotter.screenshot(return_img=True)
"""


class DisplayProbe:
    """A process that tries what the editor is about to do; leaving the `with` block ends it."""

    def __init__(self, *, window: bool) -> None:
        """Start trying a window, or (`window` false) a picture drawn without one.

        Raises FacewrightError if there is plainly no display for a window.
        """
        self._window = window
        if window and sys.platform.startswith("linux") and not has_display():
            raise FacewrightError(
                "There is no display to open a window on: start Facewright in a desktop session, "
                "or draw a picture with --render OUT.png."
            )
        if window and sys.platform.startswith("linux"):
            _pass_over_silent_wayland()
        self._process = subprocess.Popen(
            code_command(_WINDOW if window else _PICTURE),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        """Give the probe itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """End the trial, whether anyone asked how it went or not."""
        self._process.kill()
        self._process.communicate()

    def check(self) -> None:
        """Wait for the trial, but not for ever: that it takes long on a busy machine says nothing against it.

        Raises FacewrightError if it did not succeed.
        """
        errors = ""
        with contextlib.suppress(subprocess.TimeoutExpired):
            _, errors = self._process.communicate(timeout=_TIMEOUT_S)
        if self._process.returncode:
            raise FacewrightError(self._sentence(errors))

    def _sentence(self, errors: str) -> str:
        if "could not connect to display" in errors:
            display = os.environ.get("DISPLAY", "")
            return f"The display {display} does not answer: check DISPLAY, or start a desktop session."
        if "no Qt platform plugin could be initialized" in errors:
            return "Qt cannot open windows here because system libraries are missing: install those the README lists."
        return "Facewright draws with OpenGL 3.2 and found none that works: install or update the graphics driver."


def _pass_over_silent_wayland() -> None:
    """Let Qt open windows with X11 where a Wayland compositor is named that does not answer, as after `su` or in tmux.

    Qt would do so by itself, but complain. Raises FacewrightError if there is no X11 display either.
    """
    name = os.environ.get("WAYLAND_DISPLAY")
    if not name or os.environ.get("QT_QPA_PLATFORM") or _answers(Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / name):
        return
    if not os.environ.get("DISPLAY"):
        raise FacewrightError(
            f"No Wayland compositor answers at {name}: check WAYLAND_DISPLAY and XDG_RUNTIME_DIR, or start Facewright "
            "in a desktop session."
        )
    os.environ["QT_QPA_PLATFORM"] = "xcb"


def _answers(path: Path) -> bool:
    """Whether a program listens at a socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_ANSWER_S)
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True


def has_display() -> bool:
    """Whether anything says where windows could be opened (on Linux)."""
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
