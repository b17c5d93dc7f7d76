"""One surface in all the ways that files have it is read as that surface; what it names but is not there is told."""

import os
import threading
import warnings

import numpy as np
import pytest
from PIL import Image

from facewright.core.errors import FacewrightError
from facewright.core.reading.surface import Reading, as_bytes, places
from facewright.core.reading.surface_file import read_surface
from facewright.core.scan.scan import read_scan
from tests.core.odd_files import (
    F4,
    FACES,
    POINTS,
    Glb,
    glb,
    glb_files,
    obj_files,
    ply_files,
    ply_header,
    quads_of,
    soup,
)

TRUTH = soup(POINTS, FACES)


@pytest.mark.parametrize("name", obj_files())
def test_an_obj_is_read_as_what_it_says(name, tmp_path):
    file = tmp_path / "ball.obj"
    file.write_bytes(obj_files()[name].encode())
    surface = read_surface(file)
    np.testing.assert_allclose(soup(surface.points, surface.triangles), TRUTH, atol=2e-3)
    if "objects" not in name:
        np.testing.assert_allclose(surface.points, POINTS, atol=1e-5)  # in the file's order


@pytest.mark.parametrize("name", ply_files())
def test_a_ply_is_read_as_what_it_says(name, tmp_path):
    file = tmp_path / "ball.ply"
    file.write_bytes(ply_files()[name])
    surface = read_surface(file)
    np.testing.assert_allclose(soup(surface.points, surface.triangles), TRUTH, atol=2e-3)
    np.testing.assert_allclose(surface.points, POINTS, atol=1e-5)


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian"])
def test_polygons_of_several_sizes_are_kept_and_cut_into_the_same_triangles(form, tmp_path):
    quads, rest = quads_of(FACES)
    assert len(quads) > 100
    polygons = [*quads[:50], *rest, *quads[50:]]
    header = ply_header(len(polygons), form).encode()
    if form == "ascii":
        lines = [*map(str, POINTS.reshape(-1)), *(f"{len(p)} {' '.join(map(str, p))}" for p in polygons)]
        body = "\n".join(lines).encode()
    else:
        rows = [np.uint8(len(p)).tobytes() + np.array(p, "<i4").tobytes() for p in polygons]
        body = POINTS.astype("<f4").tobytes() + b"".join(rows)
    (tmp_path / "ball.ply").write_bytes(header + body)
    surface = read_surface(tmp_path / "ball.ply")
    assert sorted(surface.sizes) == sorted(map(len, polygons))
    np.testing.assert_allclose(soup(surface.points, surface.triangles), TRUTH, atol=2e-3)


@pytest.mark.parametrize("name", glb_files())
def test_a_glb_is_read_as_what_it_says(name, tmp_path):
    file = tmp_path / "ball.glb"
    file.write_bytes(glb_files()[name])
    surface = read_surface(file)
    assert surface.unit == "m"
    np.testing.assert_allclose(soup(1000.0 * surface.points, surface.triangles), TRUTH, atol=5e-3)


@pytest.mark.parametrize("kind", ["stl", "glb"])
def test_a_signalling_nan_is_no_number_and_nothing_is_heard_of_it(kind, tmp_path):
    """Its conversion warns where that of a quiet one does not."""
    file = tmp_path / f"ball.{kind}"
    odd = np.array([0x7FA00000], "<u4").view("<f4")
    points = POINTS.astype("<f4")
    points.view("<u4")[0, 0] = odd.view("<u4")[0]
    if kind == "stl":
        corners = points[FACES]
        rows = np.zeros(len(corners), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
        rows["corners"].view("<u4")[:] = corners.view("<u4")
        file.write_bytes(bytes(80) + np.uint32(len(rows)).tobytes() + rows.tobytes())
    else:
        whole = glb_files()["plain"]
        file.write_bytes(whole.replace((POINTS[0, :1] / 1000.0).astype("<f4").tobytes(), odd.tobytes()))
        assert file.read_bytes() != whole
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        surface = read_surface(file)
    assert np.isnan(surface.points).any()


@pytest.mark.parametrize("count", [3.0, np.nan, np.inf])
def test_a_ply_that_counts_by_fractions_is_refused(count, tmp_path):
    file = tmp_path / "ball.ply"
    header = ply_header(1).replace("uchar int", "float int").encode()
    file.write_bytes(header + POINTS.astype("<f4").tobytes() + np.float32(count).tobytes() + bytes(12))
    with pytest.raises(FacewrightError, match="counts a list by fractions"):
        read_surface(file)


@pytest.mark.parametrize("header", [b"solid by a program that lies", b"solid, 642 facets"])
def test_bytes_behind_the_triangles_of_an_stl_do_no_harm_but_missing_ones_are_told(header, tmp_path):
    rows = np.zeros(len(FACES), [("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")])
    rows["v"] = POINTS[FACES]
    whole = header.ljust(80) + np.uint32(len(FACES)).tobytes() + rows.tobytes()
    file = tmp_path / "ball.stl"
    for data in (whole, whole + b"\0\0more"):
        file.write_bytes(data)
        surface = read_surface(file)
        np.testing.assert_allclose(soup(surface.points, surface.triangles), TRUTH, atol=2e-3)
    file.write_bytes(whole[:-1])
    with pytest.raises(FacewrightError, match="cut short"):
        read_surface(file)


def test_a_room_in_a_format_of_metres_is_in_metres_and_millimetres_in_it_are_told_by_their_size(tmp_path):
    for scale, unit in ((1 / 45.0, "m"), (1.0, "mm")):  # a room of four metres; a head of 180 mm
        file = Glb()
        values = (POINTS * scale).astype("<f4")
        data = file.done(file.array(values, F4), file.array(FACES.astype("<u4").reshape(-1), 5125, "SCALAR"))
        (tmp_path / "room.glb").write_bytes(data)
        assert read_scan(tmp_path / "room.glb").unit == unit


@pytest.mark.parametrize(("name", "words"), [
    ("KHR_draco_mesh_compression", "Draco-compressed: export it without"),
    ("EXT_meshopt_compression", "compressed by meshopt: export it without"),
    ("ACME_other", "needs the glTF extension ACME_other"),
])  # fmt: skip
def test_what_a_glb_cannot_be_read_without_is_named(name, words, tmp_path, capfd):
    file = Glb()
    file.json["extensionsRequired"] = [name]
    (tmp_path / "ball.glb").write_bytes(file.done(file.accessor(F4, 9), extensions={name: {}}))
    with pytest.raises(FacewrightError, match=words):
        read_surface(tmp_path / "ball.glb")
    assert capfd.readouterr() == ("", "")


def _textured(folder, mtl, library="mtllib s.mtl", image="t.png", quadrants=True):
    """A square of red, green, blue and white quadrants, or of one colour, as an OBJ with an MTL and an image."""
    pixels = np.full((64, 64, 3), 255, np.uint8)
    if quadrants:
        pixels[32:, :32], pixels[32:, 32:], pixels[:32, :32] = (250, 0, 0), (0, 250, 0), (0, 0, 250)
    if image:
        (folder / image).parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(folder / image)
    side = np.linspace(0.05, 0.95, 30)
    at = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    corner = (np.arange(29)[:, None] * 30 + np.arange(29)).reshape(-1, 1) + np.array([1, 2, 32, 31])
    text = library + "\n" + "".join(f"v {x:.4f} {y:.4f} 0\nvt {x:.4f} {y:.4f}\n" for x, y in at) + "usemtl skin\n"
    text += "".join("f {0}/{0} {1}/{1} {2}/{2} {3}/{3}\n".format(*row) for row in corner)
    (folder / "scan.obj").write_text(text)
    if mtl is not None:
        (folder / "s.mtl").write_text(mtl)
    return at


@pytest.mark.parametrize(("statement", "image"), [
    ("map_Kd t.png", "t.png"), ("map_Kd tex\\t.png", "tex/t.png"), ("map_Kd C:\\scans\\anna\\tex\\t.png", "tex/t.png"),
    ("map_Kd /home/anna/t.png", "t.png"), ("map_Kd T.PNG", "t.png"), ('map_Kd "t.png"', "t.png"),
    ("map_Kd -s 1 1 1 -o 0 0 0 t.png", "t.png"), ("map_Kd -clamp on -bm 1.0 t.png", "t.png"),
    ("\tmap_Kd\tt.png", "t.png"), ("MAP_KD my skin.png", "my skin.png"),
])  # fmt: skip
def test_a_texture_is_found_however_it_is_named(statement, image, tmp_path):
    at = _textured(tmp_path, f"newmtl skin\nKd 0.8 0.8 0.8\n{statement}\n", image=image)
    scan = read_scan(tmp_path / "scan.obj")
    assert scan.notes == ()
    np.testing.assert_allclose(scan.points[:, :2], at, atol=1e-4)
    red = (at < 0.45).all(axis=1)
    blue = (at[:, 0] < 0.45) & (at[:, 1] > 0.55)
    assert scan.colours is not None
    assert (scan.colours[red] == (250, 0, 0)).all()
    assert (scan.colours[blue] == (0, 0, 250)).all()


@pytest.mark.parametrize(
    "library", ["mtllib none.mtl s.mtl", 'mtllib "s.mtl"', "mtllib .\\S.MTL", "mtllib s.mtl\nmtllib s.mtl"]
)
def test_a_library_of_materials_is_found_however_it_is_named(library, tmp_path):
    _textured(tmp_path, "newmtl skin\nmap_Kd t.png\n", library)
    assert read_scan(tmp_path / "scan.obj").colours is not None


def test_what_is_named_but_missing_is_told_and_colours_nothing(tmp_path):
    _textured(tmp_path, None)
    scan = read_scan(tmp_path / "scan.obj")
    assert scan.colours is None
    assert scan.notes == ("The materials s.mtl were not found.",)
    _textured(tmp_path, "newmtl skin\nmap_Kd gone.png\n")
    scan = read_scan(tmp_path / "scan.obj")
    assert scan.colours is None
    assert scan.notes == ("The image gone.png was not found.",)
    (tmp_path / "gone.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    assert read_scan(tmp_path / "scan.obj").notes == ("The image gone.png is damaged or of another kind.",)
    header = ply_header(1, extra="comment TextureFile away.png\n").encode()
    (tmp_path / "ball.ply").write_bytes(header + POINTS.astype("<f4").tobytes() + b"\3\0\0\0\0\1\0\0\0\2\0\0\0")
    assert read_scan(tmp_path / "ball.ply").notes == ("The image away.png was not found.",)


def test_one_of_two_materials_without_a_map_keeps_its_own_colour(tmp_path):
    _textured(tmp_path, "newmtl skin\nmap_Kd t.png\nnewmtl plain\nKd 0 1 0\n", quadrants=False)
    text = (tmp_path / "scan.obj").read_text()
    lines = text.splitlines()
    lines.insert(len(lines) - 400, "usemtl plain")
    (tmp_path / "scan.obj").write_text("\n".join(lines))
    colours = read_scan(tmp_path / "scan.obj").colours
    assert colours is not None
    assert {tuple(map(int, colour)) for colour in np.unique(colours, axis=0)} == {(255, 255, 255), (0, 255, 0)}


def test_a_large_image_is_read_small_and_a_bomb_is_named(tmp_path, monkeypatch):
    _textured(tmp_path, "newmtl skin\nmap_Kd t.png\n")
    Image.new("1", (14000, 14000)).save(tmp_path / "t.png")
    scan = read_scan(tmp_path / "scan.obj")
    assert scan.colours is None
    assert scan.notes == ("The image t.png of 14,000 × 14,000 pixels is too large: make it smaller.",)
    Image.new("RGB", (700, 700), (9, 9, 9)).save(tmp_path / "t.png")
    monkeypatch.setattr("facewright.core.reading.material._SIDE", 64)
    np.testing.assert_array_equal(read_scan(tmp_path / "scan.obj").colours, np.full((900, 3), 9))


def test_colours_from_0_to_255_are_not_white():
    np.testing.assert_array_equal(as_bytes(np.array([[200.0, 0.0, 255.0]])), [[200, 0, 255]])
    np.testing.assert_array_equal(as_bytes(np.array([[0.5, 0.0, 1.0]])), [[128, 0, 255]])


def test_an_obj_with_colours_from_0_to_255_has_them(tmp_path):
    lines = "".join("v {} {} {} 200 100 50\n".format(*point) for point in POINTS)
    (tmp_path / "cloud.obj").write_text(lines)
    np.testing.assert_array_equal(
        read_surface(tmp_path / "cloud.obj").colours, np.tile((200, 100, 50), (len(POINTS), 1))
    )


def test_positions_beyond_all_measure_are_no_points(tmp_path):
    rest = obj_files()["plain"].split("\n", 1)[1]
    (tmp_path / "ball.obj").write_text(f"v 1e200 0 0\n{rest}")
    scan = read_scan(tmp_path / "ball.obj")
    assert len(scan.points) == len(POINTS) - 1
    assert len(scan.faces) == len(FACES) - (FACES == 0).any(axis=1).sum()


def test_places_are_numbered_as_they_first_appear():
    points = np.array([[2.0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 0, 0], [1, 0, -0.0]])
    np.testing.assert_array_equal(places(points), [0, 1, 0, 2, 1])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_regular_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "scan.ply")
    _textured(tmp_path, "newmtl skin\nmap_Kd pipe.png\n")
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(FacewrightError, match="not a regular file"):
        read_surface(tmp_path / "scan.ply")
    assert read_scan(tmp_path / "scan.obj").notes == ("The image pipe.png was not found.",)
    (tmp_path / "folder.ply").mkdir()
    with pytest.raises(FacewrightError, match="it is a folder"):
        read_surface(tmp_path / "folder.ply")


def test_reading_ends_once_it_is_called_off(tmp_path):
    (tmp_path / "ball.obj").write_text(obj_files()["plain"])
    stop = threading.Event()
    stop.set()

    class Ended(Exception):
        pass

    def check():
        if stop.is_set():
            raise Ended

    with pytest.raises(Ended):
        read_surface(tmp_path / "ball.obj", Reading(check=check))


def test_meshes_repeated_without_end_and_nodes_in_a_circle_are_refused(tmp_path):
    file = Glb()
    order = file.array(FACES.astype("<u4").reshape(-1), 5125, "SCALAR")
    file.done(file.array((POINTS / 1000).astype("<f4"), F4), order)
    file.json["nodes"] = [{"mesh": 0}] * 100_000
    file.json["scenes"] = [{"nodes": list(range(100_000))}]
    (tmp_path / "many.glb").write_bytes(glb(file.json, file.binary))
    with pytest.raises(FacewrightError, match="repeats its meshes"):
        read_surface(tmp_path / "many.glb")
    file.json["nodes"] = [{"mesh": 0, "children": [1]}, {"children": [0]}]
    file.json["scenes"] = [{"nodes": [0]}]
    (tmp_path / "round.glb").write_bytes(glb(file.json, file.binary))
    with pytest.raises(FacewrightError, match="in a circle"):
        read_surface(tmp_path / "round.glb")


def test_layouts_are_read_where_they_are_asked_for_alone(tmp_path):
    path = tmp_path / "s.ply"
    path.write_text(
        "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
        "property float s\nproperty float t\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n"
        "0 0 0 0 0\n1 0 0 0.5 0\n0 1 0 0 0.5\n3 0 1 2\n",
        encoding="utf-8",
    )
    assert read_surface(path).uv is None
    uv = read_surface(path, Reading(with_layout=True)).uv
    assert uv is not None
    assert uv.tolist() == [[0.0, 0.0], [0.5, 0.0], [0.0, 0.5]]
