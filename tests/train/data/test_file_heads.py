"""Heads of a folder: those that can be used are read, and of the others the file, the fault and the remedy are told."""

import json

import numpy as np
import pytest
from PIL import Image

from facewright.core.errors import FacewrightError
from facewright.train.data.file_heads import Problem, read_checked, read_heads
from facewright.train.data.layouts import own_folder
from facewright.train.data.source_commands import Heads, MakeAnatomy
from tests.train.plain_head import plain_head, write_obj

HEAD = plain_head(18)


@pytest.mark.parametrize(
    ("positions", "quads", "words"),
    [
        (3.0 * HEAD.subject(1), HEAD.quads, "times as large as s0/neutral.obj"),
        (HEAD.subject(1) * [1.0, 1.0, 0.05], HEAD.quads, "flattened or stretched"),
        (np.zeros_like(HEAD.positions), HEAD.quads, "is 0 times as large"),
        (HEAD.subject(1), HEAD.quads[:-1], "."),
    ],
    ids=["large", "flat", "nowhere", "faces"],
)
def test_the_good_are_read_and_the_bad_are_told(plain_folder, positions, quads, words):
    file = plain_folder / "s1" / "neutral.obj"
    write_obj(file, positions, quads)
    layout = own_folder(plain_folder)
    heads, problems = read_checked(layout, [*layout.files])
    assert heads is not None
    assert heads.subjects == ("s0", "s2")
    assert {problem.subject for problem in problems} == {"s1"}
    assert str(file) in str(problems[0])
    assert words in problems[0].what + "."
    with pytest.raises(FacewrightError, match=r"neutral\.obj"):
        read_heads(layout, "train")


def test_a_problem_is_one_sentence():
    assert str(Problem("a.obj", "is empty", "export it again")) == "a.obj is empty: export it again."


def test_expressions_are_laid_on_their_neutral_head(plain_folder):
    """Turned and moved as a whole, a head comes back to where its neutral one lies."""
    layout = own_folder(plain_folder)
    before, _ = read_checked(layout, ["s1"])
    shift = HEAD.bump("ch_l", 20.0) * [3.0, 4.0, 0.0]
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    write_obj(plain_folder / "s1" / "smile.obj", (HEAD.subject(1) + shift) @ turn + 50.0, HEAD.quads)
    after, problems = read_checked(own_folder(plain_folder), ["s1"])
    assert problems == []
    assert before is not None
    assert after is not None
    np.testing.assert_allclose(after.vertices, before.vertices, atol=0.02)


def test_a_source_is_checked_drawn_and_noted(plain_folder, capsys):
    picture, record = plain_folder.parent / "sheet.png", plain_folder.parent / "found.json"
    Heads((f"folder:{plain_folder}",), subjects=2, picture=picture, json=record)()
    assert "usable subjects: 2" in capsys.readouterr().out
    assert json.loads(record.read_text(encoding="utf-8"))["source"] == f"folder:{plain_folder}"
    with Image.open(picture) as sheet:
        assert sheet.width > 900


def test_commands_without_what_they_need_say_so(plain_folder):
    with pytest.raises(FacewrightError, match="Name a source"):
        Heads(())()
    with pytest.raises(FacewrightError, match="Pick landmarks"):
        MakeAnatomy(plain_folder / "s0" / "neutral.obj", out=plain_folder / "made.json")()


@pytest.mark.parametrize("options", [{"expressions": ["nonsense"]}, {"leave_out": ["nonsense"]}])
def test_names_that_are_not_there_are_refused(plain_folder, options):
    (plain_folder / "facewright.json").write_text(json.dumps(options))
    with pytest.raises(FacewrightError, match="names nonsense, which are not there"):
        own_folder(plain_folder)


def test_a_picture_that_is_no_png_is_refused_before_reading(tmp_path):
    with pytest.raises(FacewrightError, match="PNG"):
        Heads((f"folder:{tmp_path / 'none'}",), picture=tmp_path / "x.gif")()


@pytest.mark.parametrize("option", ["picture", "json"])
@pytest.mark.parametrize("place", ["in-the-way/sheet.png", "no-folder/sheet.png", "folder.png"])
def test_what_cannot_be_written_is_told_before_anything_is_read(tmp_path, option, place):
    (tmp_path / "in-the-way").write_text("a file", encoding="utf-8")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(FacewrightError, match="cannot be written"):
        Heads((f"folder:{tmp_path / 'none'}",), **{option: tmp_path / place})()


def test_looking_whether_a_file_can_be_written_leaves_none(plain_folder):
    picture = plain_folder.parent / "sheet.png"
    picture.write_bytes(b"of before")
    with pytest.raises(FacewrightError, match="no folder"):
        Heads((f"folder:{plain_folder / 'none'}",), picture=picture, json=plain_folder.parent / "found.json")()
    assert picture.read_bytes() == b"of before"
    assert sorted(file.name for file in plain_folder.parent.iterdir()) == ["heads", "sheet.png"]
