"""Scans that are hard to place, or are no faces at all, made of the open benchmark's heads; for `tests/bench/fit.py`.

Each begins as a scan of the face alone, as scanners give it: what lies within 110 mm of the tip of the nose and looks
forward, turned any way, with 0.3 mm of noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import trimesh
from scipy.spatial.transform import Rotation

from facewright.core.anatomy import bundled_anatomy
from facewright.core.anthropometry.landmarks import FIVE
from facewright.core.metrics import in_face
from facewright.core.scan.scan import Scan, thinned
from facewright.train.data.ict_facekit import SUBJECTS, draw_subjects, read_morphs
from facewright.train.data.sources import ict_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FACE_MM = 110.0
NOISE_MM = 0.3
FEW_POINTS = 1_500
"""Of a scan with some 3,000 faces."""


@dataclass(frozen=True)
class HardScan:
    """A scan in mm, and where it belongs.

    kind : what is hard about it; points : (N, 3), of the true face, in the frame of the scan; truth : (N, 3), mm, where
    they are in the head frame; neither where there is no face. others : the same face again, elsewhere in the scan.
    landmarks : (5, 3), those of `FIVE`, in the frame of the scan, of a face that was made larger or smaller: where in
    the head frame such a one lies is the model's own, so that `truth` is but for a shift.
    """

    kind: str
    scan: Scan
    points: np.ndarray
    truth: np.ndarray
    others: tuple[np.ndarray, ...] = ()
    landmarks: np.ndarray = field(default_factory=lambda: np.empty((0, 3)))


class Faces:
    """The benchmark's test subjects, neutral: vertices (V, 3), mm, head frame, and triangles (F, 3) of the skin."""

    def __init__(self, data: str) -> None:
        morphs, anatomy = read_morphs(ict_folder(data)), bundled_anatomy("ict_facekit")
        low, high = anatomy.closing.skin
        quads = morphs.polygons[((morphs.polygons < high) & (morphs.polygons >= -1)).all(axis=1)]
        whole = quads[quads[:, 3] >= 0]
        self.faces = np.concatenate([quads[:, :3], whole[:, [0, 2, 3]]]).astype(np.int64)
        self.nose = np.zeros(high, bool)
        self.nose[next(c.vertices for c in anatomy.components if c.name == "nose")] = True
        self.tip = anatomy.points["prn"]
        self.landmarks = [anatomy.points[name] for name in FIVE]
        identities, _ = draw_subjects("test", SUBJECTS["test"])
        self.heads = [(morphs.neutral + np.tensordot(i, morphs.identities, axes=1))[low:high] for i in identities]

    def front(self, head: np.ndarray) -> np.ndarray:
        """Which vertices (V,) a scanner before the face sees."""
        normals = np.asarray(trimesh.Trimesh(head, self.faces, process=False).vertex_normals)
        return (np.linalg.norm(head - head[self.tip], axis=1) < FACE_MM) & (normals[:, 2] > 0.0)


def hard_scans(data: str, count: int) -> Iterator[HardScan]:
    """For each of so many subjects one scan of every kind; then what is no face."""
    faces = Faces(data)
    for number, head in enumerate(faces.heads[:count]):
        for place, (kind, keep) in enumerate(_KEPT.items()):
            rng = np.random.default_rng([17, number, place])
            yield _seen(kind, faces, head, keep(faces, head, faces.front(head), rng), rng)
        for place, (kind, size) in enumerate(_SIZES.items()):
            rng = np.random.default_rng([19, number, place])
            sized = head[faces.tip] + size * (head - head[faces.tip])
            seen = _seen(kind, faces, sized, faces.front(sized), rng)
            rotation, shift = _motion(seen)
            yield replace(seen, landmarks=sized[faces.landmarks] @ rotation.T + shift)
        rng = np.random.default_rng([18, number])
        yield _occluded(faces, head, rng)
        yield _decimated(faces, head, rng)
        yield _two(faces, head, rng)
        for kind, scan in _no_faces(faces, head, rng):
            yield HardScan(kind, scan, np.empty((0, 3)), np.empty((0, 3)))


def _cut(share: float) -> Callable[[Faces, np.ndarray, np.ndarray, np.random.Generator], np.ndarray]:
    """Cuts a share of the front away by a plane of any direction across the face."""

    def keep(faces: Faces, head: np.ndarray, front: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        angle = rng.uniform(0.0, 2.0 * np.pi)
        along = head @ np.array([np.cos(angle), np.sin(angle), 0.0])
        return front & (along < np.quantile(along[front], 1.0 - share))

    return keep


def _half(faces: Faces, head: np.ndarray, front: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return front & (head[:, 0] * rng.choice([-1.0, 1.0]) < 0.0)


def _noseless(faces: Faces, head: np.ndarray, front: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return front & ~faces.nose


_KEPT = {
    "whole face": lambda faces, head, front, rng: front,
    "30 % cut": _cut(0.3),
    "50 % cut": _cut(0.5),
    "half": _half,
    "noseless": _noseless,
}


_SIZES = {"newborn's size": 0.65, "very large": 1.15}
"""Over the subject's own, about the tip of the nose."""


def _seen(kind: str, faces: Faces, head: np.ndarray, kept: np.ndarray, rng: np.random.Generator) -> HardScan:
    turn, shift = Rotation.random(rng=rng), rng.uniform(-400.0, 400.0, 3)
    clean = turn.apply(head[kept]) + shift
    number = np.cumsum(kept) - 1
    scan = Scan(clean + rng.standard_normal(clean.shape) * NOISE_MM, number[faces.faces[kept[faces.faces].all(axis=1)]])
    face = in_face(head[kept], head[faces.tip])
    return HardScan(kind, scan, clean[face], head[kept][face])


def _joined(*scans: Scan) -> Scan:
    starts = np.cumsum([0, *(len(scan.points) for scan in scans)])
    corners = [scan.faces + start for scan, start in zip(scans, starts, strict=False)]
    return Scan(np.concatenate([scan.points for scan in scans]), np.concatenate(corners))


def _occluded(faces: Faces, head: np.ndarray, rng: np.random.Generator) -> HardScan:
    """A fist before the cheek hides a part of the face from the scanner."""
    fist = trimesh.creation.icosphere(subdivisions=4, radius=38.0)
    centre = head[faces.tip] + [rng.choice([-1.0, 1.0]) * 55.0, -25.0, 20.0]
    hidden = np.linalg.norm((head - centre)[:, :2], axis=1) < 40.0
    seen = _seen("occluded", faces, head, faces.front(head) & ~hidden, rng)
    rotation, shift = _motion(seen)
    hand = Scan((np.asarray(fist.vertices) + centre) @ rotation.T + shift, np.asarray(fist.faces, np.int64))
    return HardScan("occluded", _joined(seen.scan, hand), seen.points, seen.truth)


def _decimated(faces: Faces, head: np.ndarray, rng: np.random.Generator) -> HardScan:
    seen = _seen("decimated", faces, head, faces.front(head), rng)
    return HardScan("decimated", thinned(seen.scan, FEW_POINTS), seen.points, seen.truth)


def _two(faces: Faces, head: np.ndarray, rng: np.random.Generator) -> HardScan:
    seen = _seen("two heads", faces, head, faces.front(head), rng)
    aside = Rotation.from_rotvec(rng.uniform(-0.3, 0.3, 3))
    second = aside.apply(seen.scan.points - seen.scan.points.mean(axis=0)) + seen.scan.points.mean(axis=0) + 260.0
    other = aside.apply(seen.points - seen.scan.points.mean(axis=0)) + seen.scan.points.mean(axis=0) + 260.0
    return HardScan("two heads", _joined(seen.scan, Scan(second, seen.scan.faces)), seen.points, seen.truth, (other,))


def _no_faces(faces: Faces, head: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[str, Scan]]:
    back = (head[:, 2] < head[:, 2].mean()) & (head[:, 1] > head[faces.tip, 1] - 100.0)
    number = np.cumsum(back) - 1
    yield "back of a head", Scan(head[back], number[faces.faces[back[faces.faces].all(axis=1)]])
    chest = head[:, 1] < np.quantile(head[:, 1], 0.25)
    number = np.cumsum(chest) - 1
    yield "shoulders", Scan(head[chest], number[faces.faces[chest[faces.faces].all(axis=1)]])
    lump = trimesh.creation.icosphere(subdivisions=5, radius=95.0)
    ways = np.asarray(lump.vertices)
    waves = np.zeros(len(ways))
    for _ in range(8):
        waves += rng.normal(0.0, 5.0) * np.sin(ways @ rng.normal(0.0, 0.05, 3) + rng.uniform(0.0, 6.0))
    yield "lump", Scan(ways * (1.0 + waves[:, None] / 95.0), np.asarray(lump.faces, np.int64))


def _motion(seen: HardScan) -> tuple[np.ndarray, np.ndarray]:
    """The rotation (3, 3) and shift (3,) that carried the truth to the scan."""
    a, b = seen.truth - seen.truth.mean(axis=0), seen.points - seen.points.mean(axis=0)
    u, _, v = np.linalg.svd(b.T @ a)
    rotation = u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v
    return rotation, seen.points.mean(axis=0) - rotation @ seen.truth.mean(axis=0)
