"""Each format's bytes alone, of a tetrahedron, against what the formats' specifications say; and what heads tell."""

import json
import struct

import numpy as np
import pytest

from facewright.core.exchange.glb import to_glb
from facewright.core.exchange.obj import to_obj
from facewright.core.exchange.ply import to_ply
from facewright.core.exchange.provenance import provenance
from facewright.core.exchange.shape import Shape, TextureMap
from facewright.core.exchange.stl import to_stl
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
    assert lines[:4] == ["# one", "# two", "# three", "o a_head"]
    assert lines[4:6] == ["v 0.0000000 0.0000000 0.0000000", "v 1.0000000 0.0000000 0.0000000"]
    assert [line for line in lines if line.startswith("vt ")][3] == "vt 0.750000 1.000000"
    nose = lines.index("g nose")
    assert lines[nose : nose + 3] == ["g nose", "usemtl nose", "f 1/1 2/2 4/4"]
    assert [line for line in lines if line.startswith("f ")][2] == "f 1/1 4/5 3/3"


def test_a_binary_ply_has_the_bytes_that_its_header_tells():
    data = to_ply(shape(groups=("nose", "rest"), group=np.array([1, 0, 1, 1])), "mm")
    head, _, body = data.partition(b"end_header\n")
    lines = head.decode().splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    assert {"comment two", "comment part 1: rest", "element vertex 4", "element face 4"} < set(lines)
    assert struct.unpack_from("<3f", body, 12) == (1.0, 0.0, 0.0)
    assert [struct.unpack_from("<BiiiB", body, 48 + 14 * face) for face in range(4)] == [
        (3, *corners, part) for corners, part in zip(FACES.tolist(), [1, 0, 1, 1], strict=True)
    ]
    assert len(body) == 48 + 4 * 14


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
