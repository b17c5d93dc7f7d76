"""Click landmarks on a head one after the other, and drag those that are not where they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    import numpy as np

    from facewright.editor.anatomy.session import AnatomySession
    from facewright.editor.anatomy.view import AnatomyView
    from facewright.editor.viewport.tool import Touch


class LandmarkPicker(QObject):
    """The viewport's tool for landmarks: a click puts the one that is next, or takes hold of one that is there."""

    current_changed = Signal(str)
    """The landmark that the next click puts; empty for none."""

    def __init__(self, session: AnatomySession, view: AnatomyView) -> None:
        super().__init__(session)
        self._session, self._view = session, view
        self._carried = self._wanted = ""
        self.current = ""
        session.changed.connect(self._go_on)
        self._go_on()

    def choose(self, name: str) -> None:
        """Put this one next, whether it is there already or not."""
        self._wanted = name
        self._go_on()

    def hover(self, touch: Touch | None) -> None:
        """Nothing is shown under the pointer."""

    def grab(self, point: np.ndarray) -> bool:
        """Take hold of the landmark at a point (3,) of the surface, else put the next one there."""
        self._carried = self._view.landmark_at(point) or self.current
        if self._carried:
            self._session.pick(self._carried, self._view.vertex_at(point, self._carried))
        return bool(self._carried)

    def drag(self, way: np.ndarray, touch: Touch | None) -> None:
        """Let it follow the pointer while that is over the surface."""
        if touch:
            self._session.pick(self._carried, self._view.vertex_at(touch.point, self._carried))

    def release(self) -> None:
        """Make one step of it, and go on to the next landmark."""
        name, self._carried = self._carried, ""
        if name == self._wanted:
            self._wanted = ""
        self._session.keep(f"Pick {name}")
        self._go_on()

    def call_off(self) -> None:
        """Leave the landmark where it was, or missing."""
        self._carried = ""
        self._session.give_up()

    def _go_on(self) -> None:
        """What was chosen is next, else the first that is missing."""
        name = self._wanted or next(iter(self._session.missing), "")
        if not self._carried and name != self.current:
            self.current = name
            self._view.mark(name)
            self.current_changed.emit(name)
