"""What is drawn over a head: a measurement between its landmarks, and landmarks to take hold of."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyvista
from vtkmodules.vtkRenderingCore import (
    vtkActor2D,
    vtkCoordinate,
    vtkPolyDataMapper2D,
    vtkSelectVisiblePoints,
    vtkTextActor,
)
from vtkmodules.vtkRenderingLabel import vtkLabeledDataMapper

from facewright.editor.viewport.text_room import text_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtkmodules.vtkRenderingCore import vtkTextProperty

_INK = (0.98, 0.80, 0.24)
_SHADOW = (0.10, 0.09, 0.06)
_DOT, _CORRECTED = (0.96, 0.62, 0.13), (0.25, 0.75, 0.95)
_LINE_PIXELS, _SHADOW_PIXELS, _END_PIXELS, _DOT_PIXELS = 2.0, 5.0, 8.0, 10.0
_TEXT_PIXELS, _LABEL_PIXELS = 19, 15
_BESIDE_PIXELS = (24, 36)
"""Text stands so far to the right of its place and above it: nearer it would cover what it names."""
_FEWEST_LETTERS = 8
"""Of a line of it, however narrow the pane."""
_NAMES, _PAST_DOT = "names", "   "


@dataclass(frozen=True, eq=False)
class Annotation:
    """What to draw, all of it in mm, head frame.

    lines : polylines (m, 3), seen through the head; ends : (n, 3), the landmarks between which they are; text : what
    is written at anchor (3,); landmarks : (k, 3) with `names`, of which those `corrected` look different; labelled :
    whether the names are written beside them.
    """

    lines: tuple[np.ndarray, ...] = ()
    ends: np.ndarray = field(default_factory=partial(np.empty, (0, 3)))
    text: str = ""
    anchor: np.ndarray = field(default_factory=partial(np.zeros, 3))
    landmarks: np.ndarray = field(default_factory=partial(np.empty, (0, 3)))
    names: tuple[str, ...] = ()
    corrected: frozenset[str] = frozenset()
    labelled: bool = False


class AnnotationActors:
    """The actors of a renderer that draw an annotation."""

    def __init__(self, renderer: pyvista.Renderer) -> None:
        """Nothing to see yet."""
        self._renderer, self._message = renderer, ""
        self._lines, self._ends = pyvista.PolyData(), pyvista.PolyData()
        for data, colour, pixels in (
            (self._lines, _SHADOW, _SHADOW_PIXELS),
            (self._lines, _INK, _LINE_PIXELS),
            (self._ends, _INK, _END_PIXELS),
        ):
            renderer.AddViewProp(_over_all(data, colour, pixels))
        self._landmarks = pyvista.PolyData()
        renderer.add_actor(_dots(self._landmarks), reset_camera=False, render=False)
        self._labels = pyvista.PolyData()
        renderer.AddViewProp(_labels(self._labels, renderer))
        self._text = _written()
        renderer.AddViewProp(self._text)
        self.show(Annotation())

    def show(self, annotation: Annotation) -> None:
        """Draw another one in the place of the last."""
        self._lines.shallow_copy(_polylines(annotation.lines))
        self._ends.shallow_copy(pyvista.PolyData(_rows(annotation.ends), deep=True))
        named = _named(annotation)
        self._landmarks.shallow_copy(named)
        self._labels.shallow_copy(named if annotation.labelled else pyvista.PolyData())
        self._message = annotation.text
        self._text.SetVisibility(bool(annotation.text))
        self._text.GetPositionCoordinate().GetReferenceCoordinate().SetValue(
            *(float(value) for value in annotation.anchor)
        )
        self.fit()

    def fit(self) -> None:
        """Keep the text within the pane, in several lines where it is wider than that."""
        if not self._message:
            return
        beside = self._text.GetPositionCoordinate()
        room = np.array(self._renderer.GetSize(), dtype=float)
        letters = len(self._message)
        size = self._write(letters)
        while size[0] > room[0] > 0.0 and letters > _FEWEST_LETTERS:
            letters -= 1
            size = self._write(letters)
        place = np.array(beside.GetReferenceCoordinate().GetComputedViewportValue(self._renderer), dtype=float)
        beside.SetValue(*np.maximum(np.minimum(_BESIDE_PIXELS, room - size - place), -place))

    def _write(self, letters: int) -> np.ndarray:
        """Write the text in lines of so many letters; the pixels that it takes, across and up."""
        lines = textwrap.wrap(self._message, letters, break_long_words=False)
        self._text.SetInput("\n".join(f" {line} " for line in lines))
        return text_size(self._text, self._renderer)


def _over_all(data: pyvista.PolyData, colour: Sequence[float], pixels: float) -> vtkActor2D:
    """An actor whose data, in the head frame, is drawn over everything else."""
    world = vtkCoordinate()
    world.SetCoordinateSystemToWorld()
    mapper = vtkPolyDataMapper2D()
    mapper.SetInputData(data)
    mapper.SetTransformCoordinate(world)
    actor = vtkActor2D()
    actor.SetMapper(mapper)
    ink = actor.GetProperty()
    ink.SetColor(*colour)
    ink.SetLineWidth(pixels)
    ink.SetPointSize(pixels)
    return actor


def _dots(data: pyvista.PolyData) -> pyvista.Actor:
    """Landmarks on the surface, hidden where it hides them."""
    dots = pyvista.Actor(mapper=pyvista.DataSetMapper(data))
    dots.mapper.SetColorModeToDirectScalars()
    dots.prop.point_size = _DOT_PIXELS
    dots.prop.render_points_as_spheres = True
    dots.prop.lighting = False
    return dots


def _written() -> vtkTextActor:
    """Text at a place of the head."""
    text, place = vtkTextActor(), vtkCoordinate()
    place.SetCoordinateSystemToWorld()
    beside = text.GetPositionCoordinate()
    beside.SetCoordinateSystemToViewport()
    beside.SetReferenceCoordinate(place)
    beside.SetValue(*_BESIDE_PIXELS)
    _style(text.GetTextProperty(), _TEXT_PIXELS)
    return text


def _labels(data: pyvista.PolyData, renderer: pyvista.Renderer) -> vtkActor2D:
    """The names of points beside them, where the points are seen."""
    seen = vtkSelectVisiblePoints()
    seen.SetInputData(data)
    seen.SetRenderer(renderer)
    mapper = vtkLabeledDataMapper()
    mapper.SetInputConnection(seen.GetOutputPort())
    mapper.SetLabelModeToLabelFieldData()
    mapper.SetFieldDataName(_NAMES)
    style = mapper.GetLabelTextProperty()
    _style(style, _LABEL_PIXELS)
    style.SetBold(True)
    style.SetVerticalJustificationToCentered()
    style.SetBackgroundOpacity(0.0)  # a ground would hide the points
    style.SetShadow(True)
    style.SetShadowOffset(1, -1)
    actor = vtkActor2D()
    actor.SetMapper(mapper)
    return actor


def _style(style: vtkTextProperty, pixels: int) -> None:
    """Ink on a dark ground, which is read on any head."""
    style.SetFontFamilyToArial()
    style.SetBold(False)
    style.SetItalic(False)
    style.SetShadow(False)
    style.SetFontSize(pixels)
    style.SetColor(*_INK)
    style.SetBackgroundColor(*_SHADOW)
    style.SetBackgroundOpacity(0.7)


def _rows(points: np.ndarray) -> np.ndarray:
    return np.asarray(points, dtype=np.float32).reshape(-1, 3)


def _polylines(lines: Sequence[np.ndarray]) -> pyvista.PolyData:
    data = pyvista.PolyData()
    if lines:
        starts = np.cumsum([0, *(len(line) for line in lines)])
        data.points = _rows(np.concatenate(lines))
        data.lines = np.concatenate(
            [[len(line), *range(start, start + len(line))] for line, start in zip(lines, starts, strict=False)]
        )
    return data


def _named(annotation: Annotation) -> pyvista.PolyData:
    data = pyvista.PolyData(_rows(annotation.landmarks), deep=True)
    if annotation.names:
        colours = [_CORRECTED if name in annotation.corrected else _DOT for name in annotation.names]
        data.point_data["colours"] = np.rint(255.0 * np.array(colours)).astype(np.uint8)
        data.point_data.active_scalars_name = "colours"
        data.point_data[_NAMES] = [f"{_PAST_DOT}{name}" for name in annotation.names]
    return data
