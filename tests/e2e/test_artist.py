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
def test_candidates_age_a_pull_and_an_own_slider_on_another_head_leave_the_program_as_they_are(
    model_path: Path, tmp_path: Path
) -> None:
    process = run("tests.e2e.drive_artist", model_path, tmp_path, home=tmp_path)
    assert process.returncode == 0, process.stderr
    facts = json.loads(process.stdout)
    values = facts.pop("parameters")
    assert facts == {
        "is_candidate": True,
        "variants": 2,
        "aged": True,
        "pulled": True,
        "step": "mm",
        "moves_alike": True,
    }
    mesh = trimesh.load_mesh(tmp_path / "head.glb", process=False)
    head = Parameters.of({code: tuple(own) for code, own in values.items()})
    distance, _ = Cascade(model_file.load(model_path), head).signed_distance(
        (1000.0 * mesh.vertices).astype(np.float32)  # glTF is in metres
    )
    assert np.abs(distance).max() < 0.1
