"""The production mesh as files hold it, read back: quads, UVs, materials, morph targets, joints."""

import dataclasses
import json
import re

import numpy as np
import pytest
from PIL import Image

from facewright.core.exchange.export import ExportSettings, head_shape, write_shape
from facewright.core.exchange.formats import FORMATS
from facewright.core.exchange.glb import to_glb
from facewright.core.exchange.head_shapes import Finish, shape_of, standard_names
from facewright.core.exchange.production_look import production_look
from facewright.core.normals import vertex_normals
from facewright.core.parameters import Parameters
from facewright.core.production.complexion import TONES
from facewright.core.production.production_mesh import ProductionMesh
from facewright.core.production.skeleton import Joint
from facewright.core.production.topology import bundled_topology
from facewright.core.reading.surface_file import read_surface
from tests.core.exchange.test_glb_validator import NEEDS_VALIDATOR, require_valid
from tests.core.people import people


@pytest.fixture(scope="module")
def production():
    """The topology's neutral head, with two of its own shapes, and a neck that the head turns on."""
    topology = bundled_topology()
    moved = {name: np.zeros_like(topology.neutral) for name in ("jawOpen", "tongueOut")}
    opened = topology.shapes["jawOpen"]
    moved["jawOpen"][opened.vertices] = opened.mm
    above = (topology.neutral[:, 1] > -100.0).astype(np.float32)
    return ProductionMesh(
        topology,
        topology.neutral,
        vertex_normals(topology.neutral, topology.triangles),
        moved,
        (Joint("neck", None, np.array([0, -110, -20])), Joint("head", "neck", np.array([0, -40, -10]))),
        np.stack([1.0 - above, above], axis=1),
    )


def test_an_object_file_keeps_the_quads_with_their_uvs_and_materials(production, tmp_path):
    topology, path = production.topology, tmp_path / "head.obj"
    write_shape(path, FORMATS["obj"], shape_of(production), "mm")
    back = read_surface(path)
    order = np.argsort(topology.material, kind="stable")
    polygons = topology.polygons[order]
    np.testing.assert_array_equal(back.corners, polygons[polygons >= 0])
    np.testing.assert_array_equal(back.sizes, (polygons >= 0).sum(axis=1))
    np.testing.assert_allclose(back.points, topology.neutral, atol=1e-4)
    text = path.read_text()
    assert re.findall(r"^g (.*)$", text, re.MULTILINE) == list(topology.materials)
    coordinates = np.array(re.findall(r"^vt (\S+) (\S+)$", text, re.MULTILINE), dtype=np.float64)
    faces = re.findall(r"^f (.*)$", text, re.MULTILINE)
    first = np.array([int(face.split()[0].split("/")[1]) - 1 for face in faces])
    np.testing.assert_allclose(coordinates[first], topology.uv[topology.uv_polygons[order][:, 0]], atol=1e-6)
    made = set(re.findall(r"^newmtl (.*)$", (tmp_path / "head.mtl").read_text(), re.MULTILINE))
    assert made == set(topology.materials)
    with Image.open(tmp_path / "head_iris.png") as image:
        assert image.size == (512, 512)
    skin = (tmp_path / "head.mtl").read_text().split("newmtl skin\n")[1].split("newmtl")[0]
    for word, ending in (("map_Kd", ""), ("norm", "_normal"), ("map_Bump", "_normal"), ("map_Pr", "_roughness")):
        assert f"{word} head_skin{ending}.png" in skin
        assert (tmp_path / f"head_skin{ending}.png").read_bytes()[1:4] == b"PNG"


def test_a_binary_files_face_has_normals_roughness_and_the_tangents_that_they_need(production):
    shape = shape_of(production)
    data = to_glb(shape, "mm")
    size = int.from_bytes(data[12:16], "little")
    document, buffer = json.loads(data[20 : 20 + size]), data[28 + size :]
    number = [entry["name"] for entry in document["materials"]].index("skin")
    skin = document["materials"][number]
    names = [document["images"][document["textures"][place]["source"]]["name"] for place in (
        skin["normalTexture"]["index"], skin["pbrMetallicRoughness"]["metallicRoughnessTexture"]["index"]
    )]  # fmt: skip
    assert names == ["skin_normal", "skin_roughness"]
    assert skin["pbrMetallicRoughness"]["roughnessFactor"] == 1.0
    with_tangents = [part for part in document["meshes"][0]["primitives"] if "TANGENT" in part["attributes"]]
    assert [part["material"] for part in with_tangents] == [number]

    def values(name: str, width: int) -> np.ndarray:
        entry = document["accessors"][with_tangents[0]["attributes"][name]]
        start = document["bufferViews"][entry["bufferView"]].get("byteOffset", 0)
        return np.frombuffer(buffer, "<f4", entry["count"] * width, start).reshape(-1, width)

    tangents, normals = values("TANGENT", 4), values("NORMAL", 3)
    np.testing.assert_allclose((tangents[:, :3] * normals).sum(axis=1), 0.0, atol=1e-4)
    assert (tangents[:, 3] == 1.0).mean() > 0.99  # the face's UVs are not mirrored, but where lids fold in
    front = normals[:, 2] > 0.9
    assert (tangents[front, 0] > 0.5).mean() > 0.9  # u runs to the subject's left


@NEEDS_VALIDATOR
def test_a_binary_file_is_valid_and_has_materials_morphs_and_joints_by_name(production, tmp_path):
    path = tmp_path / "head.glb"
    write_shape(path, FORMATS["glb"], shape_of(production).scaled(0.001), "m")
    require_valid(path)
    data = path.read_bytes()
    document = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    assert {material["name"] for material in document["materials"]} == set(production.topology.materials)
    assert document["meshes"][0]["extras"]["targetNames"] == ["jawOpen", "tongueOut"]
    assert [node["name"] for node in document["nodes"]][1:] == ["neck", "head"]
    np.testing.assert_allclose(document["nodes"][2]["translation"], (0.0, 0.07, 0.01), atol=1e-6)
    assert document["skins"][0]["joints"] == [1, 2]
    assert np.ptp(read_surface(path).points[:, 1]) == pytest.approx(0.001 * np.ptp(production.vertices[:, 1]), rel=1e-5)


@NEEDS_VALIDATOR
def test_a_binary_file_for_sculpting_is_valid(production, tmp_path):
    path = tmp_path / "head.glb"
    write_shape(path, FORMATS["glb"], dataclasses.replace(shape_of(production).scaled(0.001), sculpting=True), "m")
    require_valid(path)


def test_for_sculpting_the_skin_is_one_piece_without_doubled_vertices(production):
    shape = shape_of(production, finish=Finish(painted=False))
    topology = production.topology
    joined = shape.joined_material()
    names = np.array(topology.materials)
    assert set(names[np.unique(joined)]) == set(names) - {"skin_head", "mouth_socket", "eye_sockets"}
    skin = topology.vertices_of("skin", "skin_head", "mouth_socket", "eye_sockets")

    def skin_count(sculpting: bool) -> int:
        data = to_glb(dataclasses.replace(shape, sculpting=sculpting), "mm")
        document = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
        primitive = document["meshes"][0]["primitives"][0]
        return document["accessors"][primitive["attributes"]["POSITION"]]["count"]

    assert skin_count(True) == len(skin)
    assert skin_count(False) < len(skin)  # of the face alone


def test_the_face_is_painted_in_the_heads_tone_but_for_sculpting(production):
    tone = TONES["tan"]
    painted, plain = (
        {own.name: own for own in shape_of(production, finish=Finish(tone=tone, painted=paint)).materials}
        for paint in (True, False)
    )
    assert set(painted["skin"].images) == {"colour", "relief", "rough"}
    assert painted["skin"].colour == (1.0, 1.0, 1.0)  # which the image is multiplied with
    assert not plain["skin"].images
    assert painted["skin_head"].colour == plain["skin"].colour == tone.skin


def test_every_material_of_the_topology_has_a_look_of_its_own():
    looks = production_look()
    assert set(bundled_topology().materials) == set(looks)
    assert looks["lashes"].see_through
    assert looks["cornea"].opacity < 0.5


def test_a_head_with_an_expression_is_written_neutral_with_the_52_and_its_own():
    model, smiling = people(), Parameters(nose=(1.0,), expression=(0.5,))
    settings = ExportSettings("mm", expressions="standard")
    shares: list[float] = []
    shape, _ = head_shape(model, smiling, settings, progress=shares.append)
    assert list(shape.targets) == ["own expression", *standard_names("standard")]
    assert (len(shape.targets), shape.weights) == (53, {"own expression": 1.0})
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    plain, _ = head_shape(model, smiling, ExportSettings("mm"))
    np.testing.assert_array_equal(plain.vertices, shape.targets["own expression"])
