"""Modules, names and files that the pages and the change log speak of are there."""

import importlib
import re

import pytest

from tests import ROOT
from tests.docs.pages import PAGES, code, name

_NAME = re.compile(r"(?:facewright\.)?((?:core|train|editor|resources|tests)(?:\.[A-Za-z_]\w*)+)")
_FILE = re.compile(r"(?:core|train|editor|resources|tests|docs|examples|\.ci)/[\w./-]*")
_SUFFIXES = (".py", ".md", ".json", ".txt", ".png", ".safetensors")


def exists(dotted):
    """Whether a dotted name is a module, or something in one."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        folder = ROOT.joinpath(*parts[:end])
        if folder.is_dir() or folder.with_suffix(".py").is_file():
            if end == len(parts):
                return True
            module = ".".join(parts[:end])
            thing = importlib.import_module(module if parts[0] == "tests" else f"facewright.{module}")
            for part in parts[end:]:
                if not hasattr(thing, part):
                    return False
                thing = getattr(thing, part)
            return True
    return False


@pytest.mark.parametrize("page", [ROOT / "CHANGELOG.md", *PAGES], ids=name)
def test_what_a_page_names_is_there(page):
    missing = []
    for text in code(page):
        word = text.split()[0] if text.split() else ""
        if (match := _NAME.fullmatch(word)) and not word.endswith(_SUFFIXES):
            missing += [] if exists(match.group(1)) else [word]
        elif _FILE.fullmatch(word):
            missing += [] if (ROOT / word).exists() or (page.parent / word).exists() else [word]
    assert not missing


def test_the_map_names_what_is_there_and_leaves_no_room_out():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named: set[str] = set()
    missing: list[str] = []
    rooms: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 3:
            continue
        rooms = re.findall(r"`([^`]+)`", cells[0]) or rooms
        named |= set(rooms)
        for word in re.findall(r"`([^`]+)`", cells[2]):
            places = [ROOT / room / word for room in rooms]
            if not any(place.is_dir() or place.with_suffix(".py").is_file() for place in places):
                missing.append(f"{rooms}: {word}")
    assert not missing
    for top in ("core", "train", "editor"):
        packages = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / top).rglob("__init__.py")}
        assert packages <= named


def test_it_is_seen_when_a_name_is_not_there():
    assert exists("core.surface.live.LiveSurface.update")
    assert not exists("core.live")
    assert not exists("core.surface.live.NoSuch")
