"""The widget of PyVista's in a viewport, whose mouse, keys and painting are the viewport's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication
from pyvistaqt import QtInteractor

from facewright.editor.viewport.panes import SHAPE

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QCloseEvent, QKeyEvent, QMouseEvent, QShowEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from facewright.editor.viewport.widget import Viewport


class _Uncovered(QObject):
    """Draws a whole window again once another one is gone that covered it.

    Round a window of the X server's inside ours Qt draws only a part of that, and a dialog's title bar and text stay
    where nothing but a window manager puts windows together.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        if handle := window.windowHandle():
            handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let every event pass."""
        if event.type() == QEvent.Type.Expose:
            self._window.update()
        return False


class Canvas(QtInteractor):
    """PyVista's widget, whose mouse, keys and painting are the viewport's."""

    def __init__(self, viewport: Viewport) -> None:
        super().__init__(viewport, auto_update=False, multi_samples=0, shape=SHAPE, border=False)
        self._viewport = viewport
        self._uncovered: _Uncovered | None = None
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

    def showEvent(self, event: QShowEvent) -> None:
        """Follow what covers the window, where this is one inside it."""
        super().showEvent(event)
        if self._uncovered is None and self.testAttribute(Qt.WidgetAttribute.WA_NativeWindow):
            self._uncovered = _Uncovered(self.window())

    def paintGL(self) -> None:
        """Draw, as Qt asks."""
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

    def surface_at(self, position: QPointF) -> np.ndarray | None:
        """The point (3,) mm of the surface under a place in the widget; None where there is background."""
        ratio = self.devicePixelRatioF()
        x, y = round(position.x() * ratio), round((self.height() - position.y()) * ratio)
        renderer = self.iren.interactor.FindPokedRenderer(x, y)
        depth = renderer.GetZ(x, y)
        if depth >= 1.0:
            return None
        renderer.SetDisplayPoint(x, y, depth)
        renderer.DisplayToWorld()
        point = np.array(renderer.GetWorldPoint())
        return point[:3] / point[3]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A button goes down."""
        self._viewport.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The pointer moves."""
        self._viewport.move_to(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A button goes up."""
        self._viewport.release()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A button goes down again."""
        self._viewport.press(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel turns."""
        self._viewport.turn_wheel(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys are the viewport's."""
        event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Keys are the viewport's."""
        event.ignore()
