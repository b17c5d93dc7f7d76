"""The panel of a patient's scan: its unit, where its face is, the fit; and beneath, how well the head fits."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from facewright.core.anthropometry.landmarks import FIVE
from facewright.core.exchange.shape import UNITS_PER_MM
from facewright.core.volume.kinds import is_volume
from facewright.editor.desktop.messages import show_error
from facewright.editor.scan.fit_result import FitResult
from facewright.editor.scan.scan_session import SCAN_FILTER
from facewright.editor.scan.volume_dialog import VolumeDialog
from facewright.editor.widgets.label import Label, MarkedUpLabel
from facewright.editor.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from facewright.core.scan.scan import Scan
    from facewright.editor.document import Document
    from facewright.editor.scan.scan_session import ScanPlacement, ScanSession
    from facewright.editor.storage.file_work import FileChooser
    from facewright.editor.viewport import Viewport

_BY_KEYS = "By keys: bring the place under the cross (arrows turn, with Shift they move; + and −), then press Enter."
_LANDMARKS: Mapping[str, str] = MappingProxyType(
    {
        "en_r": "inner corner of the subject's <b>right</b> eye: at your left when the face looks at you",
        "en_l": "inner corner of the subject's <b>left</b> eye",
        "prn": "tip of the nose",
        "ch_r": "corner of the mouth on the subject's <b>right</b>: at your left when the face looks at you",
        "ch_l": "corner of the mouth on the subject's <b>left</b>",
    }
)
_LONGEST_NAME = 100
_OUT_OF_SCREEN, _ACROSS = (0.0, 0.0, -1.0), (1.0, 0.0, 0.0)
_HINT = (
    "Open the scan of a face, or drop its file onto the window: OBJ, PLY, STL or GLB, a mesh or a point cloud. "
    "Or CT or MR: a folder of DICOM slices, NIfTI, NRRD or MetaImage, of which the skin is taken. "
    "Hair, shoulders and holes do no harm. Nothing leaves this machine."
)


class ScanPanel(QWidget):
    """Follows the session while a scan is placed and fitted, and the document from then on."""

    wanted = Signal()
    """A scan is opened: show the panel."""

    def __init__(
        self,
        document: Document,
        session: ScanSession,
        viewport: Viewport,
        chooser: FileChooser,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._session, self._viewport, self._chooser = document, session, viewport, chooser
        self.hint = _paragraph(_HINT)
        self.about = _paragraph()
        self.name = QLineEdit()
        self._named: Scan | None = None
        self.unit = QComboBox()
        self.where = MarkedUpLabel()  # a landmark in words of ours
        self.where.setWordWrap(True)
        self.open_scan = self._button("Open Scan…", "Open the scan of a face.", self.ask)
        self.open_folder = self._button(
            "Open CT or MR…", "Open a folder of DICOM slices; a file of them, or NIfTI, opens as a scan does.",
            self.ask_for_volume,
        )  # fmt: skip
        self.skin = self._button("Skin…", "Take another density for skin.", self._move_threshold)
        self.find_face = self._button("Find Face", "Look for the face in any pose.", session.find)
        self.click = self._button("Click Landmarks", "Place the scan by five points: the sure way.", self._click)
        self.undo_click = self._button("Undo Click", "Take the last landmark back.", session.undo_click)
        self.roll = self._button(
            "Roll",
            "Turn the scan by a quarter, clockwise as seen from the front.",
            lambda: session.turn(_OUT_OF_SCREEN),
        )
        self.tip = self._button(
            "Tip", "Turn the scan by a quarter, its top towards you.", lambda: session.turn(_ACROSS)
        )
        self.fit = self._button("Fit", "Fit the model to the scan; the head becomes a new variant.", session.fit)
        self.cancel = self._button("Cancel", "End it; of a fit the best so far is kept.", session.cancel)
        self.close_scan = self._button("Put Away", "Go back to the head without a fit.", session.close_scan)
        self.progress = QProgressBar()
        self.doing = _paragraph()
        self.result = FitResult(document, session, viewport)
        self._assemble()
        session.changed.connect(self._show)
        session.failed.connect(lambda message: show_error(self.window(), message))
        session.progressed.connect(self._show_progress)
        document.state_changed.connect(self._show)
        self._show()

    def ask(self) -> None:
        """Let the user choose a scan, then open it."""
        self._chooser.ask("Open Scan", SCAN_FILTER, self.open, of_patients=True)

    def ask_for_volume(self) -> None:
        """Let the user choose a folder of slices, then open it."""
        self._chooser.ask_for_folder("Open CT or MR", self.open, of_patients=True)

    def open(self, path: Path) -> None:
        """Read a patient's scan, and ask for the panel to be shown, in which it is placed and fitted.

        Of CT and MR a dialog asks first for the series, and for what in it is skin.
        """
        self.wanted.emit()
        if is_volume(path):
            self._volume_dialog().look_into(path)
        else:
            self._session.open(path)

    def _click(self) -> None:
        """Let landmarks be clicked, by the keys as well: they are led to the scan."""
        self._session.begin_clicking()
        self._viewport.setFocus(Qt.FocusReason.TabFocusReason)

    def _move_threshold(self) -> None:
        """Take another density for skin."""
        if self._session.volume:
            self._volume_dialog().show_volume(*self._session.volume)

    def _volume_dialog(self) -> VolumeDialog:
        dialog = VolumeDialog(self.window())
        dialog.chosen.connect(self._session.open_volume)
        dialog.open()
        return dialog

    def _assemble(self) -> None:
        self.unit.addItems(list(UNITS_PER_MM))
        self.unit.setAccessibleName("Unit of the scan")
        self.unit.setToolTip("The unit of the file's numbers, guessed from the size; change it if it is wrong.")
        self.unit.currentTextChanged.connect(self._choose_unit)
        self.name.setMaxLength(_LONGEST_NAME)
        self.name.setAccessibleName("Name of the scan")
        self.name.setToolTip("What the scan and its head are called in the project. The name of its file is not kept.")
        self.name.editingFinished.connect(lambda: self._session.rename(self.name.text()))
        self.progress.setAccessibleName("Progress of the fit")
        form = QFormLayout()
        form.addRow("Name", self.name)
        form.addRow("Unit", self.unit)
        self._placing = QWidget()
        column = QVBoxLayout(self._placing)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.about)
        column.addLayout(form)
        column.addWidget(self.where)
        for row in (
            (self.find_face, self.click),
            (self.undo_click,),
            (self.skin,),
            (self.roll, self.tip),
            (self.fit, self.close_scan),
        ):
            line = QHBoxLayout()
            for button in row:
                line.addWidget(button)
            column.addLayout(line)
        self._work = QWidget()
        column = QVBoxLayout(self._work)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.doing)
        column.addWidget(self.progress)
        column.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        opening = QHBoxLayout()
        opening.addWidget(self.open_scan)
        opening.addWidget(self.open_folder)
        layout.addLayout(opening)
        for widget in (self.hint, self._placing, self._work, self.result):
            layout.addWidget(widget)
        layout.addStretch()

    def _button(self, text: str, tip: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(lambda: slot())
        return button

    def _choose_unit(self, text: str) -> None:
        self._session.set_unit(next(unit for unit in UNITS_PER_MM if unit == text))

    def _show(self) -> None:
        """Show where things are: nothing, a scan that is being placed, or what came of it."""
        session, placement = self._session, self._session.placement
        fitted = self._document.state.variant.scan
        self.hint.setVisible(not (placement or session.doing or fitted))
        self._placing.setVisible(placement is not None)
        self._work.setVisible(bool(session.doing))
        self.cancel.setEnabled(not session.is_ending)
        self.doing.setText(session.doing)
        if not session.is_fitting:
            self.progress.setRange(0, 0)
        self.result.setVisible(placement is None and fitted is not None)
        if placement:
            self._show_placement(placement)

    def _show_placement(self, placement: ScanPlacement) -> None:
        busy, session = bool(self._session.doing), self._session
        if not self.name.hasFocus() or placement.scan is not self._named:  # half a name is not another scan's
            self.name.setText(placement.name)
        self._named = placement.scan
        with QSignalBlocker(self.unit):
            self.unit.setCurrentText(placement.unit)
        self.about.setText(_about(placement))
        self.where.setText(_where(placement, clicking=session.is_clicking))
        self.click.setText("Click Anew" if session.is_clicking else "Click Landmarks")
        self.skin.setVisible(session.volume is not None)
        self.undo_click.setVisible(session.is_clicking)
        self.undo_click.setEnabled(bool(placement.clicked))
        for button in (self.roll, self.tip):
            button.setVisible(not placement.is_placed)
        self.fit.setEnabled(placement.is_placed and not busy and not session.is_clicking)
        for widget in (self.unit, self.skin, self.find_face, self.click, self.close_scan):
            widget.setEnabled(not session.is_fitting)

    def _show_progress(self, step: int, steps: int, error_mm: float) -> None:
        """Tell how far the fit is."""
        if self._session.is_fitting and not self._session.is_ending:
            self.progress.setRange(0, steps)
            self.progress.setValue(step)
            self.doing.setText(f"Fitting: the scan is {error_mm:.2f} mm from the head on average, shoulders and all.")


def _about(placement: ScanPlacement) -> str:
    """What was read."""
    scan, unit = placement.scan, placement.unit
    kind = counted(len(scan.faces), "triangle") if len(scan.faces) else "a point cloud"
    colours = ", with colours" if scan.colours is not None else ""
    size = scan.extent / UNITS_PER_MM[unit]
    told = f"{len(scan.points):,} points, {kind}{colours}, {size:,.0f} mm across"
    if unit != scan.unit:
        told = f"{told} in the unit that you chose."
    elif unit == scan.format_unit:
        told = f"{told}; its unit is the format's."
    else:
        told = f"{told}; its unit is guessed from that."
    return " ".join([told, *scan.notes])


def _where(placement: ScanPlacement, *, clicking: bool) -> str:
    """Where the face is, or what is to be clicked next."""
    pose = placement.alignment
    if clicking:
        if placement.missing is None:
            return "All five are clicked."
        number = FIVE.index(placement.missing) + 1
        told = f"{number} of 5: click the {_LANDMARKS[placement.missing]}. Drag beside the scan to turn it."
        return told if placement.clicked else f"{told} {_BY_KEYS}"
    if pose is None:
        return "Not placed yet."
    coverage = f"{pose.covered:.0%} of the face has scan beside it, {pose.residual_mm:.1f} mm away on average."
    if placement.by_landmarks:
        return f"Placed by your five landmarks: {coverage}"
    if pose.finding == "unsure":
        return f"Placed, but not surely: {coverage} If it does not look at you, click the landmarks before you fit."
    if pose.found:
        return f"Placed automatically: {coverage} If it does not look at you, click the landmarks."
    return (
        "No face was found: nowhere does the scan look enough like one. Check the unit; turn the scan until it looks "
        "at you and click the landmarks."
    )


def _paragraph(text: str = "") -> QLabel:
    label = Label(text)
    label.setWordWrap(True)
    return label
