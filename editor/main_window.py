"""The main window: parts are put together here and nothing else."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QSettings, QSize, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QStyle, QToolBar, QVBoxLayout, QWidget

from facewright.editor.actions import Actions
from facewright.editor.actions.edit import EditActions
from facewright.editor.actions.file import FileActions
from facewright.editor.actions.head import HeadActions
from facewright.editor.actions.help import HelpActions
from facewright.editor.actions.measure import MeasureActions
from facewright.editor.actions.train import TrainActions
from facewright.editor.actions.variants import VariantActions
from facewright.editor.actions.view import ViewActions
from facewright.editor.closing import Closing
from facewright.editor.desktop.drops import FileDrops
from facewright.editor.desktop.icons import ActionIcons
from facewright.editor.desktop.layout_memory import leave_room, remember_layout, restore_layout
from facewright.editor.desktop.palette import menu_actions
from facewright.editor.desktop.settings import Settings
from facewright.editor.desktop.status_bar import StatusBar
from facewright.editor.desktop.theme import Theme
from facewright.editor.desktop.title import WindowTitle
from facewright.editor.devices import Devices
from facewright.editor.docks import Docks
from facewright.editor.export.conformer import Conformer
from facewright.editor.export.exporter import Exporter
from facewright.editor.grab_tool import GrabTool
from facewright.editor.head_view import HeadView
from facewright.editor.live.natural import looks_of
from facewright.editor.live.pointer import Pointer
from facewright.editor.measurement.measurement import Measurement
from facewright.editor.own_sliders.panel import OwnPanel
from facewright.editor.panels.blend_panel import BlendPanel
from facewright.editor.panels.component_words import ComponentWords
from facewright.editor.panels.feature_maps import FeatureMaps
from facewright.editor.panels.history_panel import HistoryPanel
from facewright.editor.panels.part_panel import PartPanels
from facewright.editor.panels.variant_bar import VariantBar
from facewright.editor.readiness import Readiness
from facewright.editor.report.follow_ups import FollowUps
from facewright.editor.report.reports import Reports
from facewright.editor.scan.scan_panel import ScanPanel
from facewright.editor.scan.scan_session import ScanSession, is_scan
from facewright.editor.sculpt.brush_panel import BrushPanel
from facewright.editor.sculpt.brush_tool import BrushTool
from facewright.editor.storage.autosave import Autosave, autosave_folder
from facewright.editor.storage.files import Files
from facewright.editor.storage.projects import Projects, opens
from facewright.editor.storage.recovery import Recovery
from facewright.editor.surgery.operator import Operator
from facewright.editor.surgery.surgery_panel import SurgeryPanel
from facewright.editor.training.training import Training, is_run
from facewright.editor.viewport.reference import is_picture
from facewright.editor.widgets.dice import DiceBar

if TYPE_CHECKING:
    from typing import Protocol

    from PySide6.QtGui import QAction, QCloseEvent, QShowEvent

    from facewright.editor.document import Document
    from facewright.editor.viewport.tool import SurfaceTool

    class Closable(Protocol):
        """What has something to end: a thread, a process, graphics."""

        def close(self) -> None:
            """End it."""


Part = TypeVar("Part", bound="Closable")

_SIZE = QSize(1440, 900)


class MainWindow(QMainWindow):
    """Viewport in the middle, panels at its sides, menus, tool bar and status bar around."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        document.setParent(self)
        self.document = document
        self._ending = ExitStack()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.settings = Settings(QSettings(), self)
        self.theme = Theme(application, self.settings, self)
        self.view = self._ends(HeadView(document, self.settings, self))
        self.viewport, self.pipeline = self.view.viewport, self.view.pipeline
        self.status = StatusBar(self)
        self.title = WindowTitle(document, self)
        self._add_workers()
        self._add_files()
        self._add_panels()
        self.actions_ = self._actions()
        self.panels = PartPanels(document, self.actions_.head.parts)
        self.pointer = self._pointer()
        self._assemble()
        self._connect()
        self.words.follow(document)
        self.features.follow(document)

    def showEvent(self, event: QShowEvent) -> None:
        """Leave room for the head once Qt has laid the panels out."""
        super().showEvent(event)
        QTimer.singleShot(0, self, partial(leave_room, self))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Once nothing is open any more, vanish at once, then end what still runs, what began last first."""
        if not self.closing.may_close():
            event.ignore()
            return
        remember_layout(self, QSettings())
        self.hide()
        self._ending.close()
        super().closeEvent(event)

    def _ends(self, part: Part) -> Part:
        """A part that is closed with the window."""
        self._ending.callback(part.close)
        return part

    def _add_workers(self) -> None:
        document = self.document
        self.devices = self._ends(Devices(document, self.settings, self))
        self.readiness = self._ends(Readiness(self))
        self.words = self._ends(ComponentWords(self))
        self.features = self._ends(FeatureMaps(self))
        self.grab_tool = self._ends(GrabTool(document, self, self.viewport, self.pipeline))
        self.brush_tool = self._ends(BrushTool(document, self.viewport, self.pipeline, self))
        self.operator = self._ends(Operator(document, self.view.comparison, self))
        self.scans = self._ends(ScanSession(document, parent=self))
        self.training = self._ends(Training(document, self))

    def _add_files(self) -> None:
        document, folder = self.document, autosave_folder()
        self.files = self._ends(Files(document, self.pipeline.full_mesh, self))
        self.exporter = self._ends(Exporter(document, self, looks=lambda: looks_of(self.viewport.display.look)))
        self.conformer = self._ends(Conformer(document, self))
        self.measurement = self._ends(Measurement(document, self.view, self.files, self))
        self.reports = self._ends(Reports(document, self.view, self.measurement, self.files, self))
        self.follow_ups = self._ends(FollowUps(document, self.scans, self.files, self))
        self.autosave = self._ends(Autosave(document, folder, self, self.view))
        self.projects = Projects(document, self.files, self.autosave, self.view, self)
        self.recovery = Recovery(folder, self.projects, self.files, self.autosave, self)
        self.closing = Closing(
            document,
            self.training,
            self.projects,
            {
                "The fit": self.scans,
                "The export": self.exporter,
                "Conforming the mesh": self.conformer,
                "The evaluation": self.training.evaluation,
            },
            self,
        )

    def _add_panels(self) -> None:
        document = self.document
        self.variants, self.blend = VariantBar(document), BlendPanel(document)
        self.own = OwnPanel(document, self.view.comparison, self.view.thumbnail)
        self.brush = BrushPanel(document, self.brush_tool)
        self.surgery = SurgeryPanel(document, self.operator)
        self.scan_panel = ScanPanel(document, self.scans, self.viewport, self.files.chooser)

    def _actions(self) -> Actions:
        document, view = self.document, self.view
        scan, recovery = self.scan_panel, self.recovery
        return Actions(
            file=FileActions(
                *(self.projects, self.files, self.exporter, self.conformer),
                *(scan.ask, scan.ask_for_volume, recovery.show, self),
            ),
            edit=EditActions(document, self.scans, self.brush_tool, self),
            head=HeadActions(document, self.projects, self.own.ask_for_name, self.view, self),
            variants=VariantActions(document, self.variants.rename_active, self),
            measure=MeasureActions(document, self.measurement, self.reports.show, self.follow_ups, self),
            train=TrainActions(self.training, self),
            view=ViewActions(document, view, self.files, self.settings, self),
            help=HelpActions(document, self.settings, self, lambda: self.panels.sliders()),
        )

    def _pointer(self) -> Pointer:
        """The tools for the left button, by their actions."""
        edit, correct = self.actions_.edit, self.actions_.measure.correct
        tools: dict[QAction, SurfaceTool] = {
            edit.drag: self.grab_tool,
            edit.brush: self.brush_tool,
            correct: self.measurement.tool,
        }
        clicking = {edit.undo: False, edit.redo: False, edit.undo_click: True, edit.stop_clicking: True}
        return Pointer(self.viewport, tools, self.scans, self, {edit.brush: BrushTool.KEYS}, clicking)

    def _assemble(self) -> None:
        title = self.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)  # which comes on top
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(0, title)))
        self.setCentralWidget(_column(self.variants, self.viewport))
        self.docks = Docks(
            self,
            self.viewport,
            _column(self.panels, DiceBar(self.document)),
            {
                "History": HistoryPanel(self.document),
                "Blend": self.blend,
                "My Sliders": self.own,
                "Brush": self.brush,
                "Measurements": self.measurement.panel,
                "Operations": self.surgery,
                "Training": self.training.panel,
                "Scan": self.scan_panel,
            },
        )
        self.docks.show_on(self.training.opened, "Training")
        self.docks.show_with(self.actions_.edit.brush, "Brush")
        self.docks.show_on(self.scan_panel.wanted, "Scan")
        self.docks.show_on(self.own.saved, "My Sliders")
        self.docks.tell_seen("Measurements", self.measurement.panel.set_seen)
        toolbar = QToolBar("Tools", self)
        toolbar.setObjectName("tools")
        toolbar.setMovable(False)
        self.addToolBar(toolbar)
        self.setStatusBar(self.status)
        show = self.docks.action
        panels = [show(title) for title in ("Parts", "My Sliders", "History", "Brush", "Scan", "Operations")]
        self.actions_.fill_menus(self.menuBar(), show("Blend"), show("Measurements"), show("Training"), panels)
        self.actions_.fill_toolbar(toolbar)
        self.icons = ActionIcons(self, [action for _, action in menu_actions(self.menuBar())])
        self.drops = FileDrops(
            self,
            {
                is_run: self.training.open,  # before scans, which any folder may hold
                is_scan: self.scan_panel.open,
                opens: self.projects.open,
                is_picture: self.actions_.view.show_reference,
            },
        )
        restore_layout(self, QSettings())

    def _connect(self) -> None:
        """Connect the parts that know nothing of each other."""
        self.pipeline.follow(self.scans)
        self.status.follow(self.document, self.pipeline)
        self.pipeline.lost.connect(self.devices.take_over)
        self.pipeline.busy_changed.connect(self.words.hold)
        self.words.described.connect(self.panels.describe)
        self.pipeline.busy_changed.connect(self.features.hold)
        for shows in (self.panels, self.status):
            self.features.measured.connect(shows.take_features)
        self.measurement.measurer.awaited_changed.connect(self.status.show_measuring)
        self.measurement.panel.report_wanted.connect(self.reports.show)
        self.settings.changed.connect(self.projects.apply)
        self.projects.saving.connect(self.status.clearMessage)
        self.readiness.changed.connect(self.status.show_preparing)
        self.autosave.trouble_changed.connect(self.status.show_autosave)
        for tool in (self.grab_tool, self.brush_tool, self.scans):
            tool.advised.connect(self.status.advise)
        for says in (
            self.devices.told,
            self.words.failed,
            self.features.failed,
            self.scans.told,
            self.grab_tool.refused,
            self.drops.told,
        ):
            says.connect(self.status.tell)
        for wrote, words in (
            (self.projects.saved, "Saved {}"),
            (self.view.pictures.saved, "Saved {}"),
            (self.files.exported, "Exported {}"),
            (self.exporter.exported, "Exported {}"),
            (self.conformer.conformed, "Conformed: File → Export offers the topology {}"),
            (self.training.evaluation.reported, "Evaluated: {}"),
            (self.own.saved, "Saved the slider {}: My Sliders (F10) has it, for any head"),
        ):
            self.status.tell_of(wrote, words)


def _column(*widgets: QWidget) -> QWidget:
    """Widgets one above the other, without gaps."""
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget)
    return column
