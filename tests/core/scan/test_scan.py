"""Scans written in every format are read back; what cannot be read is refused in a sentence."""

import numpy as np
import pytest
import trimesh
from PIL import Image

from facewright.core.errors import FacewrightError
from facewright.core.scan.scan import Scan, read_scan, thinned

SPHERE = trimesh.creation.icosphere(subdivisions=4, radius=90.0)


@pytest.mark.parametrize("suffix", ["obj", "ply", "stl", "glb"])
def test_a_mesh_is_read_back_in_every_format(suffix, tmp_path):
    path = tmp_path / f"scan.{suffix}"
    SPHERE.export(path)
    scan = read_scan(path)
    assert len(scan.points) == len(SPHERE.vertices)
    assert len(scan.faces) == len(SPHERE.faces)
    np.testing.assert_allclose(np.linalg.norm(scan.points, axis=1), 90.0, atol=1e-3)
    np.testing.assert_allclose((scan.normals * scan.points).sum(axis=1), 90.0, atol=0.2)


def test_a_point_cloud_keeps_its_colours_and_gets_normals(tmp_path):
    path = tmp_path / "cloud.ply"
    colours = np.tile([200, 100, 50, 255], (len(SPHERE.vertices), 1)).astype(np.uint8)
    trimesh.PointCloud(SPHERE.vertices, colours).export(path)
    scan = read_scan(path)
    assert not len(scan.faces)
    assert scan.colours is not None
    np.testing.assert_array_equal(scan.colours[0], [200, 100, 50])
    assert np.abs((scan.normals * scan.points).sum(axis=1)).min() > 85.0


def test_a_texture_gives_every_point_a_colour(tmp_path):
    half = np.zeros((8, 8, 3), np.uint8)
    half[:, :4], half[:, 4:] = [250, 0, 0], [0, 0, 250]
    grid = np.stack(np.meshgrid(np.linspace(0.01, 0.99, 40), np.linspace(0.01, 0.99, 40)), axis=-1).reshape(-1, 2)
    corner = np.arange(39)[:, None] * 40 + np.arange(39)
    faces = np.stack([corner, corner + 1, corner + 40], axis=-1).reshape(-1, 3)
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=Image.fromarray(half))
    visual = trimesh.visual.TextureVisuals(uv=grid, material=material)
    mesh = trimesh.Trimesh(np.column_stack([grid * 150.0, np.zeros(1600)]), faces, visual=visual, process=False)
    mesh.export(tmp_path / "scan.glb")
    scan = read_scan(tmp_path / "scan.glb")
    assert scan.colours is not None
    red = scan.points[:, 0] < 60.0
    assert (scan.colours[red, 0] > 200).all()
    assert (scan.colours[scan.points[:, 0] > 90.0, 2] > 200).all()


@pytest.mark.parametrize(("size_mm", "per_unit", "unit"), [
    (200.0, 1.0, "mm"), (130.0, 1.0, "mm"), (700.0, 1.0, "mm"),
    (200.0, 10.0, "cm"), (550.0, 10.0, "cm"), (200.0, 1000.0, "m"), (1800.0, 1000.0, "m"),
])  # fmt: skip
def test_the_unit_is_told_from_the_size(size_mm, per_unit, unit):
    points = np.random.default_rng(0).uniform(0.0, size_mm / per_unit, (2000, 3))
    assert Scan(points, np.empty((0, 3), np.int64)).unit == unit


def test_a_stray_point_does_not_change_the_unit():
    points = np.random.default_rng(0).uniform(0.0, 0.25, (2000, 3))
    points[0] = 400.0
    assert Scan(points, np.empty((0, 3), np.int64)).unit == "m"


def test_the_faces_of_a_vertex_that_was_flung_away_are_spikes():
    points, faces = np.array(SPHERE.vertices), np.asarray(SPHERE.faces)
    assert not Scan(points, faces).spikes.any()
    points[7] *= 1000.0
    np.testing.assert_array_equal(Scan(points, faces).spikes, (faces == 7).any(axis=1))
    assert not Scan(np.zeros((3, 3)), faces[:1] * 0).spikes.any()


def test_a_scan_of_very_many_points_is_thinned_and_keeps_shape_and_colours():
    colours = np.repeat((SPHERE.vertices[:, :1] > 0.0) * np.uint8(200), 3, axis=1)
    scan = Scan(np.asarray(SPHERE.vertices), np.asarray(SPHERE.faces), colours)
    assert thinned(scan, len(scan.points)) is scan
    few = thinned(scan, 900)
    assert 400 < len(few.points) <= 900
    assert few.colours is not None
    np.testing.assert_allclose(np.linalg.norm(few.points, axis=1), 90.0, atol=1.0)
    assert len(few.faces) > 1.5 * len(few.points)
    assert len(np.unique(few.faces)) == len(few.points)
    assert ((few.colours[:, 0] == 200) == (few.points[:, 0] > 0.0))[np.abs(few.points[:, 0]) > 10.0].all()


def test_a_file_of_more_points_than_are_worked_with_is_read_thinned(tmp_path, monkeypatch):
    SPHERE.export(tmp_path / "scan.ply")
    assert len(read_scan(tmp_path / "scan.ply").points) == len(SPHERE.vertices)
    monkeypatch.setattr("facewright.core.scan.scan.MOST_POINTS", 900)
    assert 400 < len(read_scan(tmp_path / "scan.ply").points) <= 900


def test_what_is_inside_a_modelled_head_is_left_out_and_pieces_beside_each_other_stay(tmp_path):
    outer, teeth, beside = (trimesh.creation.icosphere(3, radius) for radius in (100.0, 40.0, 30.0))
    beside.apply_translation([200.0, 0.0, 0.0])
    trimesh.util.concatenate([outer, teeth, beside]).export(tmp_path / "head.stl")
    trimesh.util.concatenate([outer, beside]).export(tmp_path / "pieces.stl")
    head, pieces = (read_scan(tmp_path / name) for name in ("head.stl", "pieces.stl"))
    assert f"{len(teeth.faces):,} triangles that no scanner would see" in " ".join(head.notes)
    assert not pieces.notes
    for scan in (head, pieces):
        assert len(scan.faces) == len(outer.faces) + len(beside.faces)
        assert np.linalg.norm(scan.points, axis=1).min() > 99.0


def test_points_that_are_not_finite_are_left_out(tmp_path):
    points = np.array(SPHERE.vertices)
    points[5] = np.nan
    trimesh.PointCloud(points).export(tmp_path / "cloud.ply")
    assert len(read_scan(tmp_path / "cloud.ply").points) == len(points) - 1


@pytest.mark.parametrize(("name", "content", "says"), [
    ("scan.fbx", b"", "OBJ, PLY, STL or GLB"),
    ("scan.ply", b"ply\nformat ascii 1.0\nelement vertex 9\nproperty float x\nend_header\n1", "scan.ply"),
    ("scan.glb", b"glTF\x02\x00\x00\x00", "no GLB file"),
    ("scan.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "no surface"),
])  # fmt: skip
def test_what_is_no_scan_is_refused_in_a_sentence(name, content, says, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FacewrightError, match=says):
        read_scan(tmp_path / name)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FacewrightError, match="There is no file"):
        read_scan(tmp_path / "none.obj")
