"""The head that leads a folder's: a damaged first one is told by its name, as any other is, and another leads."""

import json
import shutil

import numpy as np
import pytest

from facewright.core.anatomy import load_anatomy
from facewright.core.errors import FacewrightError
from facewright.train.data.file_heads import read_checked, read_heads
from facewright.train.data.layouts import own_folder
from facewright.train.data.leading_head import LeadingHead
from facewright.train.data.source_commands import Heads
from tests.train.plain_head import plain_head, write_obj

HEAD = plain_head(18)
FIRST = HEAD.subject(0)


def leading(folder):
    return [head.name for head in LeadingHead.candidates(own_folder(folder), load_anatomy(folder / "anatomy.json"))]


def with_one(positions, row):
    changed = positions.copy()
    changed[5] = row
    return changed


DAMAGES = {
    "unreadable": (None, HEAD.quads, "cannot be used"),
    "fewer vertices": (FIRST[:-1], HEAD.quads % (len(FIRST) - 1), "is of another topology"),
    "no number": (with_one(FIRST, np.nan), HEAD.quads, "1 vertices that are not finite"),
    "in metres": (FIRST / 1000.0, HEAD.quads, "times as large as s1/neutral.obj"),
    "larger": (3.0 * FIRST, HEAD.quads, "times as large as s1/neutral.obj"),
    "flat": (FIRST * [1.0, 1.0, 0.05], HEAD.quads, "times as large as s1/neutral.obj|flattened"),
    "flung": (with_one(FIRST, 1000.0), HEAD.quads, "has 1 vertices as far as .* from where s1/neutral.obj has them"),
    "other faces": (FIRST, np.roll(HEAD.quads, 3), "with other faces"),
    "inside out": (FIRST, HEAD.quads[:, ::-1], "has faces the other way round: flip its faces"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_first_head_is_the_one_that_is_told(plain_folder, damage):
    positions, quads, words = DAMAGES[damage]
    file = plain_folder / "s0" / "neutral.obj"
    if positions is None:
        file.write_text("v 1 2\nf 1 1 1\n", encoding="utf-8")
    else:
        write_obj(file, positions, quads)
    layout = own_folder(plain_folder)
    heads, problems = read_checked(layout, [*layout.files])
    assert heads is not None
    assert heads.subjects == ("s1", "s2")
    assert {problem.subject for problem in problems} == {"s0"}
    with pytest.raises(FacewrightError, match=words) as refusal:
        read_heads(layout, "train")
    assert str(refusal.value).startswith(str(file))


def test_it_can_be_left_out(plain_folder, capsys):
    write_obj(plain_folder / "s0" / "neutral.obj", FIRST[:-1], HEAD.quads % (len(FIRST) - 1))
    Heads((f"folder:{plain_folder}",), leave_out=True)()
    assert "left out from now on: s0" in capsys.readouterr().out
    assert json.loads((plain_folder / "facewright.json").read_text(encoding="utf-8"))["leave_out"] == ["s0"]
    assert read_heads(own_folder(plain_folder), "train").subjects == ("s1", "s2")


def test_the_first_of_sound_heads_leads(plain_folder):
    assert leading(plain_folder) == ["s0/neutral.obj", "s1/neutral.obj", "s2/neutral.obj"]


def test_of_two_that_differ_the_first_leads_unless_it_cannot_be_closed(plain_folder):
    shutil.rmtree(plain_folder / "s2")
    write_obj(plain_folder / "s0" / "neutral.obj", with_one(FIRST, 1000.0), HEAD.quads)
    assert leading(plain_folder) == ["s0/neutral.obj", "s1/neutral.obj"]
    write_obj(plain_folder / "s0" / "neutral.obj", FIRST, HEAD.quads[:, ::-1])
    layout = own_folder(plain_folder)
    heads, problems = read_checked(layout, [*layout.files])
    assert heads is not None
    assert heads.subjects == ("s1",)
    assert {problem.subject for problem in problems} == {"s0"}


def test_where_none_is_fit_what_is_wrong_with_the_anatomy_is_told(plain_folder):
    """Though the first file cannot be read: the others would be as unfit once it is mended."""
    (plain_folder / "s0" / "neutral.obj").write_text("v 1 2\n", encoding="utf-8")
    for subject in ("s1", "s2"):
        write_obj(plain_folder / subject / "neutral.obj", FIRST[:-1], HEAD.quads % (len(FIRST) - 1))
    with pytest.raises(FacewrightError, match=r"anatomy\.json is of another topology.*s1.neutral\.obj has"):
        leading(plain_folder)


def test_where_no_file_can_be_read_the_first_is_told(plain_folder):
    for subject in ("s0", "s1", "s2"):
        (plain_folder / subject / "neutral.obj").write_text("v 1 2\n", encoding="utf-8")
    with pytest.raises(FacewrightError, match=r"can be read, s0/neutral\.obj first"):
        leading(plain_folder)
