"""Files that are whole or not there."""

import os
import subprocess
import sys

import pytest

from facewright.core.atomic_file import require_folder, require_writable, write_atomically
from facewright.core.errors import FacewrightError


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


@pytest.mark.parametrize("name", ["file", "file/run", "x" * 300])
def test_a_folder_that_cannot_be_made_is_refused_and_nothing_is_left(tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(FacewrightError, match=r"cannot be written to \(.*\): choose another folder"):
        require_folder(tmp_path / "new" / ".." / name)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_asking_whether_a_folder_can_be_made_changes_nothing(tmp_path):
    for folder in (tmp_path / "some" / "run", tmp_path):
        require_folder(folder)
        assert list(tmp_path.iterdir()) == []


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


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX permissions")
def test_a_private_file_is_the_users_alone_from_the_first_byte(tmp_path, monkeypatch):
    seen = []

    def look(_descriptor):
        seen.append({path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()})

    monkeypatch.setattr(os, "fsync", look)
    write_atomically(tmp_path / "patient.facewright", b"data", private=True)
    write_atomically(tmp_path / "head.obj", b"data")
    assert [mode for name, mode in seen[0].items()] == [0o600]
    assert (tmp_path / "patient.facewright").stat().st_mode & 0o777 == 0o600
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "head.obj").stat().st_mode & 0o777 == 0o666 & ~umask


def test_names_on_the_way_cannot_be_guessed_and_what_lies_there_is_left_alone(tmp_path, monkeypatch):
    names: set[str] = set()
    monkeypatch.setattr(os, "fsync", lambda _: names.update(path.name for path in tmp_path.iterdir()))
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    for _ in range(5):
        (tmp_path / "head.obj").unlink(missing_ok=True)
        write_atomically(tmp_path / "head.obj", b"data")
    assert len(names - {"head.obj", "victim"}) == 5
    assert victim.read_bytes() == b"mine"


KILLED = """
import os, sys
from pathlib import Path
from facewright.core.atomic_file import write_atomically
os.fsync = lambda _: os._exit(9)
write_atomically(Path(sys.argv[1]), b"half")
"""

WAITING = """
import os, sys
from pathlib import Path
from facewright.core.atomic_file import write_atomically
def wait(_):
    print("writing", flush=True)
    sys.stdin.readline()
os.fsync = wait
write_atomically(Path(sys.argv[1]), b"theirs")
"""


def test_what_a_killed_process_left_is_removed_and_what_one_writes_now_is_not(tmp_path):
    path = tmp_path / "head[1].obj"
    other = tmp_path / "head.obj"
    with subprocess.Popen(
        [sys.executable, "-c", WAITING, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "writing\n"
        subprocess.run([sys.executable, "-c", KILLED, path], check=False)
        left = sorted(tmp_path.glob(".head*.new"))
        assert len(left) == 2
        for one in left:
            os.utime(one, (1e9, 1e9))
        write_atomically(other, b"another's leftovers are not its own")
        assert sorted(tmp_path.glob(".head*.new")) == left
        write_atomically(path, b"mine")
        assert len(list(tmp_path.glob(".head*.new"))) == 1
        writer.communicate("\n")
    assert path.read_bytes() == b"theirs"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["head.obj", "head[1].obj"]
