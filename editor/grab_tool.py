"""Drag the surface: the hand holds a point, the code of its part follows, one undo step a drag.

Before the press what would follow lights up, and the status bar says so.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from facewright.core.grab import Grab
from facewright.core.parts import LOCAL_PARTS
from facewright.core.sculpt.warp import head_warp
from facewright.core.zones import Zones
from facewright.editor import commands
from facewright.editor.drag_session import DragSession
from facewright.editor.live.newest import Newest, Task
from facewright.editor.viewport.colours import lit
from facewright.editor.wording import TITLES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.symmetry import Symmetry
    from facewright.editor.document import Document
    from facewright.editor.live.painting import PaintResult
    from facewright.editor.live.pipeline import Pipeline
    from facewright.editor.viewport import Viewport
    from facewright.editor.viewport.tool import Touch


class _ZoneMap:
    """The zones of one surface: of every vertex, for the light, and of any point, as a pull there takes hold of it."""

    def __init__(self, shown: PaintResult) -> None:
        self.shown = shown
        job, points = shown.request.evaluation.job, shown.painting.head.mesh.vertices
        self._warp = head_warp(job.model, job.parameters)
        self._zones = Zones(job.model, job.parameters)
        self.names = self._zones.of(self._warp.undone(points))

    def at(self, point: np.ndarray) -> str:
        """The zone's name at a point (3,), mm, of the surface; near a border the nearest vertex is of another."""
        return str(self._zones.of(self._warp.undone(point[None]))[0])


def _grab(model: HeadModel, parameters: Parameters, point: np.ndarray, symmetry: Symmetry | None) -> Grab:
    """A hold of a point (3,), mm, of the surface where it is without operations and brush work: codes know none."""
    return Grab(model, parameters, head_warp(model, parameters).undone(point[None])[0], symmetry)


class GrabTool(QObject):
    """The viewport's tool for the surface."""

    refused = Signal(str)
    """Why the surface cannot be dragged there."""
    advised = Signal(str)
    """What a press does where the pointer is, or what the pull has done so far; empty where there is nothing to say."""

    def __init__(
        self, document: Document, window: QWidget, viewport: Viewport | None = None, pipeline: Pipeline | None = None
    ) -> None:
        """viewport, pipeline : where what is under the pointer lights up, and what tells the surface that is shown."""
        super().__init__(window)
        self._document, self._viewport, self._pipeline = document, viewport, pipeline
        self._part: CodeName = "remainder"
        self._grab: Grab | None = None
        self._drag = DragSession(document, "grab", window, self._pulled)
        self._worker = Newest("zones", self)
        self._zones: _ZoneMap | None = None
        self._asked: PaintResult | None = None
        self._touched: np.ndarray | None = None
        self._lit = ""
        if pipeline:
            pipeline.screen_changed.connect(self._repainted)

    def hover(self, touch: Touch | None) -> None:
        """Light up what would follow from there, and say so."""
        self._touched = touch.point if touch else None
        self._light_up()

    def grab(self, point: np.ndarray) -> bool:
        """Take hold of the head as it is set at a point (3,) of its surface, mm, head frame."""
        self._touched = None
        self._light_up()
        document = self._document
        symmetry = document.symmetry if document.tools.symmetric else None
        self._drag.grab(partial(_grab, document.model, document.parameters, point, symmetry), self._taken)
        return True

    def drag(self, way: np.ndarray, touch: Touch | None = None) -> None:
        """Pull the point as far as the hand is, (3,) mm, from where it took hold."""
        self._drag.pull(way)

    def release(self) -> None:
        """End the undo step once the head has followed to where the hand was last."""
        self._drag.release()

    def call_off(self) -> None:
        """Let the head spring back."""
        self._drag.cancel()
        self.advised.emit("")

    def close(self) -> None:
        """Wait for the solver and end its thread."""
        self._worker.close()
        self._drag.close()

    def _taken(self, grab: Grab) -> bool:
        if grab.part in self._document.state.locked:
            self.refused.emit(f"{TITLES[grab.part]} is locked: unlock it to drag it.")
            return False
        self._part, self._grab = grab.part, grab
        return True

    def _pulled(self, after: Parameters) -> None:
        head = self._document.parameters.with_code(
            self._part, after.code(self._part)
        )  # a slider may have moved meanwhile
        kind, grab = f"Drag {TITLES[self._part]}", self._grab
        assert grab is not None
        far = float(np.linalg.norm(grab.point - grab.origin))
        commands.set_parameters(self._document, head, f"{kind} {far:.1f} mm", kind)
        end = ": as far as people go. Let go and pull again to go on." if grab.ends else "."
        self.advised.emit(f"{TITLES[self._part]}: pulled {far:.1f} mm{end}")

    def _shown(self) -> PaintResult | None:
        """What is under the pointer, if it is the head's own surface."""
        seen = self._pipeline.on_screen if self._pipeline else None
        return seen if seen and seen.request.source is None else None

    def _light_up(self) -> None:
        """Bring light and words up to where the pointer is."""
        shown, viewport = self._shown(), self._viewport
        if shown is None or viewport is None or self._drag.is_active:
            return
        if self._touched is not None and (self._zones is None or self._zones.shown is not shown):
            if self._asked is not shown:
                self._asked = shown
                self._worker.want(Task(lambda cancelled: _ZoneMap(shown), self._take_zones))
            return
        zone = self._zones.at(self._touched) if self._zones and self._touched is not None else ""
        if zone == self._lit:
            return
        self._lit = zone
        colours = shown.painting.head.colours
        viewport.colour(lit(colours, self._zones.names == zone) if zone and self._zones else colours)
        self.advised.emit(self._advice(zone))

    def _advice(self, zone: str) -> str:
        """What a press does in a zone."""
        if not zone:
            return ""
        part: CodeName = next((part for part in LOCAL_PARTS if part == zone), "remainder")
        if part in self._document.state.locked:
            return f"{TITLES[part]} is locked: unlock it to pull the {zone}."
        both = ", alike on both sides" if self._document.tools.symmetric else ""
        follows = "follow" if zone == "eyes" else "follows"
        return f"Press and pull: the {zone} {follows}{both}."

    def _take_zones(self, zones: _ZoneMap) -> None:
        self._zones = zones
        self._light_up()

    def _repainted(self) -> None:
        """Another surface is shown, and nothing on it is lit."""
        self._lit = ""
        if self._touched is not None:
            self._light_up()
