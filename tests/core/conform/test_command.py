"""The command lines that conform a mesh and write heads on it."""

from unittest.mock import patch

import pytest

from facewright.core.command_line import main
from facewright.core.conform.topology_file import load_topology, save_topology
from tests.core.conform.quad import quad_topology
from tests.core.conform.test_studio_mesh import OBJ


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command; its exit status and what it printed."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["facewright-core", *map(str, arguments)])
        status = main()
        return status, "".join(capsys.readouterr())

    return run


def test_a_mesh_is_conformed_into_a_file(run, tmp_path):
    mesh, out = tmp_path / "studio.obj", tmp_path / "studio.topology"
    mesh.write_text(OBJ.replace("f 4/5", "f 4"), encoding="utf-8")
    with patch("facewright.core.conform.conformed.conform", return_value=quad_topology("studio")):
        status, text = run("conform", mesh, "--out", out)
    assert (status, load_topology(out).name) == (0, "studio")
    assert "4 vertices, 1 quads, 0 triangles, with UVs" in text
    assert "studio.obj: 1 of its 2 faces have no UVs" in text


def test_a_head_is_written_on_a_topology_of_a_file(run, tmp_path):
    file, out = tmp_path / "own.topology", tmp_path / "head.glb"
    save_topology(quad_topology(), file)
    status, text = run("mesh", "--topology", file, "--out", out)
    assert status == 0, text
    assert "4 vertices, 2 faces" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("conform", "studio.obj", "--out", "studio.npz"), "ends in .topology"),
        (("mesh", "--topology", "quads", "--out", "head.obj"), "There is no topology quads"),
        (("mesh", "--topology", "none.topology", "--out", "head.obj"), "no file at"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(run, arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, text = run(*arguments)
    assert status == 1
    assert told in text
