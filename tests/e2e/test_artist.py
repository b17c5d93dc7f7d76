"""An artist's session in the real program, and what leaves it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import trimesh

from facewright.core.directions import SIZE
from facewright.core.model import model_file
from facewright.core.parameters import Parameters
from facewright.core.sculpt.dabs import from_record
from facewright.core.sculpt.warp import head_warp
from facewright.core.surface.cascade import Cascade
from tests.core.tiny_model import tiny_model_with_template
from tests.e2e.test_editor import needs_display, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def model_path(tmp_path: Path) -> Path:
    """A tiny model that knows what age does."""
    direction = np.random.default_rng(0).normal(size=SIZE).astype(np.float32)
    path = tmp_path / "tiny.safetensors"
    model_file.save(replace(tiny_model_with_template(), directions={"age": direction}), path)
    return path


@needs_display
def test_candidates_age_a_pull_an_own_slider_and_a_brush_leave_the_program_as_they_are(
    model_path: Path, tmp_path: Path
) -> None:
    process = run("tests.e2e.drive_artist", model_path, tmp_path, home=tmp_path)
    assert process.returncode == 0, process.stderr
    facts = json.loads(process.stdout)
    values, work = facts.pop("parameters"), from_record(facts.pop("dabs"))
    assert facts == {
        "is_candidate": True,
        "variants": 2,
        "aged": True,
        "pulled": True,
        "step": "mm",
        "moves_alike": True,
        "panel": True,
        "undone": True,
        "redone": True,
    }
    mesh = trimesh.load_mesh(tmp_path / "head.glb", process=False)
    model = model_file.load(model_path)
    head = Parameters.of({code: tuple(own) for code, own in values.items()}, dabs=work)
    vertices = 1000.0 * mesh.vertices  # glTF is in metres
    bare = head_warp(model, head).undone(vertices)
    assert len(work) > 1
    assert 0.5 < np.abs(bare - vertices).max() < 10.0
    distance, _ = Cascade(model, head).signed_distance(bare.astype(np.float32))
    assert np.abs(distance).max() < 0.1
