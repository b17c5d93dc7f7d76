"""What scans are compared with: points of a scan spread by area, and the mean head's face."""

from __future__ import annotations

import itertools
from copy import copy
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.anthropometry.landmarks import FIVE, find_landmarks
from facewright.core.mesh import border_vertices
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import head_mesh

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.scan.scan import Scan

MOST_FACE_POINTS = 1000
_VOXEL_MM = 4.0
_FACE_MM = 90.0
"""The mean head's face is what lies so near the tip of its nose."""

_POOL, _NEIGHBOURS, _CHUNK = 16_000, 256, 2_000
_RINGS_MM = np.array([4.0, 10.0, 16.0, 22.0, 28.0, 34.0, 40.0])
_SMOOTH_MM = 12.0
_UNKNOWN_MM = 10.0
"""What a ring counts on which there is nothing to compare."""
_EDGE_MM = 5.0
_SMALLER = (0.78, 0.6)
"""Each finds faces from a tenth smaller to a fifth larger than itself."""
_COMPONENTS = 6
"""Components of every code that the last refinement moves."""


class Surface(NamedTuple):
    """Points of a surface.

    points : (N, 3) float64, mm; normals : (N, 3) float64; tree : of the points; edge : (N,) bool, which lie beside an
    edge where the surface ends.
    """

    points: np.ndarray
    normals: np.ndarray
    tree: cKDTree
    edge: np.ndarray


class Anchor(NamedTuple):
    """A place of the mean face that is looked for in scans: point and axis (3,), mm, and the rings about it."""

    point: np.ndarray
    axis: np.ndarray
    rings: np.ndarray


class MeanFace:
    """The mean head's surface and landmarks; `mean_face` makes it once a model."""

    def __init__(self, model: HeadModel) -> None:
        """Extracts the mean head.

        Raises FacewrightError if the model file does not tell where landmarks are.
        """
        mean = Parameters()
        self.landmarks = find_landmarks(model, mean).points
        mesh = head_mesh(model, mean, _VOXEL_MM)
        _, gradient = Cascade(model, mean).signed_distance(mesh.vertices)
        normals = gradient / np.linalg.norm(gradient, axis=1, keepdims=True)
        rng = np.random.default_rng(0)
        points = mesh.vertices.astype(np.float64)
        self.surface = Surface(points, normals.astype(np.float64), cKDTree(points), np.zeros(len(points), bool))
        tip = self.landmarks["prn"]
        near = np.linalg.norm(mesh.vertices - tip, axis=1) < _FACE_MM
        chosen = rng.permutation(np.flatnonzero(near & (normals[:, 2] > 0.0)))
        self.face, self.face_normals = self.surface.points[chosen], self.surface.normals[chosen]
        self.modes = _modes(model, self.face[:MOST_FACE_POINTS])
        self.tip = tip
        self.size = 1.0
        """Over the mean face's."""
        self.anchors = {name: self._anchor(self.landmarks[name]) for name in FIVE if name in self.landmarks}

    @cached_property
    def smaller(self) -> tuple[MeanFace, ...]:
        """The same face in the sizes of `_SMALLER`, about the tip of its nose: as one looks for a child's."""
        return tuple(self._of_size(size) for size in _SMALLER)

    def _of_size(self, size: float) -> MeanFace:
        def at(points: np.ndarray) -> np.ndarray:
            scaled: np.ndarray = self.tip + size * (points - self.tip)
            return scaled

        face = copy(self)
        face.size = size
        face.landmarks = {name: at(point) for name, point in self.landmarks.items()}
        points = at(self.surface.points)
        face.surface = self.surface._replace(points=points, tree=cKDTree(points))
        face.face, face.modes = at(self.face), size * self.modes
        face.anchors = {name: face._anchor(face.landmarks[name]) for name in self.anchors}
        return face

    @property
    def shape(self) -> np.ndarray:
        """The mean face's own coefficients, (K,)."""
        return np.zeros(len(self.modes))

    def face_of(self, shape: np.ndarray, count: int) -> np.ndarray:
        """The first `count` points (n, 3) of a face of coefficients (K,), mm, head frame; 1,000 at most."""
        face = self.face[:count]
        return face + np.tensordot(shape, self.modes[:, :count], axes=1) if shape.any() else face

    def _anchor(self, point: np.ndarray) -> Anchor:
        axis, profile = rings(self.surface, point[None])
        return Anchor(point, axis[0], profile[0])


@lru_cache(maxsize=2)
def mean_face(model: HeadModel) -> MeanFace:
    """What scans are compared with; some seconds' work, once a model."""
    return MeanFace(model)


def sampled(scan: Scan, mm: float) -> Surface:
    """Points spread over the scan by area, in mm, its own frame; none on spikes."""
    import trimesh  # late, as in core.mesh

    rng = np.random.default_rng(0)
    if len(scan.faces):
        mesh = trimesh.Trimesh(scan.points, scan.faces, process=False)
        weight = np.where(scan.spikes, 0.0, mesh.area_faces)
        points, face = trimesh.sample.sample_surface(mesh, _POOL, face_weight=weight, seed=0)
        normals = scan.normals[scan.faces[face]].mean(axis=1)
    else:
        chosen = rng.permutation(len(scan.points))[:_POOL]
        points, normals = scan.points[chosen], scan.normals[chosen]
    points = mm * np.asarray(points, dtype=np.float64)
    ends = mm * scan.points[border_vertices(scan.faces)]
    edge = np.zeros(len(points), bool)
    if len(ends):
        edge = np.isfinite(cKDTree(ends).query(points, distance_upper_bound=_EDGE_MM)[0])
    return Surface(points, normals, cKDTree(points), edge)


def rings(surface: Surface, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Axis (N, 3) and profile (N, 2 × rings) about centres (N, 3): mean and spread of the depths on each ring, mm.

    The axis is the mean normal about the centre, turned so that the surface round it lies behind: the sign of the
    surface's normals does not matter. Empty rings are NaN.
    """
    distance, near = surface.tree.query(centres, k=_NEIGHBOURS, distance_upper_bound=1.2 * _RINGS_MM[-1])
    finite = np.isfinite(distance)
    near = np.where(finite, near, 0)
    close = finite & (distance < _SMOOTH_MM)
    close[:, 0] = True
    first = surface.normals[near[:, :1]]
    normals = surface.normals[near]
    normals = normals * np.sign((normals * first).sum(axis=2, keepdims=True))  # a cloud's normals have any sign
    axis = (normals * close[..., None]).sum(axis=1)
    axis /= np.maximum(np.linalg.norm(axis, axis=1, keepdims=True), 1e-9)
    offset = surface.points[near] - centres[:, None]
    depth = (offset * axis[:, None]).sum(axis=2)
    behind = np.where((depth * finite).sum(axis=1) > 0.0, -1.0, 1.0)
    axis, depth = axis * behind[:, None], depth * behind[:, None]
    radius = np.sqrt(np.maximum(np.square(offset).sum(axis=2) - depth**2, 0.0))
    columns = []
    for low, high in itertools.pairwise(_RINGS_MM):
        on = finite & (radius >= low) & (radius < high)
        count = on.sum(axis=1).astype(float)
        count[count == 0.0] = np.nan
        mean = (depth * on).sum(axis=1) / count
        spread = np.sqrt(((depth - mean[:, None]) ** 2 * on).sum(axis=1) / count)
        columns += [mean, spread]
    return axis, np.column_stack(columns)


class Surroundings:
    """What the surface about each of its points looks like; a point is looked at once, when it is first asked for."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        count = len(surface.points)
        self._axes, self._profiles = np.empty((count, 3)), np.empty((count, 2 * (len(_RINGS_MM) - 1)))
        self._seen = np.zeros(count, bool)

    def axes(self, indices: np.ndarray) -> np.ndarray:
        """The axes (n, 3) of `rings` about points of the surface (n,)."""
        self._look(indices)
        return self._axes[indices]

    def unlike(self, indices: np.ndarray, anchor: Anchor) -> np.ndarray:
        """How little the surface about points (n,) of it is like that about a place of the mean face, (n,) mm."""
        self._look(indices)
        difference = np.abs(self._profiles[indices] - anchor.rings)
        result: np.ndarray = np.where(np.isnan(difference), _UNKNOWN_MM, difference).mean(axis=1)
        return result

    def _look(self, indices: np.ndarray) -> None:
        fresh = indices[~self._seen[indices]]
        for first in range(0, len(fresh), _CHUNK):
            some = fresh[first : first + _CHUNK]
            self._axes[some], self._profiles[some] = rings(self._surface, self._surface.points[some])
            self._seen[some] = True


def _modes(model: HeadModel, face: np.ndarray) -> np.ndarray:
    """How far each of the first components moves points (N, 3) of the mean head, (K, N, 3) float64, mm a σ."""
    start = face.astype(np.float32)
    template = Cascade(model, Parameters()).to_template(start)
    heads = [
        Parameters().with_value(code, index, 1.0)
        for code in CODES
        for index in range(min(_COMPONENTS, model.components[code]))
    ]
    moved = [Cascade(model, head).from_template(template, start) for head in heads]
    return np.stack(moved).astype(np.float64) - face
