"""The head on the screen: the only user of PyVista."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyvista
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pyvistaqt import QtInteractor

from core.atomic_file import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QKeyEvent

    from editor.evaluation import Evaluation

ViewName = Literal["front", "left", "right", "three-quarter", "basal"]


@dataclass(frozen=True)
class View:
    """A direction to look from, in degrees: azimuth from the front towards the subject's left, elevation up."""

    azimuth: float
    elevation: float

    @property
    def direction(self) -> np.ndarray:
        """Unit vector (3,) from the head to the camera, head frame."""
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        return np.array([
            math.cos(elevation) * math.sin(azimuth),
            math.sin(elevation),
            math.cos(elevation) * math.cos(azimuth),
        ])


VIEWS = MappingProxyType[ViewName, View]({
    "front": View(0, 0),
    "left": View(90, 0),
    "right": View(-90, 0),
    "three-quarter": View(35, 4),
    "basal": View(0, -50),
})

_UP = np.array([0.0, 1.0, 0.0])
_CLAY = (0.86, 0.77, 0.70)
_VIEW_ANGLE = 20.0
"""Vertical opening of the lens in degrees: a portrait lens, so that noses keep their size."""
_MARGIN = 1.1
_LIGHTS = (
    # position seen from the camera (x right, y up, z towards it), intensity, colour
    ((-0.8, 0.8, 1.0), 0.92, (1.0, 0.98, 0.95)),
    ((1.3, 0.1, 0.7), 0.36, (0.86, 0.93, 1.0)),
    ((0.9, 0.9, -1.0), 0.38, (1.0, 1.0, 1.0)),
)
_DARK_BACKGROUND = ((0.11, 0.12, 0.13), (0.25, 0.27, 0.29))
_LIGHT_BACKGROUND = ((0.72, 0.74, 0.76), (0.93, 0.94, 0.95))


class Scene:
    """The head, its light and its camera, in any PyVista plotter."""

    def __init__(self, plotter: pyvista.BasePlotter, *, dark: bool = True) -> None:
        self._plotter = plotter
        self._surface = pyvista.PolyData()
        actor = pyvista.Actor(mapper=pyvista.DataSetMapper(self._surface))
        actor.prop.color = _CLAY
        actor.prop.interpolation = "Phong"
        actor.prop.ambient = 0.06
        actor.prop.diffuse = 0.95
        actor.prop.specular = 0.12
        actor.prop.specular_power = 12
        plotter.add_actor(actor, reset_camera=False, render=False)
        plotter.remove_all_lights()
        for position, intensity, color in _LIGHTS:
            plotter.add_light(
                pyvista.Light(position=position, intensity=intensity, color=color, light_type="camera light")
            )
        self._axes = plotter.renderer.add_axes(line_width=2, x_color="#d06a60", y_color="#6fae6a", z_color="#5d8fd0")
        plotter.camera.view_angle = _VIEW_ANGLE
        self.set_dark(dark)

    def set_dark(self, dark: bool) -> None:
        """Choose the background."""
        bottom, top = _DARK_BACKGROUND if dark else _LIGHT_BACKGROUND
        self._plotter.renderer.set_background(bottom, top=top)
        for axis in "XYZ":
            text = getattr(self._axes, f"Get{axis}AxisCaptionActor2D")().GetCaptionTextProperty()
            text.SetColor(*(_LIGHT_BACKGROUND if dark else _DARK_BACKGROUND)[0])
            text.ItalicOff()
            text.ShadowOff()

    def show(self, evaluation: Evaluation) -> None:
        """Put another surface in the place of the one shown; the camera stays."""
        mesh = evaluation.mesh
        surface = pyvista.PolyData.from_regular_faces(mesh.vertices, mesh.faces)
        surface.point_data.active_normals = evaluation.normals
        self._surface.shallow_copy(surface)
        self._plotter.renderer.ResetCameraClippingRange()

    def look(self, name: ViewName) -> None:
        """Look at the whole head from a standard direction, upright and in the middle."""
        backward = VIEWS[name].direction
        right = np.cross(_UP, backward) / np.linalg.norm(np.cross(_UP, backward))
        axes = np.stack([right, np.cross(backward, right), backward])
        seen = self._surface.points @ axes.T  # (V, 3): right, up and towards the camera, in mm
        low, high = seen.min(axis=0), seen.max(axis=0)
        half_width, half_height, half_depth = (high - low) / 2
        width, height = self._plotter.window_size
        half = _MARGIN * max(half_height, half_width * height / max(width, 1))
        distance = half / math.tan(math.radians(_VIEW_ANGLE / 2)) + half_depth
        centre = (low + high) / 2 @ axes
        camera = self._plotter.camera
        camera.focal_point = tuple(centre)
        camera.position = tuple(centre + distance * backward)
        camera.up = tuple(_UP)
        self._plotter.renderer.ResetCameraClippingRange()


def render_png(evaluation: Evaluation, view: ViewName, path: Path, size: tuple[int, int] = (1200, 1200)) -> None:
    """Draw a head into a PNG file of `size` pixels, without a window.

    Raises FacewrightError if the file cannot be written.
    """
    picture = io.BytesIO()
    with pyvista.vtk_verbosity("off"):  # VTK warns of each kind of OpenGL it tries before one that works
        plotter = pyvista.Plotter(off_screen=True, window_size=list(size))
        plotter.renderer.enable_anti_aliasing("ssaa")  # type: ignore[no-untyped-call]
        scene = Scene(plotter)
        scene.show(evaluation)
        scene.look(view)
        plotter.screenshot(picture, return_img=False)
        plotter.close()
    write_atomically(path, picture.getvalue())


class _Interactor(QtInteractor):
    """PyVista's widget without VTK's single-key commands, which would shadow the editor's shortcuts."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        event.ignore()


class Viewport(QWidget):
    """Shows the head; drag to orbit, Shift-drag to pan, wheel to zoom."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Head")
        self._interactor = _Interactor(self, auto_update=False, multi_samples=4)
        self._interactor.setAcceptDrops(False)
        self._interactor.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._interactor.iren.enable_terrain_style(mouse_wheel_zooms=True, shift_pans=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._interactor)
        self._scene = Scene(self._interactor, dark=self._is_dark())
        self._view: ViewName = "three-quarter"
        self._empty = True

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show a surface; the camera finds the first one by itself."""
        self._scene.show(evaluation)
        if self._empty:
            self._empty = False
            self._scene.look(self._view)
        self._interactor.update()

    def set_view(self, name: ViewName) -> None:
        """Look at the whole head from a standard direction."""
        self._view = name
        if not self._empty:
            self._scene.look(name)
            self._interactor.update()

    def reset_view(self) -> None:
        """Undo orbit, pan and zoom: the last standard view again."""
        self.set_view(self._view)

    def close_graphics(self) -> None:
        """Release OpenGL while the window still has its context."""
        self._interactor.close()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the system between dark and light."""
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_scene"):
            self._scene.set_dark(self._is_dark())
            self._interactor.update()
        super().changeEvent(event)

    def _is_dark(self) -> bool:
        return self.palette().color(QPalette.ColorRole.Window).lightnessF() < 0.5
