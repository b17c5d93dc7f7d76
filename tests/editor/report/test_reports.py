"""From the menu to the page: the heads that are compared, whose scans are shown, and one page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.editor.report.dialog import ReportDialog
from facewright.editor.report.reports import Reports
from facewright.editor.report.sheet_dialog import Sheet

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from facewright.editor.main_window import MainWindow


def test_the_page_is_of_the_edited_head_and_replaces_the_last(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReportDialog, "_begin", lambda dialog, *_: None)
    commands.branch(window.document, "Plan")
    commands.set_parameters(window.document, Parameters(nose=(1.0,)), "Longer")
    assert isinstance(window.reports, Reports)
    window.actions_.measure.report.trigger()
    first = window.findChildren(ReportDialog)[0]
    names = [first.before.itemText(row) for row in range(first.before.count())]
    assert names == ["Mean Head", "Head 1"]
    assert first._after.name == "Plan"
    window.actions_.measure.report.trigger()
    assert not first.isVisible()
    assert [dialog.isVisible() for dialog in window.findChildren(ReportDialog)].count(True) == 1


def test_a_page_of_heads_that_have_changed_is_drawn_anew_before_it_is_saved(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ReportDialog, "_begin", lambda dialog, *_: dialog.refresh())
    monkeypatch.setattr(ReportDialog, "sheet", Sheet("Page", "", [lambda painter: None], lambda: "page"))
    document = window.document
    commands.branch(document, "Plan")
    commands.set_parameters(document, Parameters(nose=(1.0,)), "Longer")
    window.reports.show()
    (dialog,) = window.findChildren(ReportDialog)
    dialog.before.setCurrentText("Head 1")
    dialog.note.setPlainText("Kept")
    assert dialog.save_pdf.isEnabled()
    document.undo_stack.undo()
    assert not dialog.outdated.isHidden()
    assert not dialog.save_pdf.isEnabled()
    assert not dialog.save_html.isEnabled()
    dialog.write_html(tmp_path / "old.html")
    document.undo_stack.redo()
    assert dialog.save_pdf.isEnabled()
    document.undo_stack.undo()
    dialog.renew.click()
    assert dialog.outdated.isHidden()
    assert dialog.save_pdf.isEnabled()
    assert [head.parameters for head in dialog.shown] == [Parameters(), Parameters()]
    assert [head.name for head in dialog.shown] == ["Head 1", "Plan"]
    assert dialog.note.toPlainText() == "Kept"
    commands.correct_landmark(document, "prn", (0.0, 0.0, 120.0))
    assert not dialog.save_pdf.isEnabled()
    document.start_anew()
    assert not dialog.isVisible()
    assert not (tmp_path / "old.html").exists()
