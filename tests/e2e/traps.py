"""A folder of a researcher: modules and packages of many names, each of which tells if it is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TRAP = """
import pathlib
pathlib.Path(__file__).with_name("RAN").touch()
raise SystemExit("the folder's own code was run")
"""

NAMES = (
    "facewright", "train", "core", "editor", "PySide6", "numpy", "torch", "tyro", "json", "runpy", "pip", "pickle",
    "socket",
)  # fmt: skip


def lay_traps(folder: Path) -> Path:
    """Make the folder; return it."""
    for name in NAMES:
        package = folder / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(TRAP)
        (package / "__main__.py").write_text(TRAP)
        (folder / f"{name}.py").write_text(TRAP)
    (folder / "sitecustomize.py").write_text(TRAP)
    return folder


def sprung(folder: Path) -> list[str]:
    """Which of them were imported."""
    return [str(path.parent.relative_to(folder)) for path in folder.rglob("RAN")]
