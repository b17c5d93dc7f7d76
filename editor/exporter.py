"""Exporting heads: the dialogs, and the work off the GUI thread."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QProgressDialog

from core.errors import FacewrightError
from core.exchange.batch import export_heads
from core.surface import Cancelled
from editor.background import Background
from editor.export_dialog import ExportDialog
from editor.messages import show_error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    from PySide6.QtWidgets import QWidget

    from core.exchange.export import ExportSettings
    from core.parameters import Parameters
    from editor.document import Document

_PATIENCE_MS = 400
"""How long an export may take before a progress dialog appears."""


class Exporter(QObject):
    """Exports of one window's document, one after the other."""

    exported = Signal(list)
    """The files that were written."""
    _advanced = Signal(int)

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._window = document, window
        self._background = Background("export", self)
        self._cancelled = threading.Event()
        self._folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)

    def ask(self) -> None:
        """Let the user choose which variants to export and how, then where to."""
        state = self._document.state
        heads = {variant.name: variant.parameters for variant in (state.variant, *state.variants)}
        dialog = ExportDialog(self._document.model, heads, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._ask_where(dialog))
        dialog.open()

    def export(self, heads: Mapping[str, Parameters], path: Path, settings: ExportSettings) -> None:
        """Write heads, as they are now, to `path`; several go beside it, with their names."""
        self._cancelled = cancelled = threading.Event()
        progress = QProgressDialog(f"Exporting {path.name}…", "Cancel", 0, len(heads), self._window)
        progress.setWindowModality(Qt.WindowModality.WindowModal)
        progress.setMinimumDuration(_PATIENCE_MS)
        progress.setAutoReset(False)
        progress.canceled.connect(cancelled.set)
        progress.setValue(0)
        self._advanced.connect(progress.setValue)
        work = partial(
            export_heads, self._document.model, dict(heads), path, settings, cancelled.is_set, self._advanced.emit
        )
        self._background.run(work, partial(self._finish, progress))

    def close(self) -> None:
        """Cancel the export under way and wait for its end."""
        self._cancelled.set()
        self._background.close()

    def _ask_where(self, choice: ExportDialog) -> None:
        suffix, heads, settings = choice.chosen_format, choice.chosen_heads, choice.settings
        dialog = QFileDialog(self._window, "Export", self._folder, f"{suffix.upper()} (*.{suffix})")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(f"head.{suffix}")
        dialog.directoryEntered.connect(self._remember_folder)
        dialog.fileSelected.connect(lambda name: self.export(heads, Path(name), settings))
        dialog.open()

    def _remember_folder(self, folder: str) -> None:
        self._folder = folder

    def _finish(self, progress: QProgressDialog, future: Future[list[Path]]) -> None:
        self._advanced.disconnect(progress.setValue)
        progress.deleteLater()
        try:
            self.exported.emit(future.result())
        except Cancelled:
            pass
        except FacewrightError as error:
            show_error(self._window, str(error))
