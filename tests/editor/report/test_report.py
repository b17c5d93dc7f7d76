"""The page of before and after: what it has to say, what it must not, and the way to it in a window."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from facewright.core.anthropometry.landmarks import Coverage
from facewright.core.anthropometry.measure import CAVEATS, measure
from facewright.core.anthropometry.norms import NORMS_SOURCE
from facewright.core.parameters import Parameters
from facewright.core.project import Variant
from facewright.core.scan.align import Alignment
from facewright.core.scan.fitted_scan import FittedScan
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import ScanFit
from facewright.core.sculpt.dabs import dab
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import head_mesh
from facewright.editor.background import Background
from facewright.editor.document import Document
from facewright.editor.fit_verdict import FitWords
from facewright.editor.measurement.measurer import HeadPair
from facewright.editor.report import study as studying
from facewright.editor.report.dialog import ReportDialog
from facewright.editor.report.html import html
from facewright.editor.report.lines import TITLE, footing, heading
from facewright.editor.report.page import pages
from facewright.editor.report.paper import pdf
from facewright.editor.report.profile import Outline, profile_of
from facewright.editor.report.shots import CLOSE, MAPPED, STANDARD, Shots, wanted
from facewright.editor.report.study import ComparisonReport, Details, Study, study
from facewright.editor.report.table import UNCOVERED, rows
from facewright.editor.storage.files import Files
from tests.core.anthropometry.test_solve import nosed

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel

BEFORE, AFTER = Parameters(), Parameters(nose=(2.0, -1.0))
MIDLINE = {"g": 45.0, "sn": 2.0, "pg": -40.0, "gn": -50.0}
"""y of further landmarks on the midline, mm."""
NAME = "Erika <Muster>"
PICTURES = (
    *(f"{kind} {name}" for kind in ("before", "after") for name in (*STANDARD, *CLOSE)),
    *(f"map {name}" for name in MAPPED),
)


@pytest.fixture(scope="module")
def faced() -> HeadModel:
    return faced_model()


def faced_model() -> HeadModel:
    """The wide-nosed model with landmarks from glabella to chin, of true scale."""
    bare = nosed()
    vertices = head_mesh(bare, Parameters(), 6.0).vertices
    front = vertices[vertices[:, 2] > 0.0]
    places = np.stack([front[np.linalg.norm(front[:, :2] - (0.0, y), axis=1).argmin()] for y in MIDLINE.values()])
    template = Cascade(bare, Parameters()).to_template(places)
    points = {**bare.points, **dict(zip(MIDLINE, template, strict=True))}
    return replace(bare, points=points, metadata={"true_scale": True, "credit": "Nobody"})


@pytest.fixture(scope="module")
def pair(faced: HeadModel) -> HeadPair:
    return HeadPair(faced, {}, "Scan", BEFORE, AFTER)


@pytest.fixture(scope="module")
def found(pair: HeadPair) -> Study:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(studying, "FINEST", 1)
        return study(pair, "Plan A", threading.Event())


@pytest.fixture
def report(found: Study) -> ComparisonReport:
    picture = QImage(5, 6, QImage.Format.Format_RGB888)
    picture.fill(0)
    details = Details("women-25", NAME, "Hump & tip", "1 May 2026", "Clinic <A>", "Dr. B")
    return ComparisonReport(found, details, dict.fromkeys(PICTURES, picture), "Facewright")


def measured_anew(study: Study) -> Study:
    """A study whose landmarks or whose model are others, with their measurements."""
    faces = (study.landmarks_before, study.landmarks_after)
    before, after = (measure(study.model, face) for face in faces)
    return replace(study, measured=(before, after))


def counted_pages(report: ComparisonReport) -> int:
    """How many pages its PDF file has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf(TITLE, report.program, pages(report))))


def test_what_a_brush_did_is_told(pair: HeadPair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studying, "FINEST", 0)
    sculpted = AFTER.with_dabs((dab((0.0, 10.0, 100.0), (0.0, 0.0, 1.0), 8.0),) * 2)
    found = study(replace(pair, now=sculpted), "Plan A", threading.Event())
    assert found.operations == ("Sculpted by hand: 2 dabs of a brush",)


def test_the_table_has_both_heads_their_difference_and_the_norms(report: ComparisonReport) -> None:
    (row,) = (row for row in rows(report) if row.name == "Nasal width")
    assert row.norm == "32.7 ± 2.3"
    assert row.z
    shown = float(row.difference.removesuffix(" mm").replace("−", "-"))
    assert row.counts == (abs(shown) >= 0.5)


def test_every_row_adds_up_as_it_is_printed(report: ComparisonReport) -> None:
    added = 0
    for row in rows(report):
        if "not measured" in (row.before, row.after):
            continue
        before, after, more = (
            float(re.split("[ °]", text)[0].replace("−", "-")) for text in (row.before, row.after, row.difference)
        )
        assert more == pytest.approx(after - before, abs=1e-9), row.name
        added += 1
    assert added > 10


def test_the_page_says_what_it_has_to(report: ComparisonReport) -> None:
    page = html(report)
    for text in (*CAVEATS, NORMS_SOURCE, "Before: Scan", "After: Plan A", "1 May 2026", "Women, 25 years"):
        assert text in page
    assert report.study.model.fingerprint[:12] in page
    assert "Hump &amp; tip" in page
    assert "the model&#x27;s surface" in page
    assert "Patient: Erika &lt;Muster&gt;   ·   Clinician: Dr. B   ·   Clinic: Clinic &lt;A&gt;" in page
    assert "http" not in page
    assert "<script" not in page


def test_every_value_has_its_uncertainty_and_says_where_no_scan_is(report: ComparisonReport) -> None:
    old, new = report.study.values(None)
    for row, before, after in zip(rows(report), old, new, strict=True):
        assert float(row.spread.removeprefix("± ")) == pytest.approx(
            max(before.uncertainty, after.uncertainty), abs=0.051
        )
        assert row.spread in html(report)
    face = report.study.landmarks_after
    blind = face._replace(coverage=Coverage(frozenset({"prn"}), np.zeros(len(face.dorsum), bool), 0.1))
    partly = replace(report, study=measured_anew(replace(report.study, landmarks_after=blind)))
    assert all(row.after.endswith(" *") and not row.before.endswith(" *") for row in rows(partly))
    assert UNCOVERED in html(partly)
    plane = np.stack([face.points["g"], face.points["pg"]])
    earless = replace(report.study, landmarks_after=blind._replace(facial_plane=plane))
    assert (
        "before in the horizontal of the face's own frame (no ears), after in the horizontal square to the facial"
        in (footing(replace(report, study=earless)).small[0])
    )
    assert partly.study.surface.endswith("Measured before on the model's surface, after on the scan.")


def test_operations_and_the_fit_are_told_part_by_part(report: ComparisonReport) -> None:
    operated = replace(report.study, operations=("Dorsal hump −2.5 mm (measured −2.5 mm)", "Tip rotation <+6°>"))
    words = FitWords("Scan <1>", "Check the nose.", "It is off.", (("Face", "0.40", "1.20", "5,000"),))
    page = html(replace(report, study=operated, fits=(words,)))
    for text in ("<li>Dorsal hump −2.5 mm (measured −2.5 mm)</li>", "<li>Tip rotation &lt;+6°&gt;</li>"):
        assert text in page
    for text in ("“Scan &lt;1&gt;”", "<strong>Check the nose.</strong> It is off.", "<td>0.40</td><td>1.20</td>"):
        assert text in page


def test_without_a_name_none_is_asked_for(report: ComparisonReport) -> None:
    assert "Patient" not in html(replace(report, details=Details()))


def test_without_true_scale_there_are_relative_units_and_no_norms(report: ComparisonReport) -> None:
    model = replace(report.study.model, metadata={})
    page = html(replace(report, study=measured_anew(replace(report.study, model=model))))
    assert "relative units" in page
    assert "Weinberg" not in page
    assert "1 : 1" not in page
    assert " mm<" not in page


def test_a_pdf_is_both_sides_of_a_sheet_and_nothing_is_measured_to_paint_it(
    qapp: object, report: ComparisonReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("measuring takes up to a second: it is work for another thread")

    monkeypatch.setattr("facewright.core.anthropometry.measure.measure_one", refuse)
    assert pdf(TITLE, report.program, pages(report)).startswith(b"%PDF")
    assert counted_pages(report) == 2


def test_the_profile_is_to_scale(report: ComparisonReport) -> None:
    found = report.study
    drawing = found.profile
    assert np.diff(drawing.columns) == pytest.approx(10.0)
    assert np.diff(drawing.lines) == pytest.approx(10.0)
    before, after = (max(line[:, 0].max() for line in outline.lines) for outline in drawing.outlines)
    furthest = max(line[:, 0].max() for line in found.outlines_after)
    assert drawing.width - after > 0.0
    assert after - before == pytest.approx(furthest - max(line[:, 0].max() for line in found.outlines_before))
    (size,) = re.findall(r'<svg viewBox="\S+ \S+ (\S+) (\S+)" style="width:(\S+)mm;height:(\S+)mm"', html(report))
    assert size[:2] == size[2:]  # a unit of the drawing is a millimetre of paper


def test_a_patient_is_shown_before_and_after_where_a_scan_is_to_be_seen(
    qtbot: QtBot, pair: HeadPair, found: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    mesh, count = found.after.mesh, len(found.after.mesh.vertices)
    red = np.tile(np.array([200, 30, 30], np.uint8), (count, 1))
    fit = ScanFit(AFTER, Alignment(np.eye(3), np.zeros(3), 1.0, 0.9, 1.0), np.zeros(count), {}, np.ones(1), True)
    scan = FittedScan("Anna", "mm", Scan(mesh.vertices.astype(float), mesh.faces, red), fit)
    monkeypatch.setattr(studying, "FINEST", 0)
    monkeypatch.setattr("facewright.editor.report.shots.SIZE", (50, 60))
    monkeypatch.setattr("facewright.editor.report.shots.CLOSE_SIZE", (50, 60))
    parent = QWidget()
    qtbot.addWidget(parent)

    def taken(*scans: FittedScan | None) -> tuple[Study, dict[str, bool]]:
        """The study, and in which views there is red skin."""
        showing = study(pair, "Plan A", threading.Event(), scans)  # type: ignore[arg-type]
        shots = Shots(wanted(showing), parent)
        with qtbot.waitSignal(shots.finished) as blocker:
            pass
        assert blocker.args
        places = [(x, y) for x in range(15, 36, 5) for y in range(18, 43, 6)]
        colours = {name: [picture.pixelColor(*at) for at in places] for name, picture in blocker.args[0].items()}
        return showing, {name: any(c.red() > 2 * c.green() for c in own) for name, own in colours.items()}

    both, reds = taken(scan, scan)
    assert both.patient == (True, True)
    way = np.linalg.norm(both.after.mesh.vertices - both.before.mesh.vertices, axis=1)
    np.testing.assert_array_equal(both.after.mesh.vertices, scan.points)
    assert way.max() > 1.0
    assert (way == 0.0).mean() > 0.3
    assert "patient's own surface, carried" in both.surface
    assert all(reds[f"{kind} {name}"] for kind in ("before", "after") for name in (*STANDARD, *CLOSE))
    assert not any(reds[f"map {name}"] for name in MAPPED)
    after, reds = taken(None, scan)
    assert "profile before show the model's surface, those after and the map the patient's own" in after.surface
    assert (reds["before Front"], reds["after Front"]) == (False, True)
    assert found.surface == "Views, profile and map show the model's surface. Measured on the model's surface."


class SmallScreen:
    """A screen of a small notebook."""

    def availableSize(self) -> QSize:
        return QSize(1280, 680)


def test_the_dialog_draws_the_page_and_saves_it_under_no_name(
    qtbot: QtBot, pair: HeadPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facewright.editor.report.shots.SIZE", (50, 60))
    monkeypatch.setattr("facewright.editor.report.shots.CLOSE_SIZE", (50, 60))
    monkeypatch.setattr(ReportDialog, "screen", lambda dialog: SmallScreen())
    monkeypatch.setattr(studying, "FINEST", 1)
    window = QWidget()
    qtbot.addWidget(window)
    worker = Background("report", window)
    files = Files(Document(pair.model, parent=window), lambda model, parameters: None, window)
    heads = [Variant("Scan", BEFORE), Variant("Other", AFTER), Variant("Scan", AFTER)]
    dialog = ReportDialog(pair, Variant("Plan A", AFTER), heads, False, files, worker, window)
    dialog.show()
    assert dialog.height() <= SmallScreen().availableSize().height()
    assert not dialog.save_pdf.isEnabled()
    dialog.patient.setText(NAME)
    qtbot.waitUntil(lambda: dialog.report is not None)
    assert dialog.report
    assert set(dialog.report.pictures) == set(PICTURES)
    assert [dialog.before.itemText(row) for row in range(dialog.before.count())] == ["Scan", "Other"]
    with qtbot.waitSignal(files.exported):
        dialog.write_html(tmp_path / "page.html")
    assert "Erika &lt;Muster&gt;" in (tmp_path / "page.html").read_text(encoding="utf-8")
    dialog.save_pdf.click()
    (chooser,) = (child for child in window.children() if child.inherits("QFileDialog"))
    assert not any("Erika" in name for name in chooser.selectedFiles())  # type: ignore[attr-defined]
    chooser.reject()  # type: ignore[attr-defined]
    dialog.close()
    worker.close()
    files.close()


def test_a_bad_fit_is_told_at_the_head_of_the_page(qapp: object, report: ComparisonReport) -> None:
    doubtful = replace(report, warnings=("Bad alignment of “Plan <A>”.",))
    assert heading(doubtful).warnings == doubtful.warnings
    page = html(doubtful)
    assert "Bad alignment of “Plan &lt;A&gt;”." in page
    assert page.index("Bad alignment") < page.index("<table>")
    assert counted_pages(doubtful) == 2
    assert "warning" not in html(report).partition("</style>")[2]


def test_page_and_html_have_one_head_and_one_foot(report: ComparisonReport) -> None:
    head, foot = heading(report), footing(report)
    page = html(report)
    for text in (TITLE, head.date, head.model, *map(escape, foot.small), foot.caveat):
        assert text in page
    assert foot.caveat == CAVEATS[0]
    assert "Nobody" in foot.small
    assert heading(replace(report, details=Details())).heads == "Before: Scan   ·   After: Plan A"


def test_a_speck_in_a_nostril_is_no_profile(report: ComparisonReport) -> None:
    face = report.study.landmarks_before
    line, speck = np.array([[90.0, 40.0], [95.0, 0.0], [90.0, -60.0]]), np.array([[70.0, 0.0], [71.0, 1.0]])
    (drawn,) = profile_of((face,), (Outline("before", "#000000", 4.0, [line, speck]),)).outlines
    assert [len(each) for each in drawn.lines] == [3]
