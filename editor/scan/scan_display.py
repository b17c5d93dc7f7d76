"""Which scan is on the screen: the one that is being placed, or the patient's own surface on the edited head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from facewright.editor.scan.scan_surface import hung

if TYPE_CHECKING:
    from facewright.editor.document import Document
    from facewright.editor.painting import Painter
    from facewright.editor.scan.scan_session import ScanSession
    from facewright.editor.scan.scan_surface import CarriedSurface
    from facewright.editor.viewport import Viewport


class ScanDisplay(QObject):
    """Tells the painter what to show in the head's place, whenever the document, the session or the look change."""

    def __init__(
        self, document: Document, session: ScanSession, viewport: Viewport, painter: Painter, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document, self._session, self._viewport, self._painter = document, session, viewport, painter
        self._carried: CarriedSurface | None = None
        document.state_changed.connect(self._choose)
        document.gesture_changed.connect(painter.set_in_gesture)
        session.changed.connect(self._choose)
        viewport.look_changed.connect(self._choose)

    def _choose(self) -> None:
        source = self._session.still or (self._own_surface() if self._viewport.look.shows_scan else None)
        self._painter.show_scan(source, self._document.parameters)

    def _own_surface(self) -> CarriedSurface | None:
        """The patient's own surface, if the head goes back to a scan; the last is kept, for hanging it takes time."""
        fitted = self._document.state.variant.scan
        if fitted is None:
            return None
        self._carried = hung(self._document.model, fitted, self._carried)
        return self._carried
