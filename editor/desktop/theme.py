"""The colours of the window: quiet greys, dark or light, so that nothing competes with the head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QPalette

from facewright.editor.desktop.settings import SCHEME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QApplication

    from facewright.editor.desktop.settings import Setting, Settings

_ROLE = QPalette.ColorRole
_DARK: Mapping[QPalette.ColorRole, str] = {
    _ROLE.Window: "#26282b",
    _ROLE.WindowText: "#e4e5e7",
    _ROLE.Base: "#1b1d1f",
    _ROLE.AlternateBase: "#222427",
    _ROLE.ToolTipBase: "#33363a",
    _ROLE.ToolTipText: "#eceded",
    _ROLE.Text: "#e4e5e7",
    _ROLE.PlaceholderText: "#8d9298",
    _ROLE.Button: "#33363a",
    _ROLE.ButtonText: "#e4e5e7",
    _ROLE.BrightText: "#ffffff",
    _ROLE.Link: "#6fb1ff",
    _ROLE.LinkVisited: "#b79cf0",
    _ROLE.Highlight: "#3d84d6",
    _ROLE.HighlightedText: "#ffffff",
    _ROLE.Light: "#44484d",
    _ROLE.Midlight: "#3b3e43",
    _ROLE.Mid: "#1f2123",
    _ROLE.Dark: "#17191a",
    _ROLE.Shadow: "#0d0e0f",
}
_LIGHT: Mapping[QPalette.ColorRole, str] = {
    _ROLE.Window: "#f1f2f3",
    _ROLE.WindowText: "#1d1f21",
    _ROLE.Base: "#ffffff",
    _ROLE.AlternateBase: "#f6f7f8",
    _ROLE.ToolTipBase: "#ffffff",
    _ROLE.ToolTipText: "#1d1f21",
    _ROLE.Text: "#1d1f21",
    _ROLE.PlaceholderText: "#70767d",
    _ROLE.Button: "#fafbfb",
    _ROLE.ButtonText: "#1d1f21",
    _ROLE.BrightText: "#ffffff",
    _ROLE.Link: "#1f66b8",
    _ROLE.LinkVisited: "#6b4fb3",
    _ROLE.Highlight: "#2a72c4",
    _ROLE.HighlightedText: "#ffffff",
    _ROLE.Light: "#ffffff",
    _ROLE.Midlight: "#e9ebed",
    _ROLE.Mid: "#c9cdd1",
    _ROLE.Dark: "#a9aeb4",
    _ROLE.Shadow: "#7c8187",
}
_SHEET = """
QCheckBox::indicator:unchecked, QAbstractItemView::indicator:unchecked {{
    width: 12px; height: 12px; border: 1px solid {outline}; border-radius: 2px; background: {ground};
}}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
"""
"""What Fusion draws otherwise: empty boxes, which it leaves without an outline on dark grounds, and old icons."""
_FADED = (_ROLE.WindowText, _ROLE.Text, _ROLE.ButtonText)
_FADED_SHARE = 0.42


def palette(*, dark: bool) -> QPalette:
    """The palette of dark or light windows."""
    colours = {role: QColor(name) for role, name in (_DARK if dark else _LIGHT).items()}
    result = QPalette()
    for role, colour in colours.items():
        result.setColor(role, colour)
    ground = colours[_ROLE.Window]
    for role in _FADED:
        result.setColor(QPalette.ColorGroup.Disabled, role, _mixed(colours[role], ground, _FADED_SHARE))
    result.setColor(QPalette.ColorGroup.Disabled, _ROLE.Highlight, colours[_ROLE.Dark])
    return result


class Theme(QObject):
    """Keeps the program dark or light: as set, or as the system is."""

    def __init__(self, application: QApplication, settings: Settings, parent: QObject) -> None:
        """Take over the program's style and colours."""
        super().__init__(parent)
        self._application = application
        self._settings = settings
        if not application.styleSheet():  # else another window has set both, and every widget is polished at either
            application.setStyle("Fusion")  # the one style that is the same on every system and wholly ours to colour
        application.styleHints().colorSchemeChanged.connect(self._apply)
        settings.changed.connect(self._follow)
        self._apply()

    def _follow(self, setting: Setting) -> None:
        if setting is SCHEME:
            self._apply()

    def _apply(self) -> None:
        scheme = self._settings[SCHEME]
        system_is_dark = self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        colours = palette(dark=scheme == "dark" or (scheme == "system" and system_is_dark))
        self._application.setPalette(colours)
        outline, ground = colours.color(_ROLE.PlaceholderText).name(), colours.color(_ROLE.Base).name()
        sheet = _SHEET.format(outline=outline, ground=ground)
        if self._application.styleSheet() != sheet:
            self._application.setStyleSheet(sheet)


def _mixed(colour: QColor, other: QColor, share: float) -> QColor:
    """So much of a colour in another."""
    pairs = zip(colour.getRgbF()[:3], other.getRgbF()[:3], strict=True)  # type: ignore[index]
    return QColor.fromRgbF(*(share * a + (1.0 - share) * b for a, b in pairs))
