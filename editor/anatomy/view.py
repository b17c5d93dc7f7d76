"""A neutral head in the viewport: parts in colour, landmarks by name, and where on the head a touch is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from scipy.spatial.transform import Rotation

from facewright.core.mesh import Mesh
from facewright.core.normals import vertex_normals
from facewright.editor.anatomy.draft import PART_OF, TIP
from facewright.editor.viewport.annotation import Annotation
from facewright.editor.viewport.colours import component_colours
from facewright.editor.viewport.painting import Drawable

if TYPE_CHECKING:
    from facewright.core.parts import CodeName
    from facewright.editor.anatomy.session import AnatomySession
    from facewright.editor.viewport import Viewport

_SHOWN_MM = 300.0
"""How large a head is shown, whatever its unit: the camera's distances are meant for that."""

_REACH = 0.004
"""How far beside the pointer a vertex may be taken, as a tangent: some eight pixels."""
_SLACK_MM, _DOT_MM, _DEPTH_MM = 2.0, 6.0, 10.0
"""How far behind the point that is touched a vertex may lie; a landmark, whose dot stands out; the skin about eyes."""

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
        self._shows_landmarks = True
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

    def vertex_at(self, point: np.ndarray, name: str) -> int:
        """The vertex that a hand means for a landmark at a point (3,) of the surface: the nearest on the screen.

        It is one of the face there, or lies in front of it within reach of the pointer: beside the margins of lids and
        lips a hand falls through. Where it falls onto an eyeball or teeth, the skin about them is meant; the tip of the
        nose alone, which tells what the skin is, may lie anywhere.
        """
        session = self._session
        skin = session.head.skin.used if name == TIP else session.skin
        aside = self._aside(self._points, point, _SLACK_MM)
        meant = aside < _REACH
        corners = session.head.corners_at(self.to_head(point))
        meant[corners] = True
        aside[corners] = self._aside(self._points[corners], point, np.inf)
        meant &= skin
        if not meant.any():
            aside = self._aside(self._points, point, _DEPTH_MM)
            meant = skin
        return int(np.where(meant, aside, np.inf).argmin())

    def landmark_at(self, point: np.ndarray) -> str:
        """The landmark within reach of the pointer at a point (3,) of the surface or of what is drawn on it, if any."""
        landmarks = self._session.draft.landmarks
        away = self._aside(self._points[list(landmarks.values())], point, _DOT_MM)
        near = {name: tangent for name, tangent in zip(landmarks, away.tolist(), strict=True) if tangent < _REACH}
        return min(near, key=lambda name: near[name], default="")

    def mark(self, name: str) -> None:
        """Let the landmark that is picked next look different."""
        self._current = name
        self._show_landmarks()

    def show_landmarks(self, shown: bool) -> None:
        """Show the landmarks, or the parts alone."""
        self._shows_landmarks = shown
        self._show_landmarks()

    def glow(self, vertices: np.ndarray) -> None:
        """Lighten vertices (n,) bool."""
        if (vertices != self._glow).any():
            self._glow = vertices
            self._show_colours()

    def _aside(self, points: np.ndarray, touched: np.ndarray, slack_mm: float) -> np.ndarray:
        """How far beside the pointer points (n, 3) are seen, as tangents (n,).

        Infinite if they lie further behind the point (3,) that it touches than `slack_mm`.
        """
        eye = self.viewport.pose.position
        depth = float(np.linalg.norm(touched - eye))
        ray = (touched - eye) / depth
        away = points - eye
        along = away @ ray
        tangents = np.linalg.norm(away - along[:, None] * ray, axis=1) / np.maximum(along, 1e-9)
        return np.where(along < depth + slack_mm, tangents, np.inf)

    def _show_head(self) -> None:
        head = self._session.head
        points = np.where(head.skin.used[:, None], self.to_view(head.vertices), 0.0).astype(np.float32)
        self._points = points
        normals = vertex_normals(points, head.faces)
        if (normals * points).sum() < 0.0:  # inside out: seen all the same, and told when parts are found
            normals = -normals
        self.viewport.show_surface(Drawable(Mesh(points, head.faces), normals))
        self.viewport.set_view("front")
        self._show()

    def _show(self) -> None:
        self._show_colours()
        self._show_landmarks()

    def _show_colours(self) -> None:
        colours = component_colours(len(self._session.head.vertices), self._components())
        colours[self._glow] = ((1.0 - _GLOW) * colours[self._glow] + _GLOW * 255.0).astype(np.uint8)
        self.viewport.colour(colours)

    def _components(self) -> list[tuple[CodeName, np.ndarray, np.ndarray, np.ndarray]]:
        """What `component_colours` wants: the last collars found, and rims if they are the draft's own."""
        session = self._session
        by_name = {component.name: component for component in session.anatomy.components} if session.anatomy else {}
        return [
            (PART_OF[name], region, by_name[name].rim if session.is_current else _NOTHING, by_name[name].collar)
            for name, region in session.regions.items()
        ]

    def _show_landmarks(self) -> None:
        landmarks = self._session.draft.landmarks if self._shows_landmarks else {}
        points = self.to_view(self._session.head.vertices[list(landmarks.values())])
        names = tuple(landmarks)
        self.viewport.annotate(
            Annotation(landmarks=points, names=names, corrected=frozenset({self._current}), labelled=True)
        )
