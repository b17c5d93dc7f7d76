"""The icons of the actions: Material Design Icons (Apache 2.0), from QtAwesome."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import qtawesome
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QPalette

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

GLYPHS: Mapping[str, str] = MappingProxyType(
    {
        "New": "file-outline",
        "Open": "folder-open-outline",
        "Save": "content-save-outline",
        "Save As": "content-save-edit-outline",
        "Open Model": "head-outline",
        "Open Scan": "face-recognition",
        "Open CT or MR": "layers-outline",
        "Export OBJ": "export-variant",
        "Export": "export",
        "Drag Surface": "hand-back-right-outline",
        "Brush": "brush-variant",
        "Wider Brush": "plus-circle-outline",
        "Narrower Brush": "minus-circle-outline",
        "Clear Brush Work": "eraser",
        "Quit": "exit-to-app",
        "Undo": "undo",
        "Redo": "redo",
        "Copy Head": "content-copy",
        "Paste Head": "content-paste",
        "Edit Symmetrically": "reflect-horizontal",
        "Mirror Head": "flip-horizontal",
        "Make": "reflect-horizontal",
        "Reset Head": "account-outline",
        "Reset": "backup-restore",
        "Random Head": "dice-multiple-outline",
        "Random": "dice-5-outline",
        "Lock": "lock-outline",
        "New Variant": "source-branch",
        "Rename Variant": "pencil-outline",
        "Go Back and Forth": "swap-horizontal",
        "Next Variant": "chevron-right",
        "Previous Variant": "chevron-left",
        "Blend Variants": "vector-combine",
        "Delete Variant": "delete-outline",
        "History": "history",
        "Measurements": "ruler",
        "Scan": "face-recognition",
        "Correct Landmarks": "map-marker-radius-outline",
        "Export Measurements": "table-arrow-right",
        "Before and After Report": "file-compare",
        "Front": "face-man-outline",
        "Left": "arrow-left-bold-outline",
        "Right": "arrow-right-bold-outline",
        "Three-Quarter": "rotate-3d-variant",
        "Basal": "arrow-up-bold-outline",
        "Top": "arrow-down-bold-outline",
        "Back": "account-arrow-left-outline",
        "Reset View": "fit-to-screen-outline",
        "Studio Light": "lightbulb-on-outline",
        "Matcap: Clay": "circle-opacity",
        "Matcap: Pearl": "circle-outline",
        "Zebra Stripes": "view-sequential-outline",
        "Clay": "palette-outline",
        "Part Colours": "palette",
        "Displacement Map": "map-legend",
        "Residual Map": "map-check-outline",
        "Patient's Own Surface": "face-man-shimmer-outline",
        "Wireframe": "grid",
        "Landmarks": "map-marker-multiple-outline",
        "No Comparison": "square-outline",
        "Split View": "view-split-vertical",
        "Wipe": "compare",
        "Overlay": "layers-outline",
        "Compare with Mean Head": "account-outline",
        "Compare with This Head": "pin-outline",
        "Save Picture": "camera-outline",
        "Turntable Video": "rotate-360",
        "Before → After Video": "movie-open-outline",
        "Train Model": "school",
        "Make Anatomy": "map-marker-plus-outline",
        "Open Run": "folder-clock-outline",
        "Training": "chart-line",
        "Pause Training": "pause",
        "Stop and Keep": "stop",
        "Resume Training": "play",
        "Show Newest Checkpoint": "head-sync-outline",
        "Evaluate Model": "clipboard-check-outline",
        "Roll": "rotate-right",
        "Tip": "axis-x-rotate-clockwise",
        "Remove": "map-marker-remove-outline",
        "Find Parts": "auto-fix",
        "Grow": "arrow-expand-all",
        "Shrink": "arrow-collapse-all",
        "Forget Painting": "backup-restore",
        "Find Command": "magnify",
        "Settings": "cog-outline",
        "Parts": "dock-right",
        "First Steps": "school-outline",
        "Keyboard and Mouse": "keyboard-outline",
        "About Facewright": "information-outline",
    }
)
"""Glyph of an action, by its text without dots, or by its first word for what can be done to every part."""


def glyph(action: QAction) -> str | None:
    """The name of an action's glyph, if it has one."""
    text = action.iconText()
    return GLYPHS.get(text) or GLYPHS.get(text.partition(" ")[0])


class ActionIcons(QObject):
    """Gives actions their icons in the window's ink, and again when the window turns dark or light."""

    def __init__(self, window: QWidget, actions: Iterable[QAction]) -> None:
        """Watch a window; actions without a glyph are left alone."""
        super().__init__(window)
        self._window = window
        self._glyphs = {action: name for action in actions if (name := glyph(action))}
        window.installEventFilter(self)
        self._dress()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice another palette; nothing is taken from the window."""
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        return False

    def _dress(self) -> None:
        palette = self._window.palette()
        ink = palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.ButtonText)
        faded = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
        for action, name in self._glyphs.items():
            action.setIcon(qtawesome.icon(f"mdi6.{name}", color=ink, color_disabled=faded))
