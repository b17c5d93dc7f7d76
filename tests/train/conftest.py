"""Heads that training is quick on, where it does not matter whose they are."""

import json

import pytest

from facewright.core.fit import FitSettings
from facewright.train import fine_tune
from tests.train.plain_head import folder_of


@pytest.fixture(scope="session")
def plain_source(tmp_path_factory):
    """A source of three plain subjects to learn, two to measure a run by and one to test on, neutral and smiling."""
    folder = tmp_path_factory.mktemp("source")
    split = {"validation": ["s3", "s4"], "test": ["s5"]}
    (folder / "facewright.json").write_text(json.dumps(split), encoding="utf-8")
    return folder_of(18, range(6), folder)


@pytest.fixture
def rough_fits(monkeypatch):
    """A model that is fine-tuned finds heads' codes in few steps, for tests in which it does not matter how near."""
    few = FitSettings(steps=10, surface_points=50, space_points=50)
    monkeypatch.setattr(fine_tune, "_SETTINGS", few)
    monkeypatch.setattr(fine_tune, "FitSettings", lambda: few)
