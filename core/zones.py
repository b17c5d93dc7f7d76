"""Where on a head a point lies, in words that everyone has: what a hand takes hold of when it pulls there."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.grab import parts_at
from facewright.core.surface.cascade import Cascade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters

_EAR_MM, _NECK_MM, _FOREHEAD_MM = 45.0, 30.0, 40.0
"""How far an ear reaches from its tragion; how far below the chin a neck, and above the glabella a forehead, is met."""

_AT: Mapping[str, str] = MappingProxyType(
    {
        "gn": "chin", "pg": "chin", "go": "jaw", "zy": "cheekbone", "cheek": "cheek", "g": "brow", "sci": "brow",
        "forehead": "forehead", "t": "ear", "sa": "ear", "sba": "ear", "pa": "ear", "neck": "neck", "nape": "neck",
        "v": "skull", "op": "skull", "eu": "skull",
    }
)  # fmt: skip
"""The zone of the remainder that each landmark, left or right, is in."""


def named_points(model: HeadModel) -> dict[str, np.ndarray]:
    """The landmarks of a model's template, and such as zones and ears need besides, (3,) float32, mm, head frame.

    Of the template mesh: sa, sba, pa, the highest, lowest and outermost point of an ear; neck, its sides; nape; cheek,
    between orbit and corner of the mouth; forehead. Without a mesh, or the landmarks about them, they are left out.
    """
    points = dict(model.points)
    if model.template is None:
        return points
    vertices = model.template.vertices
    for side, sign in (("l", 1.0), ("r", -1.0)):
        tragion = points.get(f"t_{side}")
        if tragion is not None:
            outer = sign * (vertices[:, 0] - tragion[0]) > -2.0
            ear = vertices[outer & (np.linalg.norm(vertices - tragion, axis=1) < _EAR_MM)]
            if len(ear):
                points[f"sa_{side}"], points[f"sba_{side}"] = ear[ear[:, 1].argmax()], ear[ear[:, 1].argmin()]
                points[f"pa_{side}"] = ear[(sign * ear[:, 0]).argmax()]
        if f"or_{side}" in points and f"ch_{side}" in points:
            middle = (points[f"or_{side}"] + points[f"ch_{side}"]) / 2 + np.array([sign * 14.0, 0.0, 0.0], np.float32)
            points[f"cheek_{side}"] = _nearest(vertices, middle)
    if "gn" in points:
        level = np.abs(vertices[:, 1] - (points["gn"][1] - _NECK_MM)) < 6.0
        ring = vertices[level]
        if len(ring):
            points["neck_l"], points["neck_r"] = ring[ring[:, 0].argmax()], ring[ring[:, 0].argmin()]
            points["nape"] = ring[ring[:, 2].argmin()]
    if "g" in points:
        points["forehead"] = _nearest(vertices, points["g"] + np.array([0.0, _FOREHEAD_MM, 0.0], np.float32))
    return points


class Zones:
    """The zones of one head's surface."""

    def __init__(self, model: HeadModel, parameters: Parameters) -> None:
        """Carry the template's points to the head."""
        self._model = model
        self._field = model.field(parameters) if model.network.config.windows else None
        points = {name: point for name, point in named_points(model).items() if _plain(name) in _AT}
        self._names = [_AT[_plain(name)] for name in points]
        self._tree = None
        if points:
            template = np.stack(list(points.values())).astype(np.float32)
            self._tree = cKDTree(Cascade(model, parameters).from_template(template, template))

    def of(self, points: np.ndarray) -> np.ndarray:
        """The zone's name of each point (N, 3), mm, of the head's surface: a local part, or a zone of the remainder.

        A pull at a point moves the part that its zone is of (`facewright.core.grab`).
        """
        zones = np.full(len(points), "head", dtype=object)
        if self._tree is not None:
            zones = np.array(self._names, dtype=object)[self._tree.query(points)[1]]
        if self._field is not None:
            parts = np.array(parts_at(self._model, self._field, points), dtype=object)
            local = parts != "remainder"
            zones[local] = parts[local]
        return zones


def _plain(name: str) -> str:
    """A landmark's name without its side."""
    return name.removesuffix("_l").removesuffix("_r")


def _nearest(vertices: np.ndarray, place: np.ndarray) -> np.ndarray:
    point: np.ndarray = vertices[np.linalg.norm(vertices - place, axis=1).argmin()]
    return point
