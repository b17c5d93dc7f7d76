"""The journal of undo steps: whatever is done, what it leads to is what was committed, wherever it is cut."""

from __future__ import annotations

import json
import os
import shutil
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from facewright.core import project_file
from facewright.core.parameters import Parameters
from facewright.core.sculpt.dabs import dab, to_record
from facewright.editor import commands
from facewright.editor.document import Document, SavedFile
from facewright.editor.storage import journal
from facewright.editor.storage.autosave import Autosave
from facewright.editor.storage.left_behind import LeftBehind, left_behind
from facewright.editor.storage.saved_file import digest_of, is_still
from tests.core.scan.test_fitted_scan import some_scan
from tests.core.surgery.faces import PLAN
from tests.editor.random_edits import act

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.core.project import Project, Step


def crashed(autosave: Autosave, tmp_path: Path) -> LeftBehind:
    """What is found if the editor were killed at this moment."""
    folder = tmp_path / "crashed"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path in autosave.path.parent.iterdir():
        if path.suffix != ".lock":
            shutil.copy(path, folder)
    found = left_behind(folder)
    assert len(found) == 1, list(folder.iterdir())
    return found[0]


def steps_of(project: Project | None) -> tuple[tuple[Step, ...], int]:
    assert project
    return project.steps, project.current


@pytest.mark.parametrize("seed", range(4))
def test_what_the_journal_leads_to_is_what_was_committed(
    qtbot: QtBot, document: Document, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random operations, saves and autosaves; after every one a kill must give exactly the document back."""
    monkeypatch.setattr("facewright.editor.document.MOST_STEPS", 25)
    monkeypatch.setattr("facewright.editor.storage.journal.MOST_STEPS", 25)
    document = Document(document.model)
    document.undo_stack.setUndoLimit(25)
    rng = np.random.default_rng(seed)
    autosave = Autosave(document, tmp_path / "autosave")
    path = tmp_path / "mine.facewright"
    for number in range(60):
        act(document, rng)
        if rng.random() < 0.1:
            save(document, autosave, path, rng)
        if rng.random() < 0.15:
            autosave._keep()
            qtbot.wait(20)
        if not document.modified:
            continue
        left = crashed(autosave, tmp_path)
        assert left.whole
        if number % 3 == 0 or left.project is None:
            found, current = steps_of(left.project)
            expected, index = steps_of(document.project())
            assert current == index
            assert [step.text for step in found] == [step.text for step in expected]
            for one, other in zip(found, expected, strict=True):
                assert_alike(one, other)
        assert (left.file.path if left.file else None) == document.path
    autosave.close()
    assert not list((tmp_path / "autosave").iterdir())


def test_a_step_that_is_done_again_leaves_those_behind_it(qtbot: QtBot, document: Document, tmp_path: Path) -> None:
    document = Document(document.model)
    autosave = Autosave(document, tmp_path / "autosave")
    for sigma in (0.5, 1.0, 1.5, 2.0):
        commands.set_coefficient(document, "nose", 0, sigma)
    for move in (document.undo_stack.undo,) * 3 + (document.undo_stack.redo,):
        move()
    found, current = steps_of(crashed(autosave, tmp_path).project)
    expected, index = steps_of(document.project())
    assert (current, len(found)) == (index, len(expected)) == (2, 5)
    assert [step.state.parameters for step in found] == [step.state.parameters for step in expected]
    autosave.close()


def test_a_journal_grows_with_the_strokes_of_the_brush_and_not_with_their_square(
    document: Document, tmp_path: Path
) -> None:
    document = Document(document.model)
    autosave = Autosave(document, tmp_path / "autosave")
    rng, sizes = np.random.default_rng(0), []
    for stroke in range(120):
        made = tuple(dab(rng.uniform(-60.0, 60.0, 3), (0.0, 0.1, 0.2), 9.0) for _ in range(14))
        commands.set_brush_work(document, (*document.parameters.dabs, *made), f"Stroke {stroke}")
        if stroke in (39, 119):
            sizes.append(autosave.path.with_suffix(".journal").stat().st_size)
    commands.branch(document)
    commands.set_brush_work(document, document.parameters.dabs[:500], "Other")
    commands.mirror(document)
    document.undo_stack.undo()
    commands.set_coefficient(document, "nose", 0, 1.0)
    assert sizes[1] < 3.5 * sizes[0]
    found, _ = steps_of(crashed(autosave, tmp_path).project)
    for one, other in zip(found, document.project().steps, strict=True):
        assert_alike(one, other)
    autosave.close()


def test_dabs_of_a_line_that_was_never_written_are_in_the_next(
    document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = Document(document.model)
    autosave = Autosave(document, tmp_path / "autosave")
    work = tuple(dab((x, 0.0, 60.0), (0.0, 0.1, 0.2), 9.0) for x in range(5))
    commands.set_coefficient(document, "nose", 0, 1.0)
    state = document.state.branched("Scan", Parameters(dabs=work), some_scan())
    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "_scan_file", full_disk)
        with pytest.raises(OSError, match="full"):
            autosave._journal.step(1, "Fit", document.state, state)
    commands.set_brush_work(document, work, "Stroke")
    found, _ = steps_of(crashed(autosave, tmp_path).project)
    assert found[-1].state == document.state
    autosave.close()


def full_disk(*_: object) -> str:
    raise OSError(28, "the disk is full")


def test_a_journal_of_a_program_that_kept_every_dab_in_every_line_is_read(document: Document, tmp_path: Path) -> None:
    document = Document(document.model)
    autosave = Autosave(document, tmp_path / "autosave")
    work = tuple(dab((x, 0.0, 60.0), (0.0, 0.1, 0.2), 9.0) for x in range(5))
    commands.set_brush_work(document, work, "Stroke")
    path = autosave.path.with_suffix(".journal")
    first, step = (json.loads(line) for line in path.read_bytes().split(b"\n") if line)
    del step["dabs"], step["state"]["variants"][0]["head"]["brush_work"]
    step["state"]["variants"][0]["head"]["dabs"] = to_record(work)
    path.write_text("\n".join(json.dumps(line) for line in (first | {"format": 1}, step)), encoding="utf-8")
    found, _ = steps_of(crashed(autosave, tmp_path).project)
    assert found[-1].state == document.state
    autosave.close()


def assert_alike(one: Step, other: Step) -> None:
    """The same but for scans, which are only ever the same by being one object."""
    for a, b in zip(one.state.variants, other.state.variants, strict=True):
        assert (a.name, a.parameters, a.blend) == (b.name, b.parameters, b.blend)
        assert (a.scan is None) == (b.scan is None)
        if a.scan and b.scan:
            assert a.scan.packed == b.scan.packed
            assert a.scan.record() == b.scan.record()
    for name in ("active", "locked", "landmarks"):
        assert getattr(one.state, name) == getattr(other.state, name)


def save(document: Document, autosave: Autosave, path: Path, rng: np.random.Generator) -> None:
    """Save as the editor does, sometimes with an edit while the file is being written."""
    moment, mark, project = autosave.moment(), document.mark(), document.project()
    content = project_file.to_bytes(project)
    if rng.random() < 0.5:
        commands.set_coefficient(document, "nose", 1, float(rng.uniform(-3, 3)))
    path.write_bytes(content)
    file = SavedFile(path, digest_of(path))
    autosave.announce(file, moment)
    document.set_saved(file, mark)
    autosave.confirm(file, moment)


def test_a_scan_is_the_same_in_every_step(document: Document, tmp_path: Path) -> None:
    autosave = Autosave(document, tmp_path / "autosave")
    commands.adopt_scan(document, some_scan())
    commands.set_coefficient(document, "nose", 0, 1.0)
    commands.branch(document)
    project = crashed(autosave, tmp_path).project
    assert project
    scans = {id(v.scan) for step in project.steps for v in step.state.variants if v.scan}
    assert len(scans) == 1
    autosave.close()


def test_a_journal_that_is_cut_gives_what_comes_before_the_cut(document: Document, tmp_path: Path) -> None:
    autosave = Autosave(document, tmp_path / "autosave")
    states = [document.state]
    for number in range(5):
        commands.set_coefficient(document, "nose", number, 1.0)
        states.append(document.state)
    content = autosave.path.with_suffix(journal.SUFFIX).read_bytes()
    place = tmp_path / "cut"
    seen = set()
    for end in (*range(0, len(content), 7), len(content)):
        place.with_suffix(journal.SUFFIX).write_bytes(content[:end])
        found = journal.find(place, is_still)
        if found:
            project = journal.replayed(found, None, 1)
            seen.add(states.index(project.state))
    assert seen == set(range(6))
    autosave.close()


@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_journal_is_told_and_never_believed_too_far(document: Document, tmp_path: Path, seed: int) -> None:
    autosave = Autosave(document, tmp_path / "autosave")
    for number in range(6):
        commands.set_coefficient(document, "nose", number, 1.0)
    content = bytearray(autosave.path.with_suffix(journal.SUFFIX).read_bytes())
    rng = np.random.default_rng(seed)
    folder = tmp_path / "damaged"
    folder.mkdir()
    for _ in range(60):
        bad = bytearray(content)
        for _ in range(int(rng.integers(1, 6))):
            bad[rng.integers(len(bad))] = rng.integers(256)
        (folder / "x.journal").write_bytes(bad)
        for left in left_behind(folder):
            assert left.project is None or len(left.project.steps) <= 7
            left.discard()
    autosave.close()


@pytest.mark.parametrize("told", [{}, {"up_to": "two"}])
def test_a_save_that_does_not_say_how_much_it_holds_is_not_believed(
    document: Document, tmp_path: Path, told: dict[str, object]
) -> None:
    autosave = Autosave(document, tmp_path / "autosave")
    commands.set_coefficient(document, "nose", 0, 1.0)
    place = tmp_path / "odd"
    lines = autosave.path.with_suffix(journal.SUFFIX).read_text(encoding="utf-8").splitlines()
    record = {"n": len(lines) + 1, "saved": {"path": str(tmp_path / "mine.facewright"), "digest": "00"}, **told}
    place.with_suffix(journal.SUFFIX).write_text("\n".join([*lines, json.dumps(record)]), encoding="utf-8")
    found = journal.find(place, is_still)
    assert found
    assert found.file is None
    assert journal.replayed(found, None, 1).state == document.state
    autosave.close()


def test_every_line_reaches_the_disk_from_another_thread(
    qtbot: QtBot, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, str]] = []

    def fsync(file: int) -> None:
        synced.append((os.fstat(file).st_size, threading.current_thread().name))

    monkeypatch.setattr("facewright.editor.storage.journal.os.fsync", fsync)
    autosave = Autosave(document, tmp_path / "autosave")
    for value in (1.0, 2.0, 3.0):
        commands.set_coefficient(document, "nose", 0, value)
    size = autosave.path.with_suffix(journal.SUFFIX).stat().st_size
    qtbot.waitUntil(lambda: size in [length for length, _ in synced])  # whole copies are written there, too
    assert all(name != threading.main_thread().name for _, name in synced)
    autosave.close()


def test_a_disk_that_fails_is_told_and_the_whole_is_kept_again(
    qtbot: QtBot, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(file: int) -> None:
        raise OSError(5, "Input/output error")

    autosave, troubles = Autosave(document, tmp_path / "autosave"), list[str]()
    autosave.trouble_changed.connect(troubles.append)
    with monkeypatch.context() as patch:
        patch.setattr("facewright.editor.storage.journal.os.fsync", fsync)
        commands.set_coefficient(document, "nose", 0, 1.0)
        qtbot.waitUntil(lambda: bool(troubles))
    assert "input/output error" in troubles[0]
    autosave._keep()
    qtbot.waitUntil(lambda: troubles[-1] == "")
    autosave.close()


def test_operations_that_are_damaged_in_a_journal_are_left_out_and_told(document: Document, tmp_path: Path) -> None:
    document = Document(document.model)
    autosave = Autosave(document, tmp_path / "autosave")
    commands.set_coefficient(document, "nose", 0, 1.0)
    commands.set_plan(document, replace(PLAN, landmarks=()), "Hump")
    commands.set_coefficient(document, "mouth", 0, 2.0)
    left = crashed(autosave, tmp_path)
    assert left.whole
    steps, current = steps_of(left.project)
    assert steps[current].state.parameters == Parameters(nose=(1.0,), mouth=(2.0,))
    assert left.project
    assert left.project.note.startswith("Operations in the unsaved work are damaged")
    autosave.close()
