"""Every module is named by a test: by one that imports from it, or by a file of its name in the folder of its room."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXCEPTIONS = {
    "editor.picture_stage": "drives the whole window through every dialog for the pages' pictures, with real data",
}
"""Modules that no test names, and why not."""


def modules() -> dict[str, Path]:
    """Files of the packages by their dotted names."""
    files = [file for package in ("core", "train", "editor") for file in (ROOT / package).rglob("*.py")]
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts): file
        for file in files
        if file.stem not in ("__init__", "__main__")
    }


def imported() -> set[str]:
    """What tests import from, and what they import, as dotted names without the distribution's."""
    found: set[str] = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
            elif isinstance(node, ast.Import):
                found |= {name.name for name in node.names}
    return {name.removeprefix("facewright.") for name in found}


@pytest.fixture(scope="module")
def unnamed() -> set[str]:
    """Modules that no test names."""
    found = imported()
    return {
        name
        for name, file in modules().items()
        if name not in found and not (ROOT / "tests" / file.relative_to(ROOT)).with_name(f"test_{file.name}").exists()
    }


def test_every_module_is_named_by_a_test(unnamed: set[str]) -> None:
    assert len(modules()) > 300
    assert sorted(unnamed - set(EXCEPTIONS)) == [], "write a test in the folder of the module's room"


def test_exceptions_are_modules_that_no_test_names(unnamed: set[str]) -> None:
    assert set(EXCEPTIONS) <= unnamed
