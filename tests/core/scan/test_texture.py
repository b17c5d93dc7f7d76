"""The images of a scan: from files of every format that has them, to a project and back."""

import numpy as np
import pytest
import trimesh
from PIL import Image
from trimesh.visual.material import PBRMaterial

from facewright.core.scan import texture as module
from facewright.core.scan.scan import read_scan, thinned
from facewright.core.scan.texture import ScanTexture, texture_names, unpacked_texture

COUNT = 24


@pytest.fixture
def painted_sheet():
    """A bent sheet of 24 × 24 points whose image tells red from u and green from v."""
    u, v = np.meshgrid(*(2 * [np.linspace(0.02, 0.98, COUNT)]))
    points = np.stack([100 * u, 100 * v, 10 * np.sin(3 * u)], axis=2).reshape(-1, 3)
    index = np.arange(COUNT * COUNT).reshape(COUNT, COUNT)
    quads = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=2).reshape(-1, 4)
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    ramp = np.rint(np.linspace(0, 255, 128)).astype(np.uint8)
    pixels = np.zeros((128, 128, 3), np.uint8)
    pixels[..., 0], pixels[..., 1] = ramp, ramp[::-1, None]
    uv = np.stack([u, v], axis=2).reshape(-1, 2)
    return trimesh.Trimesh(
        points,
        faces,
        visual=trimesh.visual.TextureVisuals(uv, material=PBRMaterial(baseColorTexture=Image.fromarray(pixels))),
        process=False,
    )


@pytest.mark.parametrize("suffix", ["obj", "glb"])
def test_every_face_has_the_place_in_the_image_that_its_file_gives_it(painted_sheet, tmp_path, suffix):
    path = tmp_path / f"scan.{suffix}"
    painted_sheet.export(path)
    scan = read_scan(path)
    texture = scan.texture
    assert texture is not None
    assert texture.uv.shape == (len(scan.faces), 3, 2)
    assert (texture.image == 0).all()
    across = (scan.points[scan.faces] / 100.0)[..., :2]
    np.testing.assert_allclose(texture.uv, across, atol=1e-4)
    x, y = np.rint(texture.uv * (127, -127) + (0, 127)).astype(int).reshape(-1, 2).T
    np.testing.assert_allclose(texture.images[0][y, x, :2], across.reshape(-1, 2) * 255, atol=3)


def test_a_texture_is_the_same_after_it_was_packed(painted_sheet, tmp_path):
    painted_sheet.export(tmp_path / "scan.glb")
    texture = read_scan(tmp_path / "scan.glb").texture
    assert texture is not None
    arrays = texture.arrays()
    assert set(texture_names(set(arrays) | {"points"})) == set(arrays)
    back = unpacked_texture(arrays, len(texture.uv))
    assert back is not None
    for one, other in ((back.uv, texture.uv), (back.image, texture.image), (back.images[0], texture.images[0])):
        np.testing.assert_array_equal(one, other)
    assert unpacked_texture({}, 3) is None


def test_a_scan_of_many_images_has_all_of_them_after_it_was_packed():
    count = 70
    images = tuple(np.full((1, 2, 3), n, np.uint8) for n in range(count))
    texture = ScanTexture(np.zeros((count, 3, 2), np.float32), np.arange(count, dtype=np.int16), images)
    arrays = texture.arrays()
    assert set(texture_names(set(arrays))) == set(arrays)
    back = unpacked_texture(arrays, count)
    assert back is not None
    np.testing.assert_array_equal(back.images, images)


def test_images_that_take_more_than_a_scan_has_are_refused_before_they_are_made(monkeypatch):
    images = tuple(np.zeros((16, 16, 3), np.uint8) for _ in range(3))
    arrays = ScanTexture(np.zeros((1, 3, 2), np.float32), np.zeros(1, np.int16), images).arrays()
    monkeypatch.setattr(module, "MOST_BYTES", 3 * 16 * 16 * 3)
    assert unpacked_texture(arrays, 1) is not None
    monkeypatch.setattr(module, "MOST_BYTES", 3 * 16 * 16 * 3 - 1)
    with pytest.raises(ValueError, match="too large"):
        unpacked_texture(arrays, 1)


def test_a_thinner_scan_keeps_its_faces_images(painted_sheet, tmp_path):
    painted_sheet.export(tmp_path / "scan.glb")
    scan = thinned(read_scan(tmp_path / "scan.glb"), 200)
    assert scan.texture is not None
    assert len(scan.texture.uv) == len(scan.faces)
    np.testing.assert_allclose(scan.texture.uv, scan.points[scan.faces][..., :2] / 100.0, atol=0.08)


@pytest.mark.parametrize(
    "change",
    [
        {"texture_uv": np.zeros((2, 3, 2), np.float32)},
        {"texture_uv": np.full((1, 3, 2), np.nan, np.float32)},
        {"texture_image": np.array([1], np.int16)},
        {"texture_image": np.array([-2], np.int16)},
        {"image_0": np.frombuffer(b"no image", np.uint8)},
    ],
)
def test_a_texture_that_cannot_be_is_refused(change):
    texture = ScanTexture(np.zeros((1, 3, 2), np.float32), np.zeros(1, np.int16), (np.zeros((2, 2, 3), np.uint8),))
    with pytest.raises(ValueError, match="scan's"):
        unpacked_texture(texture.arrays() | change, 1)
