"""The main window: parts are put together here and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolBar, QWidget

from editor.actions import Actions
from editor.evaluation import Evaluator
from editor.files import Files
from editor.messages import show_error
from editor.part_panel import PartPanels
from editor.status_bar import StatusBar
from editor.viewport import Viewport

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from core.head_model import HeadModel
    from core.parameters import Parameters
    from editor.document import Document

_SIZE = QSize(1360, 860)
_DOCK_WIDTH = 380


class MainWindow(QMainWindow):
    """Viewport in the middle, panels at the right, menus, tool bar and status bar around."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        document.setParent(self)
        self.document = document
        self.evaluator = Evaluator(self)
        self.viewport = Viewport(self)
        self.status = StatusBar(self)
        self.files = Files(document, self.evaluator, self)
        self.actions_ = Actions(document, self.viewport, self.files, self)
        self.panels = PartPanels(document, self.actions_.parts)
        self._assemble()
        self._connect()
        self._show_model(document.model)
        self._show_parameters(document.parameters)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Vanish at once, then end what still runs."""
        self.hide()
        self.evaluator.close()
        self.files.close()
        self.viewport.close_graphics()
        super().closeEvent(event)

    def _assemble(self) -> None:
        self.resize(_SIZE.boundedTo(self.screen().availableSize()))
        self.setCentralWidget(self.viewport)
        dock = QDockWidget("Parts", self)
        dock.setObjectName("parts")
        dock.setTitleBarWidget(QWidget(dock))  # no bar: the panels' own titles say it
        dock.setWidget(self.panels)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        self.resizeDocks([dock], [_DOCK_WIDTH], Qt.Orientation.Horizontal)
        toolbar = QToolBar("Tools", self)
        toolbar.setObjectName("tools")
        toolbar.setMovable(False)
        self.addToolBar(toolbar)
        self.setStatusBar(self.status)
        self.actions_.fill_menus(self.menuBar(), dock.toggleViewAction())
        self.actions_.fill_toolbar(toolbar)

    def _connect(self) -> None:
        self.document.model_changed.connect(self._show_model)
        self.document.parameters_changed.connect(self._show_parameters)
        self.document.gesture_changed.connect(self.evaluator.set_in_gesture)
        self.evaluator.evaluated.connect(self.viewport.show_evaluation)
        self.evaluator.evaluated.connect(self.status.show_evaluation)
        self.evaluator.busy_changed.connect(self.status.show_busy)
        self.evaluator.failed.connect(lambda message: show_error(self, message))
        self.files.exported.connect(lambda path: self.status.showMessage(f"Exported {path}"))

    def _show_model(self, model: HeadModel) -> None:
        self.setWindowTitle(f"{model.name} — Facewright")
        self.status.show_device(model.device)

    def _show_parameters(self, parameters: Parameters) -> None:
        self.evaluator.want(self.document.model, parameters)
