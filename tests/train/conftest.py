"""What makes tests of training quick."""

import shutil

import pytest

from facewright.core.fit import FitSettings
from facewright.train import fine_tune
from tests.train.plain_head import folder_of


@pytest.fixture
def rough_fits(monkeypatch):
    """A model that is fine-tuned finds heads' codes in few steps, for tests in which it does not matter how near."""
    few = FitSettings(steps=10, surface_points=50, space_points=50)
    monkeypatch.setattr(fine_tune, "_SETTINGS", few)
    monkeypatch.setattr(fine_tune, "FitSettings", lambda: few)


@pytest.fixture(scope="session")
def plain_heads(tmp_path_factory):
    """A folder of three plain heads, not to be changed."""
    at = tmp_path_factory.mktemp("plain_heads")
    folder_of(18, range(3), at)
    return at


@pytest.fixture
def plain_folder(plain_heads, tmp_path):
    """A copy of it."""
    return shutil.copytree(plain_heads, tmp_path / "heads")
