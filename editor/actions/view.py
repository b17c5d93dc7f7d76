"""The View menu."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QStandardPaths
from PySide6.QtGui import QAction, QActionGroup

from facewright.editor.comparison import MEAN_HEAD
from facewright.editor.desktop.action_group import ActionGroup
from facewright.editor.desktop.settings_dialog import SettingsDialog
from facewright.editor.panels.reference_dialog import ReferenceDialog
from facewright.editor.storage.file_work import FileChooser
from facewright.editor.viewport.display_options import turned
from facewright.editor.viewport.pose import STANDARD_VIEWS
from facewright.editor.viewport.reference import PICTURES, read_reference
from facewright.editor.wording import literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PIL import Image
    from PySide6.QtWidgets import QMainWindow, QMenu

    from facewright.core.project import EditState
    from facewright.editor.desktop.settings import Settings
    from facewright.editor.document import Document
    from facewright.editor.head_view import HeadView
    from facewright.editor.storage.files import Files
    from facewright.editor.viewport.display_options import DisplayOptions

_CORNER = QPoint(12, 12)

_CHOICES: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    (
        "shade",
        (
            ("studio", "Studio Light", "Alt+1", "A key light, a cool fill and a rim, as a photographer has."),
            ("clay", "Matcap: Clay", "Alt+2", "Matt clay, darker towards the outline: form reads at a glance."),
            ("pearl", "Matcap: Pearl", "Alt+3", "A glossy highlight that runs over every dent."),
            ("zebra", "Zebra Stripes", "Alt+4", "Reflected stripes, smooth where the surface is smooth."),
        ),
    ),
    (
        "colouring",
        (
            ("plain", "Clay", "Alt+5", "One neutral colour."),
            (
                "natural", "Natural", "Alt+Shift+6",
                "Skin, lips, brows, eyes and teeth, once the hand rests; tone and eyes are chosen in Settings.",
            ),
            ("parts", "Part Colours", "Alt+6", "Nose green, eyes amber, mouth blue, as far as each can move anything."),
            (
                "displacement", "Displacement Map", "Alt+7",
                "Distance to the head compared with: orange lies outside of it, blue inside. The range is in Settings.",
            ),
            (
                "residual", "Residual Map", "Alt+Shift+7",
                "How far a patient's scan lies from the head fitted to it: orange outside, blue inside, up to 3 mm.",
            ),
        ),
    ),
    (
        "comparison",
        (
            ("off", "No Comparison", "Alt+8", "This head alone."),
            ("split", "Split View", "Alt+9", "The head compared with at the left, this one at the right, one camera."),
            ("wipe", "Wipe", "Alt+0", "The head compared with covers this one; drag the line between them."),
            (
                "overlay", "Overlay", "Alt+Shift+9",
                "The head compared with as a blue shell over this one; in clay, what stands out from it is orange.",
            ),
        ),
    ),
)  # fmt: skip


class ViewActions(ActionGroup):
    """Where to look from, how the head is drawn, what it is compared with, and pictures of all that."""

    TITLE = "&View"

    def __init__(
        self,
        document: Document,
        view: HeadView,
        files: Files,
        settings: Settings,
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        viewport, comparison, pictures = view.viewport, view.comparison, view.pictures
        self._document = document
        self._viewport = viewport
        self._comparison = comparison
        self.views = [
            self.action(title, f"Ctrl+{number}", tip, partial(viewport.set_view, name))
            for number, (name, title, tip) in enumerate(STANDARD_VIEWS, start=1)
        ]
        self.reset_view = self.action("Reset View", "Ctrl+0", "Undo orbit, pan and zoom.", viewport.reset_view)
        self.light = [
            self.action(
                "Turn Light Left", "Alt+Left", "Carry the lamps round the head by 15°; or Ctrl+Shift-drag.",
                partial(self._turn_light, -15.0),
            ),
            self.action(
                "Turn Light Right", "Alt+Right", "Carry the lamps round the head by 15°; or Ctrl+Shift-drag.",
                partial(self._turn_light, 15.0),
            ),
            self.action("Reset Light", "Alt+Home", "Put the lamps back.", partial(self._set, "light_turn", 0.0)),
        ]  # fmt: skip
        self._choices = [
            {value: self._display_action(name, value, title, keys, tip) for value, title, keys, tip in choices}
            for name, choices in _CHOICES
        ]
        for actions in self._choices:
            group = QActionGroup(self)
            for action in actions.values():
                group.addAction(action)
        self.split = self._choices[2]["split"]
        self.map, self.residual = (self._choices[1][name] for name in ("displacement", "residual"))
        self.wireframe = self.toggle(
            "Wireframe", "Ctrl+Alt+W", "Show the edges of the mesh.", partial(self._set, "wireframe")
        )
        self.landmarks = self.toggle(
            "Landmarks", "Ctrl+Alt+L", "Show the points that carry the parts.", partial(self._set, "landmarks")
        )
        self.own_surface = self.toggle(
            "Patient's Own Surface", "Alt+Shift+5",
            "Show the scan itself where a head was fitted to one; it follows every edit.",
            partial(self._set, "own_surface"),
        )  # fmt: skip
        self.compare_mean = self.action(
            "Compare with Mean Head", "Ctrl+Alt+0", "Split, wipe, overlay and map show the mean of the training heads.",
            lambda: comparison.compare_with(MEAN_HEAD),
        )  # fmt: skip
        self.compare_this = self.action(
            "Compare with This Head", "Ctrl+Alt+P", "Keep this head as it is now, to see what comes of it.",
            lambda: comparison.keep(document.state.variant),
        )  # fmt: skip
        self._chooser = FileChooser(window, QStandardPaths.StandardLocation.PicturesLocation)
        self._files, self._window = files, window
        self.reference = self.action(
            "Reference Picture…", "Ctrl+Alt+B",
            "Show a picture behind the head or over it, to work from; saved pictures lack it.", self._open_reference,
        )  # fmt: skip
        self.no_reference = self.action(
            "Remove Reference Picture", "Ctrl+Alt+Shift+B", "Take the picture behind the head away.",
            partial(viewport.set_reference, None),
        )  # fmt: skip
        self.picture = self.action("Save Picture…", "F12", "Save what is shown as a PNG.", pictures.ask_for_picture)
        self.turntable = self.action(
            "Turntable Video…", "Ctrl+F12", "Save one turn round the head.", pictures.ask_for_turntable
        )
        self.before_after = self.action(
            "Before → After Video…", "Shift+F12", "Save the way from the head compared with to this one, and back.",
            pictures.ask_for_before_after,
        )  # fmt: skip
        self.settings = self.action(
            "Settings…", "Ctrl+,", "Everything that is set once and for all.",
            lambda: SettingsDialog(settings, window).open(),
        )  # fmt: skip
        viewport.display_changed.connect(self._show)
        self._show(viewport.display)
        document.state_changed.connect(self._offer)
        self._offer(document.state)

    def fill(self, menu: QMenu, panels: Sequence[QAction] = ()) -> None:
        """Directions, display options, comparison, files; then the panels, by the actions that show and hide them."""
        shades, colours, comparisons = (list(actions.values()) for actions in self._choices)
        menu.addMenu("Camera").addActions([*self.views, self.reset_view])
        light = menu.addMenu("Light")
        light.addActions(shades)
        light.addSeparator()
        light.addActions(self.light)
        menu.addSeparator()
        for actions in ([*colours, self.own_surface, self.wireframe, self.landmarks], comparisons):
            menu.addActions(actions)
            menu.addSeparator()
        compare = menu.addMenu("Compare With")
        compare.addActions([self.compare_mean, self.compare_this])
        self._variants = compare.addMenu("Compare with &Variant")
        self._variants.aboutToShow.connect(self._list_variants)
        menu.addSeparator()
        pictures = menu.addMenu("Pictures and Videos")
        pictures.addActions([self.picture, self.turntable, self.before_after])
        pictures.addSeparator()
        pictures.addActions([self.reference, self.no_reference])
        menu.addSeparator()
        menu.addMenu("Panels").addActions(panels)
        self._hills = menu.addMenu("Sliders' &Hills")
        self._hills.setToolTip("Whose heads the hills behind the sliders of components are of.")
        self._hills.aboutToShow.connect(self._list_hills)
        menu.addAction(self.settings)

    def _list_variants(self) -> None:
        self._variants.clear()
        for variant in self._document.state.variants:
            action = self._variants.addAction(literal(variant.name))
            action.triggered.connect(partial(self._comparison.compare_with, variant))

    def _list_hills(self) -> None:
        """All training heads, or those of one of the model's sources alone."""
        self._hills.clear()
        document = self._document
        choices = {"": "All Training Heads", **{source: literal(source) for source in document.model.sources}}
        chosen = document.tools.hills if document.tools.hills in choices else ""
        for source, title in choices.items():
            action = self._hills.addAction(title)
            action.setCheckable(True)
            action.setChecked(source == chosen)
            action.triggered.connect(partial(self._show_hills, source))

    def _show_hills(self, source: str) -> None:
        self._document.set_tools(replace(self._document.tools, hills=source))

    def _display_action(self, name: str, value: str, title: str, keys: str, tip: str) -> QAction:
        return self.toggle(title, keys, tip, lambda on: self._set(name, value))

    def _open_reference(self) -> None:
        """Show how the reference picture lies; ask for one first, if there is none."""
        if not self._viewport.has_reference:
            self._ask_for_reference()
            return
        dialog = self._window.findChild(ReferenceDialog)
        if dialog is None:
            dialog = ReferenceDialog(self._viewport, self._ask_for_reference, self._window)
            dialog.move(self._viewport.mapToGlobal(_CORNER))  # beside the head
        dialog.show()
        dialog.raise_()

    def _ask_for_reference(self) -> None:
        pictures = " ".join(f"*.{end}" for end in PICTURES)
        self._chooser.ask("Reference Picture", f"Pictures ({pictures})", self.show_reference, of_patients=True)

    def show_reference(self, path: Path) -> None:
        """Show a file's picture, and how it lies behind the head or over it; tell why, if it is none."""

        def show(picture: Image.Image) -> None:
            self._viewport.set_reference(picture)
            self._open_reference()

        self._files.read(f"Opening {path.name}…", partial(read_reference, path), show)

    def _turn_light(self, degrees: float) -> None:
        self._set("light_turn", turned(self._viewport.display.light_turn, degrees))

    def _set(self, name: str, value: object) -> None:
        self._viewport.set_display(replace(self._viewport.display, **{name: value}))  # type: ignore[arg-type]

    def _offer(self, state: EditState) -> None:
        """Offer what there is to see of a scan once a head was fitted to one."""
        for action in (self.residual, self.own_surface):
            action.setEnabled(any(variant.scan for variant in state.variants))

    def _show(self, display: DisplayOptions) -> None:
        """Tick what is shown."""
        for (name, _), actions in zip(_CHOICES, self._choices, strict=True):
            actions[getattr(display, name)].setChecked(True)
        self.wireframe.setChecked(display.wireframe)
        self.landmarks.setChecked(display.landmarks)
        self.own_surface.setChecked(display.own_surface)
