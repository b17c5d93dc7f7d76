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
extensions = ["myst_parser", "sphinx.ext.autodoc"]
suppress_warnings = ["ref.python"]  # two classes of one name in two modules: an annotation is then linked to neither

html_theme = "furo"
html_title = "Facewright"
html_static_path: list[str] = []
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False

myst_heading_anchors = 3
default_role = "code"  # docstrings write `name` as Markdown does
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
autodoc_preserve_defaults = True
toc_object_entries = False  # beside a page are its modules: of all that is in them a third of the time went into lists

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


_ITEM = r"\w+(?:, \w+)* : "
"""How docstrings begin what they say of an argument or a field: `points : (N, 3) float32, mm; faces : …`."""


def as_restructured_text(
    _app: Sphinx, _what: str, _name: str, _thing: object, _options: object, lines: list[str]
) -> None:
    """Turn a docstring of this project into reStructuredText.

    |Φ| is an absolute value, not a substitution; a literal may be followed by a letter, as in `SIGMA`²; and what a
    docstring says of arguments and fields becomes a list.
    """
    text = re.sub(r"(`[^`]+`)(?:(\w)|)", _parted, "\n".join(lines).replace("|", "\\|"))
    paragraphs = re.split(r"\n\n+|\n(?=Raises |Returns )", text)
    lines[:] = "\n\n".join(_listed(paragraph) for paragraph in paragraphs).splitlines()


def _parted(match: re.Match[str]) -> str:
    """A literal, and a mark that it has ended before what follows at once."""
    literal, after = match.groups()
    return f"{literal}\\ {after}" if after else literal


def _listed(paragraph: str) -> str:
    """A paragraph about arguments or fields as a definition list, any other as it is."""
    words = " ".join(paragraph.split())
    if not re.match(_ITEM, words):
        return paragraph
    items = [item.split(" : ", 1) for item in re.split(rf"[;.] (?={_ITEM})", words)]
    items[-1][1], _, rest = re.sub(r"\. (?=[A-Z`])", ".\0", items[-1][1], count=1).partition("\0")
    listed = "\n".join(f"{', '.join(f'`{name}`' for name in names.split(', '))}\n    {text}" for names, text in items)
    return f"{listed}\n\n{rest}" if rest else listed


def setup(app: Sphinx) -> None:
    """Tell Sphinx of the two."""
    app.connect("builder-inited", write_reference)
    app.connect("autodoc-process-docstring", as_restructured_text)
