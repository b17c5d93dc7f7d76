"""Noses that patients have, on heads of any source: surgeons' changes of random strengths, a few on each nose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facewright.core.anthropometry.nose_fields import FIELDS, FINER, LANDMARKS, displacement
from facewright.train.data.people import NOSE, subject_rng

if TYPE_CHECKING:
    import numpy as np

    from facewright.train.data.heads import HeadSet, Split

_MOST_CHANGES = 4


def draw_changes(rng: np.random.Generator) -> dict[str, float]:
    """One to four of the fields by their keys, each of a strength within its range."""
    chosen = rng.permutation(len(FIELDS))[: rng.integers(1, _MOST_CHANGES + 1)]
    return {
        FIELDS[index].key: float(rng.uniform(-1.0 if FIELDS[index].negative else 0.0, 1.0) * FIELDS[index].most)
        for index in chosen
    }


def with_noses(heads: HeadSet, split: Split, share: float) -> HeadSet:
    """Heads of which a share of the subjects have changed noses, the same in all of their expressions.

    A field is that of the neutral head. Raises FacewrightError if the anatomy lacks landmarks of the nose.
    """
    if not share:
        return heads
    vertices, points = heads.vertices, heads.surface.points
    for subject in range(len(heads.subjects)):
        rng = subject_rng(split, subject, NOSE)
        if rng.random() >= share:
            continue
        neutral = vertices[subject, 0]
        marks = {name: neutral[points[name]] for name in (*LANDMARKS, *FINER) if name in points}
        vertices[subject] += displacement(draw_changes(rng), marks, neutral).astype(vertices.dtype)
    return replace(heads, vertices=vertices)
