"""What a person can set once and for all: one table, from which the dialog, the defaults and the checks follow."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal

from facewright.core import device

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Setting:
    """One thing to set.

    key : its name in the file; group, title and tip : for people; choices : every value with its title; without
    any it is on or off.
    """

    key: str
    group: str
    title: str
    tip: str
    default: str
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({"on": "On", "off": "Off"}))

    @property
    def is_switch(self) -> bool:
        """Whether it is either on or off."""
        return set(self.choices) == {"on", "off"}


def _choices(**titles: str) -> Mapping[str, str]:
    return MappingProxyType(titles)


def _degrees(more: str, less: str, end: int) -> Mapping[str, str]:
    """Angles in steps of 5°, from one side to the other."""
    angles = range(end, -end - 1, -5)
    return MappingProxyType(
        {str(angle): f"{abs(angle)}° {more if angle > 0 else less}" if angle else "Straight ahead" for angle in angles}
    )


def _title(name: str) -> str:
    """A device by the name that torch gives it, without waking it."""
    return {"cpu": "CPU", "mps": "Apple GPU"}.get(name, f"GPU {name.removeprefix('cuda:')}")


NAVIGATION = Setting(
    "navigation", "Viewport", "Move the camera as in",
    "Blender: the middle button orbits, with Shift it pans. CAD: the right button orbits about the point under the "
    "pointer, the middle one pans, the wheel zooms towards the pointer. The left button orbits in both.",
    "blender", _choices(blender="Blender", cad="CAD programs"),
)  # fmt: skip
SMOOTHNESS = Setting(
    "smoothness", "Viewport", "Smooth edges",
    "Automatic: always where the graphics card is quick, once the picture rests where it is not. "
    "Pictures and videos in files always have them.",
    "automatic", _choices(automatic="Automatic", always="Always", never="Never"),
)  # fmt: skip
RANGE = Setting(
    "displacement_range", "Viewport", "Displacement map ends at",
    "The distance that has the last colour. It stays as it is set, so that maps can be compared.",
    "5", MappingProxyType({"0.5": "± 0.5 mm", "1": "± 1 mm", "2": "± 2 mm", "5": "± 5 mm", "10": "± 10 mm"}),
)  # fmt: skip
OPENS_IN = Setting(
    "opens_in", "Viewport", "Heads open in",
    "How they look when the program starts; Alt+Shift+6 and Alt+5 change it at any time.",
    "natural", _choices(natural="Natural colours", plain="Clay"),
)  # fmt: skip
TONE = Setting(
    "skin_tone", "Viewport", "Skin of natural heads", "The tone of the skin in natural colours (Alt+Shift+6).",
    "light", _choices(fair="Fair", light="Light", tan="Tan", brown="Brown", dark="Dark"),
)  # fmt: skip
IRIS = Setting(
    "iris", "Viewport", "Eyes of natural heads", "The colour of the irises in natural colours (Alt+Shift+6).",
    "brown", _choices(brown="Brown", hazel="Hazel", green="Green", blue="Blue", grey="Grey"),
)  # fmt: skip
IRIS_SIZE = Setting(
    "iris_size", "Viewport", "Size of the irises", "Against most people's, in natural colours and in files.",
    "1", MappingProxyType({"0.85": "Small", "1": "As most people's", "1.1": "Large", "1.2": "Very large"}),
)  # fmt: skip
GAZE_SIDE = Setting(
    "gaze_side", "Viewport", "Eyes look aside", "Of natural heads, on the screen and in files; the subject's left.",
    "0", _degrees("left", "right", 30),
)  # fmt: skip
GAZE_UP = Setting(
    "gaze_up", "Viewport", "Eyes look up or down", "Of natural heads, on the screen and in files; the lids go along.",
    "0", _degrees("up", "down", 25),
)  # fmt: skip
GAZE_NEAR = Setting(
    "gaze_near", "Viewport", "Eyes look at something", "How near it is: both eyes turn inwards for what is near.",
    "0", MappingProxyType({"0": "Far away", "1.8": "A metre off", "3.6": "Half a metre off", "7.2": "A hand off"}),
)  # fmt: skip
SCHEME = Setting(
    "scheme", "Window", "Appearance", "Dark or light, as the system is or always.",
    "system", _choices(system="As the system", light="Light", dark="Dark"),
)  # fmt: skip
WELCOME = Setting("welcome", "Window", "Show the first steps at the start", "They are in the Help menu, too.", "on")
REMEMBER = Setting(
    "remember_files", "Privacy", "Remember recent files",
    "Lists the projects that were last open, and where models were. Off: nothing is kept, and what was is forgotten.",
    "on",
)  # fmt: skip
PICTURE_SCALE = Setting(
    "picture_scale", "Pictures", "Size of pictures", "In pixels of the viewport; twice and more is for print.",
    "2", MappingProxyType({"1": "As on the screen", "2": "Twice", "4": "Four times"}),
)  # fmt: skip
PICTURE_CLEAR = Setting(
    "picture_clear", "Pictures", "Clear background", "Save pictures with nothing behind the head.", "on"
)
VIDEO_SECONDS = Setting(
    "video_seconds", "Pictures", "Length of videos", "Of a turn, or of the way there and back.",
    "4", MappingProxyType({"2": "2 s", "4": "4 s", "8": "8 s"}),
)  # fmt: skip

DEVICE = Setting(
    "device", "Computing", "Evaluate heads on", "Where the model is evaluated. Should a GPU fail, the CPU goes on.",
    device.AUTOMATIC,
    MappingProxyType({device.AUTOMATIC: "The fastest there is"} | {name: _title(name) for name in device.names()}),
)  # fmt: skip

SETTINGS = (
    *(NAVIGATION, SMOOTHNESS, RANGE, OPENS_IN, TONE, IRIS, IRIS_SIZE, GAZE_SIDE, GAZE_UP, GAZE_NEAR),
    *(DEVICE, SCHEME, WELCOME, PICTURE_SCALE, PICTURE_CLEAR, VIDEO_SECONDS, REMEMBER),
)
"""Every setting, in the order of the dialog."""


def make_private(store: QSettings) -> None:
    """Let nobody else read what is remembered, the names of patients' files; other systems see to that themselves."""
    if sys.platform.startswith("linux"):
        path = Path(store.fileName())
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o600)
            path.chmod(0o600)


class Settings(QObject):
    """The values of all settings, kept from one start to the next."""

    changed = Signal(object)
    """The `Setting` whose value is new."""

    def __init__(self, store: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store

    def __getitem__(self, setting: Setting) -> str:
        """The value of a setting; its default if none, or nothing that it can be, was kept."""
        value = str(self._store.value(f"settings/{setting.key}", setting.default))
        return value if value in setting.choices else setting.default

    def __setitem__(self, setting: Setting, value: str) -> None:
        """Keep a value.

        Raises ValueError if the setting cannot be that.
        """
        if value not in setting.choices:
            raise ValueError(f"{setting.key} cannot be {value!r}")
        if value != self[setting]:
            self._store.setValue(f"settings/{setting.key}", value)
            self.changed.emit(setting)

    def is_on(self, setting: Setting) -> bool:
        """Whether a switch is on."""
        return self[setting] == "on"
