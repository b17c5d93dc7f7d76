"""The viewport: a widget that shows a head and lets a hand move round it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from facewright.editor.viewport.annotation import Annotation
from facewright.editor.viewport.canvas import Canvas
from facewright.editor.viewport.display_options import DisplayOptions, turned
from facewright.editor.viewport.focus_ring import FocusRing
from facewright.editor.viewport.navigation import DEGREES_PER_HEIGHT, KEY_VIEWS, STYLE, dragged, pressed, wheeled
from facewright.editor.viewport.pace import DrawingPace, draws_in_software
from facewright.editor.viewport.panes import Panes
from facewright.editor.viewport.refinement import Refinement
from facewright.editor.viewport.snapshot import Snapshot
from facewright.editor.viewport.tool import Touch

if TYPE_CHECKING:
    from PIL import Image
    from PySide6.QtGui import QCursor, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent

    from facewright.editor.viewport.display_options import Smoothness
    from facewright.editor.viewport.navigation import Gesture, StyleName
    from facewright.editor.viewport.painting import Drawable, Painting
    from facewright.editor.viewport.pose import Pose, ViewName
    from facewright.editor.viewport.refinement import Detail
    from facewright.editor.viewport.tool import SurfaceTool

_SEAM_GRIP_PIXELS = 8.0


class Viewport(QWidget):
    """Shows the head, and beside or under it the one that it is compared with."""

    display_changed = Signal(object)
    """The new `DisplayOptions`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Head")
        self.setAccessibleDescription("Arrow keys orbit, Shift and arrow keys pan, plus and minus zoom.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._style: StyleName = "blender"
        self._view: ViewName = "three-quarter"
        self._display = DisplayOptions(dark=self._is_dark())
        self._gesture: Gesture | None = None
        self._wiping = False
        self._tool: SurfaceTool | None = None
        self._tool_keys = Qt.KeyboardModifier.NoModifier
        self._tool_cursor: Qt.CursorShape | QCursor = Qt.CursorShape.ArrowCursor
        self._held: np.ndarray | None = None
        self._last = self._taken = QPointF()
        self._pivot: np.ndarray | None = None
        self._painting: Painting | None = None
        self._other: Drawable | None = None
        self._annotation = Annotation()
        self._is_clear = self._closed = False
        self._placed = False
        self._aspect = 0.0
        self.has_reference = False
        """Whether a picture is behind the head."""
        self.canvas = Canvas(self)
        self.panes = Panes(self.canvas)
        self.panes.set_display(self._display)
        self._refinement = Refinement(self)
        self._refinement.rested.connect(self.refresh)
        self._pace = DrawingPace()
        self._in_software: bool | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self._ring = FocusRing(self)

    @property
    def display(self) -> DisplayOptions:
        """How the head is drawn."""
        return self._display

    def set_display(self, display: DisplayOptions) -> None:
        """Draw the head another way, unless the graphics are released: a closed window hears of palettes, too."""
        if display == self._display or self._closed:
            return
        reframe = (display.comparison == "split") != (self._display.comparison == "split")
        self._display = display
        self.panes.set_display(display)
        if reframe:
            self.reset_view()
        self.display_changed.emit(display)
        self.refresh()

    def set_style(self, style: StyleName) -> None:
        """Move the camera as in that kind of program."""
        self._style = style

    def set_tool(
        self,
        tool: SurfaceTool | None,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        cursor: Qt.CursorShape = Qt.CursorShape.OpenHandCursor,
    ) -> None:
        """Give the left button to a tool where it meets the surface; None gives it back to the camera.

        keys : modifiers that the tool takes the button under, too; cursor : while it holds nothing.
        """
        self._drop()
        if self._tool and self._tool is not tool:
            self._tool.hover(None)  # nothing of it stays lit, and nothing said
        self._tool, self._tool_keys = tool, keys
        self._tool_cursor = cursor if tool else Qt.CursorShape.ArrowCursor
        self._ring.mark_middle(tool is not None)

    def set_tool_cursor(self, cursor: Qt.CursorShape | QCursor) -> None:
        """Show another cursor while the tool holds nothing."""
        self._tool_cursor = cursor

    def pixels_per_mm(self, point: np.ndarray) -> float:
        """How large a millimetre is in the picture, at a point (3,) mm."""
        step = self.panes.pose.across(point, 0.0, 1.0 / max(self.height(), 1))
        return 1.0 / max(float(np.linalg.norm(step)), 1e-9)

    def set_smoothness(self, smoothness: Smoothness) -> None:
        """Draw fine pictures always, never, or as the machine can."""
        self._refinement.set_smoothness(smoothness)
        self.refresh()

    def show_painting(self, painting: Painting) -> None:
        """Show the surface of the head; the camera finds the first one by itself, and a scan that is being placed.

        Without a surface of the head compared with, the last one stays until there is another, or `clear_other`.
        """
        last, self._painting = self._painting, painting
        if painting.drag_s is not None:
            self._refinement.move()
            self._pace.note_surface(painting.drag_s)
        self._is_clear = False
        self.panes.show_painting(painting)
        if painting.other:
            self._other = painting.other
            self.panes.show_other(painting.other)
        elsewhere = painting.place is not (last.place if last else None)
        if elsewhere or not (last or self._placed):
            self.panes.look_from("front" if painting.place else self._view)
        self.panes.refit()
        self.refresh()

    def clear_head(self) -> None:
        """Draw the head no longer, until there is another painting: it would be taken for the one that is named."""
        self._is_clear = True
        self.panes.clear_head()
        self.refresh()

    def clear_other(self) -> None:
        """The same of the head compared with."""
        self._other = None
        self.panes.clear_other()
        self.refresh()

    def show_surface(self, surface: Drawable) -> None:
        """Show a surface that comes from no model; the camera stays."""
        self.panes.head.show(surface)
        self.panes.refit()
        self.refresh()

    def colour(self, colours: np.ndarray | None) -> None:
        """Colour the vertices of the surface shown, (V, 3) uint8 sRGB; None for clay."""
        self.panes.head.colour(colours)
        self.refresh()

    def set_reference(self, picture: Image.Image | None) -> None:
        """Show a picture behind the head, or none; it is not part of pictures and videos that are saved."""
        self.has_reference = picture is not None
        self.panes.set_reference(picture)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit what lies behind the head to the new size."""
        super().resizeEvent(event)
        if hasattr(self, "panes"):
            self.panes.refit()

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

    def snapshot(self) -> Snapshot | None:
        """Everything that is seen, to be drawn again elsewhere; None where that is no surface of the head."""
        if self._painting is None or self._is_clear:
            return None
        return Snapshot(self._painting, self._other, self._display, self.panes.pose, self.panes.wipe, self._annotation)

    @property
    def draws_in_software(self) -> bool:
        """Whether a program draws, and no graphics card; as was seen at the first picture."""
        return bool(self._in_software)

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
            self._pivot = self.canvas.surface_at(event.position())

    def move_to(self, event: QMouseEvent) -> None:
        """Follow the hand."""
        if event.buttons() == Qt.MouseButton.NoButton:
            self.release()  # which a dialog that came meanwhile has kept from here
        position = event.position()
        moved = position - self._last
        self._last = position
        if self._tool and self._held is not None:
            height, way = max(self.height(), 1), position - self._taken
            across = self.panes.pose.across(self._held, way.x() / height, -way.y() / height)
            self._tool.drag(across, self._touch(position))
        elif self._wiping:
            self.panes.set_wipe(position.x() / max(self.width(), 1))
            self.refresh()
        elif self._gesture == "light":
            turn = turned(self._display.light_turn, DEGREES_PER_HEIGHT * moved.x() / max(self.height(), 1))
            self.set_display(replace(self._display, light_turn=turn))
        elif self._gesture:
            height = max(self.height(), 1)
            self.stand(dragged(self.panes.pose, self._gesture, moved.x() / height, -moved.y() / height, self._pivot))
        else:
            on_seam = self._is_on_seam(position)
            if self._tool:
                self._tool.hover(self._touch(position))
            self.canvas.setCursor(Qt.CursorShape.SplitHCursor if on_seam else self._tool_cursor)

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
        """Move the camera, use or call off a tool; leave every other key to the window."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        view = None
        if event.modifiers() & Qt.KeyboardModifier.KeypadModifier:
            view = KEY_VIEWS.get((Qt.Key(event.key()), control))
        if view or event.key() == Qt.Key.Key_Home:
            self.set_view(view or self._view)
        elif event.key() == Qt.Key.Key_Escape and self._tool and self._held is not None:
            self._held = None
            self._tool.call_off()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._tool and self._held is None:
            self._tap(self._tool)
        elif not control and (pose := pressed(self.panes.pose, event.key(), event.modifiers())):
            self.stand(pose)
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is over no surface any more."""
        if self._tool and self._held is None:
            self._tool.hover(None)
        super().leaveEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the window between dark and light."""
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "panes"):
            self.set_display(replace(self._display, dark=self._is_dark()))
        super().changeEvent(event)

    def _takes(self, event: QMouseEvent) -> bool:
        """Whether the hand takes hold of the surface."""
        if self._tool is None or self._wiping or event.button() != Qt.MouseButton.LeftButton:
            return False
        if event.modifiers() & ~self._tool_keys:
            return False
        point = self.canvas.surface_at(event.position())
        if point is None or not self._tool.grab(point):
            return False
        self._held, self._taken = point, event.position()
        return True

    def _tap(self, tool: SurfaceTool) -> None:
        """Press and let go in the middle, where a cross is for those who have no mouse."""
        point = self.canvas.surface_at(self.rect().toRectF().center())
        if point is not None and tool.grab(point):
            tool.release()

    def _touch(self, position: QPointF) -> Touch | None:
        point = self.canvas.surface_at(position)
        if point is None:
            return None
        way = self.panes.pose.position - point
        return Touch(point, way / np.linalg.norm(way))

    def _drop(self) -> None:
        if self._tool and self._held is not None:
            self._held = None
            self._tool.release()

    def _frame_again(self) -> None:
        """Show the whole head in what the window has become, until a person has moved the camera.

        The first surface may come before the window has a size.
        """
        if self._painting and not (self._placed or self._painting.place) and self.panes.aspect != self._aspect:
            self._aspect = self.panes.aspect
            self.panes.look_from(self._view)

    def _render(self, detail: Detail) -> None:
        self._frame_again()
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
        return self._display.comparison == "wipe" and abs(position.x() - seam) <= _SEAM_GRIP_PIXELS

    def _from_middle(self, position: QPointF) -> tuple[float, float]:
        """A place in the widget as (right, up) from the middle of its scene, in heights."""
        width, height = self.width(), max(self.height(), 1)
        middle = width / 2
        if self._display.comparison == "split":
            middle = width / 4 if position.x() < width / 2 else 3 * width / 4
        return (position.x() - middle) / height, 0.5 - position.y() / height
