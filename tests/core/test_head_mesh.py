"""From parameters to the mesh of a whole head: closedness, independence of the parts, the command line."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from core import model_file
from core.__main__ import main
from core.parameters import Parameters
from core.parts import CODES, LOCAL_PARTS
from core.surface import head_mesh
from tests.core.tiny_model import tiny_model

VOXEL_MM = 2.5


def edge_ends(vertices):
    """The two grid samples between which each vertex lies, (2, V, 3) in mm."""
    cells = vertices.astype(np.float64) / VOXEL_MM
    whole = np.abs(cells - np.round(cells)) < 1e-5
    cells = np.where(whole, np.round(cells), cells)
    return np.stack([np.floor(cells), np.ceil(cells)]) * VOXEL_MM


@pytest.fixture
def model_path(tmp_path):
    path = tmp_path / "tiny.safetensors"
    model_file.save(tiny_model(), path)
    return path


@pytest.mark.parametrize("code", CODES)
def test_a_head_is_one_closed_surface(code):
    mesh = head_mesh(tiny_model(), Parameters().with_value(code, 0, 3.0), VOXEL_MM)
    assert mesh.watertight
    assert mesh.component_count == 1
    assert mesh.height_mm == pytest.approx(210.0, abs=10.0)


@pytest.mark.parametrize("part", LOCAL_PARTS)
def test_a_part_leaves_every_vertex_outside_its_window_identical(part):
    model = tiny_model()
    heads = [Parameters(), Parameters().with_value(part, 0, 3.0)]
    outside, inside = [], []
    for head in heads:
        mesh = head_mesh(model, head, VOXEL_MM)
        reach = sum(model.field(h).window(part, end) for h in heads for end in edge_ends(mesh.vertices))
        outside.append(mesh.vertices[reach == 0.0])
        inside.append(mesh.vertices[reach > 0.0])
    np.testing.assert_array_equal(*outside)
    assert len(outside[0]) > 5 * len(inside[0]) > 500
    assert np.abs(model.field(heads[1]).distance(inside[0])).max() > 0.1


def test_the_command_writes_the_mesh_and_one_json_object(model_path, tmp_path, capsys, monkeypatch):
    out = tmp_path / "head.obj"
    arguments = ["mesh", "--model", str(model_path), "--out", str(out), "--voxel", "4", "--json",
                 "--set", "nose.1=3", "--set", "eyes.2=-1.5"]
    monkeypatch.setattr(sys, "argv", ["facewright-core", *arguments])
    assert main() == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["watertight"] is True
    assert facts["components"] == 1
    assert facts["model"] == "tiny"
    assert facts["device"]
    assert facts["seconds"] > 0.0
    surface = trimesh.load_mesh(out)
    assert (len(surface.vertices), len(surface.faces)) == (facts["vertices"], facts["faces"])
    assert surface.extents[1] == pytest.approx(facts["height_mm"], abs=1e-3)
    assert "nose.1=3 eyes.2=-1.5" in out.read_text()


@pytest.mark.parametrize(("arguments", "message"), [
    (["--set", "nose.1=nan"], "out of range"),
    (["--set", "nose.99=1"], "components 1 to 3"),
    (["--set", "ears.1=1"], "not a setting"),
    (["--voxel", "0"], "voxel"),
    (["--model", "missing.safetensors"], "no model file"),
    (["--out", "missing/head.obj"], "no folder"),
])
def test_the_command_refuses_with_one_sentence(arguments, message, model_path, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = ["mesh", "--model", str(model_path), "--out", "head.obj", "--voxel", "4", *arguments]
    monkeypatch.setattr(sys, "argv", ["facewright-core", *given])
    before = sorted(tmp_path.rglob("*"))
    assert main() == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("error: ")
    assert message in output.err
    assert output.err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_bad_usage_exits_with_2():
    command = [sys.executable, "-m", "core", "mesh", "--nonsense"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
