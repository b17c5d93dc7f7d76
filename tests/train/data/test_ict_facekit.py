"""Reading ICT-FaceKit: draws, units, closed heads, and what bad folders get."""

from pathlib import Path

import numpy as np
import pytest

from facewright.core.errors import FacewrightError
from facewright.core.mesh import Mesh
from facewright.train.data.expressions import MORPHS, RECIPES, recipe_matrix
from facewright.train.data.heads import open_source
from facewright.train.data.ict_facekit import draw_subjects, read_morphs, read_neutral


@pytest.fixture(scope="module")
def heads(ict_folder):
    return open_source(f"ict:{ict_folder}", "train", subjects=3)


@pytest.fixture
def damaged(ict_folder, tmp_path):
    """A folder of links to the real files, to be damaged without touching them."""
    for file in ict_folder.iterdir():
        (tmp_path / file.name).hardlink_to(file)
    return tmp_path


def replace(file: Path, old: str, new: str, count: int = 1) -> None:
    """Change a linked file's text without changing what it is linked to."""
    text = file.read_text().replace(old, new, count)
    file.unlink()
    file.write_text(text)


def test_recipes_are_seventeen_and_begin_with_neutral():
    weights = recipe_matrix()
    assert weights.shape == (17, len(MORPHS))
    assert not weights[0].any()
    assert len(np.unique(weights, axis=0)) == 17
    assert (weights >= 0).all()
    assert (weights <= 1).all()
    assert not any(name.startswith("eyeLook") for name in MORPHS)
    assert weights[list(RECIPES).index("smile"), MORPHS.index("mouthSmile_R")] == 1.0


def test_subjects_are_the_same_whatever_their_number_and_differ_between_splits():
    few, many = draw_subjects("train", 3), draw_subjects("train", 355)
    for one, other in zip(few, many, strict=True):
        np.testing.assert_array_equal(one, other[:3])
    identities, strengths = many
    assert np.abs(identities).max() == 2.5
    assert identities.std() == pytest.approx(0.99, abs=0.01)
    assert strengths.min() >= 0.7
    assert strengths.max() <= 1.0
    assert not np.isclose(draw_subjects("test", 10)[0][:, None], identities[:10]).all(axis=-1).any()


def test_heads_are_closed_and_human_sized_in_every_expression(heads):
    assert heads.vertices.shape == (3, 17, heads.surface.vertex_count, 3)
    assert heads.vertices.dtype == np.float32
    assert heads.expressions[0] == "neutral"
    for head in heads.vertices.reshape(-1, heads.surface.vertex_count, 3):
        mesh = Mesh(head, heads.surface.faces)
        assert mesh.watertight
        assert mesh.component_count == 1
        assert 200 < mesh.height_mm < 320
        corners = head.astype(float)[heads.surface.faces]
        volume = np.einsum("fc,fc->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
        assert 2.5e6 < volume < 7e6


def test_expressions_move_what_they_name(heads):
    def moved(expression, point):
        index = heads.expressions.index(expression)
        return heads.vertices[0, index, heads.surface.points[point]] - heads.neutral[0, heads.surface.points[point]]

    assert moved("mouth_stretch", "gn")[1] < -10
    assert moved("smile", "ch_l")[0] > 3
    assert moved("jaw_left", "gn")[0] > 3
    assert np.abs(moved("smile", "prn")).max() < 2
    lids = heads.surface.component == 1
    assert np.abs(heads.vertices[0, heads.expressions.index("eyes_closed"), lids] - heads.neutral[0, lids]).max() > 4


def test_the_mirror_image_of_a_symmetric_head_is_itself(ict_folder, heads):
    neutral = heads.surface.close(read_neutral(ict_folder)[0])
    mirrored = neutral[heads.surface.mirror] * [-1, 1, 1]
    np.testing.assert_allclose(mirrored, neutral, atol=0.1)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "identity042.obj").unlink(), "identity042.obj"),
        (lambda folder: (folder / "jawOpen.obj").unlink(), "jawOpen.obj"),
        (lambda folder: replace(folder / "jawOpen.obj", "v ", "# "), "26718 vertices"),
        (lambda folder: replace(folder / "jawOpen.obj", "v ", "v x"), "damaged"),
        (lambda folder: replace(folder / "jawOpen.obj", "v 0 ", "v nan "), "finite"),
        (lambda folder: replace(folder / "generic_neutral_mesh.obj", "f 874/", "f 30874/"), "faces name vertices"),
    ],
)
def test_a_bad_file_gets_one_sentence(damaged, damage, words):
    damage(damaged)
    with pytest.raises(FacewrightError, match=words):
        read_morphs(damaged)


def test_faces_of_another_topology_get_one_sentence(damaged):
    neutral = damaged / "generic_neutral_mesh.obj"
    lines = [line for line in neutral.read_text().splitlines() if not line.startswith("f ")]
    neutral.unlink()
    neutral.write_text("\n".join([*lines, *(f"f {i} {i + 1} {i + 2}" for i in range(1, 11000))]))
    with pytest.raises(FacewrightError, match="topology"):
        open_source(f"ict:{damaged}", subjects=1)


def test_the_landmarks_file_must_be_there(damaged):
    (damaged / "vertex_indices.json").unlink()
    with pytest.raises(FacewrightError, match=r"vertex_indices\.json"):
        read_neutral(damaged)


@pytest.mark.parametrize(
    ("source", "split", "subjects", "words"),
    [
        ("ict:no/such/folder", "train", None, "no folder"),
        ("ict:", "train", None, "ict:FOLDER"),
        ("faces.obj", "train", None, "ict:FOLDER"),
        ("ict:.", "other", None, "train, validation or test"),
        ("ict:.", "test", 11, "1 to 10"),
        ("ict:.", "train", 0, "1 to 355"),
    ],
)
def test_a_bad_source_gets_one_sentence(source, split, subjects, words):
    with pytest.raises(FacewrightError, match=words):
        open_source(source, split, subjects)
