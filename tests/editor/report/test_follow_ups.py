"""A later scan becomes a variant, one step to undo, and the page of planned and achieved says how far it is off."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QMessageBox, QWidget

from facewright.core.anthropometry.measure import NOTICEABLE, difference
from facewright.core.parameters import Parameters
from facewright.core.project import Project, Step, Variant
from facewright.core.project_file import load, save
from facewright.core.scan import later_scan
from facewright.core.scan.align import Alignment
from facewright.core.scan.fitted_scan import FittedScan
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import ScanFit, ScanFitSettings, residuals
from facewright.core.surface.extraction import head_mesh
from facewright.editor import commands
from facewright.editor.document import Document
from facewright.editor.report import follow_ups as following
from facewright.editor.report.achieved_dialog import AchievedDialog
from facewright.editor.report.achieved_html import achieved_html
from facewright.editor.report.achieved_lines import registration, rows
from facewright.editor.report.achieved_page import AchievedPage
from facewright.editor.report.achieved_study import KINDS, VIEWED
from facewright.editor.report.follow_ups import FollowUps
from facewright.editor.report.paper import pdf
from facewright.editor.report.sheet_dialog import Sheet
from facewright.editor.scan.scan_session import ScanPlacement, ScanSession
from facewright.editor.storage.files import Files
from tests.editor.report.test_report import faced_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

HEAD, PLANNED, ACHIEVED = Parameters(), Parameters(nose=(1.5,)), Parameters(nose=(1.0,))
MODEL = faced_model()
PLACE = Alignment(np.eye(3), np.zeros(3), 1.0, 0.9, 1.0)


def front(head: Parameters) -> Scan:
    """What a scanner has of a head."""
    mesh = head_mesh(MODEL, head, 6.0)
    return Scan(mesh.vertices.astype(float), mesh.faces[(mesh.vertices[mesh.faces][..., 2] > -20.0).all(axis=1)])


@pytest.fixture(scope="module")
def earlier() -> FittedScan:
    scan = front(HEAD)
    distance, regions = residuals(MODEL, HEAD, scan.points)
    return FittedScan("Scan", "mm", scan, ScanFit(HEAD, PLACE, distance, regions, np.ones(1), True))


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def document(window: QWidget) -> Document:
    return Document(MODEL, parent=window)


@pytest.fixture
def session(document: Document, window: QWidget) -> Iterator[ScanSession]:
    session = ScanSession(document, parent=window)
    yield session
    session.close()


@pytest.fixture
def follow_ups(
    document: Document, session: ScanSession, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FollowUps]:
    monkeypatch.setattr("facewright.editor.report.achieved_study.SIZE", (50, 60))
    monkeypatch.setattr("facewright.editor.report.achieved_study.CLOSE_SIZE", (60, 50))
    monkeypatch.setattr(later_scan, "REFIT", ScanFitSettings(steps=10, surface_points=100, space_points=80))
    files = Files(document, lambda model, parameters: None, window)
    follow_ups = FollowUps(document, session, files, window)
    yield follow_ups
    follow_ups.close()
    files.close()


def test_a_later_scan_is_one_step_and_one_page(
    qtbot: QtBot, document: Document, session: ScanSession, follow_ups: FollowUps, earlier: FittedScan, window: QWidget
) -> None:
    commands.adopt_scan(document, earlier)
    commands.branch(document, "Plan")
    commands.set_parameters(document, PLANNED, "Longer")
    session._put(ScanPlacement("Two years later", front(ACHIEVED), "mm", alignment=PLACE, by_landmarks=True))
    planned = document.state
    follow_ups.ask()
    qtbot.waitUntil(lambda: document.state is not planned)
    achieved = document.state.variant
    assert (achieved.name, session.placement) == ("Two years later", None)
    assert achieved.scan
    assert achieved.scan.follows
    assert achieved.parameters.changed_from(HEAD) in ((), ("nose",))
    (dialog,) = window.findChildren(AchievedDialog)
    assert [dialog.planned.itemText(row) for row in range(dialog.planned.count())] == ["Plan", "Scan"]
    dialog.patient.setText("Erika <Muster>")
    qtbot.waitUntil(lambda: dialog.report is not None)
    report = dialog.report
    assert report
    assert set(report.pictures) >= {f"{kind} {view}" for kind in KINDS for view in VIEWED}
    page = achieved_html(report)
    for text in ("Planned: Plan", "Achieved: Two years later", "Erika &lt;Muster&gt;", registration(report)):
        assert text in page
    values = report.study.values
    for row, before, plan, after in zip(rows(report), *values, strict=True):
        more = difference(after.value, plan.value, plan.measure.unit)
        if np.isfinite(more):
            assert float(row.difference.split()[0].replace("−", "-")) == more
        else:
            assert row.difference == "not measured"
        least = max(NOTICEABLE[plan.measure.unit], 2.0 * np.hypot(plan.uncertainty, after.uncertainty))
        assert row.counts == (abs(more) >= least)
        assert before.measure.name == row.name
    content = pdf("", "", [lambda painter: AchievedPage(painter, report).paint()])
    assert content.count(b"/Type /Page\n") == 1
    document.undo_stack.undo()
    assert document.state == planned


def test_another_project_takes_no_later_scan(
    qtbot: QtBot, document: Document, follow_ups: FollowUps, session: ScanSession, window: QWidget,
    earlier: FittedScan, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    gate = threading.Event()

    def follow_late(*arguments: object) -> FittedScan:
        gate.wait(60)
        return replace(earlier, follows=True)

    monkeypatch.setattr(following, "_followed", follow_late)
    commands.adopt_scan(document, earlier)
    session._put(ScanPlacement("Two years later", earlier.scan, "mm", alignment=PLACE, by_landmarks=True))
    follow_ups.ask()
    document.start_anew()
    gate.set()
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
    assert "later scan was given up" in window.findChildren(QMessageBox)[0].text()
    assert document.state.variants == (Variant("Head 1"),)


def test_the_page_can_be_shown_again_from_a_project(
    document: Document, follow_ups: FollowUps, earlier: FittedScan, window: QWidget, tmp_path: Path
) -> None:
    later = replace(earlier, name="Later", follows=True)
    commands.adopt_scan(document, earlier)
    commands.adopt_scan(document, later)
    project = Project("m", "f", (Step("Both", document.state),), 0)
    save(project, tmp_path / "both.facewright")
    back = load(tmp_path / "both.facewright").state.variants
    assert [each.scan.follows for each in back if each.scan] == [False, True]
    follow_ups.show()
    (dialog,) = window.findChildren(AchievedDialog)
    dialog.close()


def test_a_page_of_heads_that_have_changed_is_drawn_anew_and_goes_with_its_project(
    document: Document, follow_ups: FollowUps, earlier: FittedScan, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AchievedDialog, "_begin", lambda dialog, *_: dialog.refresh())
    monkeypatch.setattr(AchievedDialog, "sheet", Sheet("Page", "", [lambda painter: None], lambda: "page"))
    commands.adopt_scan(document, earlier)
    commands.set_parameters(document, PLANNED, "Longer")
    for name in ("Later", "Latest"):
        commands.adopt_scan(document, replace(earlier, name=name, follows=True))
    document.undo_stack.undo()
    follow_ups.show()
    (dialog,) = window.findChildren(AchievedDialog)
    assert dialog.save_pdf.isEnabled()
    document.undo_stack.redo()
    assert dialog.save_pdf.isEnabled()
    commands.activate(document, 1)
    commands.set_parameters(document, ACHIEVED, "Shorter")
    assert not dialog.outdated.isHidden()
    assert not dialog.save_pdf.isEnabled()
    dialog.renew.click()
    assert dialog.save_pdf.isEnabled()
    assert [head.name for head in dialog.shown] == ["Scan", "Later"]
    assert dialog.shown[0].parameters == ACHIEVED
    document.start_anew()
    assert not dialog.isVisible()


def test_what_is_missing_is_told(
    document: Document, follow_ups: FollowUps, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(following, "show_error", lambda window, text: told.append(text))
    follow_ups.ask()
    follow_ups.show()
    assert "goes back to no scan" in told[0]
    assert "no later scan yet" in told[1]
    assert document.state.variants == (Variant("Head 1"),)
    assert not window.findChildren(QMessageBox)
