"""A patient's own surface, exported and read back: images, colours, a closed body for the printer, and no code."""

import os
import stat
from types import MappingProxyType

import igl
import numpy as np
import pytest
import trimesh

from facewright.core.errors import FacewrightError
from facewright.core.exchange.export import ExportSettings, export_head
from facewright.core.exchange.patient import patient_shape
from facewright.core.exchange.print_solid import print_solid
from facewright.core.normals import look_inwards, vertex_normals
from facewright.core.parameters import Parameters
from facewright.core.scan.align import Alignment
from facewright.core.scan.fitted_scan import FittedScan
from facewright.core.scan.scan import Scan, read_scan
from facewright.core.scan.scan_fit import ScanFit
from facewright.core.scan.texture import ScanTexture
from facewright.core.surface.extraction import head_mesh
from tests.core.exchange.test_glb_validator import NEEDS_VALIDATOR, require_valid
from tests.core.tiny_model import tiny_model

FITTED = Parameters(nose=(0.5,))
EDITED = FITTED.with_value("nose", 0, 2.0)
RELIEF_MM = 0.8
SIZE = 64


@pytest.fixture(scope="module")
def fitted() -> FittedScan:
    """The front of a head, 0.8 mm of waves on it that the model does not know, seen from within, with an image."""
    mesh = head_mesh(tiny_model(), FITTED, 3.0)
    front = (mesh.vertices[mesh.faces][..., 2] > 10.0).all(axis=1)
    used, faces = np.unique(mesh.faces[front], return_inverse=True)
    faces = faces.reshape(-1, 3)[:, ::-1]
    residual = (RELIEF_MM * np.sin(mesh.vertices[used, 1] / 12.0)).astype(np.float32)
    points = mesh.vertices[used] + residual[:, None] * vertex_normals(mesh.vertices, mesh.faces)[used]
    uv = ((points[:, :2] + 130.0) / 260.0).astype(np.float32)
    ramp = np.arange(SIZE, dtype=np.uint8) * 4
    pixels = np.zeros((SIZE, SIZE, 3), np.uint8)
    pixels[..., 0], pixels[..., 1] = ramp, ramp[::-1, None]
    colours = np.rint(np.column_stack([uv * 255, np.zeros(len(uv))])).astype(np.uint8)
    texture = ScanTexture(uv[faces], np.zeros(len(faces), np.int16), (pixels,))
    scan = Scan(points.astype(np.float64), faces.astype(np.int64), colours, texture=texture)
    pose = Alignment(np.eye(3), np.zeros(3), 1.0, 1.0, 0.5)
    fit = ScanFit(FITTED, pose, residual, MappingProxyType({}), np.zeros(1), True)
    return FittedScan("Mrs Miller", "mm", scan, fit)


@pytest.fixture(scope="module")
def own(fitted):
    return patient_shape(tiny_model(), fitted, FITTED)


def written(fitted, path, **more):
    export_head(tiny_model(), EDITED, path, ExportSettings(topology="scan", **more), scan=fitted)
    return path


def test_it_looks_outwards_and_stays_where_nothing_was_edited(fitted, own):
    assert look_inwards(fitted.points, vertex_normals(fitted.points, fitted.scan.faces))
    assert not look_inwards(own.vertices, vertex_normals(own.vertices, own.faces))
    np.testing.assert_array_equal(own.vertices, fitted.points)
    edited = patient_shape(tiny_model(), fitted, EDITED)
    moved = np.abs(edited.vertices - own.vertices).max(axis=1) > 0.0
    assert 0 < moved.sum() < 0.5 * len(moved)
    assert edited.texture is not None
    np.testing.assert_array_equal(edited.texture.points, own.texture.points)


@pytest.mark.parametrize("suffix", ["obj", "glb"])
def test_the_image_is_where_it_was_on_the_edited_surface(fitted, tmp_path, suffix):
    path = written(fitted, tmp_path / f"illustration.{suffix}", unit="m" if suffix == "glb" else "mm")
    back = read_scan(path)
    assert back.texture is not None
    expected = patient_shape(tiny_model(), fitted, EDITED)
    scale = 0.001 if suffix == "glb" else 1.0
    np.testing.assert_allclose(
        back.points[back.faces], expected.vertices[expected.faces] * scale, atol=1e-4 * scale + 1e-7
    )
    np.testing.assert_allclose(back.texture.uv, fitted.scan.texture.turned().uv, atol=1e-5)
    np.testing.assert_array_equal(back.texture.images[0], fitted.scan.texture.images[0])
    if suffix == "obj":
        assert {each.name for each in tmp_path.iterdir()} == {
            "illustration.obj", "illustration.mtl", "illustration_face_1.png",
        }  # fmt: skip


def test_a_ply_has_the_colours_of_the_vertices(fitted, tmp_path):
    back = read_scan(written(fitted, tmp_path / "illustration.ply"))
    np.testing.assert_array_equal(back.colours, fitted.scan.colours)


@NEEDS_VALIDATOR
@pytest.mark.parametrize("sculpting", [False, True])
def test_a_binary_file_of_a_scan_is_valid(fitted, tmp_path, sculpting):
    path = written(fitted, tmp_path / "illustration.glb", unit="m", sculpting=sculpting)
    require_valid(path)
    back = trimesh.load_mesh(path, process=False)
    assert (len(back.vertices) == len(fitted.points)) or not sculpting


@pytest.mark.parametrize("suffix", ["obj", "glb", "ply", "stl"])
def test_the_file_says_illustration_and_neither_the_code_nor_the_name(fitted, tmp_path, suffix):
    path = written(fitted, tmp_path / f"wish.{suffix}", voxel_mm=6.0)
    data = path.read_bytes()
    assert b"Illustration" in data
    assert not any(word in data for word in (b"Synthetic", b"nose.1", b"Coefficients", b"Miller"))
    if suffix in ("obj", "glb"):
        assert b"illustration_wish" in data or b"illustration wish" in data
    if os.name != "nt":
        assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}
    if suffix != "stl":
        assert b"nose.1=2" in written(fitted, tmp_path / f"asked.{suffix}", coefficients=True).read_bytes()


def test_for_the_printer_it_is_closed_and_on_the_scan(fitted, tmp_path):
    back = trimesh.load_mesh(written(fitted, tmp_path / "illustration.stl", voxel_mm=3.0))
    assert back.is_watertight
    assert back.is_winding_consistent
    assert back.volume > 0.9 * 4 / 3 * np.pi * 100.0**3
    expected = patient_shape(tiny_model(), fitted, EDITED)
    inner = expected.vertices[expected.vertices[:, 2] > 30.0].astype(np.float64)
    squared, *_ = igl.point_mesh_squared_distance(inner, np.asarray(back.vertices), np.asarray(back.faces))
    distance = np.sqrt(squared)
    assert distance.mean() < RELIEF_MM / 10
    assert distance.max() < RELIEF_MM / 2


def test_without_a_scan_beside_it_the_solid_is_the_models_head(fitted):
    model = tiny_model()
    solid, head = print_solid(model, fitted, EDITED, 6.0), head_mesh(model, EDITED, 6.0)
    back = head.vertices[:, 2] < -60.0
    np.testing.assert_allclose(solid.vertices[back], head.vertices[back], atol=0.1)


def test_what_has_no_surface_or_no_scan_is_told(fitted, tmp_path):
    with pytest.raises(FacewrightError, match="goes back to no scan"):
        export_head(tiny_model(), FITTED, tmp_path / "a.obj", ExportSettings(topology="scan"))
    cloud = Scan(fitted.scan.points, np.empty((0, 3), np.int64))
    with pytest.raises(FacewrightError, match="cloud of points"):
        patient_shape(tiny_model(), FittedScan("a", "mm", cloud, fitted.fit), FITTED)
    assert not list(tmp_path.iterdir())
