"""Each format's bytes alone, of a tetrahedron, against what the formats' specifications say; and what heads tell."""

import json
import struct

import numpy as np
import pytest

from facewright.core.exchange.glb import to_glb
from facewright.core.exchange.obj import companions, to_obj
from facewright.core.exchange.pbr_material import SKIN, PbrMaterial
from facewright.core.exchange.ply import to_ply
from facewright.core.exchange.provenance import provenance
from facewright.core.exchange.shape import Shape, TextureMap
from facewright.core.exchange.stl import to_stl
from facewright.core.exchange.text import object_name, one_word
from facewright.core.parameters import Parameters
from tests.core.tiny_model import tiny_model

VERTICES = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
UV = TextureMap(
    points=np.array([[0, 0], [0.25, 0], [0, 0.5], [0.75, 1.0], [1.0, 0.25]], np.float32),
    vertex=np.array([0, 1, 2, 3, 3], np.int32),  # the last vertex lies on a seam
    faces=np.array([[0, 2, 1], [0, 1, 3], [0, 4, 2], [1, 2, 3]], np.int32),
)
MOVED = VERTICES + np.array([0, 0, 2], np.float32)


def shape(**more):
    return Shape("a head", VERTICES, FACES, notes=("one\ntwo", "three"), **more)


def test_a_text_file_counts_from_one_and_comments_every_line():
    text = to_obj(shape(texture=UV, groups=("nose", "rest"), group=np.array([1, 0, 1, 1])), "m").decode()
    lines = text.splitlines()
    assert lines[:5] == ["# one", "# two", "# three", "mtllib a_head.mtl", "o a_head"]
    assert lines[5:7] == ["v 0.0000000 0.0000000 0.0000000", "v 1.0000000 0.0000000 0.0000000"]
    assert [line for line in lines if line.startswith("vt ")][3] == "vt 0.750000 1.000000"
    nose = lines.index("g nose")
    assert lines[nose : nose + 3] == ["g nose", "usemtl skin", "f 1/1/1 2/2/2 4/4/4"]
    assert [line for line in lines if line.startswith("f ")][2] == "f 1/1/1 4/5/4 3/3/3"
    assert lines.index("s 1") < nose
    normals = [line for line in lines if line.startswith("vn ")]
    assert (len(normals), normals[0]) == (4, "vn -0.5774 -0.5774 -0.5774")


def test_quads_and_triangles_stay_what_they_are_where_a_format_has_both():
    faces = np.array([[0, 2, 1, -1], [0, 1, 3, 2]], np.int32)
    mixed = Shape("mixed", VERTICES, faces)
    assert mixed.triangles.corners.tolist() == [[0, 2, 1], [0, 1, 3], [0, 3, 2]]
    assert mixed.triangles.face.tolist() == [0, 1, 1]
    rows = [line for line in to_obj(mixed, "mm").decode().splitlines() if line.startswith("f ")]
    assert rows == ["f 1//1 3//3 2//2", "f 1//1 2//2 4//4 3//3"]
    body = to_ply(mixed, "mm").partition(b"end_header\n")[2]
    assert struct.unpack_from("<B3iB4i", body, 4 * 24) == (3, 0, 2, 1, 4, 0, 1, 3, 2)
    assert len(body) == 4 * 24 + 13 + 17


def test_no_line_of_text_is_too_long_for_a_reader_or_goes_on_in_the_next():
    notes = ("Coefficients: " + " ".join(f"nose.{n}=1.25" for n in range(99)), "a model named C:\\", "x" * 500)
    told = Shape("head", VERTICES, FACES, notes)
    header = to_ply(told, "mm").partition(b"end_header")[0].splitlines()
    comments = [line for line in to_obj(told, "mm").splitlines() if line.startswith(b"#")]
    assert max(map(len, [*header, *comments])) <= 80
    assert not any(line.endswith(b"\\") for line in comments)
    words = b" ".join(comment.removeprefix(b"#").strip() for comment in comments).split()
    assert {f"nose.{n}=1.25".encode() for n in range(99)} <= set(words)


def test_an_object_file_names_its_materials_and_images_beside_it():
    pore = PbrMaterial("skin of a head", (0.5, 0.25, 1.0), roughness=0.5, opacity=0.75, image=b"png", see_through=True)
    painted = shape(texture=UV, materials=(SKIN, pore), material=np.array([0, 1, 1, 1]))
    files = companions(painted)
    assert list(files) == ["a_head_skin_of_a_head.png", "a_head.mtl"]
    assert files["a_head_skin_of_a_head.png"] == b"png"
    lines = files["a_head.mtl"].decode().splitlines()
    own = lines[lines.index("newmtl skin_of_a_head") :]
    assert {"Kd 0.5000 0.2500 1.0000", "d 0.7500", "Pr 0.5000", "map_Kd a_head_skin_of_a_head.png"} < set(own)
    text = to_obj(painted, "mm").decode()
    assert "usemtl skin\nf 1/1/1 3/3/3 2/2/2\nusemtl skin_of_a_head\n" in text


def test_names_and_colours_reach_the_file_as_text_and_numbers():
    assert object_name("a\n head\t\udcff") == "a head ?"
    assert one_word("my head/2") == "my_head_2"
    text = to_obj(shape(colours=np.array([[255, 0, 51]] * 4, np.uint8)), "mm").decode()
    assert "v 0.0000 0.0000 0.0000 1.0000 0.0000 0.2000" in text
    header, _, body = to_ply(shape(colours=np.array([[255, 0, 51]] * 4, np.uint8)), "mm").partition(b"end_header\n")
    assert b"property uchar blue" in header
    assert tuple(body[24:27]) == (255, 0, 51)


def test_a_binary_ply_has_the_bytes_that_its_header_tells():
    data = to_ply(shape(groups=("nose", "rest"), group=np.array([1, 0, 1, 1])), "mm")
    head, _, body = data.partition(b"end_header\n")
    lines = head.decode().splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    assert {"comment two", "comment part 1: rest", "element vertex 4", "element face 4"} < set(lines)
    assert struct.unpack_from("<3f", body, 24) == (1.0, 0.0, 0.0)
    assert [struct.unpack_from("<BiiiB", body, 96 + 14 * face) for face in range(4)] == [
        (3, *corners, part) for corners, part in zip(FACES.tolist(), [1, 0, 1, 1], strict=True)
    ]
    assert len(body) == 96 + 4 * 14


def test_a_binary_stl_has_normals_out_of_the_body():
    data = to_stl(shape(), "mm")
    assert data[:80].rstrip() == b"one\ntwo; three"
    assert struct.unpack_from("<I", data, 80) == (4,)
    assert len(data) == 84 + 4 * 50
    triangles = [struct.unpack_from("<12fH", data, 84 + 50 * face) for face in range(4)]
    np.testing.assert_allclose([t[:3] for t in triangles[:3]], -np.eye(3)[[2, 1, 0]], atol=1e-7)
    np.testing.assert_allclose(triangles[3][:3], np.full(3, 3**-0.5), atol=1e-7)
    np.testing.assert_array_equal([t[3:12] for t in triangles], VERTICES[FACES].reshape(4, 9))


def test_a_glb_file_doubles_the_vertices_of_a_seam_in_morph_targets_too():
    data = to_glb(shape(texture=UV, targets={"up": MOVED}, weights={"up": 0.5}), "m")
    assert data[:4] == b"glTF"
    assert struct.unpack_from("<2I", data, 4) == (2, len(data))
    size = struct.unpack_from("<I", data, 12)[0]
    document, buffer = json.loads(data[20 : 20 + size]), data[28 + size :]
    mesh = document["meshes"][0]
    assert (mesh["weights"], mesh["extras"]) == ([0.5], {"targetNames": ["up"]})
    [primitive] = mesh["primitives"]

    def values(index, kind="<f4"):
        accessor = document["accessors"][index]
        width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}[accessor["type"]]
        start = document["bufferViews"][accessor["bufferView"]]["byteOffset"]
        return np.frombuffer(buffer, kind, accessor["count"] * width, start).reshape(-1, width)

    np.testing.assert_array_equal(values(primitive["attributes"]["POSITION"]), VERTICES[[0, 1, 2, 3, 3]])
    np.testing.assert_array_equal(values(primitive["targets"][0]["POSITION"]), (MOVED - VERTICES)[[0, 1, 2, 3, 3]])
    np.testing.assert_array_equal(values(primitive["attributes"]["TEXCOORD_0"])[:, 1], 1.0 - UV.points[:, 1])
    np.testing.assert_array_equal(values(primitive["indices"], "<u4").reshape(-1, 3), UV.faces)
    bounds = document["accessors"][primitive["attributes"]["POSITION"]]
    assert (bounds["min"], bounds["max"]) == ([0, 0, 0], [1, 1, 1])


@pytest.mark.parametrize("unit", ["mm", "cm"])
def test_a_head_tells_its_coefficients_but_those_that_are_zero(unit):
    lines = provenance(tiny_model(), Parameters(nose=(0.0, -1.5), mouth=(0.25,)), unit)
    assert lines[0] == "Synthetic head, made by Facewright with the model tiny"
    assert lines[1].endswith(": nose.2=-1.5 mouth.1=0.25")
    assert lines[2].startswith(f"Unit: {unit}. ")
    assert provenance(tiny_model(), Parameters())[1].endswith("all 0 (the mean head)")
