"""There is one road to the screen, and one class of workers on it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EDITOR = ROOT / "editor"
ROAD = EDITOR / "live"

WORKERS = {
    "live/evaluation.py": "HeadEvaluator",
    "live/painting.py": "Painter",
    "measurement/measurer.py": "Measurer",
    "measurement/nose_handles.py": "NoseHandles",
    "drag_session.py": "DragSession",
    "scan/scan_session.py": "ScanSession",
    "training/checkpoints.py": "Checkpoints",
    "panels/component_words.py": "ComponentWords",
    "anatomy/session.py": "AnatomySession",
}
"""What answers a hand that does not wait, by the file of each."""


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(EDITOR.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def connected(tree: ast.AST) -> Iterator[str]:
    """What each `connect` of a module connects: the signal, with what it is a signal of."""
    for call in calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "connect":
            yield ast.unparse(call.func.value)


def test_evaluation_and_painting_are_made_and_connected_in_the_pipeline_alone() -> None:
    made: set[str] = set()
    for path, tree in modules():
        names = {ast.unparse(call.func) for call in calls(tree)}
        if names & {"HeadEvaluator", "Painter"}:
            made.add(path.relative_to(EDITOR).as_posix())
        if path.is_relative_to(ROAD):
            continue
        for signal in connected(tree):
            assert not signal.endswith((".evaluated", ".painted")), f"{path}: {signal}"
            assert "evaluator" not in signal, f"{path}: {signal}"
            assert "painter" not in signal, f"{path}: {signal}"
    assert made == {"live/pipeline.py"}


def test_a_scan_reaches_the_screen_by_the_pipeline_alone() -> None:
    for path, tree in modules():
        if path.parent in (ROAD, EDITOR / "scan"):  # the session's own panel follows it
            continue
        for signal in connected(tree):
            assert "scans" not in signal, f"{path}: {signal}"
            assert not signal.endswith((".fitted", ".fit_ended")), f"{path}: {signal}"
    for path, tree in modules():
        if path.parent == EDITOR / "scan":
            assert "show_painting" not in ast.unparse(tree), path


@pytest.mark.parametrize(("file", "name"), WORKERS.items())
def test_the_workers_are_of_one_class(file: str, name: str) -> None:
    tree = ast.parse((EDITOR / file).read_text(encoding="utf-8"))
    (worker,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    made = {ast.unparse(call.func) for call in calls(worker)}
    assert "Newest" in made
    assert not made & {"Background", "ThreadPoolExecutor", "Thread", "threading.Thread"}
