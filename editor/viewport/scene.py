"""One head in one part of a picture: its surface, what is marked on it, and the space round it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyvista
from vtkmodules.vtkFiltersSources import vtkLineSource
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkCoordinate, vtkPolyDataMapper2D, vtkTextActor

from facewright.editor.viewport.annotation import AnnotationActors
from facewright.editor.viewport.gleam import Gleam
from facewright.editor.viewport.hair import Hair
from facewright.editor.viewport.overlay_shell import OTHER_INK, OWN_INK, OverlayShell
from facewright.editor.viewport.pose import UP, VIEW_ANGLE
from facewright.editor.viewport.reference import ReferencePicture
from facewright.editor.viewport.shading import SKIN_NEUTRAL, apply_shade, fully_lit, light_from
from facewright.editor.viewport.surface_actor import SurfaceActor
from facewright.editor.viewport.text_room import write_line
from facewright.editor.viewport.texture import TexturedSurface

if TYPE_CHECKING:
    from PIL import Image

    from facewright.editor.viewport.annotation import Annotation
    from facewright.editor.viewport.display_options import DisplayOptions
    from facewright.editor.viewport.painting import Drawable, Painting
    from facewright.editor.viewport.pose import Pose

_DARK_BACKGROUND = ((0.105, 0.11, 0.118), (0.225, 0.235, 0.25))
_LIGHT_BACKGROUND = ((0.70, 0.715, 0.73), (0.93, 0.935, 0.94))
_WIRE = (0.10, 0.11, 0.13)
_WIRE_OPACITY = 0.35
_LIGHT_INK, _DARK_INK = (0.85, 0.86, 0.87), (0.13, 0.14, 0.15)
_TITLE_PIXELS = 16
_TITLE_LEFT, _TITLE, _SECOND_TITLE = 0.02, 0.95, 0.91
_SEAM = (0.45, 0.46, 0.48)
_SEAM_PIXELS = 3.0
_LANDMARK = (0.96, 0.62, 0.13)
_LANDMARK_PIXELS = 9.0


class Scene:
    """A head in a renderer, lit from the camera."""

    def __init__(self, renderer: pyvista.Renderer) -> None:
        """Nothing to see but the background."""
        self._renderer = renderer
        self._reference = ReferencePicture(renderer)  # before all that is written, which lies over it
        self._surface = SurfaceActor()
        self._surface.actor.prop.color = SKIN_NEUTRAL
        fully_lit(self._surface.actor, SKIN_NEUTRAL)
        self._surface.actor.prop.edge_color = _WIRE
        self._surface.actor.prop.edge_opacity = _WIRE_OPACITY
        self._textured = TexturedSurface(self._surface.actor, renderer)
        self._drawable: Drawable | None = None
        self._landmarks = pyvista.PolyData()
        dots = pyvista.Actor(mapper=pyvista.DataSetMapper(self._landmarks))
        dots.prop.color = _LANDMARK
        dots.prop.point_size = _LANDMARK_PIXELS
        dots.prop.render_points_as_spheres = True
        self._dots = dots
        self._is_placing = self._shows_landmarks = False
        self._annotation = AnnotationActors(renderer)
        self._edge = _right_edge()
        renderer.AddViewProp(self._edge)
        self._title = _caption()
        renderer.AddViewProp(self._title)
        renderer.remove_all_lights()
        renderer.add_light(pyvista.Light(light_type="headlight"))
        for actor in (self._surface.actor, dots):
            renderer.add_actor(actor, reset_camera=False, render=False)
        self._hair = Hair(renderer)
        self._gleam = Gleam(renderer)
        self._shell = OverlayShell(self._surface.data, renderer)
        self._is_shell = self._is_tinted = False
        self._name = ""
        self._light_turn = self._azimuth = 0.0
        self._ground = _DARK_BACKGROUND[0]
        renderer.camera_set = True  # or PyVista would place the camera itself before the first picture

    @property
    def name(self) -> str:
        """What is written in the corner."""
        return self._name

    @property
    def data(self) -> pyvista.PolyData:
        """The surface shown, for others who draw it as well."""
        return self._surface.data

    @property
    def camera(self) -> pyvista.Camera:
        """From where it is seen."""
        return self._renderer.camera

    @property
    def points(self) -> np.ndarray:
        """The vertices shown, (V, 3) float32, mm, head frame."""
        return self._surface.points

    @property
    def triangles(self) -> int:
        """How many are drawn of the surface."""
        return self._surface.triangles if self._renderer.GetDraw() else 0

    def show(self, drawable: Drawable) -> None:
        """Put another surface in the place of the one shown; the camera stays."""
        self._surface.show(drawable.mesh, drawable.normals, drawable.live, drawable.fewer)
        self.colour(drawable.colours)
        fully_lit(self._surface.actor, drawable.skin)
        self._drawable = drawable
        self._draw_surface()

    def show_painting(self, painting: Painting) -> None:
        """Put another surface, and what is marked on it, in the place of the one shown."""
        self.show(painting.head)
        self.mark(painting.landmarks)
        self._is_placing = painting.place is not None
        self._dots.visibility = self._is_placing or self._shows_landmarks

    def colour(self, colours: np.ndarray | None) -> None:
        """Colour the vertices of the surface shown, (V, 3) uint8 sRGB; None for clay."""
        self._surface.colour(colours)

    def mark(self, points: np.ndarray) -> None:
        """Mark points (n, 3), mm, head frame; none for no marks."""
        dots = pyvista.PolyData(np.asarray(points, dtype=np.float32).reshape(-1, 3), deep=True)
        self._landmarks.shallow_copy(dots)

    def annotate(self, annotation: Annotation) -> None:
        """Draw a measurement or named landmarks over the head, in the place of those drawn."""
        self._annotation.show(annotation)

    def title(self, text: str) -> bool:
        """Write a name into the upper left corner; whether it is another than before."""
        renamed = text != self._name
        self._name = text
        self._write_title()
        return renamed

    def show_as_shell(self, shell: bool) -> None:
        """Draw the surface as a tinted shell over the picture of the scene beneath, or as a head of its own."""
        self._is_shell = shell
        self._draw_surface()
        self._shell.set_visible(shell)
        self._renderer.SetLayer(int(shell))
        self._renderer.SetPreserveDepthBuffer(shell)
        self._renderer.SetInteractive(not shell)
        self._title.SetPosition(_TITLE_LEFT, _SECOND_TITLE if shell else _TITLE)

    def show_title(self, shown: bool) -> None:
        """Show or hide the name."""
        self._title.SetVisibility(shown)

    def set_display(self, display: DisplayOptions) -> None:
        """Draw the same surface another way."""
        self._shows_landmarks = display.landmarks
        self._dots.visibility = self._is_placing or self._shows_landmarks
        apply_shade(self._surface.actor, display.shade)
        self._light_turn = display.light_turn
        self._turn_light()
        self._surface.actor.prop.show_edges = display.wireframe
        self._draw_surface()
        bottom, top = _DARK_BACKGROUND if display.dark else _LIGHT_BACKGROUND
        self._renderer.set_background(bottom, top=top)
        self._ground = bottom
        self._reference.set_look(display.reference)
        self._is_tinted = display.tints_head and not self._is_shell
        ink = _LIGHT_INK if display.dark else _DARK_INK
        if self._is_shell or self._is_tinted:
            ink = (OTHER_INK if self._is_shell else OWN_INK)[display.dark]
        self._title.GetTextProperty().SetColor(*ink)
        self._write_title()

    def set_fine(self, fine: bool) -> None:
        """Draw smooth edges, or do without and be quick."""
        self._renderer.SetUseFXAA(fine)

    def set_reference(self, picture: Image.Image | None) -> None:
        """Show a picture behind the head or over it, or none."""
        self._reference.set(picture)

    def fit_reference(self, aspect: float) -> None:
        """Fit that picture into a view of this width over height."""
        self._reference.fit(aspect, self._ground)

    def thin(self, limit: int | None) -> None:
        """Draw the surface of a head by about so many triangles at most; by all if None."""
        self._surface.thin(limit)

    def stand(self, pose: Pose, shift: float = 0.0, lift: float = 0.0) -> None:
        """Put the camera there; `shift` and `lift` move the middle of the picture, in halves of the renderer's size."""
        camera = self._renderer.camera
        camera.SetViewAngle(VIEW_ANGLE)
        camera.SetFocalPoint(*pose.focus)
        camera.SetPosition(*pose.position)
        camera.SetViewUp(*UP)
        camera.SetWindowCenter(shift, lift)
        self._hair.fit()
        self._annotation.fit()
        self._write_title()
        self._renderer.ResetCameraClippingRange()
        self._azimuth = pose.view.azimuth
        self._turn_light()

    @property
    def depths(self) -> tuple[float, float]:
        """Between which distances from the camera things are drawn, mm."""
        near, far = self._renderer.camera.clipping_range
        return near, far

    @depths.setter
    def depths(self, depths: tuple[float, float]) -> None:
        self._renderer.camera.clipping_range = depths

    def place(self, left: float, right: float) -> None:
        """Draw between two shares of the window's width, or not at all where they are one."""
        self._renderer.SetViewport(left, 0.0, max(right, left + 1e-6), 1.0)
        self._renderer.SetDraw(right > left)
        self._edge.SetVisibility(right < 1.0)

    def _turn_light(self) -> None:
        light_from(self._surface.actor, self._azimuth, self._light_turn)
        self._gleam.light_from(self._azimuth, self._light_turn)

    def _draw_surface(self) -> None:
        """Draw the surface by its own actor, by those of its images, or leave it to the shell."""
        own, drawn = self._drawable, not self._is_shell
        if own is not None and self._textured.show(own.mesh, own.normals, own.colours, own.texture, drawn=drawn):
            drawn = False
        self._surface.set_drawn(drawn)
        more = own if not self._is_shell else None
        self._gleam.show(more.clear if more else None)
        self._hair.show(more.hair if more else None)

    def _write_title(self) -> None:
        tint = ": blue" if self._is_shell else ": orange" if self._is_tinted else ""
        room = (1.0 - 2.0 * _TITLE_LEFT) * self._renderer.GetSize()[0]
        write_line(self._title, self._renderer, f"{self._name}{tint}" if self._name else "", room)


def _right_edge() -> vtkActor2D:
    """A line along the right edge of a renderer, which parts it from the next."""
    line = vtkLineSource()
    line.SetPoint1(1.0, 0.0, 0.0)
    line.SetPoint2(1.0, 1.0, 0.0)
    corner = vtkCoordinate()
    corner.SetCoordinateSystemToNormalizedViewport()
    mapper = vtkPolyDataMapper2D()
    mapper.SetInputConnection(line.GetOutputPort())
    mapper.SetTransformCoordinate(corner)
    edge = vtkActor2D()
    edge.SetMapper(mapper)
    edge.GetProperty().SetColor(*_SEAM)
    edge.GetProperty().SetLineWidth(_SEAM_PIXELS)
    return edge


def _caption() -> vtkTextActor:
    """An empty line of text in the upper left corner of a renderer."""
    caption = vtkTextActor()
    caption.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
    caption.SetPosition(_TITLE_LEFT, _TITLE)
    caption.GetTextProperty().SetFontSize(_TITLE_PIXELS)
    return caption
