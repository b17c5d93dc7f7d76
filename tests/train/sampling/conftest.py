"""Heads on a device: plain ones, of a folder, quick to make."""

import pytest
import torch

from facewright.train.data.heads import open_source
from facewright.train.sampling.registered import RegisteredHeads
from tests.train.plain_head import folder_of


@pytest.fixture(scope="session")
def plain_set(tmp_path_factory):
    """Two subjects, neutral and smiling."""
    return open_source(folder_of(18, range(2), tmp_path_factory.mktemp("plain")))


@pytest.fixture(scope="session")
def registered(plain_set):
    """The same on the CPU."""
    return RegisteredHeads(plain_set, torch.device("cpu"), collar=True)
