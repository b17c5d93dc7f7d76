"""Anthropometric landmarks on ICT-FaceKit's neutral head, and the five of each stage.

Names and definitions are Farkas's (1981). A landmark that is an extremum by definition is searched for on the
surface, near the standard landmark of the 68 (iBUG order) that lies closest; the others are those themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import igl
import numpy as np

if TYPE_CHECKING:
    from facewright.core.parts import CodeName

_SIDEWAYS = -0.9
"""x of a normal that faces the subject's right."""

_ABOVE_EARS_MM = 15.0
"""Height above the glabella at which the ears have ended."""

_ORBITALE_MM = 12.0
"""Orbitale is bone, to be felt: on the skin it is taken so far below the lower lid, under the middle of the eye."""

_TRAGION_MM = (29.0, 95.5)
"""How far the notch above the tragus lies below and behind the nasion on the neutral head."""

_HOLLOW = -0.3
"""Twice the mean curvature, 1/mm, below which a surface is a crease."""


def find_points(positions: np.ndarray, faces: np.ndarray, standard: np.ndarray, mirror: np.ndarray) -> dict[str, int]:
    """Vertices of the anthropometric landmarks by name, midline first, `_r` and `_l` on the subject's sides.

    positions : (n, 3) mm and faces : (f, 4) int, the skin's quads; standard : (68,) int64; mirror : (n,) int64.
    """
    middle = _midline(positions)
    at = positions[standard]

    def along(low: float, high: float) -> np.ndarray:
        """Vertices of the front midline with y between two values, mm, from above downwards."""
        return middle[(positions[middle, 1] >= low) & (positions[middle, 1] <= high)]

    brows, eyes = at[17:27, 1].mean(), at[36:48, 1].mean()
    glabella = along(eyes + 10, brows + 5)
    points = {"g": int(glabella[positions[glabella, 2].argmax()])}
    root = along(eyes, positions[points["g"], 1])
    points["n"] = int(root[positions[root, 2].argmin()])
    tip = along(at[33, 1], at[28, 1])
    points["prn"] = int(tip[positions[tip, 2].argmax()])
    points["sn"] = _sharpest(along(at[33, 1] - 4, at[33, 1] + 3), middle, positions, convex=False)
    columella = along(positions[points["sn"], 1] + 2, positions[points["prn"], 1] - 4)
    points["c'"] = _sharpest(columella, middle, positions, convex=False)
    points |= {"ls": int(standard[51]), "sto": int(standard[62]), "li": int(standard[57])}
    chin = along(at[8, 1], at[57, 1] - 10)
    points["pg"] = int(chin[positions[chin, 2].argmax()])
    points["gn"] = _sharpest(along(at[8, 1] - 8, at[8, 1] + 3), middle, positions, convex=True)
    sides = {"en": int(standard[39]), "ex": int(standard[36]), "ch": int(standard[48])}
    sides |= {"ps": int(standard[37:39][at[37:39, 1].argmax()]), "pi": int(standard[40:42][at[40:42, 1].argmin()])}
    sides |= {"sci": int(standard[19]), "zy": int(standard[1]), "go": int(standard[4])}
    sides |= _alar(positions, faces, at)
    sides |= _frankfort(positions, points["n"], {name: positions[sides[name]] for name in ("en", "ex", "pi")})
    points |= _cranium(positions, points["g"])
    sides["eu"] = _eurion(positions, points["g"])
    for name, vertex in sides.items():
        points |= {f"{name}_r": vertex, f"{name}_l": int(mirror[vertex])}
    return points


def _frankfort(positions: np.ndarray, nasion: int, eye: dict[str, np.ndarray]) -> dict[str, int]:
    """Right tragion and orbitale, through which the Frankfort plane goes; eye : (3,) mm, its en, ex and pi."""
    side = np.flatnonzero(positions[:, 0] < -70.0)
    notch = positions[nasion, 1:] - _TRAGION_MM
    front = np.flatnonzero(positions[:, 2] > eye["ex"][2])
    orbit = np.array([(eye["en"][0] + eye["ex"][0]) / 2, eye["pi"][1] - _ORBITALE_MM])
    return {
        "t": int(side[np.linalg.norm(positions[side, 1:] - notch, axis=1).argmin()]),
        "or": int(front[np.linalg.norm(positions[front, :2] - orbit, axis=1).argmin()]),
    }


def _cranium(positions: np.ndarray, glabella: int) -> dict[str, int]:
    """Vertex and opisthocranion: the highest point of the midline, and the one furthest from the glabella."""
    middle = np.flatnonzero(np.abs(positions[:, 0]) < 0.01)
    skull = middle[positions[middle, 1] > 0.0]
    away = np.linalg.norm(positions[skull] - positions[glabella], axis=1)
    return {"v": int(skull[positions[skull, 1].argmax()]), "op": int(skull[away.argmax()])}


def _eurion(positions: np.ndarray, glabella: int) -> int:
    """The right side's most lateral point of the skull, above the ears."""
    skull = np.flatnonzero(positions[:, 1] > positions[glabella, 1] + _ABOVE_EARS_MM)
    return int(skull[positions[skull, 0].argmin()])


def stage_landmarks(
    positions: np.ndarray, points: dict[str, int], mirror: np.ndarray
) -> dict[CodeName, tuple[int, ...]]:
    """Five vertices for each stage: anthropometric ones, and for the remainder forehead, chin, temples and occiput."""
    middle = np.flatnonzero(np.abs(positions[:, 0]) < 0.01)

    def nearest(candidates: np.ndarray, y: float, z: float) -> int:
        return int(candidates[np.hypot(positions[candidates, 1] - y, positions[candidates, 2] - z).argmin()])

    forehead = nearest(middle, positions[points["g"], 1] + 40.0, 95.0)
    occiput = int(middle[np.where(positions[middle, 1] > 0, positions[middle, 2], np.inf).argmin()])
    right = np.flatnonzero(positions[:, 0] < -60.0)
    tragion = nearest(right, positions[points["n"], 1] - 12.0, 22.0)
    bridge = nearest(middle, positions[points["en_r"], 1], 110.0)
    return {
        "expression": tuple(points[name] for name in ("prn", "ex_r", "ex_l", "ch_r", "ch_l")),
        "nose": tuple(points[name] for name in ("n", "prn", "al_r", "al_l", "sn")),
        "eyes": (*(points[name] for name in ("ex_r", "en_r")), bridge, *(points[name] for name in ("en_l", "ex_l"))),
        "mouth": tuple(points[name] for name in ("ch_r", "ls", "sto", "li", "ch_l")),
        "remainder": (forehead, points["gn"], tragion, int(mirror[tragion]), occiput),
    }


def _midline(positions: np.ndarray) -> np.ndarray:
    """Vertices of the midline's front (n,), by height from the crown down to the neck."""
    middle = np.flatnonzero((np.abs(positions[:, 0]) < 0.01) & (positions[:, 2] > 20.0) & (positions[:, 1] > -130.0))
    return middle[np.argsort(-positions[middle, 1])]


def _sharpest(candidates: np.ndarray, line: np.ndarray, positions: np.ndarray, *, convex: bool) -> int:
    """The candidate where the line (n,) turns most, outwards if `convex`, else inwards."""
    path = positions[line, 1:]  # (n, 2): y, z
    before, after = path[1:-1] - path[:-2], path[2:] - path[1:-1]
    length = 0.5 * (np.linalg.norm(before, axis=1) + np.linalg.norm(after, axis=1))
    turn = np.arctan2(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(1)) / length
    turns = dict(zip(line[1:-1].tolist(), turn if convex else -turn, strict=True))
    return max(candidates.tolist(), key=lambda vertex: turns.get(vertex, -np.inf))


def _alar(positions: np.ndarray, faces: np.ndarray, at: np.ndarray) -> dict[str, int]:
    """Right alare, alar curvature point and subalare; `at` (68, 3) mm are the standard landmarks' positions.

    Alare is where the ala's outer wall faces sideways and reaches furthest; the alar curvature point is the most
    lateral of the crease round the ala below it, where the surface is hollow yet faces forward.
    """
    triangles = np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]]).astype(np.int64)
    normals = igl.per_vertex_normals(positions, triangles)
    laplacian = igl.cotmatrix(positions, triangles) @ positions
    bend = -(laplacian * normals).sum(1) / igl.massmatrix(positions, triangles).diagonal()  # 2·mean curvature, 1/mm
    base = at[31]
    x, y, z = (positions - base).T
    ala = np.flatnonzero((np.abs(x + 5) < 5) & (y > 4) & (y < 14) & (z > -8) & (normals[:, 0] < _SIDEWAYS))
    alare = int(ala[positions[ala, 0].argmin()])
    level = positions[alare, 1] - base[1]
    crease = (np.abs(x + 5) < 5) & (y > 0) & (y < level) & (z > -8) & (bend < _HOLLOW) & (normals[:, 2] > 0.3)
    curvature = np.flatnonzero(crease)
    return {
        "al": alare,
        "ac": int(curvature[positions[curvature, 0].argmin()]),
        "sbal": int(np.linalg.norm(positions - base, axis=1).argmin()),
    }
