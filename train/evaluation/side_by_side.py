"""Pictures of true heads: beside what models made of them (Figures 5, 6, 9), and with parts put together (Figure 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from facewright.core.mesh import Mesh
from facewright.core.metrics import FACE_DEPTH_MM, nearest_on_surface
from facewright.train.evaluation.picture import Shot, draw, heat
from facewright.train.sampling.swap import PartSwap

if TYPE_CHECKING:
    from facewright.train.data.heads import HeadSet
    from facewright.train.evaluation.bench import Shown

FARTHEST_MM = 2.0
"""The end of the error maps' colours."""

OWNERS = 3
"""Subjects whose parts the composites have."""


def face_shot(tip: np.ndarray) -> Shot:
    """What a picture of a face shows; tip : (3,) mm, of its nose."""
    x, y, z = (np.asarray(tip, dtype=float) - [0.0, 0.0, FACE_DEPTH_MM]).tolist()
    return Shot((x, y, z))


def reconstructions(shown: Shown) -> list[np.ndarray]:
    """Figures 5, 6 and 9: the true head, then every model's and how far each of its points is from the true surface."""
    shot = face_shot(shown.tip)
    pictures = [draw(shown.truth, shot)]
    for mesh in shown.made.values():
        if not len(mesh.faces):
            pictures += [np.full_like(pictures[0], 255)] * 2
            continue
        away = nearest_on_surface(mesh.vertices, shown.truth.vertices, shown.truth.faces).distance
        pictures += [draw(mesh, shot), draw(mesh, shot, colours=heat(away, FARTHEST_MM))]
    return pictures


def composites(heads: HeadSet) -> list[tuple[str, list[np.ndarray]]]:
    """Figure 4, row by row: three subjects' parts on a fourth's remainder, then with the template's nose, eyes, mouth.

    With fewer subjects there are fewer columns; with one, none. Each row has its caption.
    """
    neutral = torch.from_numpy(np.ascontiguousarray(heads.neutral[: OWNERS + 1]))
    if len(neutral) < 2:
        return []
    names = [component.name for component in heads.anatomy.components]
    swap = PartSwap(heads.symmetric_mean, heads.surface, names)
    receiver = neutral[-1:].expand_as(neutral[:-1])
    shot = face_shot(heads.neutral[len(neutral) - 1, heads.surface.points["prn"]])
    owners, other = ", ".join(heads.subjects[: len(neutral) - 1]), heads.subjects[len(neutral) - 1]
    captions = (
        f"nose, eyes and mouth of {owners} on the remainder of {other}",
        "with the template's nose",
        "with its eyes, too",
        "with its mouth, too: the remainder alone is left",
    )
    states = swap.states(neutral[:-1], receiver)[: len(captions)]
    return [
        (caption, [draw(Mesh(head, heads.surface.faces), shot) for head in state.numpy()])
        for caption, state in zip(captions, states, strict=True)
    ]
