"""What the pages hold that can be run or looked up: fenced blocks, code in lines, links."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "train/RECIPE.md", "resources/model/README.md")),
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if "rooms" not in path.parts),
]

_FENCE = re.compile(
    r"(?:^<!-- not run: (?P<why>[^>]+) -->\n)?^```(?P<language>[^\n]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
_CODE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
_WRAPPERS = re.compile(r"^(?:[A-Z_]+=\S+ +|nice +|xvfb-run +-s +\"[^\"]*\" +|\.venv/bin/|srun +)+")


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, line, language and text, and why it is not run where the page says so."""

    page: str
    line: int
    language: str
    text: str
    why_not: str | None

    def __str__(self) -> str:
        """For the name of a test."""
        return f"{self.page}:{self.line}"


def name(page: Path) -> str:
    """A page's path in the checkout."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page; directives of Sphinx, whose language is in braces, are no code."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(name(page), text.count("\n", 0, match.start("language")) + 1, *match.group("language", "text", "why"))
        for match in _FENCE.finditer(text)
        if not match.group("language").startswith("{")
    ]


def code(page: Path) -> list[str]:
    """What stands between backticks in the lines of a page."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [" ".join(text.split()) for text in _CODE.findall(prose)]


def commands(text: str) -> list[str]:
    """The command lines in a script: lines that are continued are one, comments and `&&` part them."""
    lines = (line.strip() for line in text.replace("\\\n", " ").splitlines())
    return [part.strip() for line in lines if line and not line.startswith("#") for part in line.split("&&")]


def command(text: str) -> tuple[str, list[str]]:
    """What a command line starts, as a module, a file of this checkout or a program, and its arguments.

    The module is "" if the program is none of ours: then its block says why it is not run.
    """
    try:
        words = shlex.split(_WRAPPERS.sub("", text))
    except ValueError:  # a quotation mark without its other: no command
        return "", []
    if words and words[0] == "torchrun" and "-m" in words:
        words = ["python", *words[words.index("-m") :]]
    match words:
        case ["facewright", *arguments]:
            return "editor", arguments
        case ["facewright-core" | "facewright-train" as program, *arguments]:
            return program.removeprefix("facewright-"), arguments
        case ["python", "-m", module, *arguments]:
            return module.removeprefix("facewright."), arguments
        case ["python", file, *arguments] if file.endswith(".py"):
            return file.removesuffix(".py").replace("/", "."), arguments
    return "", []
