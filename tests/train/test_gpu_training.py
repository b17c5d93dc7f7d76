"""The bench of training steps, small, on the CPU."""

from facewright.core.network.config import NetworkConfig
from tests.bench import gpu_training
from tests.bench.gpu_training import PHASES, measure, waited

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
        wanted |= {"host_ms"}
        assert own.keys() == wanted
        assert all(value > 0.0 for value in own.values())
        assert found[f"train.{phase}.4.launches"] <= SHARE[phase] * BEFORE[phase]
    assert found["train.template.4.launches"] < found["train.stages.4.launches"] < found["train.end.4.launches"]


def test_a_card_waits_from_the_end_of_its_work_until_the_host_has_asked_for_more():
    def event(kind, start, took, correlation):
        return {"cat": kind, "ts": start, "dur": took, "args": {"correlation": correlation}}

    calls = [event("cuda_runtime", 0, 5, 1), event("cuda_runtime", 6, 2, 2), event("cuda_runtime", 40, 6, 3)]
    work = [event("kernel", 5, 10, 1), event("kernel", 17, 13, 1), event("gpu_memcpy", 32, 8, 2)]
    last = event("kernel", 50, 15, 3)
    assert waited([*calls, *work]) == 0.0  # pauses between what was asked for before are the card's own
    assert waited([*calls, *work, last]) == 6 / 60
    assert waited(calls) == 1.0
