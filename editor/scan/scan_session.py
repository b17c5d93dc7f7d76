"""A scan on its way into the project: read, placed, fitted; all of it off the GUI thread.

What is known of the scan is one frozen `ScanPlacement`, replaced whole; nothing of it is in the document before the fit
is there, which is then one undo step. Nothing is written to disk or to a log, and the scan's file, which may name a
patient, is forgotten once it is read: a scan is called by its day until a person names it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PySide6.QtCore import QObject, Signal
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.landmarks import FIVE
from facewright.core.errors import FacewrightError
from facewright.core.exchange.shape import UNITS_PER_MM
from facewright.core.reading.surface_file import FORMATS, suffix
from facewright.core.scan.align import Alignment, align, align_by_landmarks
from facewright.core.scan.fitted_scan import FittedScan
from facewright.core.scan.mean_face import mean_face
from facewright.core.scan.scan import read_scan
from facewright.core.scan.scan_fit import ScanFitSettings, fit_scan
from facewright.core.volume.kinds import ONE_FILE, SLICES, is_volume
from facewright.core.volume.skin import skin
from facewright.editor import commands
from facewright.editor.background import Relay
from facewright.editor.live.newest import Newest, Task, stop_if
from facewright.editor.live.scan_surface import StillScan

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from facewright.core.exchange.shape import LengthUnit
    from facewright.core.scan.scan import Scan
    from facewright.core.volume.volume import Volume
    from facewright.editor.document import Document
    from facewright.editor.viewport.tool import Touch

Answer = TypeVar("Answer")

_ENDS = (*FORMATS, *ONE_FILE, *SLICES)
SCAN_FILTER = f"Scans, CT and MR ({' '.join(f'*.{end}' for end in _ENDS)});;All files (*)"
"""For a file dialog; slices of CT and MR often have names without an end."""
SURFACE_FILTER = f"Scans ({' '.join(f'*.{end}' for end in FORMATS)});;All files (*)"
"""The same of surfaces alone."""

_CLICKING = "Click: set the landmark · Ctrl+Z: take the last one back · Escape: stop"
_NORMS = "Norms are off, as this may be somebody else: choose the cohort of the new scan in Measurements (F7)."
_OTHER_MODEL = (
    "Another model has come under the head, as training brings it: the fit to the one before was given up. Fit again."
)


def is_scan(path: Path) -> bool:
    """Whether a path is a scan, or a volume that shows one."""
    return suffix(path) in FORMATS or is_volume(path)


@dataclass(frozen=True, eq=False)
class ScanPlacement:
    """A scan, and where it is.

    name : as a person calls it; turned : (3, 3), how a person turned it so as to see it, while it
    is not placed; clicked : (3,) each, in the scan's unit and frame, by the names of `FIVE`, in their order;
    alignment : where the face was found, last; by_landmarks : whether by a person.
    """

    name: str
    scan: Scan
    unit: LengthUnit
    turned: np.ndarray = field(default_factory=partial(np.eye, 3))
    clicked: Mapping[str, np.ndarray] = field(default_factory=lambda: MappingProxyType({}))
    alignment: Alignment | None = None
    by_landmarks: bool = False

    @property
    def is_placed(self) -> bool:
        """Whether it can be fitted."""
        return self.alignment is not None and (self.by_landmarks or self.alignment.finding != "not found")

    @property
    def missing(self) -> str | None:
        """The landmark that is to be clicked next."""
        return next((name for name in FIVE if name not in self.clicked), None)

    @cached_property
    def shown_at(self) -> Alignment:
        """Where it is shown: in its place, or upright in its own frame about the head's origin."""
        if self.alignment is not None and self.is_placed:
            return self.alignment
        mm = 1.0 / UNITS_PER_MM[self.unit]
        middle = mm * np.median(self.scan.points, axis=0)
        return Alignment(self.turned, -self.turned @ middle, mm)


class ScanSession(QObject):
    """The scan that is being placed or fitted, if there is one; it is a tool of the viewport's while it is clicked."""

    changed = Signal()
    """Another placement, another thing that is under way, or none."""
    progressed = Signal(int, int, float)
    """Steps of the fit done, of how many, and the mean distance at its points, mm."""
    failed = Signal(str)
    """What did not work, and what to do."""
    told = Signal(str)
    """What has changed besides, and what to do."""
    advised = Signal(str)
    """What a press does where the pointer is, for the status bar; nothing where it does nothing."""
    fit_ended = Signal()
    """The document's head is about to be the fitted one: the moment to choose how it is looked at."""
    fitted = Signal()
    """The document's head is the fitted one."""

    def __init__(
        self, document: Document, settings: ScanFitSettings | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._settings = document, settings or ScanFitSettings()
        self._worker = Newest("scan", self)
        self._worker.failed.connect(self.failed)
        self._progress = Relay(self.progressed.emit, self)
        self.placement: ScanPlacement | None = None
        self.volume: tuple[Volume, float] | None = None
        """What the scan that is being placed is the skin of, and at which threshold, if it is of CT or MR."""
        self.still: StillScan | None = None
        self.doing = ""
        self.is_fitting = self.is_clicking = self.is_ending = False
        document.project_changed.connect(self.close_scan)
        document.model_changed.connect(self._give_up_fit)

    def open(self, path: Path) -> None:
        """Read a scan, then look for its face."""

        def work(cancelled: threading.Event) -> Scan:
            return read_scan(path, partial(stop_if, cancelled))

        self._work(f"Reading {path.name}…", work, self._take)

    def open_volume(self, volume: Volume, threshold: float) -> None:
        """Take the skin in a volume as the scan, then look for its face."""

        def done(scan: Scan) -> None:
            self._take(scan, (volume, threshold))

        def work(cancelled: threading.Event) -> Scan:
            return skin(volume, threshold, partial(stop_if, cancelled))

        self._work("Finding the skin…", work, done)

    def _take(self, scan: Scan, volume: tuple[Volume, float] | None = None) -> None:
        """Begin with a scan that was read."""
        again = self.placement.name if self.placement and volume and self.volume else ""  # at another threshold
        name = again or self._document.state.unused(f"Scan {date.today().isoformat()}")
        self.volume = volume
        self._put(ScanPlacement(name, scan, scan.unit))
        self.find()

    def place_again(self, fitted: FittedScan) -> None:
        """Go back to the placement of a scan that was fitted."""
        self._stop()
        self.volume, pose = None, fitted.fit.alignment
        again = ScanPlacement(fitted.name, fitted.scan, fitted.unit, alignment=pose, by_landmarks=fitted.by_landmarks)
        self._put(again)

    def rename(self, name: str) -> None:
        """Call the scan so from now on; an empty name changes nothing."""
        if self.placement and name.strip() and name.strip() != self.placement.name:
            self.placement = replace(self.placement, name=name.strip())
            self.changed.emit()

    def set_unit(self, unit: LengthUnit) -> None:
        """Take the scan's numbers for lengths of another unit, and look for the face again."""
        if self.placement and unit != self.placement.unit:
            self._put(replace(self.placement, unit=unit, alignment=None, by_landmarks=False))
            self.find()

    def turn(self, axis: tuple[float, float, float]) -> None:
        """Turn a scan that is not placed by a quarter about an axis of the screen, as seen from the front."""
        if self.placement:
            quarter = Rotation.from_rotvec(np.pi / 2 * np.asarray(axis)).as_matrix()
            self._put(replace(self.placement, turned=quarter @ self.placement.turned))

    def find(self) -> None:
        """Look for the face in any pose."""
        placement, model = self.placement, self._document.model
        if placement is None:
            return

        def place(alignment: Alignment) -> None:
            if self.placement:  # it may have been turned in the meantime
                clicked: Mapping[str, np.ndarray] = MappingProxyType({})
                self._put(replace(self.placement, alignment=alignment, by_landmarks=False, clicked=clicked))

        def work(cancelled: threading.Event) -> Alignment:
            return align(placement.scan, mean_face(model), placement.unit, cancelled.is_set)

        self.is_clicking = False
        self._work("Looking for the face…", work, place)

    def begin_clicking(self) -> None:
        """Begin to click the five landmarks, or begin anew."""
        if self.placement:
            self._stop()
            self.is_clicking = True
            self._put(replace(self.placement, clicked=MappingProxyType({})), stays=True)

    def hover(self, touch: Touch | None) -> None:
        """The status bar says what a press does."""
        self.advised.emit(_CLICKING if touch else "")

    def grab(self, point: np.ndarray) -> bool:
        """A click on the scan where it is shown, (3,) mm: the next landmark; after the last the scan is placed."""
        placement = self.placement
        if placement is None or self.still is None or placement.missing is None or not self.is_clicking:
            return False
        there = self.still.place.to_scan(np.asarray(point, dtype=np.float64)[None])[0]
        clicked = MappingProxyType({**placement.clicked, placement.missing: there})
        self._put(replace(placement, clicked=clicked), stays=True)
        if self.placement and self.placement.missing is None:
            self._place_by(self.placement)
        return True

    def drag(self, way: np.ndarray, touch: Touch | None) -> None:
        """A landmark stays where it was clicked."""

    def release(self) -> None:
        """Nothing is held."""

    def call_off(self) -> None:
        """Nothing is held."""

    def stop_clicking(self) -> None:
        """Leave the scan where it was before the first click."""
        if self.placement and self.is_clicking:
            self._stop()
            self.is_clicking = False
            self._put(replace(self.placement, clicked=MappingProxyType({})))

    def undo_click(self) -> None:
        """Take the last landmark back."""
        if self.placement and self.placement.clicked:
            self._stop()
            clicked = dict(self.placement.clicked)
            clicked.popitem()
            self._put(replace(self.placement, clicked=MappingProxyType(clicked)), stays=True)

    def fit(self) -> None:
        """Fit the model to the scan where it is placed; the head becomes a new variant."""
        placement, model = self.placement, self._document.model
        if placement is None or placement.alignment is None:
            return
        try:
            self._document.state.branched(placement.name)
        except FacewrightError as error:  # half a minute later there would be no room for the head either
            self.failed.emit(str(error))
            return
        pose, steps = placement.alignment, self._settings.steps

        def tell(step: int, error: float) -> None:
            self._progress.tell(step, steps, error)

        def work(cancelled: threading.Event) -> FittedScan:
            fit = fit_scan(model, placement.scan, pose, self._settings, cancelled.is_set, tell)
            fitted = FittedScan(placement.name, placement.unit, placement.scan, fit, placement.by_landmarks)
            _ = fitted.packed  # for the journal, which would have it made on the window's thread
            return fitted

        def done(fitted: FittedScan) -> None:
            name = self.placement.name if self.placement else placement.name  # it may have been named in the meantime
            self.fit_ended.emit()
            self._adopt(fitted.named(name))  # without room for another variant the scan stays
            self._forget()
            self.fitted.emit()
            self.changed.emit()

        self.is_clicking = False
        self._work("Fitting…", work, done, fitting=True)

    def _adopt(self, fitted: FittedScan) -> None:
        """Go on with the fitted head, without the norms of who may be somebody else: another scan was there before."""
        document = self._document
        others = [each.scan for each in document.state.variants if each.scan and each.scan.scan is not fitted.scan]
        if others and document.cohort:
            document.set_cohort("")
            self.told.emit(_NORMS)
        commands.adopt_scan(document, fitted)

    def cancel(self) -> None:
        """End what is under way; of a fit that has begun, the best so far is kept."""
        if self.is_fitting and not self._worker.waits:
            self._worker.cancel()
            self.doing, self.is_ending = "Ending: the best so far is kept…", True
        else:
            self._stop()
        self.changed.emit()

    def close_scan(self) -> None:
        """Put the scan away; of a fit under way nothing is kept."""
        self._stop()
        self._forget()
        self.changed.emit()

    @property
    def busy(self) -> bool:
        """Whether a fit is under way, which takes long."""
        return self.is_fitting

    def close(self) -> None:
        """Cancel what runs and end the thread."""
        self._worker.close()

    def _place_by(self, placement: ScanPlacement) -> None:
        """Place the scan by the five landmarks that were clicked."""
        model = self._document.model

        def placed(alignment: Alignment) -> None:
            self.is_clicking = False
            self._put(replace(placement, alignment=alignment, by_landmarks=True))

        def work(cancelled: threading.Event) -> Alignment:
            return align_by_landmarks(placement.scan, placement.clicked, mean_face(model), placement.unit)

        self._work("Placing the scan…", work, placed)

    def _put(self, placement: ScanPlacement, *, stays: bool = False) -> None:
        """Go on with another placement; `stays` if the scan is not to be shown elsewhere."""
        self.placement = placement
        place = self.still.place if stays and self.still else placement.shown_at
        self.still = StillScan(placement.scan, place, np.array(list(placement.clicked.values())), placement.name)
        self.changed.emit()

    def _forget(self) -> None:
        self.placement, self.still, self.volume, self.is_clicking = None, None, None, False

    def _give_up_fit(self) -> None:
        """Coefficients of one model are another head in the next."""
        if self.is_fitting:
            self._stop()
            self.changed.emit()
            self.failed.emit(_OTHER_MODEL)

    def _stop(self) -> None:
        """Give up what is under way: its answer is not waited for."""
        self._worker.drop()
        self._rest()

    def _work(
        self,
        text: str,
        work: Callable[[threading.Event], Answer],
        succeeded: Callable[[Answer], None],
        *,
        fitting: bool = False,
    ) -> None:
        """Do work off the GUI thread, then call `succeeded` here unless something else was begun in the meantime."""
        self._stop()
        self.doing, self.is_fitting = text, fitting

        def done(answer: Answer) -> None:
            self._rest()
            succeeded(answer)
            self.changed.emit()

        def failed(error: Exception) -> None:
            self._rest()
            self.changed.emit()

        self._worker.want(Task(work, done, failed))
        self.changed.emit()

    def _rest(self) -> None:
        self.doing, self.is_fitting, self.is_ending = "", False, False
