"""Files that other files name: found in their folder and below it, never followed beyond."""

import os

import pytest

from facewright.core.input_file import file_beside


@pytest.mark.parametrize("name", [
    "maps/face.png", "./maps/face.png", "Maps/Face.PNG", "maps\\face.png", "C:\\someone\\maps\\face.png",
    "C:maps\\face.png", "/x/maps/face.png", "../../maps/face.png", "x/../maps/face.png",
])  # fmt: skip
def test_names_of_other_systems_and_of_other_folders_are_looked_for_in_the_files_own_and_below(tmp_path, name):
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "face.png").write_bytes(b"")
    assert file_beside(tmp_path / "head.obj", name) == tmp_path / "maps" / "face.png"


@pytest.mark.parametrize("name", ["../secret", "..\\SECRET", "maps/../../secret", "./.. /secret", "..", "", "maps"])
def test_what_is_elsewhere_or_no_file_is_not_found(tmp_path, name):
    (tmp_path / "secret").write_bytes(b"")
    (tmp_path / "heads" / "maps").mkdir(parents=True)
    for each in (name, f"{name}\0", str(tmp_path / "secret")):
        assert file_beside(tmp_path / "heads" / "head.obj", each) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_beside_a_file_is_none(tmp_path):
    os.mkfifo(tmp_path / "face.png")
    assert file_beside(tmp_path / "head.obj", "face.png") is None
