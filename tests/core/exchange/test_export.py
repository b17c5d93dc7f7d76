"""Mesh files of every format, read back by other libraries and compared."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from facewright.core.errors import FacewrightError
from facewright.core.exchange.export import ExportSettings, export_head, head_shape, write_shape
from facewright.core.exchange.formats import FORMATS, file_format
from facewright.core.exchange.shape import UNITS_PER_MM
from facewright.core.exchange.usd import USD
from facewright.core.parameters import Parameters
from facewright.core.parts import PARTS
from facewright.core.surface.extraction import head_mesh
from tests.core.tiny_model import tiny_model, tiny_model_with_template

READ_BACK = [suffix for suffix in FORMATS if suffix != USD.suffix]
"""USD is read by its own library (`test_usd`)."""
HEAD = Parameters(nose=(2.0,), remainder=(1.0,))
TARGET = HEAD.with_value("mouth", 0, -2.0)
VOXEL_MM = 6.0


@pytest.fixture(scope="module")
def model():
    return tiny_model_with_template()


def on_template(unit="mm", **more):
    """Settings with the template's topology."""
    return ExportSettings(unit, "template", **more)


def read(path):
    """The file's mesh, in the file's order, without merging or splitting vertices."""
    return trimesh.load_mesh(path, process=False, maintain_order=True)


def chunks(path):
    """JSON document and binary buffer of a GLB file."""
    raw = path.read_bytes()
    magic, version, length = raw[:4], *np.frombuffer(raw[4:12], "<u4")
    assert (magic, version, length) == (b"glTF", 2, len(raw))
    size = int.from_bytes(raw[12:16], "little")
    return json.loads(raw[20 : 20 + size]), raw[28 + size :]


def accessor(document, buffer, index):
    """Values of one accessor."""
    entry = document["accessors"][index]
    view = document["bufferViews"][entry["bufferView"]]
    width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}[entry["type"]]
    kind = {5126: "<f4", 5125: "<u4"}[entry["componentType"]]
    return np.frombuffer(buffer, kind, entry["count"] * width, view["byteOffset"]).reshape(-1, width)


@pytest.mark.parametrize("suffix", READ_BACK)
@pytest.mark.parametrize("unit", UNITS_PER_MM)
def test_marching_cubes_read_back(model, tmp_path, suffix, unit):
    path = tmp_path / f"head.{suffix}"
    settings = ExportSettings(unit, "cubes", VOXEL_MM)
    written = export_head(model, HEAD, path, settings)
    mesh = head_mesh(model, HEAD, VOXEL_MM)
    np.testing.assert_array_equal(written.vertices, mesh.vertices)
    back = read(path)
    scaled = mesh.vertices * UNITS_PER_MM[unit]
    tolerance = 1e-4 * UNITS_PER_MM[unit]
    np.testing.assert_allclose(back.triangles, scaled[mesh.faces], atol=tolerance)
    if suffix != "stl":
        np.testing.assert_array_equal(back.faces, mesh.faces)


@pytest.mark.parametrize("suffix", READ_BACK)
def test_the_files_tell_that_the_head_is_synthetic_and_their_unit(model, tmp_path, suffix):
    path = tmp_path / f"head.{suffix}"
    export_head(model, HEAD, path, on_template("cm"))
    raw = path.read_bytes()
    assert b"Synthetic head" in raw
    assert b"tiny" in raw
    if suffix != "stl":
        assert b"nose.1=2" in raw
        assert b"Unit: cm" in raw
    else:
        assert not raw.startswith(b"solid")


def test_obj_files_of_two_heads_differ_in_positions_alone(model, tmp_path):
    lines = []
    for name, head in (("a", HEAD), ("b", TARGET)):
        export_head(model, head, tmp_path / f"{name}.obj", on_template())
        text = (tmp_path / f"{name}.obj").read_text()
        lines.append([line for line in text.splitlines() if line.split()[0] not in ("#", "o", "mtllib")])
    placed = ("v ", "vn ")
    positions = [[line for line in file if line.startswith(placed)] for file in lines]
    rest = [[line for line in file if not line.startswith(placed)] for file in lines]
    assert rest[0] == rest[1]
    assert len(positions[0]) == len(positions[1])
    assert positions[0] != positions[1]
    template = model.template
    assert sum(line.startswith("vt ") for line in rest[0]) == len(template.uv)
    assert {line.split()[1] for line in rest[0] if line.startswith("g ")} == set(PARTS)


def test_an_obj_files_groups_and_uvs_are_the_templates(model, tmp_path):
    export_head(model, HEAD, tmp_path / "head.obj", on_template())
    template, group, found = model.template, None, []
    for line in (tmp_path / "head.obj").read_text().splitlines():
        word, *rest = line.split()
        if word == "g":
            group = PARTS.index(rest[0])
        elif word == "f":
            found.append([group, *(int(n) - 1 for corner in rest for n in corner.split("/")[:2])])
    order = np.argsort(template.part, kind="stable")
    both = np.stack([template.faces, template.uv_faces], axis=2).reshape(len(template.faces), -1)
    np.testing.assert_array_equal(np.array(found), np.column_stack([template.part, both])[order])


def test_a_ply_file_is_closed_and_tells_each_faces_part(model, tmp_path):
    export_head(model, HEAD, tmp_path / "head.ply", on_template())
    back = read(tmp_path / "head.ply")
    assert back.is_watertight
    np.testing.assert_array_equal(back.faces, model.template.faces)
    np.testing.assert_array_equal(back.metadata["_ply_raw"]["face"]["data"]["part"].reshape(-1), model.template.part)


def test_a_glb_file_morphs_into_the_other_head(model, tmp_path):
    path = tmp_path / "head.glb"
    export_head(model, HEAD, path, on_template("m", targets={"wide": TARGET}))
    document, buffer = chunks(path)
    (mesh,) = document["meshes"]
    assert mesh["extras"]["targetNames"] == ["wide"]
    assert mesh["weights"] == [0.0]
    assert [material["name"] for material in document["materials"]] == ["skin"]
    template = model.template
    (primitive,) = mesh["primitives"]
    base = accessor(document, buffer, primitive["attributes"]["POSITION"])
    moved = base + accessor(document, buffer, primitive["targets"][0]["POSITION"])
    for head, found in ((HEAD, base), (TARGET, moved)):
        expected = export_head(model, head, tmp_path / "one.ply", on_template()).vertices
        np.testing.assert_allclose(found, expected[template.uv_vertex] * 0.001, atol=1e-7)
    corners = accessor(document, buffer, primitive["indices"]).reshape(-1, 3)
    np.testing.assert_array_equal(corners, template.uv_faces)
    uv = accessor(document, buffer, primitive["attributes"]["TEXCOORD_0"])
    np.testing.assert_allclose(np.column_stack([uv[:, 0], 1.0 - uv[:, 1]]), template.uv, atol=1e-6)


def test_expressions_morph_a_neutral_head_and_its_own_stands_at_full_strength(model, tmp_path):
    path = tmp_path / "head.glb"
    smiling = HEAD.with_value("expression", 0, 1.5)
    written = export_head(model, smiling, path, on_template(expressions="training"))
    neutral = export_head(model, HEAD, tmp_path / "neutral.ply", on_template())
    np.testing.assert_array_equal(written.vertices, neutral.vertices)
    (mesh,) = chunks(path)[0]["meshes"]
    assert mesh["extras"]["targetNames"] == ["own expression", *model.expressions]
    assert mesh["weights"] == [1.0] + [0.0] * len(model.expressions)
    document, buffer = chunks(path)
    shown = sum(
        accessor(document, buffer, index)
        for index in (mesh["primitives"][0]["attributes"]["POSITION"], mesh["primitives"][0]["targets"][0]["POSITION"])
    )
    expected = export_head(model, smiling, tmp_path / "smiling.ply", on_template()).vertices
    np.testing.assert_allclose(shown, expected[model.template.uv_vertex], atol=1e-4)


def test_another_reader_sees_the_same_glb(model, tmp_path):
    export_head(model, HEAD, tmp_path / "head.glb", on_template("m", targets={"wide": TARGET}))
    scene = trimesh.load_scene(tmp_path / "head.glb")
    mesh = export_head(model, HEAD, tmp_path / "head.ply", on_template())
    triangles = np.concatenate([geometry.triangles for geometry in scene.geometry.values()])
    np.testing.assert_allclose(triangles, mesh.vertices[mesh.faces] * 0.001, atol=1e-6)


@pytest.mark.parametrize("suffix", ["glb", "obj"])
def test_for_sculpting_each_vertex_is_there_once_and_the_surface_is_closed(model, tmp_path, suffix):
    path = tmp_path / f"head.{suffix}"
    export_head(model, HEAD, path, on_template("m", sculpting=True))
    back = read(path)
    assert len(back.vertices) == len(model.template.vertices)
    assert back.is_watertight


def test_an_object_file_does_not_write_over_what_is_beside_it(model, tmp_path):
    mine = tmp_path / "head.mtl"
    mine.write_text("mine")
    with pytest.raises(FacewrightError, match=r"head\.mtl is there already"):
        export_head(model, HEAD, tmp_path / "head.obj", ExportSettings("mm", "cubes", VOXEL_MM))
    assert mine.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["head.mtl"]
    mine.unlink()
    for _ in range(2):  # the second time over its own
        export_head(model, HEAD, tmp_path / "head.obj", ExportSettings("mm", "cubes", VOXEL_MM))
    assert {path.name for path in tmp_path.iterdir()} == {"head.mtl", "head.obj"}
    assert "newmtl skin" in mine.read_text()


@pytest.mark.parametrize("suffix", ["obj", "ply", "stl"])
def test_meshlab_reads_a_head_of_many_coefficients(model, tmp_path, suffix):
    pymeshlab = pytest.importorskip("pymeshlab", reason="pymeshlab, MeshLab as a package, is not installed")
    path = tmp_path / f"head.{suffix}"
    notes = ("Coefficients: " + " ".join(f"nose.{n}=1.23456" for n in range(1, 49)),)  # 762 characters broke its header
    shape, _ = head_shape(model, HEAD, on_template())
    write_shape(path, FORMATS[suffix], replace(shape, notes=notes), "mm")
    read_by = pymeshlab.MeshSet()
    read_by.load_new_mesh(str(path))
    if suffix == "stl":
        read_by.meshing_merge_close_vertices(threshold=pymeshlab.PureValue(0.0))
    back = read_by.current_mesh()
    assert (back.vertex_number(), back.face_number()) == (len(model.template.vertices), len(model.template.faces))
    assert not back.is_point_cloud()


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("head.fbx", {}, "no known format"),
        ("head", {}, "no known format"),
        ("head.obj", {"targets": {"b": TARGET}}, "no morph targets"),
        ("missing/head.stl", {}, "there is no folder"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(model, tmp_path, name, settings, message):
    with pytest.raises(FacewrightError, match=message):
        export_head(model, HEAD, tmp_path / name, on_template(**settings))
    assert list(tmp_path.iterdir()) == []


def test_marching_cubes_have_no_morph_targets_and_the_template_none_of_the_standard_ones():
    with pytest.raises(FacewrightError, match="one topology"):
        ExportSettings(topology="cubes", expressions="training")
    with pytest.raises(FacewrightError, match="production mesh"):
        on_template(expressions="standard")


def test_a_model_without_a_template_mesh_says_what_to_do(tmp_path):
    with pytest.raises(FacewrightError, match="another topology"):
        export_head(tiny_model(), HEAD, tmp_path / "head.obj", on_template())


@pytest.mark.skipif(os.name == "nt", reason="needs names that are any bytes")
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_name_that_is_no_text_can_be_written(model, tmp_path, suffix):
    path = tmp_path / os.fsdecode(b"head\xff." + suffix.encode())
    export_head(model, HEAD, path, ExportSettings("mm", "cubes", VOXEL_MM))
    assert path.stat().st_size > 1000


def test_formats_are_known_by_any_case_of_their_suffix(tmp_path):
    assert file_format(tmp_path / "HEAD.GLB").suffix == "glb"
