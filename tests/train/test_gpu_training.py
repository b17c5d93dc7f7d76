"""The bench of training steps, small, on the CPU."""

from facewright.core.network.config import NetworkConfig
from tests.bench import gpu_training
from tests.bench.gpu_training import PHASES, measure

SMALL = NetworkConfig(width=8, hyper_width=8, blend_width=8, landmark_width=8, sdf_width=16)

BEFORE = {"template": 420, "stages": 4162, "end": 9787}
"""Operators a step before steps were recorded: commit 1322b9c, counted alike."""

SHARE = {"template": 0.62, "stages": 1 / 3, "end": 1 / 3}


def test_every_phase_has_its_figures(plain_source, monkeypatch):
    monkeypatch.setattr(gpu_training, "_WARM", 1)
    monkeypatch.setattr(gpu_training, "_TRACED", 1)
    found = measure("cpu", plain_source, (4,), 1, subjects=2, network=SMALL, points=16)
    for phase in PHASES:
        own = {name.rpartition(".")[2]: v for name, v in found.items() if name.startswith(f"train.{phase}.4.")}
        assert own.pop("waiting") == 0.0
        wanted = {"steps_per_second", "points_per_second", "drawing_ms", "gradients_ms", "update_ms", "launches"}
        assert own.keys() == wanted
        assert all(value > 0.0 for value in own.values())
        assert found[f"train.{phase}.4.launches"] <= SHARE[phase] * BEFORE[phase]
    assert found["train.template.4.launches"] < found["train.stages.4.launches"] < found["train.end.4.launches"]
