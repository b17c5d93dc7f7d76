"""Kills of an editor that edits and saves, and whether anything that it had committed is lost."""

from __future__ import annotations

import hashlib
import os
import queue
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, cast

from facewright.core import project_file
from facewright.core.errors import FacewrightError
from tests.bench.robustness_child import Child, tell

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.project import EditState, Project

_LONGEST_S = 6.0
"""From the first step to the kill."""


def run(minutes: float, seed: int) -> tuple[Counter[str], dict[str, object]]:
    """Kill editors for so long; the counts, and how many there were and how many steps they had committed."""
    rng, counts, steps = random.Random(seed), Counter[str](), 0
    end = time.monotonic() + 60.0 * minutes
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory() as home:
            verdict, told = _killed(Path(home), rng)
            counts[verdict] += 1
            steps += told
    return counts, {"kills": sum(counts.values()), "steps": steps}


def _killed(home: Path, rng: random.Random) -> tuple[str, int]:
    """Start an editor, kill it, look at what it left; the verdict, and how many steps it had told."""
    child = Child("tests.bench.robustness_kills", home, str(home), str(rng.randrange(2**31)))
    lines = []
    try:
        first = child.line()
        if first is None:
            print(child.end(), file=sys.stderr)
            return "traceback", 0
        end = time.monotonic() + rng.uniform(0.0, _LONGEST_S)
        while (left := end - time.monotonic()) > 0:
            try:
                line = child.line(left)
            except queue.Empty:
                break
            if line is None:
                break
            lines.append(line)
        child.kill(first["pid"])
        lines += child.rest()
    except queue.Empty:
        child.end()
        return "hang", len(lines)
    except ProcessLookupError:
        pass
    said = child.end()
    if "Traceback" in said:
        print(said, file=sys.stderr)
        return "traceback", len(lines)
    return ("clean" if not lines or _is_there(home, lines[-1]["state"]) else "lost"), len(lines)


def _is_there(home: Path, committed: str) -> bool:
    """Whether the state that was committed last is what is offered, or what the file holds; or the step before it."""
    from facewright.editor.storage.left_behind import left_behind

    projects: list[Project] = []
    folders = [path for path in home.rglob("autosave") if path.is_dir()]
    for left in left_behind(folders[0]) if folders else []:
        if left.project is None or not left.whole:
            print(f"{left.place}: cannot be read", file=sys.stderr)
            return False
        projects.append(left.project)
    if not projects:  # then the file must hold it
        try:
            projects = [project_file.load(path) for path in home.glob("*.facewright")]
        except FacewrightError as error:
            print(error, file=sys.stderr)
            return False
    for project in projects:
        near = project.steps[max(project.current - 1, 0) : project.current + 2]  # one more may not have been told
        if committed in [digest(step.state) for step in near]:
            return True
    return False


def digest(state: EditState) -> str:
    """A state in a few letters, scans apart."""
    heads = [(v.name, v.parameters, v.blend) for v in state.variants]
    text = repr((heads, state.active, sorted(state.locked), sorted(state.landmarks.items())))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def edit_for_ever(home: Path, seed: int) -> None:
    """Edit, save and autosave in a real window, and tell each step once it is done."""
    import numpy as np
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from facewright.editor.document import Document
    from facewright.editor.main_window import MainWindow
    from tests.editor.ellipsoid_head import EllipsoidHead
    from tests.editor.patience import pause
    from tests.editor.random_edits import act

    application = QApplication(["facewright"])
    application.setOrganizationName("Facewright")
    application.setApplicationName("Facewright")
    document = Document(cast("HeadModel", EllipsoidHead()))
    window = MainWindow(document)
    window.show()

    def told() -> None:
        if document.gesture is None:
            tell(state=digest(document.state))

    document.step_changed.connect(told)
    document.gesture_changed.connect(told)
    rng = np.random.default_rng(seed)
    tell(pid=os.getpid())

    def work() -> None:
        act(document, rng)
        if rng.random() < 0.1:
            window.projects.save_as(home / f"{rng.integers(2)}.facewright")
        pause(int(rng.integers(0, 40)))
        QTimer.singleShot(0, work)

    QTimer.singleShot(0, work)
    application.exec()


if __name__ == "__main__":
    edit_for_ever(Path(sys.argv[1]), int(sys.argv[2]))
