"""Heads of a model itself in expressions whose truth is known: what its expression's stage can be taught by.

A random head of the model, on the production topology, is neutral; a facial unit of ICT-FaceKit moves its vertices as
far as it moves those of its own mesh, turned and scaled to that head (`facewright.core.production.local_frames`); units
add up. Where lids are to be closed, they meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from facewright.core.anatomy import bundled_anatomy
from facewright.core.expressions import PRESETS
from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.parameters import Parameters, random_head
from facewright.core.parts import PARTS
from facewright.core.production.blendshapes import with_lids_closed
from facewright.core.production.engine_names import ENGINE_UNITS
from facewright.core.production.followers import bundled_followers
from facewright.core.production.laid import lay
from facewright.core.production.local_frames import local_frames
from facewright.core.production.production_mesh import neutral_mesh
from facewright.core.production.topology import bundled_topology
from facewright.train.anatomy.closed_surface import ClosedSurface
from facewright.train.data.expressions import draw_expressions

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from facewright.core.model.head_model import HeadModel
    from facewright.core.production.laid import Laid

POSES = 46
"""Expressions of a head."""

_WHOLE, _ALONE, _DRAWN, _NAMED = 16, 6, 16, 4
"""How many of them are blendshapes at full strength, units of one side at any, sums as in training, and named ones at
any strength; the others are two named ones at full strength."""

_ANY, _ABOUT_FULL = (0.3, 1.2), (0.5, 1.1)

_FIRST_SEED = 2000
_WIDE_EVERY, _WIDE_SIGMA, _WIDEST = 3, 0.9, 3.0
"""Every so many heads have all components drawn, and not those with sliders alone."""

_MOVES_MM = 1e-4

BLINKS = [FACIAL_UNITS.index(unit) for unit in ("eyeBlink_L", "eyeBlink_R")]
"""The places of the blinks among `FACIAL_UNITS`, the left one first."""


class OwnHeads(NamedTuple):
    """Heads of a model in expressions, on the closed surface (V vertices) that training has.

    vertices : (H, POSES + 1, V, 3) float32, mm, head frame, each head's neutral ones first; weights : (H, POSES, U)
    float32, the strengths of `FACIAL_UNITS`; remainders : (H, d) float32, the heads' codes of the remainder.
    """

    surface: ClosedSurface
    vertices: Tensor
    weights: Tensor
    remainders: Tensor


def own_heads(
    model: HeadModel, morphs: np.ndarray, count: int, proceed: Callable[[int], None] = lambda _: None
) -> OwnHeads:
    """Draw `count` heads of a model and their expressions; the same ones whenever it is asked, the mean head first.

    morphs : (U, 26719, 3) float32, mm, of `FACIAL_UNITS`, as `read_morphs` gives them; proceed : is told how many are
    made; it may raise. Raises FacewrightError if the production topology does not fit the model.
    """
    topology = bundled_topology()
    followers = bundled_followers(topology)
    laid = lay(model, topology, followers, lambda: proceed(0))
    surface = ClosedSurface.build(bundled_anatomy("ict_facekit"), topology.polygons, topology.neutral)
    vertices = np.empty((count, POSES + 1, surface.vertex_count, 3), dtype=np.float32)
    weights = np.empty((count, POSES, len(FACIAL_UNITS)), dtype=np.float32)
    remainders = np.empty((count, model.codes(Parameters())["remainder"].shape[1]), dtype=np.float32)
    for index in range(count):
        head = Parameters() if index == 0 else _drawn_head(model, _FIRST_SEED + index)
        weights[index] = _drawn_poses(np.random.default_rng(_FIRST_SEED + index))
        vertices[index] = surface.close(_posed(model, head, laid, morphs, weights[index]))
        remainders[index] = model.codes(head)["remainder"][0].cpu().numpy()
        proceed(index + 1)
    return OwnHeads(surface, *(torch.from_numpy(array) for array in (vertices, weights, remainders)))


def _drawn_head(model: HeadModel, seed: int) -> Parameters:
    """A random head as people make them, or one of which all components are drawn."""
    if seed % _WIDE_EVERY:
        return random_head(model.components, seed)
    rng, head = np.random.default_rng([7, seed]), Parameters()
    for part in PARTS:
        drawn = (_WIDE_SIGMA * rng.standard_normal(model.people_components[part])).clip(-_WIDEST, _WIDEST)
        head = head.with_code(part, drawn.tolist())
    return head


def _drawn_poses(rng: np.random.Generator) -> np.ndarray:
    """Weights (POSES, U) float32 of the units."""
    weights = np.zeros((POSES, len(FACIAL_UNITS)), dtype=np.float32)
    shapes = [units for units in ENGINE_UNITS.values() if units]
    for row, shape in enumerate(rng.permutation(len(shapes))[:_WHOLE]):
        for unit in shapes[shape]:
            weights[row, FACIAL_UNITS.index(unit)] = 1.0
    alone = _WHOLE + _ALONE
    for row in range(_WHOLE, alone):
        weights[row, rng.integers(len(FACIAL_UNITS))] = rng.uniform(*_ANY)
    summed = alone + _DRAWN
    weights[alone:summed] = draw_expressions(rng, _DRAWN + 1)[1:]
    presets = list(PRESETS.values())
    for row in range(summed, POSES):
        one = row < summed + _NAMED
        strength = rng.uniform(*_ABOUT_FULL) if one else 1.0
        for _ in range(1 if one else 2):
            for unit, weight in presets[rng.integers(len(presets))].items():
                weights[row, FACIAL_UNITS.index(unit)] += strength * weight
    weights[:, BLINKS] = weights[:, BLINKS].clip(max=1.0)
    return weights


def _posed(model: HeadModel, head: Parameters, laid: Laid, morphs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """A head of the model, neutral and in expressions: (POSES + 1, 26719, 3) float32, mm."""
    followers = bundled_followers(bundled_topology())
    neutral = neutral_mesh(model, head, laid, followers)
    maps = local_frames(followers).maps(neutral.vertices, neutral.frames)
    heads = np.empty((len(weights) + 1, *neutral.vertices.shape), dtype=np.float32)
    heads[0] = neutral.vertices
    moving = [np.flatnonzero(np.abs(morph).max(axis=1) > _MOVES_MM) for morph in morphs]
    moved_by = [np.einsum("nij,nj->ni", maps[at], morph[at]) for at, morph in zip(moving, morphs, strict=True)]
    for posed, row in zip(heads[1:], weights, strict=True):
        moved = np.zeros(neutral.vertices.shape)
        for unit in np.flatnonzero(row):
            moved[moving[unit]] += row[unit] * moved_by[unit]
        moved = with_lids_closed(followers, neutral.vertices, neutral.frames, moved, row[BLINKS].tolist())
        posed[:] = neutral.vertices + moved
    return heads
