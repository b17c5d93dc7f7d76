"""The one road to the screen: document → what is to be seen → evaluate → paint → viewport.

Whatever is chosen anywhere is read again as a whole (`shown`) and compared with what was chosen before; what differs is
computed anew. Nothing else in the editor connects these to each other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from facewright.core.mesh import Mesh
from facewright.core.normals import vertex_normals
from facewright.core.parameters import Parameters
from facewright.core.scan.fitted_scan import FittedScan
from facewright.editor.live.detail import PATIENCE_S
from facewright.editor.live.evaluation import HeadEvaluator
from facewright.editor.live.painting import Painter, PaintRequest
from facewright.editor.live.scan_surface import StillScan, cached_surface
from facewright.editor.live.shown import shown
from facewright.editor.viewport.painting import Drawable, Painting

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.comparison import Comparison
    from facewright.editor.document import Document
    from facewright.editor.live.evaluation import HeadEvaluation
    from facewright.editor.live.painting import PaintResult
    from facewright.editor.live.scan_surface import CarriedSurface
    from facewright.editor.live.shown import DisplayState
    from facewright.editor.viewport import Viewport


_LATE_MS = round(PATIENCE_S * 1000)
"""How long another variant's surface stays at most while the one that is chosen is being computed."""


class ScanPlacer(Protocol):
    """What places and fits a patient's scan."""

    still: StillScan | None
    changed: SignalInstance
    fit_ended: SignalInstance
    fitted: SignalInstance


class Pipeline(QObject):
    """Keeps the screen up with the document, display options, the head compared with and a scan that is placed."""

    computed = Signal(object)
    """An `HeadEvaluation` of the head, newer or finer than any before it; it is about to be painted."""
    busy_changed = Signal(bool)
    """Whether a surface of the head is being computed."""
    updating_changed = Signal(bool)
    """Whether something is being computed or painted that is not on the screen yet."""
    other_changed = Signal(object)
    """The surface of the head compared with, an `HeadEvaluation`; None while there is none."""
    awaited = Signal(str)
    """What the head compared with is called while the screen waits for its first surface; empty otherwise."""
    screen_changed = Signal(object)
    """What is on the screen now, a `PaintResult`."""
    failed = Signal(str)
    """Why something is not to be seen."""
    lost = Signal(object, str)
    """A model whose device has failed, and what to say of it."""

    def __init__(
        self, document: Document, comparison: Comparison, viewport: Viewport, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._comparison, self._viewport = document, comparison, viewport
        self._evaluator, self._other_evaluator, self._painter = HeadEvaluator(self), HeadEvaluator(self), Painter(self)
        self._scans: ScanPlacer | None = None
        self._evaluation: HeadEvaluation | None = None
        self._other: HeadEvaluation | None = None
        self._other_wanted: tuple[HeadModel, Parameters] | None = None
        self._awaited = ""
        self._carried: tuple[CarriedSurface, ...] = ()
        self._on_screen: PaintResult | None = None
        self._is_current, self._was_updating = True, False
        self._late = QTimer(self, singleShot=True, interval=_LATE_MS)
        self._late.timeout.connect(viewport.clear_head)
        self._shown = self._choose()
        self._connect()
        viewport.name_head(self._shown.name)
        viewport.name_other(self._shown.other.name)
        self._show_at_once()
        self._evaluator.want(self._shown.model, self._shown.parameters)
        self._want_other()

    @property
    def on_screen(self) -> PaintResult | None:
        """What is seen, and how it came about; None before the first surface."""
        return self._on_screen

    @property
    def other(self) -> HeadEvaluation | None:
        """The surface of the head compared with, if there is one yet."""
        return self._other

    @property
    def is_current(self) -> bool:
        """Whether what is seen is of the variant that is edited, in its project, though it may be its last shape."""
        return self._is_current

    @property
    def is_updating(self) -> bool:
        """Whether something is being computed or painted that is not on the screen yet."""
        return self._evaluator.busy or self._painter.busy

    def full_mesh(self, model: HeadModel, parameters: Parameters) -> Mesh | None:
        """The mesh last computed, if it is this head's at the finest level of detail."""
        return self._evaluator.full_mesh(model, parameters)

    def follow(self, scans: ScanPlacer) -> None:
        """Show the scan that is being placed, and what comes of it."""
        self._scans = scans
        scans.changed.connect(self._update)
        scans.fit_ended.connect(self._show_fit)
        scans.fitted.connect(lambda: self._comparison.keep(self._document.state.variant))
        self._update()

    def close(self) -> None:
        """Cancel what runs and end the threads."""
        self._late.stop()
        for part in (self._evaluator, self._other_evaluator, self._painter):
            part.close()

    def _connect(self) -> None:
        document = self._document
        for signal in (document.model_changed, document.model_moved, document.state_changed, document.gesture_changed):
            signal.connect(self._update)
        self._viewport.display_changed.connect(self._update)
        self._comparison.named.connect(self._update)
        self._evaluator.evaluated.connect(self._take)
        self._evaluator.busy_changed.connect(self.busy_changed)
        for busy_changed in (self._evaluator.busy_changed, self._painter.busy_changed):
            busy_changed.connect(self._tell_updating)
        for failed in (self._evaluator.failed, self._painter.failed):
            failed.connect(lambda: self._name_head("cannot be shown"))
        self._other_evaluator.evaluated.connect(self._take_other)
        self._other_evaluator.busy_changed.connect(self._tell_awaited)
        self._painter.painted.connect(self._show)
        for part in (self._evaluator, self._other_evaluator, self._painter):
            part.failed.connect(self.failed)
            part.lost.connect(self.lost)

    def _choose(self) -> DisplayState:
        document, placing = self._document, self._scans.still if self._scans else None
        moving = document.gesture is not None
        other = self._comparison.variant
        display, project = self._viewport.display, document.project_number
        return shown(document.model, document.state, display, other, placing, project=project, moving=moving)

    def _update(self) -> None:
        """Ask for what is to be seen now and was not before."""
        last, now = self._shown, self._choose()
        self._shown = now
        another, computed = now.subject != last.subject, self._is_computed(now)
        if another:
            self._leave(last, now)
        if now.moving != last.moving:
            self._evaluator.set_in_gesture(now.moving)
        if now.model is not last.model or now.parameters != last.parameters or (another and not computed):
            self._evaluator.want(now.model, now.parameters, anew=another)
        if now.other is not last.other or now.model.fingerprint != last.model.fingerprint:
            self._awaited = ""
            self._forget_other(last, now)
            self._viewport.name_other(now.other.name)
        self._want_other()
        if another or now.name != last.name:
            self._name_head()
        if another or self._repaints(last, now):
            self._paint()

    def _leave(self, last: DisplayState, now: DisplayState) -> None:
        """Another variant, scan or project is to be seen: nothing more of the last one comes to the screen.

        What is there of another project goes at once, and of another variant unless its own surface is there soon.
        """
        self._is_current = False
        self._painter.drop()
        if not self._is_computed(now):
            self._evaluation = None
        if now.project != last.project:
            self._late.stop()
            self._viewport.clear_head()
        elif not self._late.isActive():
            self._late.start()

    def _name_head(self, missing: str = "updating…") -> None:
        """Say in the picture whose it is, or what of it while another is there, or nothing."""
        name = self._shown.name
        self._viewport.name_head(name if self._is_current else f"{name}: {missing}")

    def _show_at_once(self) -> None:
        """Show the mean head as the model's file holds it, where that is the head: a first start compiles for long."""
        template = self._shown.model.template
        if template is not None and self._shown.parameters == Parameters():
            normals = vertex_normals(template.vertices, template.faces)
            self._viewport.show_painting(Painting(Drawable(Mesh(template.vertices, template.faces), normals)))
            self._evaluator.skip_coarse()

    def _forget_other(self, last: DisplayState, now: DisplayState) -> None:
        """Drop the surface of the head compared with, unless that is the same shape by another name."""
        other = self._other
        if other is None or now.other.scan is not last.other.scan:
            self._viewport.clear_other()
        if other and (other.job.model is not now.model or other.job.parameters != now.other.parameters):
            self._other = None
            self._viewport.clear_other()
            self.other_changed.emit(None)

    def _want_other(self) -> None:
        """Ask for the head compared with, once something shows it."""
        model, parameters = self._shown.model, self._shown.other.parameters
        last = self._other_wanted
        if last and not (last[0] is model and last[1] == parameters):
            self._other_wanted = None  # what was computed of it is forgotten: it may be chosen again
        if self._shown.compares and self._other_wanted is None:
            self._other_wanted = model, parameters
            self._other_evaluator.want(model, parameters)
        self._tell_awaited()

    def _show_fit(self) -> None:
        """A head has been fitted to the scan: show the patient's own surface with the residual as a map."""
        self._viewport.set_display(replace(self._viewport.display, own_surface=True, colouring="residual"))

    def _repaints(self, last: DisplayState, now: DisplayState) -> bool:
        """Whether the surface that is there is to be painted anew; else the next one is."""
        if now.painted != last.painted or (now.compares and now.other is not last.other):
            return True
        if isinstance(now.scan, StillScan):
            return now.scan is not last.scan
        if now.scan is not last.scan or (now.scan and now.model is not last.model):
            return self._is_computed(now)
        return now.scan is not None and last.moving and not now.moving

    def _is_computed(self, now: DisplayState) -> bool:
        job = self._evaluation.job if self._evaluation else None
        return job is not None and job.model is now.model and job.parameters == now.parameters

    def _take(self, evaluation: HeadEvaluation) -> None:
        self._evaluation = evaluation
        self._paint()
        self.computed.emit(evaluation)

    def _take_other(self, evaluation: HeadEvaluation) -> None:
        now = self._shown
        if evaluation.job.parameters == now.other.parameters and evaluation.job.model is now.model:
            self._other = evaluation
            self.other_changed.emit(evaluation)
            if now.compares:
                self._paint()

    def _tell_awaited(self) -> None:
        """Say in the picture and elsewhere that the head compared with is being computed."""
        now = self._shown
        waits = self._other_evaluator.busy and now.compares and self._other is None
        awaited = now.other.name if waits else ""
        if awaited != self._awaited:
            self._awaited = awaited
            self._viewport.name_other(f"{awaited}: being computed…" if waits else now.other.name)
            self.awaited.emit(awaited)

    def _paint(self) -> None:
        now = self._shown
        if self._evaluation is None:
            return
        source = self._cached_surface(now.model, now.scan) if isinstance(now.scan, FittedScan) else now.scan
        other_source = None
        if now.other_scan and self._other:
            other_source = self._cached_surface(now.model, now.other_scan)
        other = self._other if now.compares else None
        self._painter.want(PaintRequest(self._evaluation, now.display, other, source, now.moving, other_source))

    def _cached_surface(self, model: HeadModel, scan: FittedScan) -> CarriedSurface:
        """A scan that follows the head; the last two are kept, for hanging one takes time."""
        carried = cached_surface(model, scan, *self._carried)
        self._carried = (carried, *(each for each in self._carried if each is not carried))[:2]
        return carried

    def _tell_updating(self) -> None:
        if self.is_updating != self._was_updating:
            self._was_updating = self.is_updating
            self.updating_changed.emit(self._was_updating)

    def _show(self, painted: PaintResult) -> None:
        self._on_screen = painted
        self._late.stop()
        if not self._is_current:
            self._is_current = True
            self._name_head()
        self._viewport.show_painting(painted.painting)
        self.screen_changed.emit(painted)
