"""Each format's reader alone: round trips through its writer, and what it says of files that contradict themselves."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from facewright.core.exchange.glb import to_glb
from facewright.core.exchange.obj import to_obj
from facewright.core.exchange.ply import to_ply
from facewright.core.exchange.shape import Shape
from facewright.core.exchange.stl import to_stl
from facewright.core.reading.glb import read_glb
from facewright.core.reading.gltf_buffers import GltfBuffers, data_uri
from facewright.core.reading.obj import obj_points, read_obj
from facewright.core.reading.ply import read_ply, strip_triangles
from facewright.core.reading.stl import read_stl
from facewright.core.reading.surface import Reading, Unreadable

VERTICES = np.array([[0, 0, 0], [1, 0, 0], [0, 1.5, 0], [0, 0, -2.25]], np.float32)
FACES = np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]], np.int32)
SHAPE = Shape("tetrahedron", VERTICES, FACES)
NOWHERE = Path("no folder") / "head"
PLAIN = Reading(with_colours=False)


@pytest.mark.parametrize(
    ("write", "read"), [(to_obj, read_obj), (to_ply, read_ply), (to_glb, read_glb), (to_stl, read_stl)]
)
def test_what_is_written_is_read(write, read):
    surface = read(NOWHERE, write(SHAPE, "mm"), PLAIN)
    np.testing.assert_array_equal(surface.points[surface.triangles], VERTICES[FACES])


@pytest.mark.parametrize(("write", "read"), [(to_obj, read_obj), (to_ply, read_ply), (to_glb, read_glb)])
def test_colours_that_are_written_are_read(write, read):
    """A GLB's are in linear light between."""
    colours = np.array([[0, 1, 255], [12, 128, 200], [64, 30, 7], [250, 254, 90]], np.uint8)
    surface = read(NOWHERE, write(replace(SHAPE, colours=colours), "mm"), Reading())
    at_corners = surface.colours[surface.triangles]
    np.testing.assert_array_equal(at_corners, colours[FACES])


def test_bytes_of_a_glb_are_colours_as_a_screen_has_them():
    """As trimesh writes them."""
    colours = np.array([[0, 1, 255, 255], [12, 128, 200, 255], [64, 30, 7, 255], [250, 254, 90, 255]], np.uint8)
    mesh = trimesh.Trimesh(VERTICES, FACES, vertex_colors=colours, process=False)
    data = mesh.export(file_type="glb")
    assert isinstance(data, bytes)
    surface = read_glb(NOWHERE, data, Reading())
    np.testing.assert_array_equal(surface.colours, colours[:, :3])


def test_text_files_of_a_format_have_the_same_surface_as_binary_ones():
    facets = "".join(
        "facet normal 0 0 0\nouter loop\n" + "".join("vertex {} {} {}\n".format(*row) for row in corners) + "endloop\n"
        for corners in VERTICES[FACES].tolist()
    )
    stl = read_stl(NOWHERE, f"solid x\n{facets}endsolid x\n".encode(), PLAIN)
    np.testing.assert_array_equal(stl.points, VERTICES[FACES].reshape(-1, 3))
    rows = "".join("{} {} {}\n".format(*row) for row in VERTICES.tolist())
    rows += "".join("3 {} {} {}\n".format(*row) for row in FACES.tolist())
    head = "ply\nformat ascii 1.0\nelement vertex 4\n" + "".join(f"property float {axis}\n" for axis in "xyz")
    head += "element face 4\nproperty list uchar int vertex_indices\nend_header\n"
    ply = read_ply(NOWHERE, (head + rows).encode(), PLAIN)
    np.testing.assert_array_equal(ply.points[ply.triangles], VERTICES[FACES])


def test_vertices_alone_are_those_of_the_whole_file():
    data = b"v 1 2 3 # a comment\r\nv 4 5 \\\n 6\r\nvn 0 0 1\r\nf -2 -1 -2\r\n"
    np.testing.assert_array_equal(obj_points(data), [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(read_obj(NOWHERE, data, PLAIN).corners, [0, 1, 0])


def test_every_second_triangle_of_a_strip_is_turned_and_another_strip_begins_anew():
    strip = np.array([0, 1, 2, 3, -1, 4, 5, 6, 6])
    np.testing.assert_array_equal(strip_triangles(strip), [[0, 1, 2], [2, 1, 3], [4, 5, 6]])


def glb(document, binary=b""):
    text = document.encode() + b" " * (-len(document) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return b"glTF" + struct.pack("<2I", 2, 12 + len(chunks)) + chunks


def test_accessors_are_strided_sparse_and_normalized():
    binary = struct.pack("<4H", 0, 7, 65535, 7) + struct.pack("<2B", 1, 0) + struct.pack("<2B", 255, 0)
    views = '[{"buffer":0,"byteLength":8,"byteStride":4},{"buffer":0,"byteOffset":8,"byteLength":1},'
    views += '{"buffer":0,"byteOffset":10,"byteLength":1}]'
    strided = '{"bufferView":0,"componentType":5123,"type":"SCALAR","count":2'
    sparse = '"sparse":{"count":1,"indices":{"bufferView":1,"componentType":5121},"values":{"bufferView":2}}'
    accessors = f'[{strided}}},{strided},"normalized":true}},'
    accessors += f'{{"componentType":5121,"type":"SCALAR","count":3,{sparse}}}]'
    file = GltfBuffers(
        glb(f'{{"accessors":{accessors},"bufferViews":{views},"buffers":[{{"byteLength":12}}]}}', binary)
    )
    np.testing.assert_array_equal(file.accessor(0), [0, 65535])
    np.testing.assert_array_equal(file.accessor(1), [0.0, 1.0])
    np.testing.assert_array_equal(file.accessor(2), [0, 255, 0])


def test_data_is_inside_the_file_or_refused():
    assert data_uri("data:application/octet-stream;base64,AAEC") == b"\0\1\2"
    with pytest.raises(Unreadable, match="other files"):
        data_uri("head.bin")
    with pytest.raises(Unreadable, match="damaged"):
        data_uri("data:;base64,A*")


@pytest.mark.parametrize(
    ("read", "data", "message"),
    [
        (read_stl, to_stl(SHAPE, "mm")[:-1], "counts more triangles"),
        (read_glb, to_glb(SHAPE, "mm")[:-1], "cut short"),
        (read_glb, glb('{"nodes":[{"children":[0]}],"scenes":[{"nodes":[0]}]}'), "in a circle"),
        (read_ply, to_ply(SHAPE, "mm").replace(b"property float x", b"property float q"), "no vertices"),
        (read_obj, b"v 1 2 three\n", "not three numbers"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_with_a_reason(read, data, message):
    with pytest.raises(Unreadable, match=message):
        read(NOWHERE, data, PLAIN)
