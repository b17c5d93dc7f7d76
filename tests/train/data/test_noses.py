"""Noses that patients have: a few changes each, within the range of every field."""

import numpy as np

from facewright.core.anthropometry.nose_fields import FIELDS
from facewright.train.data.noses import draw_changes, with_noses


def test_one_to_four_changes_are_drawn_and_all_fields_are_used_within_their_range():
    rng, fields = np.random.default_rng(0), {field.key: field for field in FIELDS}
    drawn = [draw_changes(rng) for _ in range(2000)]
    assert {len(changes) for changes in drawn} == {1, 2, 3, 4}
    values: dict[str, list[float]] = {key: [] for key in fields}
    for changes in drawn:
        for key, value in changes.items():
            values[key].append(value)
    for key, field in fields.items():
        own = np.array(values[key])
        assert own.max() <= field.most
        assert own.max() > 0.9 * field.most
        assert (own.min() < -0.9 * field.most) == bool(field.negative), key


def test_without_a_share_heads_are_those_given():
    heads: object = object()
    assert with_noses(heads, "train", 0.0) is heads  # type: ignore[arg-type]
