"""Exporting heads: the dialogs, and the work off the GUI thread."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal

from facewright.core.exchange.batch import export_heads
from facewright.editor.background import Background
from facewright.editor.export.export_dialog import ExportDialog
from facewright.editor.storage.file_work import FileChooser, progress_dialog, work

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from facewright.core.exchange.export import ExportSettings
    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document


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
        self._chooser = FileChooser(window, QStandardPaths.StandardLocation.DocumentsLocation)

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
        progress = progress_dialog(self._window, f"Exporting {path.name}…", cancelled, len(heads))
        progress.setValue(0)
        self._advanced.connect(progress.setValue)
        job = partial(
            export_heads, self._document.model, dict(heads), path, settings, cancelled.is_set, self._advanced.emit
        )
        work(self._background, self._window, progress, job, self.exported.emit)

    def close(self) -> None:
        """Cancel the export under way and wait for its end."""
        self._cancelled.set()
        self._background.close()

    def _ask_where(self, choice: ExportDialog) -> None:
        form, heads, settings = choice.chosen_format, choice.chosen_heads, choice.settings
        name, name_filter = f"head.{form.suffix}", f"{form.name} (*.{form.suffix})"
        self._chooser.ask_where("Export", name_filter, name, lambda path: self.export(heads, path, settings))
