"""Everything about measuring, put together: landmarks, what is drawn of them, the panel and files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from facewright.core.anthropometry.measure import measure, to_csv, to_json
from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.editor.measurement.landmark_tool import LandmarkTool
from facewright.editor.measurement.marking import Marking
from facewright.editor.measurement.measure_panel import MeasurePanel
from facewright.editor.measurement.measuring import Measuring

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from facewright.core.anthropometry.measure import Cohort
    from facewright.editor.document import Document
    from facewright.editor.measurement.measuring import Order
    from facewright.editor.storage.files import Files
    from facewright.editor.viewing import Viewing


class Measurement(QObject):
    """The parts that measure, and the table's way into a file."""

    exported = Signal(Path)
    """The file that was written."""

    def __init__(self, document: Document, viewing: Viewing, files: Files, window: QWidget) -> None:
        super().__init__(window)
        self._files = files
        self.measuring = Measuring(document, viewing.comparison, self)
        self.tool = LandmarkTool(document, self.measuring, window)
        self.marking = Marking(self.measuring, self.tool, viewing.viewport, self)
        self.panel = MeasurePanel(document, self.measuring, viewing.comparison)
        self.panel.picked.connect(self.marking.pick)
        self.panel.export_wanted.connect(self.ask_for_table)

    def ask_for_table(self) -> None:
        """Let the user choose a file for the measurements, then write it."""
        ask, kinds = self._files.chooser.ask_where, "Tables (*.csv);;JSON (*.json)"
        dialog = ask("Export Measurements", kinds, "measurements.csv", self.write_table)
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix("json" if "json" in chosen else "csv"))

    def write_table(self, path: Path) -> None:
        """Measure, and write a table into a file that ends in .csv or .json."""
        work = partial(_write, self.measuring.order(), self.panel.chosen_cohort, self.panel.warnings, path)
        self._files.work(f"Exporting {path.name}…", work, lambda _: self.exported.emit(path))

    def close(self) -> None:
        """End what runs."""
        self.panel.close_worker()
        self.tool.close()
        self.measuring.close()


def _write(order: Order, cohort: Cohort | None, warnings: tuple[str, ...], path: Path) -> None:
    """Write a table. Raises FacewrightError if the file's name says no format, or it cannot be written."""
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".json"):
        raise FacewrightError(f"{path.name}: measurements are written to .csv or .json files.")
    found = order.measured()
    before, now = (measure(order.model, face, cohort) for face in (found.before, found.now))
    facts: dict[str, object] = {
        "model": order.model.name,
        "fingerprint": order.model.fingerprint,
        "before": order.name,
        "cohort": cohort,
    }
    if warnings:
        facts["warnings"] = warnings
    text = to_csv(now, before) if suffix == ".csv" else to_json(now, found.now, facts, before)
    write_atomically(path, text.encode(), private=True)
