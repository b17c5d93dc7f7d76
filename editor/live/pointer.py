"""Which tool has the left button on the head; it is the camera's where none has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt

from facewright.editor.viewport.tool import SurfaceTool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtCore import SignalInstance
    from PySide6.QtGui import QAction

    from facewright.editor.viewport import Viewport


class ScanClicker(SurfaceTool, Protocol):
    """What places a scan by clicks on it."""

    is_clicking: bool
    changed: SignalInstance

    @property
    def placement(self) -> object:
        """Where the scan is that is being placed; None while there is none."""


class Pointer(QObject):
    """One tool at a time, by the action that is checked; none that acts on the head while a scan is in its place."""

    def __init__(
        self,
        viewport: Viewport,
        tools: Mapping[QAction, SurfaceTool],
        scans: ScanClicker,
        parent: QObject | None = None,
        keys: Mapping[QAction, Qt.KeyboardModifier] | None = None,
        clicking: Mapping[QAction, bool] | None = None,
    ) -> None:
        """keys : modifiers under which a tool takes the button, too.

        clicking : actions that are there while a scan is clicked (True), or while none is (False), as undoing steps of
        a head that is not seen.
        """
        super().__init__(parent)
        self._viewport, self._tools, self._scans, self._keys = viewport, tools, scans, keys or {}
        for action in tools:
            action.toggled.connect(lambda on, action=action: self._choose(action if on else None))
        self._clicking = clicking or {}
        scans.changed.connect(self._give)
        self._give()

    def _choose(self, chosen: QAction | None) -> None:
        """Let one action be checked, or whichever is."""
        for action in self._tools:
            if chosen and action is not chosen:
                action.setChecked(False)
        self._give()

    def _give(self) -> None:
        placing = self._scans.placement is not None
        for action, there in self._clicking.items():
            action.setVisible(there == self._scans.is_clicking)
        for action in self._tools:
            action.setEnabled(not placing)
        chosen = next((action for action in self._tools if action.isChecked() and not placing), None)
        if self._scans.is_clicking or chosen is None:
            self._viewport.set_tool(self._scans if self._scans.is_clicking else None)
        else:
            self._viewport.set_tool(self._tools[chosen], self._keys.get(chosen, Qt.KeyboardModifier.NoModifier))
