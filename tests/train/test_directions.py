"""Directions that go with labels: found again from codes made of them, kept in the file, and followed by a head."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from facewright.core.directions import SIZE, moved
from facewright.core.errors import FacewrightError
from facewright.core.model.model_file import load, save
from facewright.core.parameters import LIMIT, Parameters
from facewright.core.parts import CODE_SIZES, CODES, PARTS
from facewright.train.code_tables import CodeTables
from facewright.train.directions import label_directions
from tests.core.tiny_model import tiny_model


def test_directions_are_found_again_and_other_labels_are_held():
    rng = np.random.default_rng(0)
    true = rng.normal(size=(2, SIZE))
    age = rng.uniform(size=400)
    weight = 0.5 * age + rng.uniform(size=400)  # not independent
    labels = np.stack([age, weight], axis=1)
    codes = labels @ true + 0.01 * rng.normal(size=(400, SIZE))
    ends = np.cumsum([CODE_SIZES[part] for part in PARTS])[:-1]
    rows = dict(zip(PARTS, np.split(np.repeat(codes, 2, axis=0).astype(np.float32), ends, axis=1), strict=True))
    rows["expression"] = np.zeros((800, CODE_SIZES["expression"]), dtype=np.float32)
    tables = CodeTables({code: torch.from_numpy(rows[code]) for code in CODES})
    age[:50] = np.nan  # of these nothing is known
    found = label_directions(tables, {"age": age, "weight": weight})
    spread = labels[50:].std(axis=0)
    for name, direction, one in zip(("age", "weight"), true, spread, strict=True):
        np.testing.assert_allclose(found[name] / one, direction, atol=0.12)
    assert label_directions(tables, {"age": np.full(400, np.nan)}) == {}


def test_a_head_follows_a_direction_that_its_model_keeps(tmp_path):
    rng = np.random.default_rng(1)
    direction = rng.normal(size=SIZE).astype(np.float32)
    model = replace(tiny_model(), directions={"age": direction})
    save(model, tmp_path / "model.safetensors")
    model = load(tmp_path / "model.safetensors", torch.device("cpu"))
    np.testing.assert_array_equal(model.directions["age"], direction)
    head = Parameters(nose=(0.5,), expression=(1.0,))
    there = moved(model, head, "age", 0.01)
    assert there.expression == head.expression
    change = model.latent["nose"].code(there.nose) - model.latent["nose"].code(head.nose)
    along = model.latent["nose"].components @ direction[: CODE_SIZES["nose"]]
    np.testing.assert_allclose(model.latent["nose"].components @ change, 0.01 * along, atol=1e-4)
    far = moved(model, head, "age", 1e6)
    assert max(map(abs, far.nose)) <= LIMIT
    with pytest.raises(FacewrightError, match="no direction called height: it has age"):
        moved(model, head, "height", 1.0)
