"""Paint a part onto a head, or off it, with a round brush."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from facewright.editor.anatomy.session import AnatomySession
    from facewright.editor.anatomy.view import AnatomyView
    from facewright.editor.viewport.tool import Touch


class PartBrush(QObject):
    """The viewport's tool for parts; a stroke is one step. With Shift, or while `erases`, it takes away."""

    KEYS = Qt.KeyboardModifier.ShiftModifier

    def __init__(self, session: AnatomySession, view: AnatomyView) -> None:
        super().__init__(session)
        self._session, self._view = session, view
        self.component = "nose"
        self.radius_mm = 5.0
        self.erases = False
        self._adds = True
        self._last: np.ndarray | None = None

    def hover(self, touch: Touch | None) -> None:
        """Show what a click would paint."""
        head = self._session.head
        paints = touch is not None and self._session.anatomy is not None
        self._view.glow(self._dab(touch.point) if touch and paints else np.zeros(len(head.vertices), dtype=bool))

    def grab(self, point: np.ndarray) -> bool:
        """Begin a stroke at a point (3,) of the surface."""
        if self._session.anatomy is None:
            return False
        shift = bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._adds, self._last = self.erases == shift, None
        self._stroke(point)
        return True

    def drag(self, way: np.ndarray, touch: Touch | None) -> None:
        """Paint on, from where the pointer was last."""
        if touch:
            self._stroke(touch.point)
        else:
            self._last = None

    def release(self) -> None:
        """Make one step of the stroke."""
        self._last = None
        self._session.keep("Paint" if self._adds else "Erase")

    def call_off(self) -> None:
        """Take the stroke back."""
        self._last = None
        self._session.give_up()

    def _stroke(self, point: np.ndarray) -> None:
        dab = self._dab(point)
        self._view.glow(dab)
        self._session.paint(self.component, dab, adds=self._adds)
        self._last = point

    def _dab(self, point: np.ndarray) -> np.ndarray:
        """Vertices (n,) bool under the brush on its way from the last point of a stroke to this one (3,)."""
        session, anatomy = self._session, self._session.anatomy
        assert anatomy
        radius = self.radius_mm / anatomy.mm_per_unit
        here = self._view.to_head(point)
        last = here if self._last is None else self._view.to_head(self._last)
        steps = max(int(np.linalg.norm(here - last) / radius * 2.0), 1)
        return session.head.within(np.linspace(last, here, steps + 1), radius)
