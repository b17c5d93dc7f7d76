"""How Sphinx makes the pages: `sphinx-build -W docs build/pages`."""

from __future__ import annotations

import importlib
import pkgutil
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Facewright"
author = "Facewright's authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
suppress_warnings = ["ref.python"]  # two classes of one name in two modules: an annotation is then linked to neither

html_theme = "furo"
html_title = "Facewright"
html_static_path: list[str] = []
html_show_sphinx = False
html_copy_source = False

myst_heading_anchors = 3
default_role = "code"  # docstrings write `name` as Markdown does
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
napoleon_google_docstring = False

ROOMS = ("facewright.core", "facewright.train")
"""Packages with a reference; the editor is no library."""


def write_reference(app: Sphinx) -> None:
    """Write a page for each package into `docs/api/rooms/`, which git ignores: its own modules, one after another."""
    folder = Path(app.srcdir) / "api" / "rooms"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for room in ROOMS:
        for package in (room, *_modules(room, packages=True)):
            lines = [package, "=" * len(package), "", f".. automodule:: {package}", ""]
            for module in _modules(package, packages=False):
                title = module.removeprefix(f"{package}.")
                lines += [title, "-" * len(title), "", f".. automodule:: {module}", "   :members:", ""]
            (folder / f"{package}.rst").write_text("\n".join(lines), encoding="utf-8")


def _modules(package: str, *, packages: bool) -> list[str]:
    """The packages below a package, however deep; or the public modules that lie in it."""
    found = importlib.import_module(package).__path__
    if packages:
        return [each.name for each in pkgutil.walk_packages(found, f"{package}.") if each.ispkg]
    names = (each.name for each in pkgutil.iter_modules(found, f"{package}.") if not each.ispkg)
    return [name for name in names if not name.endswith(".__main__")]


def as_restructured_text(
    _app: Sphinx, _what: str, _name: str, _thing: object, _options: object, lines: list[str]
) -> None:
    """Let docstrings write |Φ| for an absolute value and `SIGMA`² for a square, as they would in plain text.

    reStructuredText looks for a substitution in the one, and does not see the end of the literal in the other.
    """
    lines[:] = [re.sub(r"(`[^`]+`)(?:(\w)|)", _parted, line.replace("|", "\\|")) for line in lines]


def _parted(match: re.Match[str]) -> str:
    """A literal, and a mark that it has ended before what follows at once."""
    literal, after = match.groups()
    return f"{literal}\\ {after}" if after else literal


def setup(app: Sphinx) -> None:
    """Tell Sphinx of the two."""
    app.connect("builder-inited", write_reference)
    app.connect("autodoc-process-docstring", as_restructured_text)
