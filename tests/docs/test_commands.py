"""Every command line in the pages is taken by the parser of the program that it names, or the page says why not."""

import argparse
import inspect
import runpy
import sys
import tomllib
from functools import wraps
from importlib.util import find_spec

import pytest
import tyro

from tests import ROOT
from tests.docs.pages import PAGES, blocks, code, command, commands, name

SHELLS = ("sh", "bat", "console", "")


class Parsed(BaseException):
    """The arguments were taken; nothing was run."""


def not_run(function):
    """What tyro parses the same arguments for, and calls in the function's place."""

    @wraps(function)
    def nothing(**arguments):
        del arguments

    return nothing


def in_blocks():
    return [
        (f"{block}", line)
        for page in PAGES
        for block in blocks(page)
        if block.language in SHELLS and block.why_not is None
        for line in commands(block.text)
        if not line.startswith("first=")  # of the script for Slurm
    ]


def in_lines():
    """Those with arguments: a program's name, or that with a command's, is a word of its sentence."""
    found = [(name(page), text) for page in PAGES for text in code(page) if command(text)[0]]
    return [(page, text) for page, text in found if len(command(text)[1]) > 1 or ":" in text]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which the configurations lie that the pages name: those are read while options are parsed."""
    here = tmp_path_factory.mktemp("commands")
    (here / "RUN").mkdir()
    for file in ("CONFIG.json", "RUN/config.json"):
        (here / file).write_text('{"data": "anny:"}', encoding="utf-8")
    return here


@pytest.fixture
def parse(monkeypatch, folder):
    """Begin a module as `python -m` does, up to where its arguments are parsed."""

    def parsing(real):
        def parse(taker, *arguments, **options):
            real(not_run(taker) if inspect.isfunction(taker) else taker, *arguments, **options)
            raise Parsed

        return parse

    def call(module, arguments):
        file = ROOT.joinpath(*module.split("."))
        file = file / "__main__.py" if file.is_dir() else file.with_suffix(".py")
        assert file.is_file(), f"there is no {module}"
        if module == "tests":  # has no options
            assert arguments == []
            return
        ours = module.partition(".")[0] in ("core", "editor", "train")
        monkeypatch.setattr(sys, "argv", [module, *arguments])
        monkeypatch.setattr(tyro, "cli", parsing(tyro.cli))
        monkeypatch.setattr(tyro.extras, "subcommand_cli_from_dict", parsing(tyro.extras.subcommand_cli_from_dict))
        monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parsing(argparse.ArgumentParser.parse_args))
        monkeypatch.chdir(folder)
        program = f"facewright.{module}" if ours else module
        spec = find_spec(program)
        assert spec is not None
        loaded = program if spec.submodule_search_locations is None else f"{program}.__main__"
        monkeypatch.delitem(sys.modules, loaded, raising=False)  # another test's, which runpy warns of
        with pytest.raises(Parsed):
            runpy.run_module(program, run_name="__main__", alter_sys=True)

    return call


def test_every_block_is_run_or_says_why_not():
    unknown = [block for page in PAGES for block in blocks(page) if block.language not in (*SHELLS, "python")]
    assert [str(block) for block in unknown if block.why_not is None] == []


@pytest.mark.parametrize(("where", "line"), in_blocks())
def test_a_command_in_a_block_is_parsed(parse, where, line):
    module, arguments = command(line)
    assert module, f"{where}: say above the block why {line!r} is not run"
    parse(module, arguments)


@pytest.mark.parametrize(("where", "line"), in_lines())
def test_a_command_in_a_sentence_is_parsed(parse, where, line):
    parse(*command(line))


def test_the_programs_are_those_that_are_installed():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert {program: command(program)[0] for program in scripts} == {
        program: target.removeprefix("facewright.").partition(".")[0] for program, target in scripts.items()
    }
