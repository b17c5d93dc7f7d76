"""What is laid over a surface before it is shown: colours, landmarks, a scan; worked out off the GUI thread.

A surface and its colours are shown together, so that a map never flickers while a slider is dragged; the newest
surface is always the one that waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from facewright.core.anthropometry.landmarks import stage_landmarks
from facewright.core.displacement import displacement
from facewright.core.parts import LOCAL_PARTS
from facewright.editor.background import Background
from facewright.editor.scan.scan_surface import CarriedSurface, StillScan, hung
from facewright.editor.viewport.colours import displacement_colours, part_colours

if TYPE_CHECKING:
    from concurrent.futures import Future

    from facewright.core.mesh import Mesh
    from facewright.core.parameters import Parameters
    from facewright.core.scan.align import Alignment
    from facewright.editor.comparison import OtherHead
    from facewright.editor.evaluation import Evaluation
    from facewright.editor.scan.scan_surface import ScanSurface
    from facewright.editor.viewport.look import Look


@dataclass(frozen=True, eq=False)
class Painting:
    """A surface ready to be shown.

    colours : (V, 3) uint8 sRGB, or None for clay; landmarks : (n, 3) float32, mm, head frame; scan : what is shown in
    the place of the evaluated surface, if anything is, and source where that came from; other : what is shown of the
    head compared with, if there is anything yet.
    """

    evaluation: Evaluation
    colours: np.ndarray | None = None
    landmarks: np.ndarray = field(default_factory=partial(np.empty, (0, 3), np.float32))
    scan: ScanSurface | None = None
    source: StillScan | CarriedSurface | None = None
    other: Evaluation | ScanSurface | None = None

    @property
    def place(self) -> Alignment | None:
        """Where the scan lies, while it is being placed."""
        return self.source.place if isinstance(self.source, StillScan) else None

    @property
    def mesh(self) -> Mesh:
        """The mesh that is shown, mm, head frame."""
        return self.scan.mesh if self.scan else self.evaluation.mesh

    @property
    def normals(self) -> np.ndarray:
        """Its normals, (V, 3) float32, out of the head."""
        return self.scan.normals if self.scan else self.evaluation.normals


@dataclass(frozen=True, eq=False)
class Order:
    """A surface to paint, how, the surface that it is compared with, if there is one yet, and the scan in its place.

    rough : whether a hand is moving the head, so that a carried scan is to come soon rather than exactly;
    other_source : the scan in the place of the other surface, `source` itself where both heads go back to one scan.
    """

    evaluation: Evaluation
    look: Look
    other: Evaluation | None = None
    source: StillScan | CarriedSurface | None = None
    rough: bool = False
    other_source: CarriedSurface | None = None

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to work out."""
        mapless = self.look.colouring == "displacement" and self.other is None
        mapless |= self.look.colouring == "residual"
        scanless = self.source is None and self.other_source is None
        return scanless and not self.look.landmarks and (self.look.colouring == "plain" or mapless)


def paint(order: Order) -> Painting:
    """Work out colours and landmarks. Raises what evaluating the model raises."""
    job, look = order.evaluation.job, order.look
    if isinstance(order.source, StillScan):
        still = order.source.surface
        return Painting(order.evaluation, still.colours, order.source.marks, still, order.source, order.other)
    scan = order.source.at(job.parameters, roughly=order.rough) if order.source else None
    landmarks = np.empty((0, 3), np.float32)
    if look.landmarks:
        landmarks = np.concatenate(list(stage_landmarks(job.model, job.parameters).values()))
    other: Evaluation | ScanSurface | None = order.other
    if order.other and order.other_source:
        other = order.other_source.before(order.other.job.parameters)
    return Painting(order.evaluation, _colours(order, scan), landmarks, scan, order.source, other)


def scan_beside(other: OtherHead | None, look: Look, *known: object) -> CarriedSurface | None:
    """The patient's own surface in the place of the head compared with, where that goes back to a scan."""
    if other is None or other.scan is None or not (look.shows_scan and look.needs_other):
        return None
    carried = (surface for surface in known if isinstance(surface, CarriedSurface))
    return hung(other.evaluation.job.model, other.scan, *carried)


def _colours(order: Order, scan: ScanSurface | None) -> np.ndarray | None:
    """The colours (V, 3) uint8 of the surface that is shown; None for clay."""
    job, look = order.evaluation.job, order.look
    if look.colouring == "parts":
        head, points = job.model.field(job.parameters), (scan or order.evaluation).mesh.vertices
        return part_colours({part: head.window(part, points) for part in LOCAL_PARTS})
    if look.colouring == "displacement" and order.other:
        return displacement_colours(_distances(order, order.other, scan), look.map_range_mm)
    if look.colouring == "residual" and scan and scan.residual is not None:
        return displacement_colours(scan.residual, look.map_range_mm)
    return scan.colours if scan and look.colouring == "plain" else None


def _distances(order: Order, other: Evaluation, scan: ScanSurface | None) -> np.ndarray:
    """How far each vertex that is shown lies from the other head, (V,) float32, mm, positive outside of it.

    Of a scan on both heads, the way of each of its points. Else to the model's surface, for that is closed: NaN at
    what a scan has besides the head.
    """
    if isinstance(order.source, CarriedSurface) and order.source is order.other_source:
        return order.source.moved(other.job.parameters, order.evaluation.job.parameters)
    shown = scan or order.evaluation
    distances = displacement(shown.mesh, shown.normals, other.mesh)
    if scan and scan.residual is not None:
        distances[np.isnan(scan.residual)] = np.nan
    return distances


class Painter(QObject):
    """Paints every surface on its way to the screen: one order is carried out, one waits, the newest replaces it."""

    painted = Signal(object)
    """A `Painting` newer than any before it."""

    def __init__(self, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background("painting", self)
        self._look = look
        self._evaluation: Evaluation | None = None
        self._other: OtherHead | None = None
        self._beside: CarriedSurface | None = None
        self._source: StillScan | CarriedSurface | None = None
        self._rough = False
        self._waiting: Order | None = None
        self._running: Order | None = None

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Paint another surface."""
        self._evaluation = evaluation
        self._order()

    def show_other(self, other: OtherHead | None) -> None:
        """Compare with another surface, or with none."""
        self._other = other
        if self._look.needs_other:
            self._order()

    def show_scan(self, source: StillScan | CarriedSurface | None, parameters: Parameters) -> None:
        """Show a scan in the place of all surfaces to come, and of the last one if that is the head of `parameters`."""
        if source is not self._source:
            self._source = source
            shown = self._evaluation is not None and self._evaluation.job.parameters == parameters
            if shown or isinstance(source, StillScan):
                self._order()

    def set_in_gesture(self, in_gesture: bool) -> None:
        """Carry a scan roughly while a hand moves the head, exactly when it rests."""
        self._rough = in_gesture
        if not in_gesture and isinstance(self._source, CarriedSurface):
            self._order()

    def set_look(self, look: Look) -> None:
        """Paint the same surface another way."""
        old, self._look = self._look, look
        if _painted(old) != _painted(look):
            self._order()

    def close(self) -> None:
        """End the thread; nothing is painted afterwards."""
        self._waiting = None
        self._background.close()

    def _order(self) -> None:
        if self._evaluation is None:
            return
        other = self._other.evaluation if self._other and self._look.needs_other else None
        beside = scan_beside(self._other, self._look, self._source, self._beside)
        self._beside = beside or self._beside
        self._waiting = Order(self._evaluation, self._look, other, self._source, self._rough, beside)
        if self._waiting.is_plain:
            self._running, order, self._waiting = None, self._waiting, None  # what runs would be older
            self.painted.emit(Painting(order.evaluation, other=order.other))
        self._advance()

    def _advance(self) -> None:
        if self._running is None and self._waiting:
            self._running, self._waiting = self._waiting, None
            self._background.run(partial(paint, self._running), partial(self._finish, self._running))

    def _finish(self, order: Order, future: Future[Painting]) -> None:
        if order is self._running:
            self._running = None
            self._advance()
            self.painted.emit(future.result())


def _painted(look: Look) -> tuple[object, ...]:
    """What of a look is painted, and not drawn alone."""
    return look.colouring, look.landmarks, look.map_range_mm, look.needs_other, look.shows_scan
