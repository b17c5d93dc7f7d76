"""All that can be done in the window, in random order; whether it agrees with the document, and the memory it takes."""

from __future__ import annotations

import os
import queue
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

from facewright.core.exchange.export import ExportSettings, export_head
from facewright.core.parameters import random_head
from facewright.core.project_file import to_bytes
from tests.bench.robustness_child import PATIENCE_S, Child, opened, tell
from tests.bench.window import resident_mb
from tests.editor.patience import pause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from facewright.core.project import Project
    from facewright.editor.document import Document
    from facewright.editor.main_window import MainWindow

FIRST, EVERY = 500, 50
"""Acts before memory is to be flat; acts between two looks at it, and at what the window says."""
_MOST_GROWTH = 1.05
_END = "the end"
_SETTLE_S = 30.0
_FIT_STEPS = 20
_CALM_S, _CALM_MB = 1.5, 2.0
"""Memory that changes by less in that time is that of a program at rest."""


def run(minutes: float, seed: int) -> tuple[Counter[str], dict[str, object]]:
    """Soak for so long; the counts, and how memory went."""
    counts: Counter[str] = Counter()
    memory: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        child = Child("tests.bench.robustness_soak", Path(home), home, str(minutes), str(seed))
        last: list[str] = []
        try:
            while (line := child.line(PATIENCE_S)) is not None:
                last = [*last[-9:], line["does"]] if "does" in line else last
                counts.update({line["was"]: 1} if "was" in line else {})
                memory += [line["mb"]] if "mb" in line else []
                if "wrong" in line:
                    counts["wrong"] += 1
                    print(f"{line['wrong']} after {last}", file=sys.stderr)
        except queue.Empty:
            counts["hang"] += 1
            print(f"hangs in {last}", file=sys.stderr)
        said = child.end()
        if last[-1:] != [_END]:
            counts["traceback"] += 1
            print(f"ends in {last}", file=sys.stderr)
        if "Traceback" in said or "Fatal" in said:
            counts["traceback"] += said.count("Traceback") + said.count("Fatal")
            print(f"after {last}:\n{said[-4000:]}", file=sys.stderr)
    settled = memory[FIRST // EVERY :]
    growth = max(settled[-3:]) / settled[0] if len(settled) > 3 else 1.0
    counts["over_memory"] += growth > _MOST_GROWTH
    done = counts["clean"] + counts["refused"]
    return counts, {"resident_mb": memory, "growth_after_500": growth, "acts": done}


def wait_for(condition: Callable[[], object]) -> bool:
    """Whether a condition comes to hold while the program runs."""
    end = time.monotonic() + _SETTLE_S
    while not condition() and time.monotonic() < end:
        pause(50)
    return bool(condition())


def settle(window: MainWindow) -> None:
    """Wait for the surface of the sliders, for what is computed from it, and for what is freed later."""
    document, evaluator = window.document, window.pipeline
    wait_for(lambda: evaluator.full_mesh(document.model, document.parameters) is not None)
    mb, calm, end = resident_mb(), time.monotonic(), time.monotonic() + _SETTLE_S
    while time.monotonic() - calm < _CALM_S and time.monotonic() < end:
        pause(100)
        if abs(resident_mb() - mb) > _CALM_MB:
            mb, calm = resident_mb(), time.monotonic()


def disagreements(window: MainWindow) -> Iterator[str]:
    """What the window at rest shows or says that the document does not, in words."""
    from facewright.editor.wording import literal

    document, tabs, actions = window.document, window.variants.tabs, window.actions_
    state, history = document.state, document.undo_stack
    if document.gesture is not None:
        yield "a gesture goes on with no hand at it"
    if [tabs.tabText(index) for index in range(tabs.count())] != [literal(each.name) for each in state.variants]:
        yield "the tabs are not the variants"
    if tabs.currentIndex() != state.active:
        yield "the tab is not the variant's that is edited"
    if window.isWindowModified() != document.modified:
        yield "the title is wrong about what is saved"
    if not window.scans.is_clicking and (
        (actions.edit.undo.isEnabled(), actions.edit.redo.isEnabled()) != (history.canUndo(), history.canRedo())
    ):
        yield "undo and redo are not as the history is"
    for code, panel in window.panels.panels.items():
        if actions.head.parts[code].lock.isChecked() != (code in state.locked):
            yield f"the lock of {code} is not as the head's"
        for index, row in enumerate(panel.rows):
            if abs(row.field.value() - state.parameters.value(code, index)) > 0.006 and not row.field.hasFocus():
                yield f"{code} {index + 1} shows {row.field.value()}, not {state.parameters.value(code, index)}"
    screen = window.pipeline.on_screen
    if window.scans.still is None and screen:
        job = screen.request.evaluation.job
        if job.parameters != state.parameters or job.model is not document.model:
            yield "another head is on the screen"


def lost_in_history(document: Document) -> Iterator[str]:
    """What differs once all is undone, and once all is done again."""
    history, project = document.undo_stack, document.project()
    for index, words in ((0, "undone"), (len(project.steps) - 1, "done again"), (project.current, "where it was")):
        history.setIndex(index)
        if document.state != project.steps[index].state or document.project().steps != project.steps:
            yield f"the project differs once all is {words}"


def lost_in_file(window: MainWindow, path: Path) -> Iterator[str]:
    """What differs in a file once it is opened again."""
    document = window.document
    project, number = _content(document.project()), document.project_number
    window.projects.save_as(path)
    if not wait_for(lambda: document.path == path and not document.modified):
        yield "the project is not saved"
        return
    window.projects.open(path)
    if not wait_for(lambda: document.project_number != number):
        yield "the project is not opened"
    elif _content(document.project()) != project:
        yield "the project that is opened differs from what was saved"


def _content(project: Project) -> list[tuple[str, int]]:
    """The checksums of what its file would hold."""
    return [(each.filename, each.CRC) for each in ZipFile(BytesIO(to_bytes(project))).infolist()]


def soak(home: Path, minutes: float, seed: int) -> None:
    """Do what can be done, for so long."""
    import numpy as np
    from PySide6.QtCore import QTimer, qInstallMessageHandler

    from tests.bench.robustness_hand import Hand

    application, window = opened()
    qInstallMessageHandler(lambda kind, context, message: tell(wrong=message))
    model, document = window.document.model, window.document
    export_head(model, random_head(model.components, seed), home / "soak.ply", ExportSettings("mm", "cubes"))
    window.scans._settings = replace(window.scans._settings, steps=_FIT_STEPS)
    hand = Hand(window, home, np.random.default_rng(seed))
    end, number = time.monotonic() + 60.0 * minutes, 0

    def look() -> None:
        settle(window)
        tell(does=f"{number} acts", mb=resident_mb())
        for lost in (disagreements(window), lost_in_history(document), lost_in_file(window, home / "look.facewright")):
            for words in lost:
                tell(wrong=words)

    def go_on() -> None:
        """Do one thing, in a turn of the event loop of its own: after it Qt deletes what was closed."""
        nonlocal number
        if number % EVERY == 0:
            look()
        if time.monotonic() < end:
            number += 1
            tell(was=hand.act())
            QTimer.singleShot(0, go_on)
            return
        document.set_saved(None, document.mark())
        window.close()
        application.quit()
        tell(does=_END)

    QTimer.singleShot(0, go_on)
    application.exec()


if __name__ == "__main__":
    soak(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
    os._exit(0)
