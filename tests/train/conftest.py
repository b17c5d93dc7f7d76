"""What makes tests of training quick."""

import pytest

from facewright.core.fit import FitSettings
from facewright.train import fine_tune


@pytest.fixture
def rough_fits(monkeypatch):
    """A model that is fine-tuned finds heads' codes in few steps, for tests in which it does not matter how near."""
    few = FitSettings(steps=10, surface_points=50, space_points=50)
    monkeypatch.setattr(fine_tune, "_SETTINGS", few)
    monkeypatch.setattr(fine_tune, "FitSettings", lambda: few)
