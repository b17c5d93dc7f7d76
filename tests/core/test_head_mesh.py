"""From parameters to the mesh of a whole head: closedness, independence of the parts, the command line."""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from facewright.core import project_file
from facewright.core.command_line import main
from facewright.core.exchange.batch import batch_paths
from facewright.core.model import model_file
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, LOCAL_PARTS
from facewright.core.project import EditState, Project, Step, Variant
from facewright.core.sculpt.dabs import dab
from facewright.core.surface.extraction import head_mesh
from tests.core.surgery.faces import PLAN
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
    arguments = [
        "mesh",
        "--model",
        str(model_path),
        "--out",
        str(out),
        "--topology",
        "cubes",
        "--voxel",
        "4",
        "--json",
        "--set",
        "nose.1=3",
        "--set",
        "eyes.2=-1.5",
    ]
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "nose.1=nan"], "out of range"),
        (["--set", "nose.99=1"], "components 1 to 3"),
        (["--set", "ears.1=1"], "not a setting"),
        (["--voxel", "0"], "voxel"),
        (["--model", "missing.safetensors"], "no model file"),
        (["--out", "missing/head.obj"], "no folder"),
    ],
)
def test_the_command_refuses_with_one_sentence(arguments, message, model_path, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = ["mesh", "--model", str(model_path), "--out", "head.obj", "--topology", "cubes", "--voxel", "4"]
    given += arguments
    monkeypatch.setattr(sys, "argv", ["facewright-core", *given])
    before = sorted(tmp_path.rglob("*"))
    assert main() == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("error: ")
    assert message in output.err
    assert output.err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_bad_usage_exits_with_2(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["facewright-core", "mesh", "--nonsense"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "--nonsense" in told.err
    assert "Traceback" not in told.err


def test_random_heads_are_numbered_and_the_same_for_the_same_seed(model_path, tmp_path, capsys, monkeypatch):
    arguments = ["mesh", "--model", str(model_path), "--topology", "cubes", "--voxel", "8"]
    arguments += ["--random", "2", "--json", "--set", "nose.1=2"]
    for folder, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        (tmp_path / folder).mkdir()
        given = [*arguments, "--seed", seed, "--out", str(tmp_path / folder / "head.ply")]
        monkeypatch.setattr(sys, "argv", ["facewright-core", *given])
        assert main() == 0
        assert [Path(json.loads(line)["file"]).name for line in capsys.readouterr().out.splitlines()] == [
            "head_1.ply", "head_2.ply",
        ]  # fmt: skip
    files = {(f, n): (tmp_path / f / f"head_{n}.ply").read_bytes() for f in "abc" for n in (1, 2)}
    assert files["a", 1] == files["b", 1]
    assert files["a", 2] == files["b", 2] == files["c", 1]
    assert files["a", 1] != files["a", 2]
    assert all(b"nose.1=2 " in content for content in files.values())


def test_a_seed_below_0_is_told(model_path, tmp_path, capsys, monkeypatch):
    arguments = ["mesh", "--model", str(model_path), "--random", "1", "--seed", "-1"]
    monkeypatch.setattr(sys, "argv", ["facewright-core", *arguments, "--out", str(tmp_path / "head.ply")])
    assert main() == 1
    assert capsys.readouterr().err == "error: --seed needs a whole number, 0 or more.\n"


def project_for(monkeypatch, model_path, out, *variants):
    """A project of variants, saved beside `out`, and the command to write them there by marching cubes of 8 mm."""
    model, path = model_file.load(model_path), out.parent / "mine.facewright"
    project = Project(model.name, model.fingerprint, (Step("Open", EditState(variants)),), 0)
    project_file.save(project, path)
    arguments = ["--project", str(path), "--out", str(out), "--topology", "cubes", "--voxel", "8"]
    monkeypatch.setattr(sys, "argv", ["facewright-core", "mesh", "--model", str(model_path), *arguments])
    return project


def test_a_projects_variants_are_written_under_their_names(model_path, tmp_path, capsys, monkeypatch):
    variants = Variant("Wide nose", Parameters(nose=(2.0,))), Variant("Plain")
    project = project_for(monkeypatch, model_path, tmp_path / "head.stl", *variants)
    assert main() == 0
    assert {path.name for path in tmp_path.glob("*.stl")} == {"head_Wide_nose.stl", "head_Plain.stl"}
    project_file.save(dataclasses.replace(project, fingerprint="another"), tmp_path / "mine.facewright")
    assert main() == 1
    assert "--model" in capsys.readouterr().err


def test_operations_that_are_damaged_are_told_and_their_head_is_written_without_them(
    model_path, tmp_path, capsys, monkeypatch
):
    head = Parameters(nose=(1.0,), plan=dataclasses.replace(PLAN, landmarks=()))
    project_for(monkeypatch, model_path, tmp_path / "head.obj", Variant("Planned", head))
    assert main() == 0
    assert "Operations in mine.facewright are damaged" in capsys.readouterr().err
    assert (tmp_path / "head.obj").exists()


def test_what_was_done_to_a_projects_head_is_in_its_file(model_path, tmp_path, monkeypatch):
    head = Parameters(nose=(1.0,), dabs=(dab((0.0, 10.0, 100.0), (0.0, 0.0, 4.0), 30.0),))
    project_for(monkeypatch, model_path, tmp_path / "head.obj", Variant("Sculpted", head))
    assert main() == 0
    model = model_file.load(model_path)
    vertices = trimesh.load_mesh(tmp_path / "head.obj", process=False, maintain_order=True).vertices
    np.testing.assert_allclose(vertices, head_mesh(model, head, 8.0).vertices, atol=1e-3)
    assert np.abs(vertices - head_mesh(model, head.bare, 8.0).vertices).max() > 2.0
    assert "Brush work: 1 dab" in (tmp_path / "head.obj").read_text()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Head 1"], ["head.obj"]),
        (["Head 1", "Head 2"], ["head_Head_1.obj", "head_Head_2.obj"]),
        (["a/b", "a:b", "A b"], ["head_a_b.obj", "head_a_b_2.obj", "head_A_b_3.obj"]),
        (["…", "Müller"], ["head_head.obj", "head_Müller.obj"]),
    ],
)
def test_files_of_several_heads_have_safe_and_different_names(names, expected):
    assert [path.name for path in batch_paths(names, Path("head.obj"))] == expected
