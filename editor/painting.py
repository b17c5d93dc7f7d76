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

from core.displacement import displacement
from core.landmarks import stage_landmarks
from core.parts import LOCAL_PARTS
from editor.background import Background
from editor.scan_surface import CarriedSurface, StillScan
from editor.viewport.colours import displacement_colours, part_colours

if TYPE_CHECKING:
    from concurrent.futures import Future

    from core.align import Alignment
    from core.mesh import Mesh
    from core.parameters import Parameters
    from editor.evaluation import Evaluation
    from editor.scan_surface import ScanSurface
    from editor.viewport.look import Look


@dataclass(frozen=True, eq=False)
class Painting:
    """A surface ready to be shown.

    colours : (V, 3) uint8 sRGB, or None for clay; landmarks : (n, 3) float32, mm, head frame; scan : what is shown in
    the place of the evaluated surface, if anything is, and source where that came from.
    """

    evaluation: Evaluation
    colours: np.ndarray | None = None
    landmarks: np.ndarray = field(default_factory=partial(np.empty, (0, 3), np.float32))
    scan: ScanSurface | None = None
    source: StillScan | CarriedSurface | None = None

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

    rough : whether a hand is moving the head, so that a carried scan is to come soon rather than exactly.
    """

    evaluation: Evaluation
    look: Look
    other: Evaluation | None = None
    source: StillScan | CarriedSurface | None = None
    rough: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to work out."""
        mapless = self.look.colouring == "displacement" and self.other is None
        mapless |= self.look.colouring == "residual"
        return self.source is None and not self.look.landmarks and (self.look.colouring == "plain" or mapless)


def paint(order: Order) -> Painting:
    """Work out colours and landmarks. Raises what evaluating the model raises."""
    job, look = order.evaluation.job, order.look
    if isinstance(order.source, StillScan):
        still = order.source.surface
        return Painting(order.evaluation, still.colours, order.source.marks, still, order.source)
    scan = order.source.at(job.parameters, roughly=order.rough) if order.source else None
    landmarks = np.empty((0, 3), np.float32)
    if look.landmarks:
        landmarks = np.concatenate(list(stage_landmarks(job.model, job.parameters).values()))
    return Painting(order.evaluation, _colours(order, scan), landmarks, scan, order.source)


def _colours(order: Order, scan: ScanSurface | None) -> np.ndarray | None:
    """The colours (V, 3) uint8 of the surface that is shown; None for clay."""
    job, look = order.evaluation.job, order.look
    mesh, normals = (scan.mesh, scan.normals) if scan else (order.evaluation.mesh, order.evaluation.normals)
    if look.colouring == "parts":
        head = job.model.field(job.parameters)
        return part_colours({part: head.window(part, mesh.vertices) for part in LOCAL_PARTS})
    if look.colouring == "displacement" and order.other:
        if order.source:
            assert not isinstance(order.source, StillScan)
            distances = order.source.moved(order.other.job.parameters, job.parameters)
        else:
            distances = displacement(mesh, normals, order.other.mesh)
        return displacement_colours(distances, look.map_range_mm)
    if look.colouring == "residual" and scan and scan.residual is not None:
        return displacement_colours(scan.residual, look.map_range_mm)
    return scan.colours if scan and look.colouring == "plain" else None


class Painter(QObject):
    """Paints every surface on its way to the screen: one order is carried out, one waits, the newest replaces it."""

    painted = Signal(object)
    """A `Painting` newer than any before it."""

    def __init__(self, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background("painting", self)
        self._look = look
        self._evaluation: Evaluation | None = None
        self._other: Evaluation | None = None
        self._source: StillScan | CarriedSurface | None = None
        self._rough = False
        self._waiting: Order | None = None
        self._running: Order | None = None

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Paint another surface."""
        self._evaluation = evaluation
        self._order()

    def show_other(self, other: Evaluation | None) -> None:
        """Compare with another surface, or with none."""
        self._other = other
        if self._look.colouring == "displacement":
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
        if (old.colouring, old.landmarks, old.map_range_mm) != (look.colouring, look.landmarks, look.map_range_mm):
            self._order()

    def close(self) -> None:
        """End the thread; nothing is painted afterwards."""
        self._waiting = None
        self._background.close()

    def _order(self) -> None:
        if self._evaluation is None:
            return
        self._waiting = Order(self._evaluation, self._look, self._other, self._source, self._rough)
        if self._waiting.is_plain:
            self._running, order, self._waiting = None, self._waiting, None  # what runs would be older
            self.painted.emit(Painting(order.evaluation))
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
