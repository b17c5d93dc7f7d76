"""Exporting heads: the dialogs, and the work off the GUI thread, while the window is worked in."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, QStandardPaths, Qt, Signal

from facewright.core.errors import FacewrightError
from facewright.core.exchange.batch import export_heads, replaced_files
from facewright.core.exchange.formats import file_format
from facewright.core.production.complexion import LIGHT, Tone
from facewright.core.production.eyes import Eyes
from facewright.editor.background import Background
from facewright.editor.desktop.messages import choose, show_error
from facewright.editor.export.export_dialog import ExportDialog
from facewright.editor.export.topologies import Topologies
from facewright.editor.storage.file_work import FileChooser, Share, progress_dialog, work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget

    from facewright.core.exchange.export import ExportSettings
    from facewright.core.parameters import Parameters
    from facewright.core.scan.fitted_scan import FittedScan
    from facewright.editor.document import Document

_KEY = "export/choice"
_STEPS = 100
"""Of the progress bar, for each head."""
_MOST_LISTED = 12
"""Files that are named before one is asked whether to replace them."""


class Exporter(QObject):
    """Exports of one window's document, one after the other."""

    exported = Signal(list)
    """The files that were written."""

    def __init__(
        self,
        document: Document,
        window: QWidget,
        topologies: Topologies | None = None,
        looks: Callable[[], tuple[Eyes, Tone]] = lambda: (Eyes(), LIGHT),
    ) -> None:
        """topologies : of one's own, to choose from; those in the user's folder if not given; looks : of heads now."""
        super().__init__(window)
        self._looks = looks
        self._document, self._window = document, window
        self._topologies = topologies or Topologies()
        self._background = Background("export", self)
        self._closing = threading.Event()
        self._chooser = FileChooser(window, QStandardPaths.StandardLocation.DocumentsLocation)

    def ask(self) -> None:
        """Let the user choose which variants to export and how, then where to."""
        state = self._document.state
        variants = (state.variant, *state.variants)
        heads = {variant.name: variant.parameters for variant in variants}
        scans = {variant.name: variant.scan for variant in variants if variant.scan}
        dialog = ExportDialog(self._document.model, heads, self._window, scans, self._topologies)
        dialog.choose(_remembered())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._ask_where(dialog, scans))
        dialog.open()

    def export(
        self,
        heads: Mapping[str, Parameters],
        path: Path,
        settings: ExportSettings,
        scans: Mapping[str, FittedScan] | None = None,
    ) -> None:
        """Write heads, as they are now, to `path`; several go beside it, with their names.

        scans : the patients' that heads go back to, by the heads' names. Meanwhile the window can be worked in, and
        another export waits for this one's end.
        """
        cancelled = threading.Event()
        progress = progress_dialog(self._window, f"Exporting {path.name}…", cancelled, _STEPS * len(heads))
        progress.setWindowModality(Qt.WindowModality.NonModal)
        share = Share(progress, _STEPS)
        job = partial(
            export_heads,
            self._document.model,
            dict(heads),
            path,
            settings,
            lambda: cancelled.is_set() or self._closing.is_set(),
            share.tell,
            dict(scans or {}),
        )
        work(self._background, self._window, progress, job, self.exported.emit)

    def export_asked(
        self, heads: Mapping[str, Parameters], path: Path, settings: ExportSettings, scans: Mapping[str, FittedScan]
    ) -> None:
        """As `export`, once the user agrees where files are there that nobody has named."""
        export = partial(self.export, heads, path, settings, scans)
        files = [place.name for place in replaced_files(list(heads), path)]
        if not files:
            export()
            return
        more = f"\nand {len(files) - _MOST_LISTED} more" if len(files) > _MOST_LISTED else ""
        question = (
            "This file is there already." if len(files) == 1 else f"{len(files)} of these files are there already."
        )
        ask_where = partial(self._ask_name, heads, path.name, settings, scans)
        answers = {"Choose Another Name…": ask_where, "Replace": export}
        choose(self._window, question, "\n".join(files[:_MOST_LISTED]) + more, answers)

    @property
    def busy(self) -> bool:
        """Whether files are still to be written."""
        return self._background.busy

    def close(self) -> None:
        """Cancel the exports under way and wait for their end."""
        self._closing.set()
        self._background.close()

    def _ask_where(self, choice: ExportDialog, scans: Mapping[str, FittedScan]) -> None:
        heads = choice.chosen_heads
        try:
            eyes, tone = self._looks()
            settings = replace(choice.settings, eyes=eyes, tone=tone)
        except FacewrightError as error:  # a topology's file is damaged, or gone by now
            show_error(self._window, str(error))
            return
        QSettings().setValue(_KEY, _remembered() | choice.choice)
        self._ask_name(heads, f"{choice.default_name}.{choice.chosen_format.suffix}", settings, scans)

    def _ask_name(
        self, heads: Mapping[str, Parameters], name: str, settings: ExportSettings, scans: Mapping[str, FittedScan]
    ) -> None:
        form = file_format(Path(name))
        self._chooser.ask_where(
            "Export",
            f"{form.name} (*.{form.suffix})",
            name,
            lambda path: self.export_asked(heads, path, settings, scans),
        )


def _remembered() -> dict[str, str]:
    """What was chosen last; nothing if that cannot be read."""
    stored = QSettings().value(_KEY)
    return {str(key): str(value) for key, value in stored.items()} if isinstance(stored, dict) else {}
