"""The left button: one tool at a time, and a scan that is clicked before all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction

from facewright.editor.live.pointer import Pointer

if TYPE_CHECKING:
    from facewright.editor.live.pointer import ScanClicker
    from facewright.editor.viewport import Viewport
    from facewright.editor.viewport.tool import SurfaceTool


class Scans(QObject):
    """A scan that may be placed."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.placement: object = None
        self.is_clicking = False

    def put(self, placement: object, *, clicking: bool = False) -> None:
        self.placement, self.is_clicking = placement, clicking
        self.changed.emit()


class Holder:
    """Remembers which tool it was given last."""

    tool: object = None
    keys: object = None

    def set_tool(self, tool: object, keys: object = None) -> None:
        self.tool, self.keys = tool, keys


@pytest.fixture
def parts(qapp: object) -> tuple[Holder, QAction, QAction, Scans, Pointer]:
    """A viewport, two tools by their actions, and the scan."""
    viewport, scans = Holder(), Scans()
    drag, correct = QAction("drag", scans, checkable=True), QAction("correct", scans, checkable=True)
    tools = {drag: cast("SurfaceTool", "drag"), correct: cast("SurfaceTool", "correct")}
    return viewport, drag, correct, scans, Pointer(cast("Viewport", viewport), tools, cast("ScanClicker", scans), scans)


def test_one_tool_at_a_time(parts: tuple[Holder, QAction, QAction, Scans, Pointer]) -> None:
    viewport, drag, correct, _, _ = parts
    drag.trigger()
    assert viewport.tool == "drag"
    correct.trigger()
    assert (viewport.tool, drag.isChecked()) == ("correct", False)
    correct.trigger()
    assert viewport.tool is None


def test_a_scan_in_the_heads_place_takes_the_tools_away_and_gives_them_back(
    parts: tuple[Holder, QAction, QAction, Scans, Pointer],
) -> None:
    viewport, drag, correct, scans, _ = parts
    drag.trigger()
    scans.put("placed")
    assert (viewport.tool, drag.isEnabled(), correct.isEnabled()) == (None, False, False)
    scans.put("placed", clicking=True)
    assert viewport.tool is scans
    scans.put(None)
    assert drag.isEnabled()
    assert str(viewport.tool) == "drag"


def test_a_tool_takes_the_button_under_its_own_keys(qapp: object) -> None:
    viewport, scans, shift = Holder(), Scans(), Qt.KeyboardModifier.ShiftModifier
    drag, brush = QAction("drag", scans, checkable=True), QAction("brush", scans, checkable=True)
    tools = {drag: cast("SurfaceTool", "drag"), brush: cast("SurfaceTool", "brush")}
    pointer = Pointer(cast("Viewport", viewport), tools, cast("ScanClicker", scans), scans, {brush: shift})
    brush.trigger()
    assert (viewport.tool, viewport.keys) == ("brush", shift)
    drag.trigger()
    assert (viewport.tool, viewport.keys) == ("drag", Qt.KeyboardModifier.NoModifier)
    assert pointer.parent() is scans
