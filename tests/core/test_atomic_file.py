"""Files that are whole or not there."""

import os

import pytest

from core.atomic_file import require_writable, write_atomically
from core.errors import FacewrightError


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "head.obj"
    for data in (b"first", b"second"):
        write_atomically(path, data)
        assert path.read_bytes() == data
    assert [entry.name for entry in tmp_path.iterdir()] == ["head.obj"]


@pytest.mark.parametrize("name", ["no/such/folder/head.obj", "", "x" * 300, "file/head.obj"])
def test_refuses_what_cannot_be_written_and_leaves_nothing(tmp_path, name):
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FacewrightError, match="cannot be written"):
        write_atomically(tmp_path / name, b"data")
    with pytest.raises(FacewrightError, match="cannot be written"):
        require_writable(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before


def test_asking_whether_a_file_can_be_written_changes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    require_writable(path)
    assert not list(tmp_path.iterdir())
    path.write_bytes(b"old")
    require_writable(path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(FacewrightError, match="read-only"):
        require_writable(path)
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("model.safetensors", b"old")]


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX devices")
def test_refuses_a_device(tmp_path):
    device = tmp_path / "pipe"
    os.mkfifo(device)
    with pytest.raises(FacewrightError, match="not a file"):
        write_atomically(device, b"data")


def test_a_full_disk_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "head.obj"
    write_atomically(path, b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FacewrightError, match="no space left on device"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["head.obj"]


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX permissions")
def test_a_replaced_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "patient.facewright"
    write_atomically(path, b"old")
    path.chmod(0o600)
    write_atomically(path, b"new")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
