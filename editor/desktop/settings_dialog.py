"""All settings in one dialog, drawn from their table; what is chosen holds at once."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from facewright.editor.desktop.mnemonics import underline_dialog
from facewright.editor.desktop.settings import SETTINGS
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.small_screen import Scrolled, fit

if TYPE_CHECKING:
    from facewright.editor.desktop.settings import Setting, Settings


class SettingsDialog(QDialog):
    """A group box for each group of settings, a row for each setting."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Settings")
        self._settings = settings
        self.fields: dict[str, QCheckBox | QComboBox] = {}
        self._labels: list[QLabel] = []
        groups = QWidget()
        column = QVBoxLayout(groups)
        column.setContentsMargins(0, 0, 0, 0)
        for group, members in groupby(SETTINGS, key=lambda setting: setting.group):
            box = QGroupBox(group)
            form = QFormLayout(box)
            for setting in members:
                self._add(setting, form)
            column.addWidget(box)
        self._align()
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.RestoreDefaults | QDialogButtonBox.StandardButton.Close
        )
        buttons.rejected.connect(self.close)
        restore = buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults)
        restore.clicked.connect(self._restore)
        restore.setAutoDefault(False)  # Enter closes
        layout = QVBoxLayout(self)
        layout.addWidget(Scrolled(groups))
        layout.addWidget(buttons)
        underline_dialog(self)
        fit(self, self.sizeHint())

    def _add(self, setting: Setting, form: QFormLayout) -> None:
        field: QCheckBox | QComboBox
        if setting.is_switch:
            field = QCheckBox(setting.title)
            field.toggled.connect(lambda on: self._set(setting, "on" if on else "off"))
            form.addRow(field)
        else:
            field = QComboBox()
            for value, title in setting.choices.items():
                field.addItem(title, value)
            field.currentIndexChanged.connect(lambda index: self._set(setting, field.itemData(index)))
            label = Label(setting.title)
            self._labels.append(label)
            form.addRow(label, field)
        field.setAccessibleName(setting.title)
        field.setToolTip(setting.tip)
        self.fields[setting.key] = field
        self._show(setting)

    def _align(self) -> None:
        """Let the fields of all groups begin below one another."""
        widest = max(label.sizeHint().width() for label in self._labels)
        for label in self._labels:
            label.setMinimumWidth(widest)

    def _show(self, setting: Setting) -> None:
        field, value = self.fields[setting.key], self._settings[setting]
        if isinstance(field, QCheckBox):
            field.setChecked(value == "on")
        else:
            field.setCurrentIndex(field.findData(value))

    def _set(self, setting: Setting, value: str) -> None:
        self._settings[setting] = value

    def _restore(self) -> None:
        for setting in SETTINGS:
            self._settings[setting] = setting.default
            self._show(setting)
