"""A neutral head in the viewport: parts in colour, landmarks by name, and where on the head a touch is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from scipy.spatial.transform import Rotation

from core.mesh import Mesh
from core.normals import vertex_normals
from editor.anatomy.draft import PART_OF
from editor.viewport.annotation import Annotation
from editor.viewport.colours import component_colours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.parts import CodeName
    from editor.anatomy.session import AnatomySession
    from editor.viewport import Viewport

_SHOWN_MM = 300.0
"""How large a head is shown, whatever its unit: the camera's distances are meant for that."""

_GLOW = 0.45
"""How far what is under the brush is lightened."""

_NOTHING = np.empty(0, dtype=np.int64)


class AnatomyView(QObject):
    """Follows a session on a viewport. Only here is the head turned and scaled for the screen."""

    def __init__(self, session: AnatomySession, viewport: Viewport) -> None:
        """Show the head as it lies in its file."""
        super().__init__(session)
        self._session, self.viewport = session, viewport
        head = session.head
        used = head.vertices[head.skin.used]
        self._middle = (used.min(axis=0) + used.max(axis=0)) / 2.0
        self.scale = _SHOWN_MM / float(np.ptp(used, axis=0).max())
        self._turned = np.eye(3)
        self._glow = np.zeros(len(head.vertices), dtype=bool)
        self._current = ""
        self._show_head()
        session.changed.connect(self._show)

    def turn(self, axis: tuple[float, float, float]) -> None:
        """Turn the head by a quarter about an axis of the screen, as seen from the front."""
        self._turned = Rotation.from_rotvec(np.pi / 2 * np.asarray(axis)).as_matrix() @ self._turned
        self._show_head()

    def to_head(self, point: np.ndarray) -> np.ndarray:
        """A point (3,) of the viewport in the file's unit and frame."""
        there: np.ndarray = point @ self._turned / self.scale + self._middle
        return there

    def to_view(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 3) of the file's unit and frame in the viewport."""
        shown: np.ndarray = self.scale * (points - self._middle) @ self._turned.T
        return shown

    def mark(self, name: str) -> None:
        """Let the landmark that is picked next look different."""
        self._current = name
        self._show_landmarks()

    def glow(self, vertices: np.ndarray) -> None:
        """Lighten vertices (n,) bool."""
        if (vertices != self._glow).any():
            self._glow = vertices
            self._show_colours()

    def _show_head(self) -> None:
        head = self._session.head
        points = np.where(head.skin.used[:, None], self.to_view(head.vertices), 0.0).astype(np.float32)
        normals = vertex_normals(points, head.faces)
        if (normals * points).sum() < 0.0:  # inside out: seen all the same, and told when parts are found
            normals = -normals
        self.viewport.show_mesh(Mesh(points, head.faces), normals)
        self.viewport.set_view("front")
        self._show()

    def _show(self) -> None:
        self._show_colours()
        self._show_landmarks()

    def _show_colours(self) -> None:
        colours = component_colours(len(self._session.head.vertices), self._components())
        colours[self._glow] = ((1.0 - _GLOW) * colours[self._glow] + _GLOW * 255.0).astype(np.uint8)
        self.viewport.colour(colours)

    def _components(self) -> Iterator[tuple[CodeName, np.ndarray, np.ndarray, np.ndarray]]:
        """What `component_colours` wants: rims and collars only where they are the draft's own."""
        session = self._session
        found = {component.name: component for component in session.anatomy.components} if session.anatomy else {}
        for name, region in session.regions.items():
            rim, collar = (found[name].rim, found[name].collar) if session.is_current else (_NOTHING, _NOTHING)
            yield PART_OF[name], region, rim, collar

    def _show_landmarks(self) -> None:
        landmarks = self._session.draft.landmarks
        points = self.to_view(self._session.head.vertices[list(landmarks.values())])
        names = tuple(landmarks)
        self.viewport.annotate(
            Annotation(landmarks=points, names=names, corrected=frozenset({self._current}), labelled=True)
        )
