"""ICT-FaceKit's `FaceXModel/` folder: a neutral head, 100 identity and 53 expression morphs, one OBJ each.

Li et al., "Learning Formation of Physically-Based Face Attributes", CVPR 2020; MIT licence. The files are in
centimetres and to scale. The head frame is the model's own in mm: x to the subject's left, y up, z out of the
face, origin inside the head, about 36 mm below and 96 mm behind the pupils' midpoint.

Subjects are drawn, not scanned: identity coefficients N(0, 1) clipped to ±2.5, from a seed for each split, and for
each expression a strength between 0.7 and 1, so that no two subjects smile alike.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anatomy import bundled_anatomy
from facewright.core.errors import FacewrightError
from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.input_file import read_json
from facewright.train.anatomy.closed_surface import ClosedSurface
from facewright.train.data.expressions import MORPHS, RECIPES, draw_expressions, expression_names, recipe_matrix
from facewright.train.data.heads import HeadSet, counted
from facewright.train.data.mesh_files import read_mesh
from facewright.train.data.mesh_files import read_vertices as read_obj_vertices
from facewright.train.data.people import BENCHMARK, SLOTS, WIDTH, draw_size, subject_rng

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from facewright.train.data.heads import Split
    from facewright.train.data.people import People

NEUTRAL = "generic_neutral_mesh.obj"
NAME = "ICT-FaceKit"
LICENCE = "MIT, Copyright (c) 2020 USC Institute for Creative Technologies"
CREDIT = "Li et al., Learning Formation of Physically-Based Face Attributes, CVPR 2020"
IDENTITIES = 100
VERTICES = 26719
MM_PER_UNIT = 10.0
SUBJECTS = {"train": 355, "validation": 10, "test": 10}
"""Subjects of the open benchmark: the paper's counts, and as many to watch a run by as to test on."""

_SEEDS = {"train": 20240227, "test": 20240228, "validation": 20240229}
_CLIP = 2.5
_STRENGTH = (0.7, 1.0)

_WIDE_SIGMA, _WIDE_CLIP = 1.5, 4.5
"""Of the coefficients of subjects that are as wide as people are."""


@dataclass(frozen=True)
class Morphs:
    """The folder's content in mm, head frame.

    neutral : (26719, 3) float32; identities : (n, 26719, 3) float32, differences from it, one a file;
    polygons : (P, 4) int32, faces of the neutral mesh, -1 in a triangle's last place; names : of `morphs`;
    morphs : (len(names), 26719, 3) float32, differences from neutral.
    """

    neutral: np.ndarray
    polygons: np.ndarray
    identities: np.ndarray
    names: tuple[str, ...]
    morphs: np.ndarray


def read_morphs(folder: Path, names: Sequence[str] = MORPHS) -> Morphs:
    """Read the neutral mesh, all identities there are and the expression morphs called `names`.

    Raises FacewrightError if the folder or a file is missing, or a file is of another topology or not finite.
    """
    if not folder.is_dir():
        raise FacewrightError(f"There is no folder {folder}: give ICT-FaceKit's FaceXModel folder.")
    neutral_file = folder / NEUTRAL
    identity_files = [folder / f"identity{index:03d}.obj" for index in range(IDENTITIES)]
    morph_files = [folder / f"{name}.obj" for name in names]
    missing = [file.name for file in (neutral_file, *identity_files, *morph_files) if not file.is_file()]
    if missing:
        raise FacewrightError(
            f"{folder} is not a whole FaceXModel folder: {len(missing)} of its files are missing, {missing[0]} first."
        )
    neutral = read_vertices(neutral_file)
    with ThreadPoolExecutor(4) as pool:
        deltas = np.stack([vertices - neutral for vertices in pool.map(read_vertices, [*identity_files, *morph_files])])
    return Morphs(neutral, read_polygons(neutral_file), deltas[:IDENTITIES], tuple(names), deltas[IDENTITIES:])


def read_neutral(folder: Path) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Neutral vertices (26719, 3) float32 mm, faces (P, 4) int32 and the 68 standard landmarks' vertices.

    Raises FacewrightError as `read_morphs` does.
    """
    try:
        standard = read_json(folder / "vertex_indices.json")["idx_to_landmark_verts"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FacewrightError(
            f"{folder} has no readable vertex_indices.json: give ICT-FaceKit's FaceXModel folder."
        ) from error
    neutral = folder / NEUTRAL
    return read_vertices(neutral), read_polygons(neutral), standard


def read_heads(folder: Path, split: Split, subjects: int | None = None, people: People = BENCHMARK) -> HeadSet:
    """Draw the benchmark's subjects, or the first `subjects` of them, in all seventeen expressions, and close them.

    people : which of them are drawn wider than that, and in which expressions.
    Raises FacewrightError as `read_morphs` does, or if `subjects` is not between 1 and the split's number.
    """
    count = counted(SUBJECTS[split] if subjects is None else subjects, people.most(SUBJECTS[split]), split)
    morphs = read_morphs(folder, FACIAL_UNITS if people.expressions else MORPHS)
    anatomy = bundled_anatomy("ict_facekit")
    surface = ClosedSurface.build(anatomy, morphs.polygons, morphs.neutral)
    identities, strengths = draw_subjects(split, count)
    weights = strengths[..., None] * recipe_matrix(morphs.names)  # (S, E, morphs)
    if people.expressions:
        weights = np.stack(
            [draw_expressions(subject_rng(split, s, SLOTS), people.expressions + 1) for s in range(count)]
        )
    sizes = np.ones(count)
    for subject in range(count):
        rng = subject_rng(split, subject, WIDTH)
        if rng.random() < people.wide:
            identities[subject], sizes[subject] = _wide_subject(rng)
    vertices = _closed_heads(morphs, surface, identities, weights)
    centre = morphs.neutral[list(anatomy.points.values())].mean(axis=0)  # where other sources' heads are placed by
    for head, size in zip(vertices, sizes.tolist(), strict=True):
        if size != 1.0:
            head[:] = _sized(head, centre, size)
    return HeadSet(
        source=f"ict:{folder}",
        name=NAME,
        unit="cm",
        true_scale=True,
        licence=LICENCE,
        credit=CREDIT,
        anatomy=anatomy,
        surface=surface,
        subjects=tuple(f"{split}{index:03d}" for index in range(count)),
        expressions=expression_names(people),
        vertices=vertices,
        facial_units=weights if people.expressions else None,
    )


def draw_subjects(split: Split, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Identity coefficients (count, 100) and expression strengths (count, 17), both float32.

    Subject i of a split is the same whatever the count.
    """
    identities = np.empty((count, IDENTITIES), dtype=np.float32)
    strengths = np.empty((count, len(RECIPES)), dtype=np.float32)
    for subject in range(count):
        rng = np.random.default_rng([_SEEDS[split], subject])
        identities[subject] = rng.standard_normal(IDENTITIES).clip(-_CLIP, _CLIP)
        strengths[subject] = rng.uniform(*_STRENGTH, len(RECIPES))
    return identities, strengths


def _closed_heads(morphs: Morphs, surface: ClosedSurface, identities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Closed vertices (S, E, V, 3) float32, mm, of subjects by their draws (S, 100) and weights of morphs (S, E, m)."""
    heads = np.empty((*weights.shape[:2], surface.vertex_count, 3), dtype=np.float32)
    for subject, (coefficients, own) in enumerate(zip(identities, weights, strict=True)):
        neutral = morphs.neutral + np.tensordot(coefficients, morphs.identities, axes=1)  # (Vs, 3)
        heads[subject] = surface.close(neutral + np.tensordot(own, morphs.morphs, axes=1))
    return heads


def _wide_subject(rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Identity coefficients (100,) float32 with heavier tails, and a size."""
    coefficients = (_WIDE_SIGMA * rng.standard_normal(IDENTITIES)).clip(-_WIDE_CLIP, _WIDE_CLIP)
    return coefficients.astype(np.float32), draw_size(rng)


def _sized(heads: np.ndarray, centre: np.ndarray, size: float) -> np.ndarray:
    """Heads (..., V, 3) of another size about a point (3,)."""
    scaled: np.ndarray = (centre + size * (heads - centre)).astype(np.float32)
    return scaled


def read_vertices(file: Path) -> np.ndarray:
    """Vertex positions (26719, 3) float32, mm, of one OBJ; FacewrightError if they are not this topology's."""
    points = read_obj_vertices(file)
    if len(points) != VERTICES:
        raise FacewrightError(f"{file} has {len(points)} vertices, ICT-FaceKit's files {VERTICES}: give its own files.")
    vertices: np.ndarray = MM_PER_UNIT * points.astype(np.float32)
    if not np.isfinite(vertices).all():
        raise FacewrightError(f"{file} is damaged: a vertex position is not a finite number.")
    return vertices


def read_polygons(file: Path) -> np.ndarray:
    """Faces (P, 4) int32 of an OBJ of triangles and quads, from 0, -1 in a triangle's last place."""
    mesh = read_mesh(file)
    if len(mesh.vertices) != VERTICES:
        raise FacewrightError(f"{file} has faces that ICT-FaceKit's topology does not have.")
    return mesh.polygons
