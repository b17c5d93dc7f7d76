"""What surfaces are painted with: looked up by texture coordinates, and found by names of other systems."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from facewright.core.reading.material import Material, Materials, Texture, named_texture, painted
from facewright.core.reading.surface import Reading

QUARTERS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 0]]], np.uint8)
"""From above: red, green; blue, yellow."""


def image(pixels=QUARTERS):
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_vertices_have_their_images_colours_with_v_upwards_and_beyond_0_and_1_again():
    uv = np.array([[0.1, 0.9], [0.9, 0.9], [0.1, 0.1], [1.1, -0.1], [1.0, 1.0], [np.nan, 0.5]])
    colours, notes = painted(uv, np.zeros(6, int), [Material(texture=Texture("a.png", image()))], Reading())
    assert notes == []
    expected = [*QUARTERS.reshape(4, 3)[[0, 1, 2, 0, 1]].tolist(), [200] * 3]
    np.testing.assert_array_equal(colours, expected)


@pytest.mark.parametrize("odd", [{"scale": (np.inf, 1.0)}, {"offset": (0.0, np.nan)}, {"scale": (1e308, -1e308)}])
def test_coordinates_changed_by_what_is_no_number_are_as_they_were(odd):
    uv = np.array([[0.0, 0.9], [0.9, 0.9]])
    with np.errstate(over="ignore"):
        colours, notes = painted(uv, np.zeros(2, int), [Material(texture=Texture("a.png", image(), **odd))], Reading())
    assert notes == []
    assert colours is not None
    assert all(colour in QUARTERS.reshape(4, 3).tolist() for colour in colours.tolist())
    if not np.isfinite([*odd.values()]).all():
        np.testing.assert_array_equal(colours, QUARTERS.reshape(4, 3)[[0, 1]])


def test_a_flat_colour_tints_an_image_or_stands_where_there_is_none():
    uv = np.array([[0.1, 0.9], [0.1, 0.9], [0.1, 0.9]])
    tinted = Material((0.5, 1.0, 1.0), Texture("a.png", image()), tints=True)
    colours, _ = painted(uv, np.array([0, 1, -1]), [tinted, Material((0.0, 1.0, 0.0))], Reading())
    np.testing.assert_array_equal(colours, [[128, 0, 0], [0, 255, 0], [200, 200, 200]])
    assert painted(uv, np.ones(3, int), [tinted, Material((0.0, 1.0, 0.0))], Reading()) == (None, [])


@pytest.mark.parametrize(("data", "words"), [(None, "was not found"), (b"text", "is damaged or of another kind")])
def test_an_image_that_cannot_be_seen_is_told_once(data, words):
    texture = Texture("face.png", data)
    colours, notes = painted(np.zeros((2, 2)), np.array([0, 1]), [Material(texture=texture)] * 2, Reading())
    assert colours is None
    assert notes == [f"The image face.png {words}."]


@pytest.mark.parametrize(
    "name", ["Maps/Face.PNG", "maps\\face.png", "C:\\someone\\maps\\face.png", "C:maps\\face.png", "/x/maps/face.png"]
)
def test_names_of_other_systems_are_found_below_the_files_folder(tmp_path, name):
    file = tmp_path / "maps" / "face.png"
    file.parent.mkdir()
    file.write_bytes(image())
    assert named_texture(tmp_path / "head.obj", name).data == image()


def test_a_path_from_a_root_is_not_followed(tmp_path):
    (tmp_path / "secret.png").write_bytes(image())
    folder = tmp_path / "heads"
    folder.mkdir()
    for name in (str(tmp_path / "secret.png"), "no.png"):
        assert named_texture(folder / "head.obj", name) == Texture(name, None)


@pytest.mark.parametrize("name", ["../secret.png", "..\\SECRET.PNG", "maps/../../secret.png", "./.. /secret.png", ".."])
def test_a_path_that_goes_up_is_not_followed(tmp_path, name):
    (tmp_path / "secret.png").write_bytes(image())
    (tmp_path / "heads" / "maps").mkdir(parents=True)
    head = tmp_path / "heads" / "head.obj"
    (head.parent / "head.mtl").write_text(f"newmtl skin\nmap_Kd {name}\n", encoding="utf-8")
    texture = Materials.load(head, ["head.mtl"]).all[0].texture
    assert texture is not None
    assert texture.data is None


def test_materials_of_a_library_have_their_colours_and_maps_with_options(tmp_path):
    (tmp_path / "a.png").write_bytes(image())
    text = "newmtl Skin\nKd 0.5 0.25 2\nmap_Kd -s 2 3 1 -blendu on -o 0.5 0 0 a.png\nnewmtl eye\nKd x y z\n"
    (tmp_path / "head.mtl").write_text(text, encoding="utf-8")
    found = Materials.load(tmp_path / "head.obj", ["head.mtl", "gone.mtl"])
    skin, eye = found.all
    assert (found.number("Skin"), found.number("skin"), found.number("eye"), found.number("hair")) == (0, 0, 1, -1)
    assert skin.colour == (0.5, 0.25, 1.0)
    assert skin.texture == Texture("a.png", image(), scale=(2.0, 3.0), offset=(0.5, 0.0))
    assert eye == Material()
    assert found.notes == ["The materials gone.mtl were not found."]
