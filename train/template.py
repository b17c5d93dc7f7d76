"""The template mesh of a trained model: the zero set of its SDFNet, remeshed, unwrapped, labelled.

The mesh is the project's own. From the training heads it takes where the parts and landmarks lie, and nothing of
their topology.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import igl
import numpy as np
import torch
import xatlas
from scipy.spatial import cKDTree

from facewright.core.errors import FacewrightError
from facewright.core.metrics import nearest_on_surface
from facewright.core.model.template_mesh import TemplateMesh
from facewright.core.network.jet import Jet
from facewright.core.parts import PARTS
from facewright.core.surface.extraction import extract
from facewright.core.surface.newton import newton_step
from facewright.train.data.people import BENCHMARK, People
from facewright.train.data.several import open_sources
from facewright.train.membrane import slit, string
from facewright.train.remesh import Edges, remesh

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName
    from facewright.train.data.heads import HeadSet

_VOXEL_MM = 1.5
"""Of the marching cubes that the remeshing starts from."""

_MOST_AREA = 3.0
"""A surface that has so many times the training heads' area is no head's: an SDFNet that has hardly learnt ripples."""

_CHUNK = 16_384

PART_EDGES_MM: Mapping[CodeName, float] = {"nose": 1.2, "eyes": 1.0, "mouth": 1.1, "remainder": 5.0}
"""Length of the mesh's edges on each part."""

_SAG_MM = 0.05
"""Edges are shorter where the surface is so round that their middles would lie deeper than this below it."""

_SHORTEST_MM = 0.8

_GROWTH = 0.15
"""Edges grow by at most so much with every mm along the surface."""

_MIDDLE_MM = 0.05
"""Landmarks this near x = 0 lie in it."""

_MIRROR = np.array([-1.0, 1.0, 1.0])


def training_heads(model: HeadModel, source: str, *further: str) -> HeadSet:
    """The heads that a model was trained on, from where they are: one source, or several in the run's order.

    Raises FacewrightError as `open_sources` does, or if the sources are other data sets.
    """
    heads = open_sources((source, *further), "train", *drawn(model))
    if model.metadata.get("data") != heads.name:
        raise FacewrightError(
            f"The model was trained on {model.metadata.get('data')}, not {heads.name}: give its own data set."
        )
    return heads


def drawn(model: HeadModel) -> tuple[int | None, People]:
    """How a model's training heads were drawn of its sources: how many subjects of each, and what kind of people.

    Raises FacewrightError if its file tells what there is not.
    """
    subjects = model.metadata.get("subjects_of_each", model.metadata.get("subjects"))
    told = model.metadata.get("people", {})
    try:
        people = People(**told) if isinstance(told, dict) else BENCHMARK
    except TypeError as error:
        raise FacewrightError("The model's heads were drawn in ways that this version does not know.") from error
    return subjects if isinstance(subjects, int) else None, people


def template_mesh(model: HeadModel, heads: HeadSet, coarseness: float = 1.0) -> TemplateMesh:
    """Make the mesh of a model's template; `heads` are those that it was trained on.

    coarseness : all edges become so many times as long, and details are lost; the time falls with its square.
    Raises FacewrightError if SDFNet has no surface, or none of a head.
    """
    positions, surface, labels = heads.symmetric_mean, heads.surface, heads.face_parts
    distance = _SymmetricDistance(model)
    dense = extract(distance, model.bounds_mm, coarseness * _VOXEL_MM).largest_component()
    if _area(dense.vertices, dense.faces) > _MOST_AREA * _area(positions, surface.faces):
        raise FacewrightError("The model has not learnt a head's surface: train it for longer.")
    half_faces = dense.faces[dense.vertices[dense.faces, 0].mean(axis=1) > 0.0]
    used = np.unique(half_faces)
    vertices, faces = dense.vertices[used].astype(np.float64), np.searchsorted(used, half_faces)
    named = {name: positions[vertex] for name, vertex in surface.points.items() if not name.endswith("_r")}
    pinned = _placed(vertices, distance.project(np.stack([*named.values()])))
    lengths = np.array([PART_EDGES_MM[part] for part in PARTS])
    wanted = coarseness * lengths[_labels(dense.vertices, positions, surface.faces, labels)]
    size = _Size(dense.vertices, dense.faces, wanted, coarseness)
    distinct, number = np.unique(pinned, return_inverse=True)
    half = string(*remesh(vertices, faces, size, distance.project, distinct), slit(named))
    vertices, faces, mirror = _mirrored(half.vertices, half.faces)
    beside = mirror[half.membrane[:, 0]] != half.membrane[:, 0]
    landmarks = dict(zip(named, number.tolist(), strict=True))
    landmarks |= {f"{name[:-2]}_r": int(mirror[vertex]) for name, vertex in landmarks.items() if name.endswith("_l")}
    uv_vertex, uv_faces, uv = xatlas.parametrize(vertices.astype(np.float32), faces.astype(np.uint32))
    return TemplateMesh(
        vertices=vertices.astype(np.float32),
        faces=faces.astype(np.int32),
        part=_labels(vertices[faces].mean(axis=1), positions, surface.faces, labels).astype(np.uint8),
        mirror=mirror.astype(np.int32),
        uv=uv.astype(np.float32),
        uv_vertex=uv_vertex.astype(np.int32),
        uv_faces=uv_faces.astype(np.int32),
        landmarks=landmarks,
        membrane=np.concatenate([half.membrane, mirror[half.membrane[beside]]]).astype(np.int32),
        membrane_share=np.concatenate([half.share, half.share[beside]]).astype(np.float32),
    )


def _area(vertices: np.ndarray, faces: np.ndarray) -> float:
    """Of triangles, mm²."""
    return float(igl.doublearea(vertices.astype(np.float64), faces.astype(np.int64)).sum()) / 2


class _SymmetricDistance:
    """The mean of a template's signed distance and its mirror image's: a trained network is not quite symmetric."""

    def __init__(self, model: HeadModel) -> None:
        self._model = model

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Signed distance (N,) float32, mm, at points (N, 3), mm, head frame."""
        return self._jets(points)[:, 0]

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) near the surface carried onto it, by two Newton steps along the gradient."""
        for _ in range(2):
            jets = self._jets(points, derivatives=True)
            points = points + newton_step(jets[:, 0], jets[:, 1:])
        return points

    def _jets(self, points: np.ndarray, derivatives: bool = False) -> np.ndarray:
        """Distance and, with derivatives, its gradient: (N, 1) or (N, 4), mm."""
        here = self._one_sided(points, derivatives)
        there = self._one_sided(points * _MIRROR, derivatives)
        if derivatives:
            there[:, 1] *= -1.0
        return (here + there) / 2

    @torch.inference_mode()
    def _one_sided(self, points: np.ndarray, derivatives: bool) -> np.ndarray:
        model = self._model
        rows = torch.from_numpy(model.frame.to_network(points))
        jets_of = [
            model.network.sdf(Jet.points(some[None].to(model.device), derivatives)) for some in rows.split(_CHUNK)
        ]
        values = [[jet.value[0], jet.gradient[0]] if derivatives else [jet.value[0]] for jet in jets_of]
        jets: np.ndarray = torch.cat([torch.cat(each, dim=1) for each in values]).cpu().numpy()
        jets[:, 0] *= model.frame.radius_mm
        return jets


class _Size:
    """Wanted edge lengths, known at the vertices of a dense mesh."""

    def __init__(self, vertices: np.ndarray, faces: np.ndarray, wanted: np.ndarray, coarseness: float) -> None:
        """wanted (V,) mm is shortened by curvature, then made to grow slowly."""
        points = np.ascontiguousarray(vertices, dtype=np.float64)
        _, _, most, least, _ = igl.principal_curvature(points, faces.astype(np.int64), 4, True)
        bend = np.maximum(np.abs(most), np.abs(least)).clip(1e-6)
        size = np.minimum(wanted, coarseness * np.sqrt(8.0 * _SAG_MM / bend)).clip(coarseness * _SHORTEST_MM)
        ends = Edges.of(faces).ends
        step = _GROWTH * np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1)
        while True:
            before = size.copy()
            for a, b in (ends.T, ends.T[::-1]):
                np.minimum.at(size, a, size[b] + step)
            if np.array_equal(before, size):
                break
        self._tree, self._size = cKDTree(points), size

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Edge lengths (N,) at points (N, 3), symmetric about x = 0 as the mesh is."""
        return np.asarray(self._size[self._tree.query(points)[1]])


def _placed(vertices: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Move the vertex nearest to each of points (P, 3) there, those on the border within it; which these are, (P,)."""
    nearest = np.empty(len(points), dtype=np.int64)
    for index, point in enumerate(points):
        middle = abs(point[0]) < _MIDDLE_MM
        away = np.linalg.norm(vertices - point, axis=1) + np.where((vertices[:, 0] == 0.0) == middle, 0.0, np.inf)
        nearest[index] = away.argmin()
        vertices[nearest[index]] = point * (0.0, 1.0, 1.0) if middle else point
    return nearest


def _mirrored(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A half (x ≥ 0) and its mirror image as one mesh: vertices, faces, and each vertex's twin."""
    count, beside = len(vertices), np.flatnonzero(vertices[:, 0] != 0.0)
    mirror = np.arange(count + len(beside))
    mirror[beside] = count + np.arange(len(beside))
    mirror[count:] = beside
    whole = np.concatenate([vertices, vertices[beside] * _MIRROR])
    return whole, np.concatenate([faces, mirror[faces][:, ::-1]]), mirror


def _labels(points: np.ndarray, positions: np.ndarray, faces: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The label of the nearest of faces on positions (V, 3), for points (N, 3)."""
    return np.asarray(labels[nearest_on_surface(points, positions, faces).face])
