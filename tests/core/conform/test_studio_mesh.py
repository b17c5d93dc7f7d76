"""Meshes whose topology is to be kept, read with their polygons, UVs, groups and materials."""

import numpy as np
import pytest
import trimesh

from facewright.core.conform.studio_mesh import read_studio_mesh
from facewright.core.errors import FacewrightError

OBJ = """
v 0 0 0
v 1 0 0
v 1 1 0
v 0 1 0
v 0 2 0
vt 0 0
vt 0.5 0
vt 0.5 0.5
vt 0 0.5
vt 0.9 0.9
g face left
usemtl skin
f 1/1 2/2 3/3 4/4
g ear
f 4/5 3/3 5/1
"""


def read(tmp_path, text, name="head.obj"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_studio_mesh(path)


def test_polygons_uvs_groups_and_materials_are_the_files(tmp_path):
    mesh = read(tmp_path, OBJ)
    layout = mesh.layout
    assert (mesh.name, mesh.vertices.shape, mesh.notes) == ("head", (5, 3), ())
    np.testing.assert_array_equal(layout.polygons, [[0, 1, 2, 3], [3, 2, 4, -1]])
    assert [layout.groups[number] for number in layout.group] == ["face left", "ear"]
    assert [layout.materials[number] for number in layout.material] == ["skin", "skin"]
    np.testing.assert_array_equal(layout.uv_vertex[layout.uv_polygons[0]], layout.polygons[0])
    assert layout.uv[layout.uv_polygons[0]].tolist() == [[0.0, 0.0], [0.5, 0.0], [0.5, 0.5], [0.0, 0.5]]
    np.testing.assert_allclose(layout.uv[layout.uv_polygons[1, :3]], np.array([[0.9, 0.9], [0.5, 0.5], [0.0, 0.0]]))
    assert layout.uv_polygons[1, 3] == -1
    np.testing.assert_array_equal(layout.triangles, [[0, 1, 2], [3, 2, 4], [0, 2, 3]])


@pytest.mark.parametrize("corner", ["4", "4/6"])
def test_faces_without_uvs_leave_the_others_theirs(tmp_path, corner):
    """One whose corner has none, or one that no texture coordinate can hold."""
    text = OBJ.replace("g face", "vt 1e300 0\ng face").replace("f 4/5", f"f {corner}")
    mesh = read(tmp_path, text)
    whole = read(tmp_path, OBJ).layout
    uv = [layout.uv[layout.uv_polygons[:, :3]] for layout in (mesh.layout, whole)]
    np.testing.assert_array_equal(uv[0][0], uv[1][0])
    assert not uv[0][1].any()
    assert mesh.notes == ("1 of its 2 faces have no UVs: these lie in the corner of the map.",)
    none = read(tmp_path, text.replace("f 1/1", "f 1"))
    assert (len(none.layout.uv), none.notes) == (0, ())


def test_vertices_that_a_format_doubles_at_seams_are_one(tmp_path):
    box = trimesh.creation.box()
    corners = box.faces.reshape(-1)
    apart = trimesh.Trimesh(box.vertices[corners], np.arange(len(corners)).reshape(-1, 3), process=False)
    uv = np.random.default_rng(0).random((len(corners), 2))
    apart.visual = trimesh.visual.TextureVisuals(uv=uv)
    path = tmp_path / "box.glb"
    apart.export(path)
    mesh = read_studio_mesh(path)
    assert mesh.unit == "m"
    assert len(mesh.vertices) == 8
    np.testing.assert_allclose(mesh.layout.uv[mesh.layout.uv_polygons[:, :3]].reshape(-1, 2), uv, atol=1e-6)


def test_colours_are_those_of_the_vertices_not_of_materials(tmp_path):
    (tmp_path / "head.mtl").write_text("newmtl skin\nKd 0.5 0.5 0.5\n", encoding="utf-8")
    assert read(tmp_path, f"mtllib head.mtl\n{OBJ}").layout.colours.shape == (0, 3)
    text = OBJ.replace("v 0 0 0\n", "v 0 0 0 1 0 0\n").replace("v 1 0 0\n", "v 1 0 0 0 1 0\n")
    colours = read(tmp_path, f"mtllib head.mtl\n{text}").layout.colours
    assert colours.tolist() == [[255, 0, 0], [0, 255, 0], *(3 * [[0, 0, 0]])]


@pytest.mark.parametrize("suffix", ["ply", "glb"])
def test_colours_of_a_mesh_are_at_its_vertices(tmp_path, suffix):
    box = trimesh.creation.box()
    colours = np.random.default_rng(0).integers(0, 256, (8, 3), np.uint8)
    box.visual.vertex_colors = colours
    box.export(tmp_path / f"box.{suffix}")
    mesh = read_studio_mesh(tmp_path / f"box.{suffix}")
    order = [np.flatnonzero((box.vertices == at).all(axis=1))[0] for at in mesh.vertices]
    np.testing.assert_array_equal(mesh.layout.colours, colours[order])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("v 0 0 0\nv 1 0 0\nv 1 1 0\n", "no faces"),
        ("v 0 0 0\nv 1 0 0\nv 2 1 0\nv 1 2 0\nv 0 1 0\nf 1 2 3 4 5\n", "split them"),
        ("v 0 0 0\nv 1 0 0\nv 1e30 1 0\nf 1 2 3\n", "nowhere"),
        ("v 1 2 3\nv 1 2 3\nv 1 2 3\nf 1 2 3\n", "in one place"),
    ],
)
def test_what_has_no_topology_to_keep_is_refused(tmp_path, text, told):
    with pytest.raises(FacewrightError, match=told):
        read(tmp_path, text)
