"""What a crash leaves behind, and getting it back."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from facewright.core import project_file
from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.project import EditState, Step
from facewright.editor import commands
from facewright.editor.document import Document, SavedFile
from facewright.editor.storage.autosave import Autosave
from facewright.editor.storage.left_behind import left_behind
from facewright.editor.storage.models import remember_model
from facewright.editor.storage.recovery import RecoveryDialog
from facewright.editor.storage.saved_file import digest_of
from tests.core.scan.test_fitted_scan import some_scan
from tests.editor.ellipsoid_head import EllipsoidHead

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.core.project import Project
    from facewright.editor.main_window import MainWindow


CRASH = """
import os, sys
from PySide6.QtCore import QLockFile
lock = QLockFile(sys.argv[1])
assert lock.tryLock(0)
os._exit(0)
"""


def save(document: Document, autosave: Autosave, path: Path) -> None:
    """Save as the editor does."""
    moment, mark = autosave.moment(), document.mark()
    project_file.save(document.project(), path)
    file = SavedFile(path, digest_of(path))
    document.set_saved(file, mark)
    autosave.confirm(file, moment)


def test_unsaved_changes_are_kept_until_they_are_saved(qtbot: QtBot, document: Document, tmp_path: Path) -> None:
    autosave = Autosave(document, tmp_path / "autosave")
    commands.set_coefficient(document, "nose", 0, 1.0)
    qtbot.waitUntil(autosave.path.exists)
    assert project_file.load(autosave.path).state.parameters == Parameters(nose=(1.0,))
    assert left_behind(tmp_path / "autosave") == []  # its editor still runs
    save(document, autosave, tmp_path / "mine.facewright")
    qtbot.waitUntil(lambda: not autosave.path.exists())
    commands.set_coefficient(document, "nose", 0, 2.0)
    qtbot.waitUntil(autosave.path.exists)
    autosave.close()
    assert list((tmp_path / "autosave").iterdir()) == []


def test_what_is_taken_over_is_given_up_once_it_is_kept_here_and_not_before(
    qtbot: QtBot, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, gate, write = list[Parameters](), threading.Semaphore(0), project_file.save

    def wait_and_write(project: Project, path: Path) -> None:
        asked.append(project.state.parameters)
        gate.acquire(timeout=60.0)
        write(project, path)

    monkeypatch.setattr(project_file, "save", wait_and_write)
    autosave, kept = Autosave(document, tmp_path / "autosave"), list[Parameters]()
    left = replace(document.project(), steps=(Step("Start", EditState().edited(Parameters(nose=(2.0,)))),))
    commands.set_coefficient(document, "nose", 0, 1.0)
    qtbot.waitUntil(lambda: len(asked) == 1)
    document.restore(left, None, saved=False)
    autosave.adopt(lambda: kept.append(project_file.load(autosave.path).state.parameters))
    gate.release()
    qtbot.waitUntil(lambda: len(asked) == 2)
    qtbot.wait(50)
    assert kept == []
    gate.release()
    qtbot.waitUntil(lambda: kept == [Parameters(nose=(2.0,))])
    gate.release(9)
    autosave.close()


def test_autosave_that_cannot_write_is_told_until_it_can(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facewright.editor.storage.autosave._LATEST_MS", 10)
    document, told = window.document, list[str]()
    autosave = Autosave(document, window.autosave.path.parent / "second", window)
    autosave.trouble_changed.connect(told.append)
    autosave.trouble_changed.connect(window.status.show_autosave)
    hint = window.status.hint.text()

    def full(project: object, path: Path) -> None:
        tries.append(path)
        raise FacewrightError("no space left on device")

    tries: list[Path] = []
    with monkeypatch.context() as patch:
        patch.setattr("facewright.core.project_file.save", full)
        commands.set_coefficient(document, "nose", 0, 1.0)
        qtbot.waitUntil(lambda: len(tries) > 2)
        assert told == ["no space left on device"]
        assert "save often" in window.status.hint.text()
        assert not window.findChildren(QMessageBox)
    qtbot.waitUntil(autosave.path.exists)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert window.status.hint.text() == hint
    autosave.close()


def test_a_folder_that_cannot_be_made_is_told_and_tried_again(
    qtbot: QtBot, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facewright.editor.storage.autosave._LATEST_MS", 10)
    folder = tmp_path / "autosave"
    folder.touch()
    autosave = Autosave(document, folder)
    with qtbot.waitSignal(autosave.trouble_changed):
        commands.set_coefficient(document, "nose", 0, 1.0)
    folder.unlink()
    qtbot.waitUntil(autosave.path.exists)
    autosave.close()


def test_a_scan_is_kept_too_and_packed_once(
    qtbot: QtBot, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facewright.editor.storage.autosave._REST_MS", 10)
    scan = some_scan()
    autosave = Autosave(document, tmp_path / "autosave")
    commands.adopt_scan(document, scan)
    qtbot.waitUntil(autosave.path.exists)
    packed = scan.packed
    commands.set_coefficient(document, "nose", 0, 2.0)
    qtbot.waitUntil(lambda: project_file.load(autosave.path).current == 2)
    assert scan.packed is packed
    kept = project_file.load(autosave.path).state.variant.scan
    assert kept
    np.testing.assert_array_equal(kept.points, scan.points)
    autosave.close()


def left(document: Document, folder: Path, path: Path | None = None) -> Autosave:
    """An editor's place, which a test takes the lock from as a kill does."""
    autosave = Autosave(document, folder)
    if path:
        save(document, autosave, path)
    return autosave


def kill(autosave: Autosave) -> None:
    """End an editor without warning."""
    autosave._active = False
    autosave._background.close()
    autosave._lock.unlock()


def dialog_of(qtbot: QtBot, window: MainWindow) -> RecoveryDialog:
    qtbot.waitUntil(lambda: any(dialog.isVisible() for dialog in window.findChildren(RecoveryDialog)))
    return next(dialog for dialog in window.findChildren(RecoveryDialog) if dialog.isVisible())


def box_of(qtbot: QtBot, window: MainWindow) -> QMessageBox:
    qtbot.waitUntil(lambda: any(box.isVisible() for box in window.findChildren(QMessageBox)))
    return next(box for box in window.findChildren(QMessageBox) if box.isVisible())


def press(box: QMessageBox, text: str) -> None:
    next(button for button in box.buttons() if button.text().replace("&", "") == text).click()


def test_a_crash_is_offered_and_restored(qtbot: QtBot, window: MainWindow, home: Path) -> None:
    crashed = Document(window.document.model)
    autosave = left(crashed, home / "autosave", home / "mine.facewright")
    commands.set_coefficient(crashed, "nose", 0, 1.0)
    commands.set_coefficient(crashed, "eyes", 0, 2.0)
    kill(autosave)  # before the whole project was kept

    assert window.recovery.offer()
    dialog = dialog_of(qtbot, window)
    assert "mine.facewright" in dialog.list.item(0).text()
    assert "Ellipsoid" in dialog.list.item(0).text()
    dialog.restore.click()
    qtbot.waitUntil(lambda: window.document.parameters == Parameters(nose=(1.0,), eyes=(2.0,)))
    assert window.document.undo_stack.count() == 2
    assert window.document.path == home / "mine.facewright"
    assert window.isWindowModified()
    qtbot.waitUntil(lambda: left_behind(home / "autosave") == [])
    assert window.autosave.path.exists()
    save_quietly(qtbot, window)
    assert project_file.load(home / "mine.facewright").state == window.document.state


def test_a_patient_is_looked_at_as_before_the_crash(qtbot: QtBot, window: MainWindow, home: Path) -> None:
    class Seen:
        def view_record(self) -> dict[str, object]:
            return {"own_surface": True}

        def thumbnail(self) -> bytes:
            return b""

    crashed = Document(window.document.model)
    autosave = Autosave(crashed, home / "autosave", view=Seen())
    commands.adopt_scan(crashed, some_scan())
    qtbot.waitUntil(autosave.path.exists)
    commands.set_coefficient(crashed, "nose", 0, 1.0)
    kill(autosave)

    window.recovery.offer()
    dialog_of(qtbot, window).restore.click()
    qtbot.waitUntil(lambda: window.document.parameters == crashed.parameters)
    assert window.document.state.variant.scan
    assert window.viewport.display.own_surface


def save_quietly(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.projects.saved):
        window.projects.save()


def test_all_that_was_left_is_offered_the_newest_first_and_what_cannot_be_read_stays(
    qtbot: QtBot, window: MainWindow, home: Path
) -> None:
    folder = home / "autosave"
    for number, sigma in enumerate((1.0, 2.0)):
        crashed = Document(window.document.model)
        autosave = left(crashed, folder)
        commands.set_coefficient(crashed, "nose", 0, sigma)
        kill(autosave)
        os.utime(autosave.path.with_suffix(".journal"), (1e9 + number, 1e9 + number))
    (folder / "bad.facewright").write_bytes(b"PK nothing")
    window.recovery.offer()
    dialog = dialog_of(qtbot, window)
    assert dialog.list.count() == 3
    assert "cannot be read" in dialog.list.item(0).text()
    assert dialog.list.currentRow() == 1
    dialog.list.setCurrentRow(0)
    assert not dialog.restore.isEnabled()
    dialog.list.setCurrentRow(1)
    dialog.restore.click()
    qtbot.waitUntil(lambda: window.document.parameters == Parameters(nose=(2.0,)))
    qtbot.waitUntil(lambda: len(left_behind(folder)) == 2)
    window.recovery.show()
    dialog = dialog_of(qtbot, window)
    dialog.list.setCurrentRow(1)
    dialog.discard.click()
    press(box_of(qtbot, window), "Discard")
    qtbot.waitUntil(lambda: dialog.list.count() == 1)
    assert (folder / "bad.facewright").exists()


def test_work_that_its_file_holds_is_not_offered(qtbot: QtBot, window: MainWindow, home: Path) -> None:
    """Killed after the file was written, and before the editor had taken note of that."""
    crashed, path = Document(window.document.model), home / "mine.facewright"
    autosave = left(crashed, home / "autosave", path)
    commands.set_coefficient(crashed, "nose", 0, 1.0)
    autosave._keep()
    moment, content = autosave.moment(), project_file.to_bytes(crashed.project())
    autosave.announce(SavedFile(path, hashlib.sha256(content).hexdigest()), moment)
    path.write_bytes(content)
    kill(autosave)
    window.recovery.offer()
    qtbot.waitUntil(lambda: not list((home / "autosave").glob(f"{autosave.path.stem}*")))
    assert not window.findChildren(RecoveryDialog)


def test_saving_as_is_where_restored_work_goes_on(qtbot: QtBot, window: MainWindow, home: Path) -> None:
    crashed = Document(window.document.model)
    autosave = left(crashed, home / "autosave", home / "first.facewright")
    commands.set_coefficient(crashed, "nose", 0, 1.0)
    save(crashed, autosave, home / "second.facewright")
    commands.set_coefficient(crashed, "nose", 0, 2.0)
    kill(autosave)
    window.recovery.offer()
    dialog_of(qtbot, window).restore.click()
    qtbot.waitUntil(lambda: window.document.parameters == Parameters(nose=(2.0,)))
    assert window.document.path == home / "second.facewright"
    assert window.document.undo_stack.count() == 2


def test_restored_work_does_not_silently_replace_a_newer_file(
    qtbot: QtBot, window: MainWindow, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashed, path = Document(window.document.model), home / "mine.facewright"
    autosave = left(crashed, home / "autosave", path)
    commands.set_coefficient(crashed, "nose", 0, 1.0)
    kill(autosave)
    newer = Document(window.document.model, Parameters(mouth=(3.0,)))
    project_file.save(newer.project(), path)
    readers, opened = set[threading.Thread](), Path.open

    def noted(self: Path, mode: str = "r") -> object:
        readers.add(threading.current_thread())
        return opened(self, mode)

    monkeypatch.setattr(Path, "open", noted)
    window.recovery.offer()
    dialog = dialog_of(qtbot, window)
    assert readers
    assert threading.current_thread() not in readers
    assert "saved by another program" in dialog.list.item(0).text()
    dialog.restore.click()
    qtbot.waitUntil(lambda: window.document.parameters == Parameters(nose=(1.0,)))
    window.projects.save()
    box_of(qtbot, window).close()
    assert project_file.load(path).state.parameters == Parameters(mouth=(3.0,))


def test_work_on_another_model_is_restored_with_it(
    qtbot: QtBot, window: MainWindow, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, asked = EllipsoidHead(name="Other"), home / "other.safetensors"
    asked.touch()
    object.__setattr__(other, "fingerprint", "other")
    monkeypatch.setattr(
        "facewright.core.model.model_file.load", lambda path: other if path == asked else EllipsoidHead()
    )
    crashed = Document(cast("HeadModel", other))
    autosave = left(crashed, home / "autosave")
    commands.set_coefficient(crashed, "nose", 0, 1.0)
    kill(autosave)
    window.recovery.offer()
    dialog = dialog_of(qtbot, window)
    assert "model Other" in dialog.list.item(0).text()
    dialog.restore.click()
    press(box_of(qtbot, window), "Choose Model…")
    window.findChildren(QFileDialog)[0].fileSelected.emit(str(asked))
    qtbot.waitUntil(lambda: window.document.parameters == Parameters(nose=(1.0,)))
    assert window.document.model.name == "Other"
    remember_model("other", asked)
    crashed.start_anew()
    window.document.set_saved(None, window.document.mark())
    window.document.set_model(cast("HeadModel", EllipsoidHead()))
    project = Document(cast("HeadModel", other), Parameters(eyes=(2.0,))).project()
    project_file.save(project, home / "of_other.facewright")
    window.projects.open(home / "of_other.facewright")  # found where it was, nobody is asked
    qtbot.waitUntil(lambda: window.document.parameters == Parameters(eyes=(2.0,)))


def test_what_is_edited_while_the_model_of_restored_work_is_read_is_asked_about(
    qtbot: QtBot, window: MainWindow, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, path = EllipsoidHead(name="Other"), home / "other.safetensors"
    path.touch()
    object.__setattr__(other, "fingerprint", "other")
    monkeypatch.setattr("facewright.core.model.model_file.load", lambda path: other)
    remember_model("other", path)
    crashed = Document(cast("HeadModel", other))
    autosave = left(crashed, home / "autosave")
    commands.set_coefficient(crashed, "nose", 0, 1.0)
    kill(autosave)
    window.recovery.offer()
    dialog_of(qtbot, window).restore.click()
    commands.set_coefficient(window.document, "mouth", 0, 1.0)
    box = box_of(qtbot, window)
    assert box.text() == "Save the changes to this project?"
    assert window.document.parameters == Parameters(mouth=(1.0,))
    box.button(QMessageBox.StandardButton.Discard).click()
    qtbot.waitUntil(lambda: window.document.parameters == Parameters(nose=(1.0,)))


def test_nothing_is_offered_after_an_orderly_end(window: MainWindow) -> None:
    assert not window.recovery.offer()
    assert not window.findChildren(RecoveryDialog)


def test_the_lock_of_a_process_that_has_ended_counts_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "1-2.facewright").touch()
    for name in ("1-2.lock", "3.lock"):
        subprocess.run([sys.executable, "-c", CRASH, str(tmp_path / name)], check=True)
    assert (tmp_path / "1-2.lock").exists()
    assert [left.place for left in left_behind(tmp_path)] == [tmp_path / "1-2"]
    assert not (tmp_path / "3.lock").exists()  # nobody's, and nothing beside it


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX permissions")
def test_nobody_else_can_read_what_is_kept(qtbot: QtBot, document: Document, tmp_path: Path) -> None:
    autosave = Autosave(document, tmp_path / "autosave")
    commands.adopt_scan(document, some_scan())
    qtbot.waitUntil(autosave.path.exists)
    assert (tmp_path / "autosave").stat().st_mode & 0o777 == 0o700
    files = [path for path in autosave.path.parent.iterdir() if path.suffix != ".lock"]
    assert {path.suffix for path in files} >= {".facewright", ".journal", ".scan"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    autosave.close()
