"""What is laid over a surface before it is shown: colours, landmarks, a scan; worked out off the GUI thread.

A surface and its colours are shown together, so that a map never flickers while a slider is dragged; the newest
surface is always the one that waits.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal

from facewright.core.anthropometry.landmarks import stage_landmarks
from facewright.core.device import DeviceLost
from facewright.core.displacement import displacement
from facewright.core.errors import FacewrightError
from facewright.core.parts import LOCAL_PARTS
from facewright.core.production.complexion import TONES
from facewright.editor.live.detail import FINEST
from facewright.editor.live.natural import AsExported, modelled, natural
from facewright.editor.live.newest import Newest, Task
from facewright.editor.live.scan_surface import CarriedSurface, StillScan
from facewright.editor.viewport.colours import clay, displacement_colours, part_colours
from facewright.editor.viewport.painting import Drawable, Painting
from facewright.editor.viewport.shading import SKIN_NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.model.head_model import HeadModel
    from facewright.core.openness import OpennessMap
    from facewright.editor.live.evaluation import HeadEvaluation
    from facewright.editor.live.scan_surface import ScanSurface
    from facewright.editor.viewport.display_options import DisplayOptions
    from facewright.editor.viewport.shading import Colour


class KnownOther(NamedTuple):
    """The head compared with, as files have it: it stays while the other one is dragged."""

    evaluation: HeadEvaluation
    display: DisplayOptions
    exported: AsExported


class AtRest(NamedTuple):
    """A head at rest, for surfaces that move on from it.

    model, display : its model, and how it was drawn; light : its shadows; exported : what is drawn, if that is as files
    have it.
    """

    model: HeadModel
    display: DisplayOptions
    light: OpennessMap
    exported: AsExported | None = None


@dataclass(frozen=True, eq=False)
class PaintRequest:
    """A surface to paint, how, the surface that it is compared with, if there is one yet, and the scan in its place.

    rough : whether a hand is moving the head, so that a carried scan is to come soon rather than exactly;
    other_source : the scan in the place of the other surface, `source` itself where both heads go back to one scan;
    last : what is kept of the model's last head at rest, for one that moves; known : the head compared with, as it was
    painted last.
    """

    evaluation: HeadEvaluation
    display: DisplayOptions
    other: HeadEvaluation | None = None
    source: StillScan | CarriedSurface | None = None
    rough: bool = False
    other_source: CarriedSurface | None = None
    last: AtRest | None = None
    known: KnownOther | None = None

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to work out."""
        mapless = self.display.colouring == "displacement" and self.other is None
        mapless |= self.display.colouring == "residual"
        scanless = self.source is None and self.other_source is None
        plain = self.display.colouring in ("plain", "natural")
        if self.is_as_exported or self.moves_on or self.other_is_exported:
            return False
        shaded = all(each is None or is_shaded(each) for each in (self.evaluation, self.other))
        return scanless and shaded and not self.display.landmarks and (plain or mapless)

    @property
    def is_as_exported(self) -> bool:
        """Whether the head is drawn as files have it, where its model can: with eyes and teeth, in colours or in clay.

        Of expressions the model's own surface may be wrong: it has learnt hardly any two at once, and of some
        jaws that open the lips stay. What is seen then is what is exported.
        """
        return _is_exported(self.evaluation, self.display)

    @property
    def other_is_exported(self) -> bool:
        """The same of the head compared with."""
        return self.other is not None and _is_exported(self.other, self.display)

    @property
    def moves_on(self) -> bool:
        """Whether what is drawn is the last head at rest, as files have it, on its way to this one."""
        last, display = self.last, self.display
        if self.evaluation.job.level == FINEST or last is None or last.exported is None:
            return False
        return _alike(last.display, display)


class PaintResult(NamedTuple):
    """A painting, and what was asked for."""

    request: PaintRequest
    painting: Painting


def drawable(
    evaluation: HeadEvaluation,
    colours: np.ndarray | None = None,
    last: AtRest | None = None,
    base: Colour = SKIN_NEUTRAL,
) -> Drawable:
    """A head's surface in colours (V, 3) uint8 sRGB, or of clay with the soft shadows of folds.

    last : another head nearby, from which a coarse or moving one takes its shadows; base : sRGB of the clay.
    """
    if colours is None and evaluation.job.level == FINEST:
        colours, _ = clay(evaluation.openness, base), evaluation.light  # both are worked out here, off the GUI thread
    elif colours is None and (last or base != SKIN_NEUTRAL):
        colours = clay(last.light.on(evaluation.surface) if last else np.ones(len(evaluation.mesh.vertices)), base)
    return Drawable(evaluation.mesh, evaluation.normals, colours, evaluation.surface, skin=base)


def is_shaded(evaluation: HeadEvaluation) -> bool:
    """Whether drawing a surface needs no shadows that are still to be worked out."""
    return evaluation.job.level != FINEST or evaluation.is_shaded


def paint(request: PaintRequest, cancelled: Callable[[], bool] | None = None) -> Painting:
    """Work out colours and landmarks.

    Raises what evaluating the model raises, and may raise Cancelled once `cancelled` answers true.
    """
    start = time.perf_counter()
    evaluation, display, source = request.evaluation, request.display, request.source
    job = evaluation.job
    other = _other(request, cancelled)
    if isinstance(source, StillScan):
        return Painting(_scanned(source.surface), source.marks, other, source.place, _drag_s(request, start))
    scan = source.at(job.parameters, roughly=request.rough) if source else None
    landmarks = np.empty((0, 3), np.float32)
    if display.landmarks:
        landmarks = np.concatenate(list(stage_landmarks(job.model, job.parameters).values()))
    if request.other and request.other_source:
        before = request.other_source.before(request.other.job.parameters)
        other = _scanned(before, _residual_colours(before, display))
    colours = _colours(request, scan)
    head = _head(request, colours, cancelled) if scan is None else _scan(scan, display, colours)
    has_map = display.is_map and colours is not None
    return Painting(head, landmarks, other, drag_s=_drag_s(request, start), has_map=has_map)


def _drag_s(request: PaintRequest, start: float) -> float | None:
    """What a surface and its painting took until now, in seconds, if a hand is moving the head."""
    evaluation = request.evaluation
    return evaluation.seconds + time.perf_counter() - start if evaluation.job.gesture else None


def _other(request: PaintRequest, cancelled: Callable[[], bool] | None) -> Drawable | None:
    """The head compared with, if there is anything of it yet."""
    other, display, known = request.other, request.display, request.known
    if other is None:
        return None
    if request.other_is_exported:
        if known and known.evaluation is other and _alike(known.display, display):
            return known.exported
        with contextlib.suppress(FacewrightError):
            return _exported(other, display, cancelled)
    return drawable(other, None, request.last, _base(display))


def _head(request: PaintRequest, colours: np.ndarray | None, cancelled: Callable[[], bool] | None) -> Drawable:
    """The head's own surface, or as it is exported where it is to be seen so."""
    evaluation, display = request.evaluation, request.display
    if request.is_as_exported:
        with contextlib.suppress(FacewrightError):
            _ = evaluation.light  # for the surface that moves on from here
            return _exported(evaluation, display, cancelled)
    if request.moves_on and request.last and request.last.exported:
        return request.last.exported.at(evaluation.job.parameters)
    return drawable(evaluation, colours, request.last, _base(display))


def _is_exported(evaluation: HeadEvaluation, display: DisplayOptions) -> bool:
    has_expression = display.colouring == "plain" and any(evaluation.job.parameters.expression)
    return evaluation.job.level == FINEST and (_is_natural(display) or has_expression)


def _exported(evaluation: HeadEvaluation, display: DisplayOptions, cancelled: Callable[[], bool] | None) -> AsExported:
    """A head as files have it; raises FacewrightError if its model has no production mesh."""
    model, parameters = evaluation.job.model, evaluation.job.parameters
    if _is_natural(display):
        return natural(model, parameters, display.look, cancelled)
    return modelled(model, parameters, cancelled)


def _alike(one: DisplayOptions, other: DisplayOptions) -> bool:
    """Whether heads as files have them look the same in both."""
    return (one.colouring, one.look) == (other.colouring, other.look)


def _base(display: DisplayOptions) -> Colour:
    """The colour of a head's own surface where nothing else colours it."""
    return TONES[display.look.tone].skin if _is_natural(display) else SKIN_NEUTRAL


def _is_natural(display: DisplayOptions) -> bool:
    return display.colouring == "natural"


def _scan(scan: ScanSurface, display: DisplayOptions, colours: np.ndarray | None) -> Drawable:
    """A patient's own surface, in its images unless a map is laid over it."""
    texture = scan.texture if display.colouring in ("plain", "natural") else None
    return Drawable(scan.mesh, scan.normals, colours, texture=texture)


def _scanned(scan: ScanSurface, map_colours: np.ndarray | None = None) -> Drawable:
    """A scan in its own images and colours, or in those of a map."""
    if map_colours is not None:
        return Drawable(scan.mesh, scan.normals, map_colours)
    return Drawable(scan.mesh, scan.normals, scan.colours, texture=scan.texture)


def _residual_colours(scan: ScanSurface | None, display: DisplayOptions) -> np.ndarray | None:
    """The colours (V, 3) uint8 of how far a scan lies from its head, where that is to be seen and known."""
    if display.colouring != "residual" or scan is None or scan.residual is None:
        return None
    return displacement_colours(scan.residual, display.map_range_mm)


def _colours(request: PaintRequest, scan: ScanSurface | None) -> np.ndarray | None:
    """The colours (V, 3) uint8 of the surface that is shown; None for clay."""
    job, display = request.evaluation.job, request.display
    if display.colouring == "parts":
        head, points = job.model.field(job.parameters), (scan or request.evaluation).mesh.vertices
        return part_colours({part: head.window(part, points) for part in LOCAL_PARTS})
    if display.colouring == "displacement" and request.other:
        return displacement_colours(_distances(request, request.other, scan), display.map_range_mm)
    if (residual := _residual_colours(scan, display)) is not None:
        return residual
    return scan.colours if scan and display.colouring in ("plain", "natural") else None


def _distances(request: PaintRequest, other: HeadEvaluation, scan: ScanSurface | None) -> np.ndarray:
    """How far each vertex that is shown lies from the other head, (V,) float32, mm, positive outside of it.

    Of a scan on both heads, the way of each of its points. Else to the model's surface, for that is closed: NaN at
    what a scan has besides the head.
    """
    if isinstance(request.source, CarriedSurface) and request.source is request.other_source:
        return request.source.moved(other.job.parameters, request.evaluation.job.parameters)
    shown = scan or request.evaluation
    distances = displacement(shown.mesh, shown.normals, other.mesh)
    if scan and scan.residual is not None:
        distances[np.isnan(scan.residual)] = np.nan
    return distances


class Painter(QObject):
    """Paints what it is asked for: one request is carried out, one waits, the newest replaces it."""

    painted = Signal(object)
    """What was `PaintResult`, newer than any before it."""
    failed = Signal(str)
    """Why a surface is not painted; the last painting stays."""
    lost = Signal(object, str)
    """A model whose device has failed, and what to say of it."""
    busy_changed = Signal(bool)
    """Whether a painting is being worked out."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Newest("painting", self)
        self._worker.busy_changed.connect(self.busy_changed)
        self._last: AtRest | None = None
        self._known: KnownOther | None = None

    def want(self, request: PaintRequest) -> None:
        """Paint this as soon as possible; at once, where there is nothing to work out."""
        last = self._last if self._last and self._last.model is request.evaluation.job.model else None
        request = replace(request, last=last, known=self._known)
        if request.is_plain:
            self._worker.drop()  # what runs would be older
            self._take(request, paint(request))
        else:
            self._worker.want(
                Task(
                    lambda cancelled: paint(request, cancelled.is_set),
                    partial(self._take, request),
                    partial(self._fail, request),
                )
            )

    @property
    def busy(self) -> bool:
        """Whether a painting is being worked out."""
        return self._worker.busy

    def drop(self) -> None:
        """Forget what was asked for: it is not to be seen any more."""
        self._worker.drop()

    def close(self) -> None:
        """End the thread; nothing is painted afterwards."""
        self._worker.close()

    def _take(self, request: PaintRequest, painting: Painting) -> None:
        evaluation = request.evaluation
        if evaluation.is_shaded:
            rest = painting.head if isinstance(painting.head, AsExported) else None
            self._last = AtRest(evaluation.job.model, request.display, evaluation.light, rest)
        if request.other and isinstance(painting.other, AsExported):
            self._known = KnownOther(request.other, request.display, painting.other)
        self.painted.emit(PaintResult(request, painting))

    def _fail(self, request: PaintRequest, error: Exception) -> None:
        if isinstance(error, DeviceLost):
            self.lost.emit(request.evaluation.job.model, str(error))
        elif isinstance(error, FacewrightError):
            self.failed.emit(str(error))
