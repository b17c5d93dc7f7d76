"""From the menu to the page: the heads that are compared, whose scans are shown, and one page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.editor.report.dialog import ReportDialog
from facewright.editor.report.reports import Reports

if TYPE_CHECKING:
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
