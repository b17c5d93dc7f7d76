"""The viewport: a widget that shows a head and lets a hand move round it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pyvistaqt import QtInteractor

from facewright.editor.viewport.annotation import Annotation
from facewright.editor.viewport.focus_ring import FocusRing
from facewright.editor.viewport.look import Look
from facewright.editor.viewport.navigation import KEY_VIEWS, STYLE, dragged, pressed, wheeled
from facewright.editor.viewport.pace import Pace, draws_in_software
from facewright.editor.viewport.panes import SHAPE, Panes
from facewright.editor.viewport.refinement import Refinement
from facewright.editor.viewport.sight import Sight

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QKeyEvent, QMouseEvent, QWheelEvent

    from facewright.core.mesh import Mesh
    from facewright.editor.evaluation import Evaluation
    from facewright.editor.painting import Painting
    from facewright.editor.scan.scan_surface import ScanSurface
    from facewright.editor.viewport.look import Smoothness
    from facewright.editor.viewport.navigation import Gesture, StyleName
    from facewright.editor.viewport.pose import Pose, ViewName
    from facewright.editor.viewport.refinement import Detail

_SEAM_GRIP_PIXELS = 8.0


class Touch(NamedTuple):
    """Where the pointer meets what is drawn: point (3,) mm, head frame, and the unit way (3,) from there to the eye."""

    point: np.ndarray
    to_eye: np.ndarray


class Hand(Protocol):
    """A tool that takes hold of the surface in the camera's place."""

    def hover(self, touch: Touch | None) -> None:
        """The pointer moves over the surface, or beside it, and holds nothing."""

    def take(self, point: np.ndarray) -> bool:
        """Take hold of the surface at a point (3,), mm, head frame; answer no to leave the button to the camera."""

    def carry(self, way: np.ndarray, touch: Touch | None) -> None:
        """The hand has moved by so much, (3,) mm, head frame, since it took hold, and is over `touch` now."""

    def let_go(self) -> None:
        """Let go of it."""


class _Canvas(QtInteractor):
    """PyVista's widget, whose mouse, keys and painting are the viewport's."""

    def __init__(self, viewport: Viewport) -> None:
        super().__init__(viewport, auto_update=False, multi_samples=0, shape=SHAPE, border=False)
        self._viewport = viewport
        if QGuiApplication.platformName() == "xcb":
            self._have_own_window()
        self.setAcceptDrops(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _have_own_window(self) -> None:
        """Be a window of the X server's, inside ours.

        Else Qt puts the whole window together by OpenGL whenever a slider or a label changes: without a graphics card
        that takes 11 ms on two cores, by itself half a millisecond.
        """
        QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontCreateNativeWidgetSiblings)
        self.setAttribute(Qt.WidgetAttribute.WA_DontCreateNativeAncestors)
        self.setAttribute(Qt.WidgetAttribute.WA_NativeWindow)

    def paintGL(self) -> None:
        self._viewport.draw()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let go of Qt's surface too: Python does not hear of its end, and takes what Qt puts there next for it."""
        super().closeEvent(event)
        self._forget_context()  # type: ignore[no-untyped-call]

    def paint(self) -> None:
        """Draw now; for `Viewport.draw` alone, while Qt lets this widget draw."""
        super().paintGL()  # type: ignore[no-untyped-call]
        if self.render_window is not None:
            self.render_window.WaitForCompletion()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._viewport.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._viewport.move_to(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._viewport.release()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._viewport.press(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._viewport.turn_wheel(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        event.ignore()


class Viewport(QWidget):
    """Shows the head, and beside or under it the one that it is compared with."""

    look_changed = Signal(object)
    """The new `Look`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Head")
        self.setAccessibleDescription("Arrow keys orbit, Shift and arrow keys pan, plus and minus zoom.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._style: StyleName = "blender"
        self._view: ViewName = "three-quarter"
        self._look = Look(dark=self._is_dark())
        self._gesture: Gesture | None = None
        self._wiping = False
        self._hand: Hand | None = None
        self._hand_keys, self._hand_cursor = Qt.KeyboardModifier.NoModifier, Qt.CursorShape.ArrowCursor
        self._held: np.ndarray | None = None
        self._last = self._taken = QPointF()
        self._pivot: np.ndarray | None = None
        self._painting: Painting | None = None
        self._other: Evaluation | ScanSurface | None = None
        self._annotation = Annotation()
        self._closed = False
        self._placed = False
        self.canvas = _Canvas(self)
        self.panes = Panes(self.canvas)
        self.panes.set_look(self._look)
        self._refinement = Refinement(self)
        self._refinement.rested.connect(self.refresh)
        self._pace = Pace()
        self._in_software: bool | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        FocusRing(self)

    @property
    def look(self) -> Look:
        """How the head is drawn."""
        return self._look

    def set_look(self, look: Look) -> None:
        """Draw the head another way."""
        if look == self._look:
            return
        reframe = (look.comparison == "split") != (self._look.comparison == "split")
        self._look = look
        self.panes.set_look(look)
        if reframe:
            self.reset_view()
        self.look_changed.emit(look)
        self.refresh()

    def set_style(self, style: StyleName) -> None:
        """Move the camera as in that kind of program."""
        self._style = style

    def set_hand(
        self,
        hand: Hand | None,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        cursor: Qt.CursorShape = Qt.CursorShape.OpenHandCursor,
    ) -> None:
        """Give the left button to a tool where it meets the surface; None gives it back to the camera.

        keys : modifiers that the tool takes the button under, too; cursor : while it holds nothing.
        """
        self._drop()
        self._hand, self._hand_keys = hand, keys
        self._hand_cursor = cursor if hand else Qt.CursorShape.ArrowCursor

    def set_smoothness(self, smoothness: Smoothness) -> None:
        """Draw fine pictures always, never, or as the machine can."""
        self._refinement.set_smoothness(smoothness)
        self.refresh()

    def show_painting(self, painting: Painting) -> None:
        """Show the surface of the head; the camera finds the first one by itself, and a scan that is being placed.

        Without a surface of the head compared with, the last one stays until there is another.
        """
        last, self._painting = self._painting, painting
        if painting.evaluation.job.gesture:
            self._refinement.move()
            self._pace.note_surface(painting.evaluation.seconds)
        self.panes.head.show_painting(painting)
        if painting.other:
            self._other = painting.other
            self.panes.show_other(painting.other)
        elsewhere = painting.place is not (last.place if last else None)
        if elsewhere or not (last or self._placed):
            self.panes.look_from("front" if painting.place else self._view)
        self.panes.refit()
        self.refresh()

    def show_mesh(self, mesh: Mesh, normals: np.ndarray) -> None:
        """Show a surface that comes from no model, with unit normals (V, 3) float32; the camera stays."""
        self.panes.head.show(mesh, normals)
        self.panes.refit()
        self.refresh()

    def colour(self, colours: np.ndarray | None) -> None:
        """Colour the vertices of the surface shown, (V, 3) uint8 sRGB; None for clay."""
        self.panes.head.colour(colours)
        self.refresh()

    def name_head(self, name: str) -> None:
        """Say in the picture what this head is called, where there is another."""
        if self.panes.head.title(name):
            self.refresh()

    def name_other(self, name: str) -> None:
        """Say in the picture what the head compared with is called."""
        if self.panes.other.title(name):
            self.refresh()

    def annotate(self, annotation: Annotation) -> None:
        """Draw a measurement or named landmarks over the head, in the place of those drawn."""
        self._annotation = annotation
        self.panes.head.annotate(annotation)
        self.refresh()

    def sight(self) -> Sight | None:
        """Everything that is seen, to be drawn again elsewhere; None before the first surface."""
        if self._painting is None:
            return None
        return Sight(self._painting, self._other, self._look, self.panes.pose, self.panes.wipe, self._annotation)

    @property
    def pose(self) -> Pose:
        """Where the camera stands."""
        return self.panes.pose

    def stand(self, pose: Pose) -> None:
        """Put the camera there."""
        self._placed = True
        self._refinement.move()
        self.panes.stand(pose)
        self.refresh()

    def set_view(self, name: ViewName) -> None:
        """Look at the whole head from a standard direction."""
        self._view = name
        self.panes.look_from(name)
        self.refresh()

    def reset_view(self) -> None:
        """Undo orbit, pan and zoom: the last standard view again."""
        self.set_view(self._view)

    def refresh(self) -> None:
        """Draw again as soon as Qt has time."""
        self.canvas.update()

    def draw(self) -> None:
        """Draw now; Qt asks for it."""
        if not self._closed and hasattr(self, "_refinement"):
            self._refinement.draw(self._render)

    def close_graphics(self) -> None:
        """Release OpenGL while the window still has its context."""
        self._closed = True
        self._refinement.stop()
        self.canvas.close()

    def press(self, event: QMouseEvent) -> None:
        """Take hold of the wipe's seam or of the camera."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._last = event.position()
        style = STYLE[self._style]
        self._wiping = event.button() == Qt.MouseButton.LeftButton and self._is_on_seam(event.position())
        if self._takes(event):
            return
        self._gesture = None if self._wiping else style.gesture(event.button(), event.modifiers())
        self._pivot = None
        if self._gesture == "orbit" and style.at_pointer:
            self._pivot = self._surface_at(event.position())

    def move_to(self, event: QMouseEvent) -> None:
        """Follow the hand."""
        position = event.position()
        moved = position - self._last
        self._last = position
        if self._hand and self._held is not None:
            height, way = max(self.height(), 1), position - self._taken
            across = self.panes.pose.across(self._held, way.x() / height, -way.y() / height)
            self._hand.carry(across, self._touch(position))
        elif self._wiping:
            self.panes.set_wipe(position.x() / max(self.width(), 1))
            self.refresh()
        elif self._gesture:
            height = max(self.height(), 1)
            self.stand(dragged(self.panes.pose, self._gesture, moved.x() / height, -moved.y() / height, self._pivot))
        else:
            on_seam = self._is_on_seam(position)
            if self._hand:
                self._hand.hover(self._touch(position))
            self.canvas.setCursor(Qt.CursorShape.SplitHCursor if on_seam else self._hand_cursor)

    def release(self) -> None:
        """Let go."""
        self._drop()
        self._gesture, self._wiping, self._pivot = None, False, None

    def turn_wheel(self, event: QWheelEvent) -> None:
        """Zoom."""
        right, up = self._from_middle(event.position()) if STYLE[self._style].at_pointer else (0.0, 0.0)
        self.stand(wheeled(self.panes.pose, event.angleDelta().y(), right, up))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the camera from the keyboard; leave every other key to the window."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        view = None
        if event.modifiers() & Qt.KeyboardModifier.KeypadModifier:
            view = KEY_VIEWS.get((Qt.Key(event.key()), control))
        if view or event.key() == Qt.Key.Key_Home:
            self.set_view(view or self._view)
        elif not control and (pose := pressed(self.panes.pose, event.key(), event.modifiers())):
            self.stand(pose)
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is over no surface any more."""
        if self._hand and self._held is None:
            self._hand.hover(None)
        super().leaveEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the window between dark and light."""
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "panes"):
            self.set_look(replace(self._look, dark=self._is_dark()))
        super().changeEvent(event)

    def _takes(self, event: QMouseEvent) -> bool:
        """Whether the hand takes hold of the surface."""
        if self._hand is None or self._wiping or event.button() != Qt.MouseButton.LeftButton:
            return False
        if event.modifiers() & ~self._hand_keys:
            return False
        point = self._surface_at(event.position())
        if point is None or not self._hand.take(point):
            return False
        self._held, self._taken = point, event.position()
        return True

    def _touch(self, position: QPointF) -> Touch | None:
        point = self._surface_at(position)
        if point is None:
            return None
        way = self.panes.pose.position - point
        return Touch(point, way / np.linalg.norm(way))

    def _drop(self) -> None:
        if self._hand and self._held is not None:
            self._held = None
            self._hand.let_go()

    def _render(self, detail: Detail) -> None:
        self.panes.set_fine(detail == "fine")
        self.panes.thin(self._pace.triangles if self._in_software and detail == "quick" else None)
        start = time.perf_counter()
        self.canvas.paint()
        if self._in_software is None:  # the first picture, which waits for shaders
            window = self.canvas.render_window
            self._in_software = window is not None and draws_in_software(window.ReportCapabilities())
        elif detail != "fine":
            self._pace.note_picture(self.panes.triangles, time.perf_counter() - start)

    def _is_dark(self) -> bool:
        return self.palette().color(QPalette.ColorRole.Window).lightnessF() < 0.5

    def _is_on_seam(self, position: QPointF) -> bool:
        seam = self.panes.wipe * self.width()
        return self._look.comparison == "wipe" and abs(position.x() - seam) <= _SEAM_GRIP_PIXELS

    def _from_middle(self, position: QPointF) -> tuple[float, float]:
        """A place in the widget as (right, up) from the middle of its scene, in heights."""
        width, height = self.width(), max(self.height(), 1)
        middle = width / 2
        if self._look.comparison == "split":
            middle = width / 4 if position.x() < width / 2 else 3 * width / 4
        return (position.x() - middle) / height, 0.5 - position.y() / height

    def _surface_at(self, position: QPointF) -> np.ndarray | None:
        """The point (3,) mm of the surface under a place in the widget; None where there is background."""
        ratio = self.devicePixelRatioF()
        x, y = round(position.x() * ratio), round((self.height() - position.y()) * ratio)
        renderer = self.canvas.iren.interactor.FindPokedRenderer(x, y)
        depth = renderer.GetZ(x, y)
        if depth >= 1.0:
            return None
        renderer.SetDisplayPoint(x, y, depth)
        renderer.DisplayToWorld()
        point = np.array(renderer.GetWorldPoint())
        return point[:3] / point[3]
