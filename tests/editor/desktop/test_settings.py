"""Settings: kept, checked, and all in the dialog."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QDialogButtonBox

from facewright.editor.desktop.settings import NAVIGATION, SCHEME, SETTINGS, WELCOME, Settings, make_private
from facewright.editor.desktop.settings_dialog import SettingsDialog
from facewright.editor.desktop.theme import Theme, palette

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def store(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


def test_a_value_is_kept_and_told_once(qtbot: QtBot, store: QSettings) -> None:
    settings = Settings(store)
    told: list[object] = []
    settings.changed.connect(told.append)
    settings[NAVIGATION] = "cad"
    settings[NAVIGATION] = "cad"
    assert told == [NAVIGATION]
    store.sync()
    assert Settings(QSettings(store.fileName(), QSettings.Format.IniFormat))[NAVIGATION] == "cad"


def test_what_a_setting_cannot_be_is_refused_and_never_read(store: QSettings) -> None:
    store.setValue("settings/navigation", "teleport")
    assert Settings(store)[NAVIGATION] == NAVIGATION.default
    with pytest.raises(ValueError, match="teleport"):
        Settings(store)[NAVIGATION] = "teleport"


def test_every_setting_has_its_default_among_its_choices_and_a_key_of_its_own() -> None:
    assert all(setting.default in setting.choices for setting in SETTINGS)
    assert len({setting.key for setting in SETTINGS}) == len(SETTINGS)


def test_the_dialog_shows_and_sets_every_setting_and_restores_them(qtbot: QtBot, store: QSettings) -> None:
    settings = Settings(store)
    dialog = SettingsDialog(settings)
    qtbot.addWidget(dialog)
    assert set(dialog.fields) == {setting.key for setting in SETTINGS}
    assert all(field.accessibleName() and field.toolTip() for field in dialog.fields.values())
    for setting in SETTINGS:
        field = dialog.fields[setting.key]
        other = next(value for value in setting.choices if value != setting.default)
        if isinstance(field, QCheckBox):
            field.setChecked(other == "on")
        else:
            field.setCurrentIndex(field.findData(other))
        assert settings[setting] == other
    buttons = dialog.findChildren(QDialogButtonBox)[0]
    buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults).click()
    assert all(settings[setting] == setting.default for setting in SETTINGS)
    assert settings.is_on(WELCOME)


def test_the_fields_of_all_groups_begin_below_one_another(qtbot: QtBot, store: QSettings) -> None:
    dialog = SettingsDialog(Settings(store))
    qtbot.addWidget(dialog)
    dialog.show()
    boxes = [field for field in dialog.fields.values() if isinstance(field, QComboBox)]
    assert len({box.mapTo(dialog, QPoint()).x() for box in boxes}) == 1


def test_enter_closes_the_dialog_and_leaves_what_was_set(qtbot: QtBot, store: QSettings) -> None:
    settings = Settings(store)
    dialog = SettingsDialog(settings)
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.show()
    settings[WELCOME] = "off"
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert not settings.is_on(WELCOME)


def test_the_window_turns_dark_and_light_at_once(qapp: QApplication, store: QSettings) -> None:
    settings = Settings(store)
    theme = Theme(qapp, settings, qapp)
    for scheme in ("dark", "light"):
        settings[SCHEME] = scheme
        assert (qapp.palette().color(QPalette.ColorRole.Window).lightnessF() < 0.5) == (scheme == "dark")
    theme.deleteLater()


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(dark: bool) -> None:
    role, colours = QPalette.ColorRole, palette(dark=dark)

    def luminance(of: QPalette.ColorRole) -> float:
        channels = colours.color(of).getRgbF()[:3]  # type: ignore[index]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for ink, ground in (
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.ButtonText, role.Button),
        (role.ToolTipText, role.ToolTipBase),
    ):
        dim, bright = sorted((luminance(ink), luminance(ground)))
        assert (bright + 0.05) / (dim + 0.05) >= 7.0  # WCAG 2.2, AAA


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems see to that themselves")
def test_nobody_else_can_read_what_is_remembered(qapp: object, home: Path) -> None:
    path = Path(QSettings().fileName())
    make_private(QSettings())
    for value in ("a", "b"):
        QSettings().setValue("recent_projects", value)
        QSettings().sync()
        assert path.stat().st_mode & 0o777 == 0o600
