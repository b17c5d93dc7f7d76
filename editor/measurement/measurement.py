"""Everything about measuring, put together: landmarks, what is drawn of them, the panel and files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from facewright.core.anthropometry.measure import measure
from facewright.core.anthropometry.measure_tables import to_csv, to_json
from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.editor.live.scan_surface import StillScan
from facewright.editor.measurement.annotator import Annotator
from facewright.editor.measurement.landmark_tool import LandmarkTool
from facewright.editor.measurement.measure_panel import MeasurePanel
from facewright.editor.measurement.measurer import Measurer

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from facewright.core.anthropometry.norms import Cohort
    from facewright.editor.document import Document
    from facewright.editor.head_view import HeadView
    from facewright.editor.measurement.measurer import HeadPair
    from facewright.editor.storage.files import Files


class Measurement(QObject):
    """The parts that measure, and the table's way into a file."""

    def __init__(self, document: Document, view: HeadView, files: Files, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._pipeline, self._files = document, view.pipeline, files
        self.measurer = Measurer(document, view.comparison, self)
        self.tool = LandmarkTool(document, self.measurer, window)
        self.annotator = Annotator(self.measurer, self.tool, view.viewport, self, self._is_shown)
        view.pipeline.screen_changed.connect(self.annotator.follow_screen)
        self.panel = MeasurePanel(document, self.measurer, view.comparison)
        self.panel.picked.connect(self.annotator.pick)
        self.panel.export_wanted.connect(self.ask_for_table)

    def ask_for_table(self) -> None:
        """Let the user choose a file for the measurements, then write it."""
        ask, kinds = self._files.chooser.ask_where, "Tables (*.csv);;JSON (*.json)"
        dialog = ask("Export Measurements", kinds, "measurements.csv", self.write_table)
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix("json" if "json" in chosen else "csv"))

    def write_table(self, path: Path) -> None:
        """Measure, and write a table into a file that ends in .csv or .json."""
        work = partial(_write, self.measurer.pair(), self.panel.chosen_cohort, self.panel.warnings, path)
        self._files.write(path, work)

    def _is_shown(self, pair: HeadPair) -> bool:
        """Whether the head now of a pair is on the screen; under a hand that moves it, one a moment ago will do."""
        screen, document = self._pipeline.on_screen, self._document
        if screen and isinstance(screen.request.source, StillScan):
            return False
        if document.gesture is not None and pair.model is document.model:
            return True
        if screen is None:
            return pair.now == document.parameters
        job = screen.request.evaluation.job
        return pair.now == job.parameters and pair.model.fingerprint == job.model.fingerprint

    def close(self) -> None:
        """End what runs."""
        self.panel.close_worker()
        self.tool.close()
        self.measurer.close()


def _write(pair: HeadPair, cohort: Cohort | None, warnings: tuple[str, ...], path: Path) -> None:
    """Write a table. Raises FacewrightError if the file's name says no format, or it cannot be written."""
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".json"):
        raise FacewrightError(f"{path.name}: measurements are written to .csv or .json files.")
    measured = pair.measured()
    before, now = (measure(pair.model, face, cohort) for face in (measured.before, measured.now))
    facts: dict[str, object] = {
        "model": pair.model.name,
        "fingerprint": pair.model.fingerprint,
        "before": pair.name,
    }
    if warnings:
        facts["warnings"] = warnings
    text = to_csv(now, before, cohort) if suffix == ".csv" else to_json(now, measured.now, facts, before, cohort)
    write_atomically(path, text.encode(), private=True)
