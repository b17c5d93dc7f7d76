"""What is laid over a surface before it is shown: colours and landmarks, worked out off the GUI thread.

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
from editor.viewport.colours import displacement_colours, part_colours

if TYPE_CHECKING:
    from concurrent.futures import Future

    from editor.evaluation import Evaluation
    from editor.viewport.look import Look


@dataclass(frozen=True, eq=False)
class Painting:
    """A surface ready to be shown.

    colours : (V, 3) uint8 sRGB, or None for clay; landmarks : (n, 3) float32, mm, head frame.
    """

    evaluation: Evaluation
    colours: np.ndarray | None = None
    landmarks: np.ndarray = field(default_factory=partial(np.empty, (0, 3), np.float32))


@dataclass(frozen=True, eq=False)
class Order:
    """A surface to paint, how, and the surface that it is compared with, if there is one yet."""

    evaluation: Evaluation
    look: Look
    other: Evaluation | None = None

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to work out."""
        mapless = self.look.colouring == "displacement" and self.other is None
        return not self.look.landmarks and (self.look.colouring == "plain" or mapless)


def paint(order: Order) -> Painting:
    """Work out colours and landmarks. Raises what evaluating the model raises."""
    job, colours, landmarks = order.evaluation.job, None, np.empty((0, 3), np.float32)
    mesh, look = order.evaluation.mesh, order.look
    if look.colouring == "parts":
        head = job.model.field(job.parameters)
        colours = part_colours({part: head.window(part, mesh.vertices) for part in LOCAL_PARTS})
    elif look.colouring == "displacement" and order.other:
        distances = displacement(mesh, order.evaluation.normals, order.other.mesh)
        colours = displacement_colours(distances, look.range_mm)
    if look.landmarks:
        landmarks = np.concatenate(list(stage_landmarks(job.model, job.parameters).values()))
    return Painting(order.evaluation, colours, landmarks)


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

    def set_look(self, look: Look) -> None:
        """Paint the same surface another way."""
        old, self._look = self._look, look
        if (old.colouring, old.landmarks, old.range_mm) != (look.colouring, look.landmarks, look.range_mm):
            self._order()

    def close(self) -> None:
        """End the thread; nothing is painted afterwards."""
        self._waiting = None
        self._background.close()

    def _order(self) -> None:
        if self._evaluation is None:
            return
        self._waiting = Order(self._evaluation, self._look, self._other)
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
