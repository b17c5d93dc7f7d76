"""What an evaluation tells: the record for machines, the page and its pictures."""

import json
import math
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np

from facewright.core.mesh import Mesh
from facewright.core.parts import CODES, LOCAL_PARTS
from facewright.train.evaluation.bench import Shown
from facewright.train.evaluation.disentanglement import SeamMeter
from facewright.train.evaluation.picture import Shot, draw, png
from facewright.train.evaluation.report import Report, write_report
from facewright.train.evaluation.side_by_side import composites, reconstructions
from facewright.train.evaluation.tables import MODEL
from tests.train.ball import RADIUS, TIP, ball
from tests.train.evaluation.made_up import evaluation


def test_the_record_has_the_keys_that_machines_read():
    record = json.loads(json.dumps(evaluation().record()))
    for region in ("full", "nose", "eyes", "mouth", "remainder"):
        assert {"scd_mm", "f1mm", "floor_scd_mm", "p2s_mean_mm", "p2s_p95_mm"} <= record[region].keys()
    assert record["leak"]["nose"]["max_mm"] == 0.0
    assert record["seam"]["mouth"]["plain_swap"] == 0.3
    assert record["baselines"]["linear PCA"]["full"]["scd_mm"] == 0.1
    assert record["outside"]["elsewhere"]["eyes"]["scd_mm"] == 0.1
    assert record["outside"]["elsewhere"]["eyes"]["vertex_mean_mm"] is None
    assert record["outside"]["elsewhere"]["visible"]["nose"]["p2s_mean_mm"] == 0.1
    assert record["visible"]["nose"]["sd"]["p2s_mean_mm"] == 0.0


def test_one_subject_is_said_to_have_nobody_to_swap_with():
    alone = evaluation(heads=1)
    assert alone.record()["seam"]["nose"]["plain_swap"] is None
    text = alone.tables()[-1].text()
    assert "nobody to swap parts with" in text
    assert text.count("–") == 3 * len(LOCAL_PARTS)


def test_with_one_subject_there_are_no_composites(heads):
    one = replace(heads, subjects=heads.subjects[:1], vertices=heads.vertices[:1])
    assert composites(one) == []
    assert math.isnan(SeamMeter(one).swapped("nose", collar=True))


def test_composites_are_drawn_row_by_row(heads, monkeypatch):
    drawn: list[Mesh] = []
    monkeypatch.setattr("facewright.train.evaluation.side_by_side.draw", lambda mesh, _: drawn.append(mesh))
    rows = composites(heads)
    assert [len(pictures) for _, pictures in rows] == [1] * 4
    tip, eye = heads.surface.points["prn"], heads.surface.landmarks["eyes"][0]
    moved = [np.abs(after.vertices - before.vertices).max(axis=1) for before, after in pairwise(drawn)]
    assert [m[tip] > 0.1 for m in moved] == [True, False, False]
    assert [m[eye] > 0.1 for m in moved] == [False, True, False]


def test_a_reconstruction_is_shown_beside_the_truth_with_how_far_it_is_away():
    truth, off = ball(RADIUS, 4), ball(RADIUS + 1.0, 4)
    empty = Mesh(off.vertices[:0], off.faces[:0])
    pictures = reconstructions(Shown("anna, neutral", truth, TIP, {"model": off, "none": empty}))
    assert len(pictures) == 5
    middle = pictures[2][130, 110].astype(float)
    assert middle[0] > middle[2] + 40.0  # half of the scale: from yellow to red
    assert (pictures[3] == 255).all()


def test_the_report_is_a_page_with_tables_and_pictures(tmp_path):
    picture = draw(ball(RADIUS), Shot((0.0, 0.0, 0.0), 75.0, 60, 50))
    report = Report(tmp_path / "report", "Evaluation of <tiny>")
    for table in evaluation().tables():
        report.table(table)
    report.strip([picture, picture], "twice")
    page = report.write().read_text(encoding="utf-8")
    assert page.count("<table>") == 12
    assert "&lt;tiny&gt;" in page
    assert 'src="001.png"' in page
    assert (tmp_path / "report" / "001.png").read_bytes() == png(np.concatenate([picture, picture], axis=1))


def test_the_page_of_a_model_without_correspondence_shows_components_alone(heads, tmp_path):
    one = replace(heads, subjects=heads.subjects[:1], vertices=heads.vertices[:1])
    gallery = SimpleNamespace(
        component=lambda *_: [np.zeros((2, 2, 3), np.uint8)], components=dict.fromkeys(CODES, 3), heads=one
    )
    bench = SimpleNamespace(names=(MODEL,), neutral=lambda _: [], shown=lambda _: [])
    page = write_report(tmp_path, evaluation(), gallery, bench, 1, lambda: None)  # type: ignore[arg-type]
    text = page.read_text(encoding="utf-8")
    assert text.count("<img") == len(CODES)
    assert "nobody to swap parts with" in text
