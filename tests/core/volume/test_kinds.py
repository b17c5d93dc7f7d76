"""Which paths may be volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from facewright.core.volume.kinds import is_dicom, is_volume

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["a.nii", "a.NII.gz", "a.nrrd", "a.nhdr", "a.mha", "a.mhd", "a.dcm", "A.IMA"])
def test_names_tell(tmp_path: Path, name: str) -> None:
    assert is_volume(tmp_path / name)


@pytest.mark.parametrize("name", ["a.ply", "a.obj", "a.gz", "nothing", "IM0001"])
def test_other_names_do_not(tmp_path: Path, name: str) -> None:
    assert not is_volume(tmp_path / name)


@pytest.mark.parametrize("name", ["IM0001", "1.2.840.113"])
def test_a_file_without_an_end_is_looked_into(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\0" * 128 + b"DICM" + b"\2\0")
    assert is_volume(tmp_path / name)
    assert is_dicom(tmp_path / name)
    (tmp_path / name).write_bytes(b"DICM")
    assert not is_volume(tmp_path / name)
    assert is_volume(tmp_path)
    assert not is_dicom(tmp_path)
