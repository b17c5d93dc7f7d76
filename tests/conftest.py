"""What several rooms' tests share: heads to learn, plain ones and, where it is at hand, a real data set."""

import json
import os
import subprocess
import sys
from unittest.mock import patch

import pytest

from facewright.train.data import ict_facekit
from tests import ROOT
from tests.train.plain_head import folder_of

DATA = ROOT.parent / "shared" / "data"
IDENTITIES = 4
FIRST = ("e2e", "train", "core")
"""Rooms with the files that take longest; the others' are many and short, so processes that share them end together."""

os.environ["PYTHONFAULTHANDLER"] = "1"  # a process that a test starts and that crashes tells its stack, as pytest's own


def pytest_collection_modifyitems(items):
    """Run the files that take longest first."""

    def place(item):
        room = item.path.relative_to(ROOT / "tests").parts[0]
        return FIRST.index(room) if room in FIRST else len(FIRST)

    items.sort(key=place)


@pytest.fixture(autouse=True)
def environment():
    """What a command tells the processes that it starts is not for those of the next test."""
    before = dict(os.environ)
    yield
    for name in {name for name, value in (before.items() ^ os.environ.items())}:
        if name in before:
            os.environ[name] = before[name]
        else:
            del os.environ[name]


@pytest.fixture(scope="session")
def ict_folder(tmp_path_factory):
    """A FaceXModel folder whose hundred identity files are four, repeated: quick to write, whole to the reader.

    This process reads no file of it twice, under whatever name: the whole takes seconds.
    """
    if not (DATA / "ict_facekit.npz").is_file():
        pytest.skip("ICT-FaceKit's data (shared/data beside the checkout) is not here")
    out = tmp_path_factory.mktemp("ict")
    expand = [sys.executable, DATA / "expand_ict.py", out, "--identities", str(IDENTITIES)]
    subprocess.run(expand, check=True, capture_output=True)
    folder = out / "FaceXModel"
    for index in range(IDENTITIES, 100):
        (folder / f"identity{index:03d}.obj").hardlink_to(folder / f"identity{index % IDENTITIES:03d}.obj")
    read = ict_facekit.read_vertices
    kept: dict[tuple[int, int, int], object] = {}

    def read_once(file):
        state = file.stat()
        known = (state.st_ino, state.st_mtime_ns, state.st_size)
        if known not in kept:
            kept[known] = read(file)
        return kept[known]

    with patch.object(ict_facekit, "read_vertices", read_once):
        yield folder


@pytest.fixture(scope="session")
def plain_source(tmp_path_factory):
    """A source of three plain subjects to learn, two to measure a run by and one to test on, neutral and smiling.

    Training is quick on them, for tests in which it does not matter whose heads they are.
    """
    folder = tmp_path_factory.mktemp("source")
    split = {"validation": ["s3", "s4"], "test": ["s5"]}
    (folder / "facewright.json").write_text(json.dumps(split), encoding="utf-8")
    return folder_of(18, range(6), folder)
