"""Heads of the test split, and measures of few points."""

import pytest

from facewright.train.data.heads import open_source


@pytest.fixture(scope="module")
def few_points():
    patch = pytest.MonkeyPatch()
    patch.setattr("facewright.train.evaluation.comparison.FACE_POINTS", 4000)
    patch.setattr("facewright.train.evaluation.comparison.PART_POINTS", 1000)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def heads(ict_folder):
    return open_source(f"ict:{ict_folder}", "test", 2)
