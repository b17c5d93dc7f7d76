"""The benchmark of graphics cards, tried on the CPU with a tiny model; without a card it says so."""

import json
import sys

import pytest

from facewright.core.device import cuda_trouble
from tests.bench.gpu import NO_DEVICE, Options, main, measure
from tests.core.tiny_model import tiny_model


def test_every_figure_is_measured():
    figures = json.loads(json.dumps(measure(tiny_model(), Options(voxels_mm=(12.0,), quick=True))))
    assert figures["device"] == "cpu"
    live = figures["live"]["12"]
    for name in ("nose", "eyes", "mouth", "remainder", "expression", "head"):
        assert 0.0 < live[name]["median_ms"] <= live[name]["p95_ms"]
        assert live[name]["operators"] > 100
    assert live["nose"]["points"] < 0.5 * live["head"]["points"]
    found = figures["against_cpu"]
    assert found["same_faces"] == found["compared"] == 4
    assert found["off_mm"] < 2e-3
    assert found["leak_mm"] == 0.0
    assert found["equals_from_nothing"] is True


@pytest.mark.skipif(cuda_trouble() is None, reason="there is a card")
def test_without_a_card_it_says_so(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(sys, "argv", ["gpu", "--json", str(tmp_path / "unused.json")])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == NO_DEVICE
    assert capsys.readouterr().err.startswith("error: cuda cannot be used")
    assert not (tmp_path / "unused.json").exists()
