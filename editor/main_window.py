"""The main window: parts are put together here and nothing else."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QSize, Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QToolBar, QVBoxLayout, QWidget

from facewright.editor import commands
from facewright.editor.actions import Actions
from facewright.editor.desktop.icons import ActionIcons
from facewright.editor.desktop.layout_memory import remember_layout, restore_layout
from facewright.editor.desktop.messages import show_error
from facewright.editor.desktop.palette import menu_actions
from facewright.editor.desktop.settings import REMEMBER, WELCOME, Settings
from facewright.editor.desktop.status_bar import StatusBar
from facewright.editor.desktop.theme import Theme
from facewright.editor.devices import Devices
from facewright.editor.document import Tools
from facewright.editor.evaluation import Evaluator
from facewright.editor.export.exporter import Exporter
from facewright.editor.grab_tool import GrabTool
from facewright.editor.measurement.measurement import Measurement
from facewright.editor.panels.blend_panel import BlendPanel
from facewright.editor.panels.component_words import ComponentWords
from facewright.editor.panels.history_panel import HistoryPanel
from facewright.editor.panels.panel_focus import lead_keys_into
from facewright.editor.panels.part_panel import PartPanels
from facewright.editor.panels.variant_bar import VariantBar
from facewright.editor.readiness import Readiness
from facewright.editor.scan.scan_display import ScanDisplay
from facewright.editor.scan.scan_panel import ScanPanel
from facewright.editor.scan.scan_session import SCAN_FILTER, ScanSession, is_scan
from facewright.editor.storage import recovery
from facewright.editor.storage.autosave import Autosave, autosave_folder
from facewright.editor.storage.files import Files
from facewright.editor.storage.left_behind import tidy
from facewright.editor.storage.projects import Projects, opens
from facewright.editor.training.training import Training
from facewright.editor.viewing import Viewing
from facewright.editor.viewport.pose import Pose
from facewright.editor.widgets.dice import DiceBar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.editor.desktop.settings import Setting
    from facewright.editor.document import Document

_SIZE = QSize(1440, 900)
_PARTS_WIDTH, _SIDE_WIDTH = 440, 240

_PANELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "Parts": ("F9", "Show or hide the sliders."),
        "History": ("Ctrl+H", "Show or hide the list of all steps."),
        "Blend": ("Ctrl+B", "Show or hide the sliders between two variants."),
        "Measurements": ("F7", "Show or hide the distances and angles of the face, and what they change by."),
        "Scan": ("F8", "Show or hide the panel in which a patient's scan is placed and fitted."),
        "Training": ("F6", "Show or hide the training run: its curves and its checkpoints."),
    }
)
"""The shortcut that shows and hides each dock, and what it says of itself."""


class MainWindow(QMainWindow):
    """Viewport in the middle, panels at its sides, menus, tool bar and status bar around."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        document.setParent(self)
        self.document = document
        self.evaluator = Evaluator(self)
        self.readiness = Readiness(self)
        self.settings = Settings(QSettings(), self)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.theme = Theme(application, self.settings, self)
        self.devices = Devices(document, self.settings, self)
        self.viewing = Viewing(document, self.settings, self)
        self.viewport = self.viewing.viewport
        self.status = StatusBar(self)
        self.files = Files(document, self.evaluator, self)
        self.exporter = Exporter(document, self)
        self.grab_tool = GrabTool(document, self)
        self.training = Training(document, self)
        self.measurement = Measurement(document, self.viewing, self.files, self)
        self.autosave = Autosave(document, autosave_folder(), self, self.viewing)
        self.projects = Projects(document, self.files, self.autosave, self, self)
        self.scans = ScanSession(document, parent=self)
        self.scan_display = ScanDisplay(document, self.scans, self.viewport, self.viewing.painter, self)
        self.words = ComponentWords(self)
        self.variants = VariantBar(document)
        self.actions_ = Actions(
            document,
            self.viewing,
            self.settings,
            self.projects,
            self.files,
            self.exporter,
            partial(self.files.chooser.ask, "Open Scan", SCAN_FILTER, self.open_scan),
            self.restore_unsaved,
            self.grab_tool,
            self.training,
            self.measurement,
            self.variants.rename_active,
            self,
        )
        self.panels = PartPanels(document, self.actions_.head.parts)
        self.blend = BlendPanel(document)
        self.scan_panel = ScanPanel(document, self.scans, self.viewport, self.actions_.file.open_scan)
        self._assemble()
        self._connect()
        self._show_model(document.model)
        self._show_parameters(document.parameters)

    def offer_recovery(self) -> bool:
        """Offer what a crash left behind; return whether there is anything."""
        found = tidy(autosave_folder())
        if found:
            self.restore_unsaved()
        return found

    def restore_unsaved(self) -> None:
        """Show what a crash left behind."""
        recovery.offer(autosave_folder(), self.projects, self.files, self.autosave, self)

    def offer_first_steps(self) -> None:
        """Show what to do first, unless that is switched off."""
        if self.settings.is_on(WELCOME):
            self.actions_.help.welcome.trigger()

    def open_scan(self, path: Path) -> None:
        """Read a patient's scan and show the panel in which it is placed and fitted."""
        self._scan_dock.show()
        self._scan_dock.raise_()
        self.scans.open(path)

    def view_record(self) -> dict[str, object]:
        """How the project is looked at and worked on, for its file."""
        return {
            "tools": asdict(self.document.tools),
            "camera": asdict(self.viewport.pose),
            "own_surface": self.viewport.look.own_surface,
        }

    def show_view_record(self, record: Mapping[str, object]) -> None:
        """Go on looking and working as a project's file says."""
        tools = record.get("tools")
        if isinstance(tools, dict):
            self.document.set_tools(Tools.of_record(tools))
        own_surface = record.get("own_surface") is True
        self.viewport.set_look(replace(self.viewport.look, own_surface=own_surface))
        if pose := Pose.of_record(record.get("camera")):
            self.viewport.stand(pose)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Settle what is not saved; then vanish at once, and end what still runs."""
        if self.document.modified and not self._given_up:
            event.ignore()
            self.projects.settle(self._give_up)
            return
        if not self.training.settled:
            event.ignore()
            self.training.settle(self.close)
            return
        remember_layout(self, QSettings())
        self.hide()
        self.autosave.close()
        self.words.close()
        self.scans.close()
        self.measurement.close()
        self.devices.close()
        self.readiness.close()
        self.evaluator.close()
        self.files.close()
        self.exporter.close()
        self.grab_tool.close()
        self.training.close()
        self.viewing.close()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take projects, models and scans."""
        if self._dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        if path := self._dropped(event):
            event.acceptProposedAction()
            (self.open_scan if is_scan(path) else self.projects.open)(path)

    _given_up = False

    def _give_up(self) -> None:
        self._given_up = True
        self.close()

    @staticmethod
    def _dropped(event: QDropEvent) -> Path | None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        return next((path for path in paths if opens(path) or is_scan(path)), None)

    def _assemble(self) -> None:
        self.setAcceptDrops(True)
        self.resize(_SIZE.boundedTo(self.screen().availableSize()))
        self.setCentralWidget(_column(self.variants, self.viewport))
        docks = self._add_docks()
        toolbar = QToolBar("Tools", self)
        toolbar.setObjectName("tools")
        toolbar.setMovable(False)
        self.addToolBar(toolbar)
        self.setStatusBar(self.status)
        show = {title: dock.toggleViewAction() for title, dock in docks.items()}
        for title, (keys, tip) in _PANELS.items():
            self.actions_.view.describe(show[title], keys, tip)
            lead_keys_into(docks[title], self.viewport)
        show["Blend"].setText("Blend Variants")
        panels = [show["Parts"], show["History"], show["Scan"]]
        self.actions_.fill_menus(self.menuBar(), show["Blend"], show["Measurements"], show["Training"], panels)
        self.actions_.fill_toolbar(toolbar)
        self.icons = ActionIcons(self, [action for _, action in menu_actions(self.menuBar())])
        restore_layout(self, QSettings())

    def _add_docks(self) -> dict[str, QDockWidget]:
        """The sliders at the right; the other panels at the left, hidden until they are asked for."""
        parts = self._dock("Parts", _column(self.panels, DiceBar(self.document)), Qt.DockWidgetArea.RightDockWidgetArea)
        parts.setTitleBarWidget(QWidget(parts))  # no bar: the panels' own titles say it
        widgets = {
            "History": HistoryPanel(self.document),
            "Blend": self.blend,
            "Measurements": self.measurement.panel,
            "Training": self.training.panel,
            "Scan": self.scan_panel,
        }
        left = Qt.DockWidgetArea.LeftDockWidgetArea
        hidden = {title: self._dock(title, widget, left) for title, widget in widgets.items()}
        for dock in hidden.values():
            dock.hide()
        self.training.opened.connect(hidden["Training"].show)
        self.training.opened.connect(hidden["Training"].raise_)
        self._scan_dock = hidden["Scan"]
        self.resizeDocks([parts, hidden["History"]], [_PARTS_WIDTH, _SIDE_WIDTH], Qt.Orientation.Horizontal)
        return {"Parts": parts, **hidden}

    def _dock(self, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(title.lower())
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        return dock

    def _connect(self) -> None:
        self.document.model_changed.connect(self._show_model)
        self.document.model_moved.connect(self._show_moved)
        for evaluating in (self.evaluator, self.viewing.comparison):
            evaluating.lost.connect(self.devices.take_over)
        self.devices.told.connect(self.status.tell)
        self.readiness.changed.connect(self.status.show_preparing)
        self.document.parameters_changed.connect(self._show_parameters)
        self.document.file_changed.connect(self._show_title)
        self.document.gesture_changed.connect(self.evaluator.set_in_gesture)
        self.settings.changed.connect(self._apply)
        self.evaluator.evaluated.connect(self.viewing.painter.show_evaluation)
        self.evaluator.evaluated.connect(self.status.show_evaluation)
        self.evaluator.busy_changed.connect(self.status.show_busy)
        self.evaluator.busy_changed.connect(self.words.hold)
        self.viewing.comparison.awaited.connect(self.status.show_awaited)
        self.evaluator.failed.connect(lambda message: show_error(self, message))
        self.words.described.connect(self.panels.describe)
        self.viewing.pictures.saved.connect(lambda path: self.status.tell(f"Saved {path}"))
        self.files.exported.connect(lambda path: self.status.tell(f"Exported {path}"))
        self.exporter.exported.connect(lambda paths: self.status.tell(f"Exported {', '.join(map(str, paths))}"))
        self.scans.failed.connect(lambda message: show_error(self, message))
        self.scans.changed.connect(self._give_hand)
        self.scans.fitted.connect(lambda: self.viewing.comparison.keep(self.document.state.variant))
        self.measurement.exported.connect(lambda path: self.status.tell(f"Exported {path}"))
        self.grab_tool.refused.connect(self.status.tell)
        self.training.evaluating.reported.connect(lambda path: self.status.tell(f"Evaluated: {path}"))
        self.projects.saved.connect(lambda path: self.status.tell(f"Saved {path}"))
        self.autosave.trouble_changed.connect(self.status.show_autosave)

    def _give_hand(self) -> None:
        """The left button clicks landmarks while a scan is placed by them, and drags no head that is not seen."""
        drag, correct = self.actions_.edit.drag, self.actions_.measure.correct
        for action in (drag, correct):
            action.setEnabled(self.scans.placement is None)
        tool = self.grab_tool if drag.isChecked() else self.measurement.tool if correct.isChecked() else None
        self.viewport.set_hand(self.scans if self.scans.is_clicking else tool if drag.isEnabled() else None)

    def _apply(self, setting: Setting) -> None:
        if setting is REMEMBER and not self.settings.is_on(REMEMBER):
            self.projects.forget()

    def _show_model(self, model: HeadModel) -> None:
        self.status.show_device(model.device)
        self.words.measure(model, commands.SHOWN_COMPONENTS)
        self._show_title()

    def _show_moved(self, model: HeadModel) -> None:
        self._show_model(model)
        self.evaluator.want(model, self.document.parameters)

    def _show_title(self) -> None:
        path = self.document.path
        self.setWindowTitle(f"{path.name if path else 'Untitled'}[*] — {self.document.model.name} — Facewright")
        self.setWindowModified(self.document.modified)

    def _show_parameters(self, parameters: Parameters) -> None:
        self.evaluator.want(self.document.model, parameters)
        self.status.show_plausibility(parameters)


def _column(*widgets: QWidget) -> QWidget:
    """Widgets one above the other, without gaps."""
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget)
    return column
