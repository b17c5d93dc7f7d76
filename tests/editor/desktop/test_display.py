"""No display, no OpenGL, a crash in the driver: one sentence each."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from facewright.core.errors import FacewrightError
from facewright.editor.desktop import display
from facewright.editor.desktop.display import DisplayProbe

if TYPE_CHECKING:
    from pathlib import Path


def test_this_display_can_show_a_window_and_draw_a_picture() -> None:
    probes = DisplayProbe(window=True), DisplayProbe(window=False)
    for probe in probes:
        probe.check()


def test_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(FacewrightError, match="no display"):
        DisplayProbe(window=True)


def test_a_display_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    with pytest.raises(FacewrightError, match=":987 does not answer"):
        DisplayProbe(window=True).check()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has Wayland")
def test_wayland_without_a_compositor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    with DisplayProbe(window=True) as probe:  # X11 is there
        probe.check()
    assert os.environ["QT_QPA_PLATFORM"] == "xcb"
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.delenv("DISPLAY")
    with pytest.raises(FacewrightError, match="No Wayland compositor answers at wayland-9"):
        DisplayProbe(window=True)
    with socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind(str(tmp_path / "wayland-9"))
        compositor.listen()
        DisplayProbe(window=True).__exit__()  # Qt is to try
    assert "QT_QPA_PLATFORM" not in os.environ


@pytest.mark.parametrize("window", [True, False])
@pytest.mark.parametrize("end", ["raise SystemExit(1)", "import os; os.abort()"])
def test_no_opengl(monkeypatch: pytest.MonkeyPatch, window: bool, end: str) -> None:
    monkeypatch.setattr(display, "_WINDOW", end)
    monkeypatch.setattr(display, "_PICTURE", end)
    with pytest.raises(FacewrightError, match="OpenGL"):
        DisplayProbe(window=window).check()


def test_missing_qt_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "This application failed to start because no Qt platform plugin could be initialized."
    monkeypatch.setattr(display, "_WINDOW", f"import sys; sys.exit({message!r})")
    with pytest.raises(FacewrightError, match="system libraries"):
        DisplayProbe(window=True).check()
