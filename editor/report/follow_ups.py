"""From the menu to the page of planned and achieved: a later scan is placed on the earlier one, off the GUI thread."""

from __future__ import annotations

import threading
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from facewright.core.errors import Cancelled
from facewright.core.scan.later_scan import REFIT, LaterScan, follow_up, is_follow_up, moved_parts
from facewright.core.scan.scan import read_scan
from facewright.editor import commands
from facewright.editor.background import Background
from facewright.editor.desktop.messages import show_error
from facewright.editor.report.achieved_dialog import AchievedDialog
from facewright.editor.scan.scan_session import SURFACE_FILTER
from facewright.editor.storage.file_work import progress_dialog, work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    from PySide6.QtWidgets import QWidget

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.project import Variant
    from facewright.core.scan.fitted_scan import FittedScan
    from facewright.editor.document import Document, Mark
    from facewright.editor.scan.scan_session import ScanSession
    from facewright.editor.storage.files import Files

_NO_SCAN = (
    "The head that is edited goes back to no scan: fit the scan before surgery first, and choose the variant that was "
    "planned on it."
)
_OTHER_HEAD = "Another project or model was opened meanwhile, and the later scan was given up: compare with it again."
_TELL_MS = 200
_NO_LATER = "There is no later scan yet: choose Compare with a Later Scan."


class FollowUps(QObject):
    """Later scans of the patient whose plan is edited."""

    def __init__(self, document: Document, scans: ScanSession, files: Files, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._scans, self._files, self._window = document, scans, files, window
        self._worker = Background("later scan", self)
        self._cancelled = threading.Event()
        self._dialog: AchievedDialog | None = None
        self._landmarks = document.state.landmarks
        document.state_changed.connect(self._check_page)
        for left in (document.project_changed, document.model_changed):
            left.connect(self._close_dialog)

    def ask(self) -> None:
        """Let the user choose the later scan; one that is placed in the scan panel is taken as it is placed there."""
        planned = self._planned()
        if planned is None:
            show_error(self._window, _NO_SCAN)
            return
        placement = self._scans.placement
        if placement and placement.is_placed and placement.alignment:
            start = placement.alignment if placement.by_landmarks else None
            later = LaterScan(placement.name, placement.scan, placement.unit, start)
            self._follow(planned, lambda: later)
        else:
            self._files.chooser.ask(
                "Compare with a Later Scan", SURFACE_FILTER, partial(self.open, planned), of_patients=True
            )

    def open(self, planned: Variant, path: Path) -> None:
        """Read a later scan of the patient that a head was planned for, place it, and show the page."""
        name = f"Later scan {date.today().isoformat()}"

        def read() -> LaterScan:
            scan = read_scan(path, self._check)
            return LaterScan(name, scan, scan.unit)

        self._follow(planned, read)

    def show(self) -> None:
        """Show the page for a later scan that is in the project already."""
        pair = self._pair()
        if pair:
            self._show(*pair)
        else:
            show_error(self._window, _NO_LATER)

    def close(self) -> None:
        """Give up what runs and the page that is open, and end the thread."""
        self._cancelled.set()
        self._close_dialog()
        self._worker.close()

    def _pair(self, later: FittedScan | None = None) -> tuple[Variant, Variant] | None:
        """A head that was planned and one of a later scan, of that one if it can be; None if there are none."""
        state = self._document.state
        order = (state.variant, *reversed(state.variants))
        wanted = sorted(order, key=lambda head: head.scan is not later)
        pairs = ((planned, achieved) for achieved in wanted for planned in order if planned.scan)
        return next(((one, other) for one, other in pairs if is_follow_up(_scan_of(one), other.scan)), None)

    def _planned(self) -> Variant | None:
        """The head whose plan a later scan is compared with: the one that is edited, or what that was planned as."""
        state = self._document.state
        if state.variant.scan and not state.variant.scan.follows:
            return state.variant
        others = (each for each in reversed(state.variants) if each.scan)
        return next((each for each in others if is_follow_up(_scan_of(each), state.variant.scan)), None)

    def _follow(self, planned: Variant, later: Callable[[], LaterScan]) -> None:
        self._cancelled.set()
        cancelled = self._cancelled = threading.Event()
        progress = progress_dialog(self._window, "Placing the later scan on the earlier one…", cancelled, REFIT.steps)
        steps = [0]
        job = partial(_followed, self._document.model, _scan_of(planned), planned.parameters, later, cancelled, steps)
        done = partial(self._take, self._document.mark(), planned)
        clock = QTimer(progress, interval=_TELL_MS)  # ends with the dialog
        clock.timeout.connect(lambda: progress.setValue(steps[0]))
        clock.start()
        work(self._worker, self._window, progress, job, done)

    def _take(self, begun: Mark, planned: Variant, fitted: FittedScan) -> None:
        """Go on with the later scan's head in a variant of its own, one step to undo, and show the page.

        begun : what was edited when the scan was asked for.
        """
        now = self._document.mark()
        if (now.project, now.fingerprint) != (begun.project, begun.fingerprint):
            show_error(self._window, _OTHER_HEAD)
            return
        if self._scans.placement and self._scans.placement.scan is fitted.scan:
            self._scans.close_scan()
        commands.adopt_scan(self._document, fitted)
        self._show(planned, self._document.state.variant)

    def _show(self, planned: Variant, achieved: Variant) -> None:
        """The page, with that head as planned; any other of the same scan can be chosen, edited ones first."""
        self._close_dialog()
        parts = self._files, self._worker, self._window
        dialog = self._dialog = AchievedDialog(*self._heads(planned, achieved), *parts)
        self._landmarks = self._document.state.landmarks
        dialog.planned.currentTextChanged.connect(self._check_page)
        dialog.renewal_wanted.connect(self._renew)
        dialog.finished.connect(self._forget_dialog)
        dialog.show()

    def _heads(
        self, planned: Variant, achieved: Variant
    ) -> tuple[HeadModel, Mapping[str, np.ndarray], list[Variant], Variant]:
        """The heads as they are now, as a dialog takes them."""
        document, earlier = self._document, _scan_of(planned)
        heads = [each for each in reversed(document.state.variants) if each.scan is earlier]
        edited = [each.parameters != earlier.fit.parameters for each in heads]
        first = planned if planned.parameters != earlier.fit.parameters else None
        order = sorted(range(len(heads)), key=lambda index: (heads[index] is not first, not edited[index]))
        return document.model, document.landmarks, [heads[index] for index in order], achieved

    def _check_page(self) -> None:
        """Tell the page whether its heads are still those of the project."""
        if self._dialog:
            state = self._document.state
            current = all(head in state.variants for head in self._dialog.shown)
            self._dialog.set_outdated(not current or state.landmarks != self._landmarks)

    def _renew(self) -> None:
        """Draw the page of the heads as they are now; close it where there is no later scan any more."""
        pair = self._pair(self._dialog.shown[1].scan) if self._dialog else None
        if self._dialog and pair:
            self._landmarks = self._document.state.landmarks
            self._dialog.show_heads(*self._heads(*pair))
            self._check_page()
        else:
            self._close_dialog()
            show_error(self._window, _NO_LATER)

    def _close_dialog(self) -> None:
        if self._dialog:
            self._dialog.close()

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled

    def _forget_dialog(self) -> None:
        self._dialog = None


def _scan_of(head: Variant) -> FittedScan:
    assert head.scan is not None
    return head.scan


def _followed(
    model: HeadModel,
    earlier: FittedScan,
    planned: Parameters,
    later: Callable[[], LaterScan],
    cancelled: threading.Event,
    steps: list[int],
) -> FittedScan:
    """Place a later scan; `steps` holds how many of the fit are done."""

    def tell(step: int, total: int) -> None:
        steps[0] = step

    moved = moved_parts(earlier.fit.parameters, planned)
    followed = follow_up(model, earlier, later(), moved, cancelled.is_set, tell)
    _ = followed.packed  # for the journal, which would have it made on the window's thread
    return followed
